//! What the group's systems hold about a person: sales, repair orders, enquiries of the last seven years.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::{
    super::{dice::Dice, group::BRANCHES},
    People, Person,
    car::Car,
    spelling, words,
};

/// The year in which the history begins.
const FIRST_YEAR: i32 = 2019;

impl People {
    /// The records of person `number` up to `until`, as `POST /api/v1/source-records` takes them.
    pub(crate) fn history(&self, number: usize, until: DateTime<Utc>) -> Vec<Value> {
        let person = self.person(number);
        let mut dice = self.dice(number, 3);
        let mut records = Vec::new();
        let met = first_meeting(&mut dice, &person, until);
        if person.bought_here {
            records.push(sale(&mut dice, &person, &person.car, met, 0, person.car.price));
        } else if dice.chance(35) {
            records.push(enquiry(&mut dice, &person, met));
        }
        let mut at = met;
        for visit in 1..=dice.below(6) {
            at += Duration::days(dice.between(120, 420));
            if at >= until - Duration::days(1) {
                break;
            }
            records.push(repair_order(&mut dice, &person, &person.car, at, visit));
        }
        if records.is_empty() {
            records.push(repair_order(&mut dice, &person, &person.car, met, 1));
        }
        // Every twelfth bought the car of the one before, who gave it back to us.
        if number % 12 == 6 {
            let former = self.person(number - 1);
            let taken = until - Duration::days(dice.between(30, 200));
            records.push(given_back(&former, taken));
            let price = former.car.price * 6 / 10;
            let sold = taken + Duration::days(dice.between(5, 25));
            records.push(sale(&mut dice, &person, &former.car, sold, 9, price));
        }
        records
    }

    /// A repair order of today.
    pub(crate) fn repair_order_now(
        &self,
        number: usize,
        at: DateTime<Utc>,
        unique: &str,
        dice: &mut Dice,
    ) -> Value {
        let person = self.person(number);
        let mut record = repair_order(dice, &person, &person.car, at, 1);
        record["external_id"] = json!(format!("ЗН-{unique}"));
        record
    }

    /// A sale of today.
    pub(crate) fn sale_now(&self, number: usize, at: DateTime<Utc>, unique: &str, dice: &mut Dice) -> Value {
        let person = self.person(number);
        let mut record = sale(dice, &person, &person.car, at, 0, person.car.price);
        record["external_id"] = json!(format!("ДКП-{unique}"));
        record
    }
}

