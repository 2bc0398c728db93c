//! How a client's records look: what each source asks for, and what goes wrong while it is typed.

use edina_identity::text::script;

use crate::demo::dice::Dice;

use super::people::{Client, Kind, borne};
use super::words::{CITIES, STREETS};

/// Columns of `records.csv`.
pub(in crate::bench) const COLUMNS: [&str; 24] = [
    "record_id",
    "source",
    "branch",
    "created_at",
    "client_type",
    "full_name",
    "last_name",
    "first_name",
    "middle_name",
    "gender",
    "birth_date",
    "phone",
    "phone2",
    "email",
    "city",
    "address",
    "company_name",
    "inn",
    "kpp",
    "contact_name",
    "vin",
    "plate",
    "car_model",
    "comment",
];

/// Shares of a source's records that state a field, in percent.
struct Source {
    name: &'static str,
    surname: usize,
    patronymic: usize,
    birth: usize,
    email: usize,
    address: usize,
    car: usize,
    plate: usize,
}

#[rustfmt::skip]
const SOURCES: [Source; 5] = [
    Source { name: "sales_dms",   surname: 99, patronymic: 85, birth: 75, email: 40, address: 65, car: 70, plate: 10 },
    Source { name: "service_dms", surname: 97, patronymic: 50, birth: 20, email: 25, address: 30, car: 85, plate: 75 },
    Source { name: "web_lead",    surname: 60, patronymic: 8,  birth: 3,  email: 60, address: 8,  car: 3,  plate: 2 },
    Source { name: "call_log",    surname: 40, patronymic: 10, birth: 0,  email: 0,  address: 3,  car: 2,  plate: 8 },
    Source { name: "showroom",    surname: 55, patronymic: 25, birth: 10, email: 5,  address: 5,  car: 2,  plate: 8 },
];

/// One record, in the order of [`COLUMNS`] from `source` on, and the day it was made.
pub(in crate::bench) fn record(dice: &mut Dice, client: &Client, day: i64, hard: bool) -> Vec<String> {
    let noise = if hard { 2 } else { 1 };
    let source = &SOURCES[[0, 0, 1, 1, 1, 2, 3, 4][dice.below(8)]];
    let mut row = vec![String::new(); COLUMNS.len()];
    let mut put = |column: &str, value: String| {
        if let Some(at) = COLUMNS.iter().position(|c| *c == column) {
            row[at] = value;
        }
    };
    put("source", source.name.to_owned());
    put(
        "branch",
        format!("{}-{}", CITIES[client.city].0, dice.between(1, 3)),
    );
    put("created_at", moment(day, dice));
    if client.kind == Kind::Company {
        let firm = firm_name(dice.below(3), &client.firm);
        put("company_name", typed(dice, &firm, noise));
        if dice.chance(50) {
            put("inn", client.inn.clone());
        }
        if dice.chance(50) {
            put(
                "contact_name",
                format!("{} {}", borne(&client.surname, client.male), client.given),
            );
        }
    } else {
        name(dice, client, source, noise, &mut put);
        if dice.chance(source.birth) {
            put("birth_date", birth_date(dice, client.born, noise));
        }
        if dice.chance(28) {
            put("gender", if client.male { "м" } else { "ж" }.to_owned());
        }
    }
    let own = client
        .phones
        .get(dice.below(client.phones.len()))
        .cloned()
        .unwrap_or_default();
    let shared = !client.shared_phone.is_empty() && dice.chance(12 * noise);
    let number = if shared { client.shared_phone.clone() } else { own };
    if dice.chance(95) {
        put("phone", phone(dice, &number, noise));
    }
    if dice.chance(source.email) {
        put("email", typed(dice, &client.email, noise));
    }
    if dice.chance(50) {
        put("city", CITIES[client.city].0.to_owned());
    }
    if dice.chance(source.address) {
        put("address", address(dice, client, noise));
    }
    if dice.chance(source.car) {
        put("vin", vin(dice, &client.car.vin, noise));
    }
    if dice.chance(source.plate) {
        put("plate", client.car.plate.clone());
    }
    if dice.chance(65) {
        put("car_model", client.car.model.to_owned());
    }
    row
}

fn firm_name(form: usize, name: &str) -> String {
    match form {
        0 => format!("ООО «{name}»"),
        1 => format!("{name}, ООО"),
        _ => format!("Общество с ограниченной ответственностью \"{name}\""),
    }
}

