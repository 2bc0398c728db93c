//! The clients of the demonstration: person `n` of a seed is always the same person.

pub(crate) mod car;
pub(crate) mod history;
pub(crate) mod spelling;
mod words;

use chrono::NaiveDate;

use super::dice::Dice;
use car::Car;

/// Plate regions and names of the three cities, in the order of the branches.
const CITIES: [(&str, &[&str]); 3] = [
    ("Москва", &["777", "799", "197"]),
    ("Казань", &["116", "716"]),
    ("Тверь", &["69", "169"]),
];
/// Codes that no operator has been given, so that nobody is ever called or written to by a demonstration.
const CODES: [&str; 4] = ["973", "974", "975", "976"];

/// Somebody who has to do with the group.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) number: usize,
    /// Index of the branch that the person goes to.
    pub(crate) branch: usize,
    pub(crate) woman: bool,
    /// The surname as a man bears it.
    base: &'static str,
    pub(crate) last: String,
    pub(crate) first: String,
    pub(crate) middle: String,
    pub(crate) birth: NaiveDate,
    /// E.164.
    pub(crate) phone: String,
    pub(crate) email: Option<String>,
    pub(crate) address: String,
    pub(crate) car: Car,
    /// Bought the car here, new.
    pub(crate) bought_here: bool,
    /// A company whose car it is: name, INN, KPP.
    pub(crate) company: Option<(String, String, String)>,
}

/// All of them, made when asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct People {
    pub(crate) seed: u64,
}

impl People {
    /// Person `number`. Every tenth shares telephone, surname and address with the one before.
    pub(crate) fn person(&self, number: usize) -> Person {
        let mut person = self.alone(number);
        if number % 10 == 7 {
            let partner = self.alone(number - 1);
            person.woman = !partner.woman;
            (person.first, person.middle) = given_names(&mut self.dice(number, 2), person.woman);
            person.last = surname(partner.base, person.woman);
            person.branch = partner.branch;
            person.phone = partner.phone;
            person.address = partner.address;
        }
        person
    }

    /// Dice of a person for one purpose.
    pub(crate) fn dice(&self, number: usize, purpose: u64) -> Dice {
        let number = u64::try_from(number).unwrap_or_default();
        Dice::new(self.seed, number.wrapping_mul(16).wrapping_add(purpose))
    }

    fn alone(&self, number: usize) -> Person {
        let mut dice = self.dice(number, 1);
        let woman = dice.chance(45);
        let base = *dice.pick(&words::SURNAMES);
        let last = surname(base, woman);
        let (first, middle) = given_names(&mut dice, woman);
        let branch = *dice.pick(&[0, 0, 0, 1, 1, 2]);
        let (city, regions) = CITIES[branch];
        let year = i32::try_from(dice.between(1952, 2004)).unwrap_or(1980);
        let month = u32::try_from(dice.between(1, 12)).unwrap_or(1);
        let day = u32::try_from(dice.between(1, 28)).unwrap_or(1);
        let birth = NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
        // A fixed stride spreads the numbers and repeats none before ten million people.
        let phone = format!(
            "+7{}{:07}",
            CODES[number % 4],
            (number * 7_368_787 + 1_204_519) % 10_000_000
        );
        let email = dice.chance(60).then(|| {
            let domain = dice.pick(&["example.com", "example.org", "example.net"]);
            format!(
                "{}.{}{number}@{domain}",
                spelling::latin(&first),
                spelling::latin(&last)
            )
            .to_lowercase()
        });
        let address = format!(
            "г. {city}, {}, д. {}, кв. {}",
            dice.pick(&words::STREETS),
            dice.between(1, 98),
            dice.between(1, 240)
        );
        let bought_here = dice.chance(62);
        let model = if bought_here {
            *dice.pick(&car::NEW)
        } else {
            *dice.pick(&car::OTHER)
        };
        let model_year = i32::try_from(dice.between(2016, 2026))
            .unwrap_or(2020)
            .max(if bought_here { 2019 } else { 0 });
        let region = dice.pick(regions);
        let car = car::make(&mut dice, model, model_year, number, region);
        let company = (number % 40 == 11).then(|| company(&mut dice, number));
        Person {
            number,
            branch,
            woman,
            base,
            last,
            first,
            middle,
            birth,
            phone,
            email,
            address,
            car,
            bought_here,
            company,
        }
    }
}

impl Person {
    /// Surname, given name, patronymic.
    pub(crate) fn full_name(&self) -> String {
        format!("{} {} {}", self.last, self.first, self.middle)
    }

    /// A sentence the person might write.
    pub(crate) fn wish(&self, dice: &mut Dice) -> &'static str {
        dice.pick::<&'static str>(&words::WISHES)
    }
}

fn surname(base: &str, woman: bool) -> String {
    if !woman {
        return base.to_owned();
    }
    if let Some(stem) = base.strip_suffix("ий") {
        format!("{stem}ая")
    } else if ["ов", "ев", "ёв", "ин", "ын"]
        .iter()
        .any(|end| base.ends_with(end))
    {
        format!("{base}а")
    } else {
        base.to_owned()
    }
}

fn given_names(dice: &mut Dice, woman: bool) -> (String, String) {
    let (man, _, _) = dice.pick(&words::MEN);
    let first = if woman { *dice.pick(&words::WOMEN) } else { *man };
    let (_, son, daughter) = dice.pick(&words::MEN);
    (first.to_owned(), (*if woman { daughter } else { son }).to_owned())
}

fn company(dice: &mut Dice, number: usize) -> (String, String, String) {
    let (first, second) = words::COMPANIES;
    let name = format!("ООО «{}{}»", dice.pick(&first), dice.pick(&second).to_lowercase());
    // Region 00 does not exist: nobody's number.
    let body = format!("00{:07}", (number * 7_919 + 1_000_003) % 10_000_000);
    let weights = [2, 4, 10, 3, 5, 9, 4, 6, 8];
    let sum: u32 = body
        .chars()
        .filter_map(|c| c.to_digit(10))
        .zip(weights)
        .map(|(d, w)| d * w)
        .sum();
    let inn = format!("{body}{}", sum % 11 % 10);
    (name, inn, "000001001".to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn people_are_the_same_every_time_and_differ_from_each_other() {
        let people = People { seed: 5 };
        assert_eq!(people.person(12).full_name(), people.person(12).full_name());
        let phones: HashSet<String> = (0..5000)
            .filter(|n| n % 10 != 7)
            .map(|n| people.person(n).phone)
            .collect();
        assert_eq!(phones.len(), 4500);
        assert!(
            phones
                .iter()
                .all(|phone| phone.len() == 12 && phone.starts_with("+797"))
        );
        let vins: HashSet<String> = (0..5000).map(|n| people.person(n).car.vin).collect();
        assert_eq!(vins.len(), 5000);
    }

    #[test]
    fn a_household_shares_what_it_shares() {
        let people = People { seed: 5 };
        let (one, other) = (people.person(16), people.person(17));
        assert_eq!((&one.phone, &one.address), (&other.phone, &other.address));
        assert_ne!(one.first, other.first);
        assert_eq!(one.last.chars().next(), other.last.chars().next());
    }

    #[test]
    fn women_bear_their_form_of_the_surname() {
        let forms: Vec<String> = ["Орлов", "Сафин", "Вишневский", "Ким"]
            .iter()
            .map(|base| surname(base, true))
            .collect();
        assert_eq!(forms, ["Орлова", "Сафина", "Вишневская", "Ким"]);
    }
}