/// In working hours, not before the car was built; new cars are sold in the year they are built.
fn first_meeting(dice: &mut Dice, person: &Person, until: DateTime<Utc>) -> DateTime<Utc> {
    let january = NaiveDate::from_ymd_opt(person.car.year.max(FIRST_YEAR), 1, 15).unwrap_or_default();
    let days = (until.date_naive() - january).num_days() - 20;
    let longest = if person.bought_here { days.min(330) } else { days };
    let day = january + Duration::days(dice.between(0, longest.max(1)));
    // Nine to seven in Moscow.
    day.and_time(NaiveTime::MIN).and_utc() + Duration::minutes(6 * 60 + dice.between(0, 600))
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn mileage(car: &Car, at: DateTime<Utc>) -> i64 {
    use chrono::Datelike as _;
    let years = i64::from((at.year() - car.year).max(0));
    1_200 + years * 15_400 + i64::from(at.ordinal()) * 38
}

fn vehicle(car: &Car, at: DateTime<Utc>) -> Value {
    json!({
        "vin": car.vin, "plate": car.plate, "make": car.make, "model": car.model, "year": car.year,
        "mileage_km": mileage(car, at),
    })
}

/// The sales system: everything filled in, from the passport.
fn sale(dice: &mut Dice, person: &Person, car: &Car, at: DateTime<Utc>, ordinal: usize, price: i64) -> Value {
    let number = format!("ДКП-{:06}-{ordinal}", person.number);
    let mut record = json!({
        "kind": "sale",
        "external_id": number,
        "occurred_at": instant(at),
        "branch": BRANCHES[person.branch].id(),
        "last_name": person.last, "first_name": person.first, "middle_name": person.middle,
        "birth_date": person.birth.to_string(),
        "gender": if person.woman { "female" } else { "male" },
        "phones": [person.phone],
        "emails": person.email.iter().collect::<Vec<_>>(),
        "address": person.address,
        "vehicle": vehicle(car, at),
        "role": "owner",
        "amount": { "minor": (price + dice.between(-40, 60) * 1_000) * 100, "currency": "RUB" },
        "comment": if ordinal == 0 { "Новый автомобиль" } else { "Автомобиль с пробегом" },
        "consents": [{ "purpose": "personal_data", "channel": "any", "granted": true, "proof": format!("договор {number}"), "at": instant(at) }],
    });
    let answer = dice.below(10);
    if answer < 6
        && let Some(consents) = record["consents"].as_array_mut()
    {
        let channel = if answer < 4 { "any" } else { "sms" };
        consents.push(json!({
            "purpose": "advertising", "channel": channel, "granted": answer != 5,
            "proof": format!("анкета к договору {number}"), "text_version": "2024-02", "at": instant(at),
        }));
    }
    if let Some((name, inn, kpp)) = &person.company {
        record["company"] = json!({ "name": name, "inn": inn, "kpp": kpp });
    }
    record
}

/// The service system: another clerk, another spelling, whoever brought the car.
fn repair_order(dice: &mut Dice, person: &Person, car: &Car, at: DateTime<Utc>, ordinal: usize) -> Value {
    let (work, price) = *dice.pick(&words::WORKS);
    let dirty = dice.chance(22);
    let full_name = if dirty {
        spelling::name(dice, person)
    } else {
        person.full_name()
    };
    let mut car_seen = vehicle(car, at);
    if dice.chance(15) {
        car_seen["vin"] = json!(spelling::vin(dice, &car.vin));
    }
    if dice.chance(30) {
        car_seen["plate"] = json!(spelling::plate(&car.plate));
    }
    // Some leave no number, some another one than last time; then the car and the name tell.
    let phones = match dice.below(20) {
        0 if ordinal > 1 => vec![],
        1 => vec![spelling::phone(dice, &other_number(person))],
        _ => vec![spelling::phone(dice, &person.phone)],
    };
    let mut record = json!({
        "kind": "repair_order",
        "external_id": format!("ЗН-{:06}-{ordinal}", person.number),
        "occurred_at": instant(at),
        "branch": BRANCHES[person.branch].id(),
        "full_name": full_name,
        "phones": phones,
        "vehicle": car_seen,
        "role": if dice.chance(88) { "owner" } else { "driver" },
        "amount": { "minor": price * dice.between(90, 115), "currency": "RUB" },
        "comment": work,
    });
    if person.email.is_some() && dice.chance(25) {
        record["emails"] = json!(
            person
                .email
                .iter()
                .map(|email| email.to_uppercase())
                .collect::<Vec<_>>()
        );
    }
    if dice.chance(10) {
        record["birth_date"] = json!(person.birth.format("%d.%m.%Y").to_string());
    }
    record
}

/// A visit or a call of long ago that the old card file holds.
fn enquiry(dice: &mut Dice, person: &Person, at: DateTime<Utc>) -> Value {
    json!({
        "kind": "contact",
        "external_id": format!("КАРТ-{:06}", person.number),
        "occurred_at": instant(at),
        "branch": BRANCHES[person.branch].id(),
        "full_name": format!("{} {}", person.last, person.first),
        "phones": [spelling::phone(dice, &person.phone)],
        "emails": person.email.iter().collect::<Vec<_>>(),
        "comment": person.wish(dice),
        "channel": *dice.pick(&["сайт", "звонок", "визит", "рекомендация"]),
    })
}

fn given_back(former: &Person, at: DateTime<Utc>) -> Value {
    json!({
        "kind": "contact",
        "external_id": format!("ТИ-{:06}", former.number),
        "occurred_at": instant(at),
        "branch": BRANCHES[former.branch].id(),
        "full_name": former.full_name(),
        "birth_date": former.birth.to_string(),
        "phones": [former.phone],
        "vehicle": vehicle(&former.car, at),
        "role": "former_owner",
        "comment": "Автомобиль принят в трейд-ин",
    })
}

/// The number a person had before or after.
fn other_number(person: &Person) -> String {
    let (head, tail) = person.phone.split_at(5);
    format!("{head}{}", tail.chars().rev().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_history_and_none_of_it_lies_ahead() {
        let people = People { seed: 11 };
        let until = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let all: Vec<Value> = (0..400)
            .flat_map(|number| people.history(number, until))
            .collect();
        assert_eq!(
            all,
            (0..400)
                .flat_map(|number| people.history(number, until))
                .collect::<Vec<_>>()
        );
        assert!((800..2000).contains(&all.len()), "{}", all.len());
        let mut ids: Vec<&str> = all
            .iter()
            .map(|record| record["external_id"].as_str().unwrap())
            .collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        for record in &all {
            let at = DateTime::parse_from_rfc3339(record["occurred_at"].as_str().unwrap()).unwrap();
            assert!(at < until + Duration::days(30), "{at}");
        }
        for kind in ["sale", "repair_order", "contact"] {
            assert!(all.iter().any(|record| record["kind"] == kind), "{kind}");
        }
    }
}