fn name(dice: &mut Dice, client: &Client, source: &Source, noise: usize, put: &mut impl FnMut(&str, String)) {
    let surname = borne(&client.surname, client.male);
    let informal = source.birth <= 10;
    let given = if informal && dice.chance(35) {
        (*dice.pick(client.short)).to_owned()
    } else {
        client.given.to_owned()
    };
    let (with_surname, with_patronymic) = (dice.chance(source.surname), dice.chance(source.patronymic));
    let mut spell = |word: &str| {
        let word = typed(dice, word, noise);
        match dice.below(40 / noise) {
            0 => script::to_latin(&word),
            1 => word.to_uppercase(),
            2 => word.to_lowercase(),
            3 => script::other_layout(&word),
            _ => word,
        }
    };
    let (surname, given, father) = (spell(&surname), spell(&given), spell(&client.patronymic));
    let initial = |word: &str| word.chars().next().map(|c| format!("{c}.")).unwrap_or_default();
    if dice.chance(40) {
        if with_surname {
            put("last_name", surname);
        }
        put("first_name", given);
        if with_patronymic {
            put("middle_name", father);
        }
        return;
    }
    let whole = match (with_surname, with_patronymic) {
        (true, true) if dice.chance(15) => format!(
            "{surname} {}{}",
            initial(client.given),
            initial(&client.patronymic)
        ),
        (true, true) => format!("{surname} {given} {father}"),
        (true, false) if dice.chance(30) => format!("{given} {surname}"),
        (true, false) => format!("{surname} {given}"),
        (false, true) => format!("{given} {father}"),
        (false, false) => given,
    };
    put("full_name", whole);
}

/// A text with a slip, now and then: a letter left out, doubled, exchanged, or another.
fn typed(dice: &mut Dice, text: &str, noise: usize) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() > 3 && dice.chance(5 * noise) {
        let at = 1 + dice.below(letters.len() - 2);
        match dice.below(4) {
            0 => {
                letters.remove(at);
            }
            1 => letters.insert(at, letters[at]),
            2 => letters.swap(at, at - 1),
            _ if letters[at].is_alphabetic() => letters[at] = if letters[at] == 'о' { 'а' } else { 'о' },
            _ => {}
        }
    }
    letters.into_iter().collect()
}

fn birth_date(dice: &mut Dice, (mut day, mut month, mut year): (i64, i64, i64), noise: usize) -> String {
    if dice.chance(4 * noise) {
        match dice.below(4) {
            0 => return "01.01.1900".to_owned(),
            1 if day <= 12 => std::mem::swap(&mut day, &mut month),
            2 => year += 1,
            _ => day = day % 28 + 1,
        }
    }
    match dice.below(4) {
        0 => format!("{year}-{month:02}-{day:02}"),
        1 => format!("{day}/{month}/{year}"),
        2 => format!("{day:02}.{month:02}.{:02}", year % 100),
        _ => format!("{day:02}.{month:02}.{year}"),
    }
}

fn phone(dice: &mut Dice, number: &str, noise: usize) -> String {
    if dice.chance(noise) {
        return ["нет", "89999999999", "+7 (000) 000-00-00"][dice.below(3)].to_owned();
    }
    let mut digits: Vec<char> = number.chars().collect();
    if dice.chance(2 * noise) {
        let at = 3 + dice.below(digits.len().saturating_sub(4));
        digits.swap(at, at - 1);
    }
    let n: String = digits.into_iter().collect();
    let (code, rest) = n.split_at(3);
    let (a, b) = rest.split_at(3);
    match dice.below(5) {
        0 => format!("8{n}"),
        1 => format!("+7 ({code}) {a}-{b}"),
        2 => format!("8 {code} {a}{b}"),
        3 => n.clone(),
        _ => format!("+7{n}"),
    }
}

fn address(dice: &mut Dice, client: &Client, noise: usize) -> String {
    let street = typed(dice, STREETS[client.street], noise);
    let (house, flat) = (client.house, client.flat);
    match dice.below(4) {
        0 => format!(
            "г. {}, ул. {street}, д. {house}, кв. {flat}",
            CITIES[client.city].0
        ),
        1 => format!("{street} {house}-{flat}"),
        2 => format!("ул {street} д.{house} кв.{flat}"),
        _ => format!("{street} ул., д. {house}"),
    }
}

fn vin(dice: &mut Dice, vin: &str, noise: usize) -> String {
    if dice.chance(8 * noise) {
        return vin.get(9..).unwrap_or(vin).to_owned();
    }
    if dice.chance(5 * noise) {
        return vin.replacen('0', "O", 1).replacen('1', "I", 1);
    }
    if dice.chance(2 * noise) {
        return typed(dice, vin, 20);
    }
    vin.to_owned()
}

/// A moment of a day counted from 2015-01-01.
fn moment(day: i64, dice: &mut Dice) -> String {
    let start = chrono::NaiveDate::from_ymd_opt(2015, 1, 1).unwrap_or_default();
    let date = start + chrono::Duration::days(day);
    format!("{date}T{:02}:{:02}:00", dice.between(8, 20), dice.between(0, 59))
}
