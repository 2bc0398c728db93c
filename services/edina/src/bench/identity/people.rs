//! Who there is: households with one phone, home and car between them, firms, and what changes hands.

use crate::demo::dice::Dice;

use super::words::{CARS, CITIES, ENDINGS, FIRMS, MEN, ROOTS, STREETS, TRADES, WOMEN};

/// A client.
#[derive(Debug, Clone)]
pub(in crate::bench) struct Client {
    pub(in crate::bench) kind: Kind,
    pub(in crate::bench) surname: String,
    pub(in crate::bench) given: &'static str,
    pub(in crate::bench) short: &'static [&'static str],
    pub(in crate::bench) patronymic: String,
    pub(in crate::bench) male: bool,
    /// Day, month, year.
    pub(in crate::bench) born: (i64, i64, i64),
    /// Ten digits, the oldest first; the household's after his own.
    pub(in crate::bench) phones: Vec<String>,
    pub(in crate::bench) shared_phone: String,
    pub(in crate::bench) email: String,
    pub(in crate::bench) city: usize,
    pub(in crate::bench) street: usize,
    pub(in crate::bench) house: i64,
    pub(in crate::bench) flat: i64,
    pub(in crate::bench) car: Car,
    pub(in crate::bench) firm: String,
    pub(in crate::bench) inn: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bench) enum Kind {
    Person,
    Company,
}

#[derive(Debug, Clone, Default)]
pub(in crate::bench) struct Car {
    pub(in crate::bench) model: &'static str,
    pub(in crate::bench) vin: String,
    pub(in crate::bench) plate: String,
}

/// Look-alikes that are two clients.
pub(in crate::bench) type Relation = crate::identity::figures::Relation<'static>;

/// Everybody, and who must not be taken for whom.
pub(in crate::bench) fn population(dice: &mut Dice, count: usize) -> (Vec<Client>, Vec<Relation>) {
    let mut clients: Vec<Client> = Vec::new();
    let mut relations = Vec::new();
    while clients.len() < count {
        let first = clients.len();
        if dice.chance(7) {
            clients.push(firm(dice));
        } else {
            household(dice, &mut clients, &mut relations);
        }
        // A number reissued, a car sold on.
        if first > 10 && dice.chance(4) {
            let old = dice.below(first);
            if let [phone, ..] = clients[old].phones.as_slice() {
                let phone = phone.clone();
                clients[first].phones.insert(0, phone);
                relations.push((old, first, "recycled_phone"));
            }
        }
        if first > 10 && dice.chance(12) {
            let old = dice.below(first);
            clients[first].car = clients[old].car.clone();
            relations.push((old, first, "resold_car"));
        }
    }
    (clients, relations)
}

fn household(dice: &mut Dice, clients: &mut Vec<Client>, relations: &mut Vec<Relation>) {
    let first = clients.len();
    let name = surname(dice);
    let head = person(dice, name, None);
    let members = [1, 1, 1, 2, 2, 3][dice.below(6)];
    let (home, car) = (head.clone(), head.car.clone());
    clients.push(head);
    for member in 1..members {
        let child = member == 2 || dice.chance(35);
        let father = child.then_some(home.given);
        let mut one = person(dice, home.surname.clone(), father.filter(|_| home.male));
        one.city = home.city;
        (one.street, one.house, one.flat) = (home.street, home.house, home.flat);
        one.shared_phone = home.phones.first().cloned().unwrap_or_default();
        if dice.chance(40) {
            one.car = car.clone();
        }
        let mut kind = "household";
        if child && home.male && one.male && dice.chance(15) {
            (one.given, one.short) = (home.given, home.short);
            kind = "father_son_same_name";
        } else if child && home.male && one.male && one.given.chars().next() == home.given.chars().next() {
            kind = "father_son_initials";
        }
        if child {
            one.born.2 = (home.born.2 + 27).min(2006);
        }
        relations.push((first, clients.len(), kind));
        clients.push(one);
    }
}

fn person(dice: &mut Dice, surname: String, father: Option<&str>) -> Client {
    let male = dice.chance(55);
    let (given, short) = if male {
        let (given, _, short) = *dice.pick(&MEN);
        (given, short)
    } else {
        *dice.pick(&WOMEN)
    };
    let own_father = dice.pick(&MEN).1;
    let stem = father
        .and_then(|f| MEN.iter().find(|(name, _, _)| *name == f))
        .map_or(own_father, |(_, stem, _)| *stem);
    let city = dice.below(CITIES.len());
    let phones = (0..1 + usize::from(dice.chance(25)))
        .map(|_| mobile(dice))
        .collect();
    let born = (dice.between(1, 28), dice.between(1, 12), dice.between(1950, 2004));
    let mut client = Client {
        kind: Kind::Person,
        surname,
        given,
        short,
        patronymic: format!("{stem}{}", if male { "ич" } else { "на" }),
        male,
        born,
        phones,
        shared_phone: String::new(),
        email: String::new(),
        city,
        street: dice.below(STREETS.len()),
        house: dice.between(1, 160),
        flat: dice.between(1, 300),
        car: car(dice, city),
        firm: String::new(),
        inn: String::new(),
    };
    client.email = mailbox(dice, &client);
    client
}

fn surname(dice: &mut Dice) -> String {
    format!("{}{}", dice.pick(&ROOTS), dice.pick(&ENDINGS))
}

/// As its bearer is called: capital, a woman's ending.
pub(in crate::bench) fn borne(surname: &str, male: bool) -> String {
    let mut name: String = surname.chars().take(1).flat_map(char::to_uppercase).collect();
    name.extend(surname.chars().skip(1));
    if !male && (name.ends_with("ов") || name.ends_with("ев") || name.ends_with("ин")) {
        name.push('а');
    } else if !male && name.ends_with("ский") {
        name = format!("{}ая", name.trim_end_matches("ий"));
    }
    name
}

fn mobile(dice: &mut Dice) -> String {
    format!(
        "9{}{:07}",
        dice.between(10, 69),
        dice.between(1_000_000, 9_999_999)
    )
}

fn mailbox(dice: &mut Dice, client: &Client) -> String {
    let surname = edina_identity::text::script::to_latin(&borne(&client.surname, client.male));
    let given = edina_identity::text::script::to_latin(client.given);
    let domain = ["mail.ru", "yandex.ru", "gmail.com", "bk.ru"][dice.below(4)];
    match dice.below(4) {
        0 => format!("{given}.{surname}@{domain}"),
        1 => format!("{surname}{}@{domain}", client.born.2),
        2 => format!(
            "{}{surname}{}@{domain}",
            given.get(..1).unwrap_or_default(),
            dice.below(900)
        ),
        _ => format!("auto{}@{domain}", dice.between(1000, 99_999)),
    }
}

fn car(dice: &mut Dice, city: usize) -> Car {
    const LETTERS: [char; 12] = ['А', 'В', 'Е', 'К', 'М', 'Н', 'О', 'Р', 'С', 'Т', 'У', 'Х'];
    let (model, start) = *dice.pick(&CARS);
    let mut letter = || *dice.pick(&LETTERS);
    let (a, b, c) = (letter(), letter(), letter());
    Car {
        model,
        vin: format!(
            "{start}{}{:07}",
            ["A", "B", "C", "D"][dice.below(4)].repeat(2),
            dice.between(1, 9_999_999)
        ),
        plate: format!("{a}{:03}{b}{c}{}", dice.between(1, 999), CITIES[city].2),
    }
}

fn firm(dice: &mut Dice) -> Client {
    let surname = surname(dice);
    let mut client = person(dice, surname, None);
    client.kind = Kind::Company;
    client.firm = format!("{}{}", dice.pick(&FIRMS), dice.pick(&TRADES).to_lowercase());
    if dice.chance(40) {
        client.firm = format!("{} {}", client.firm, dice.between(1, 99));
    }
    client.inn = tax_number(dice);
    client.email = format!("office@firma{}.ru", dice.between(1, 99_999));
    client
}

/// Ten digits with their check digit.
fn tax_number(dice: &mut Dice) -> String {
    const WEIGHTS: [i64; 9] = [2, 4, 10, 3, 5, 9, 4, 6, 8];
    let digits: Vec<i64> = (0..9).map(|i| dice.between(i64::from(i == 0), 9)).collect();
    let check: i64 = digits.iter().zip(WEIGHTS).map(|(d, w)| d * w).sum::<i64>() % 11 % 10;
    digits.iter().chain([&check]).map(i64::to_string).collect()
}
