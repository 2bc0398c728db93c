//! Cars of a row: from columns of their own, several in a cell, or a description in one piece.

use edina_identity::normalise::{plate, vin};
use edina_proto::common::v1::VehicleDescription;

use super::list;
use crate::limits;

/// What the columns of one car (or of several, in lists) say, as typed.
#[derive(Debug, Default, Clone)]
pub struct Typed {
    pub vin: String,
    pub plate: String,
    pub make: String,
    pub model: String,
    pub car: String,
    pub year: String,
    pub mileage: String,
    pub role: String,
    pub condition: String,
}

/// The cars of one set of columns.
pub fn read(typed: &Typed) -> Vec<VehicleDescription> {
    let [makes, models, cars, years, mileages] =
        [&typed.make, &typed.model, &typed.car, &typed.year, &typed.mileage].map(|text| list::plain(text));
    let is_vin = |text: &str| text.chars().count() == 17 && vin::normalise(text).is_ok();
    let vins = list::signs(&typed.vin, &[',', '/', '|', ' '], is_vin);
    let plates = list::signs(&typed.plate, &[',', '/', '|'], |text| {
        plate::normalise(text).is_ok()
    });
    let lists = [&vins, &plates, &makes, &models, &cars, &years, &mileages];
    let longest = lists.iter().map(|list| list.len()).max().unwrap_or(0);
    let count = longest.min(limits::VALUES);
    // A single value among several cars belongs to the first only.
    let at = |values: &Vec<String>, nth: usize| values.get(nth).cloned().unwrap_or_default();
    (0..count)
        .map(|nth| {
            let mut one = described(&at(&cars, nth));
            let fill = |into: &mut String, value: String| {
                if !value.is_empty() {
                    *into = value;
                }
            };
            fill(&mut one.vin, at(&vins, nth));
            fill(&mut one.plate, at(&plates, nth));
            fill(&mut one.make, at(&makes, nth));
            fill(&mut one.model, at(&models, nth));
            if let Some(year) = year(&at(&years, nth)) {
                one.year = year;
            }
            one.mileage_km = mileage(&at(&mileages, nth));
            one.role = role(&typed.role).to_owned();
            one.condition = condition(&typed.condition).to_owned();
            one
        })
        .filter(|one| {
            [&one.vin, &one.plate, &one.make, &one.model]
                .iter()
                .any(|text| !text.is_empty())
        })
        .collect()
}

/// `Toyota Camry 2019, А123ВС116, XW7…`: what looks like a VIN, a plate and a year is taken out, the rest is the model.
fn described(text: &str) -> VehicleDescription {
    let mut one = VehicleDescription::default();
    let mut rest: Vec<&str> = Vec::new();
    for word in text
        .split([' ', ',', '(', ')', '\t'])
        .filter(|word| !word.is_empty())
    {
        let bare = word.trim_matches(['.', ':', '№']);
        let has_digit = bare.bytes().any(|byte| byte.is_ascii_digit());
        if one.vin.is_empty() && has_digit && bare.chars().count() == 17 && vin::normalise(bare).is_ok() {
            bare.clone_into(&mut one.vin);
        } else if one.plate.is_empty()
            && has_digit
            && (8..=9).contains(&bare.chars().count())
            && plate::normalise(bare).is_ok()
        {
            bare.clone_into(&mut one.plate);
        } else if let (0, Some(year)) = (one.year, year(bare)) {
            one.year = year;
        } else if !matches!(
            bare.to_lowercase().as_str(),
            "vin" | "г" | "гв" | "г.в" | "госномер" | "гос" | "год"
        ) {
            rest.push(word);
        }
    }
    one.model = rest.join(" ");
    one
}

fn year(text: &str) -> Option<i32> {
    let digits = text.trim().trim_end_matches(".0");
    let digits = digits.trim_end_matches(|c: char| !c.is_ascii_digit());
    let year = digits.get(digits.len().saturating_sub(4)..)?.parse().ok()?;
    (digits.len() == 4 && (1930..=2100).contains(&year)).then_some(year)
}

fn mileage(text: &str) -> i32 {
    let whole = text.trim().trim_end_matches(".0");
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    digits
        .parse()
        .ok()
        .filter(|km| (0..=5_000_000).contains(km))
        .unwrap_or(0)
}

fn role(text: &str) -> &'static str {
    match text.trim().to_lowercase().as_str() {
        "владелец" | "собственник" | "owner" => "owner",
        "бывший владелец" | "former owner" | "former_owner" => "former_owner",
        "плательщик" | "payer" => "payer",
        "водитель" | "доверенное лицо" | "driver" => "driver",
        "пользуется" | "привозит" | "uses" => "uses",
        "интерес" | "хочет" | "wants" => "wants",
        "трейд-ин" | "trade-in" | "trades_in" => "trades_in",
        "" => "",
        _ => "other",
    }
}

fn condition(text: &str) -> &'static str {
    let lower = text.trim().to_lowercase();
    if lower.starts_with("нов") || lower == "new" {
        "new"
    } else if lower.contains("пробег") || lower.contains("б/у") || lower.contains("бу") || lower == "used"
    {
        "used"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_cars_in_one_cell() {
        let typed = Typed {
            car: "Toyota Camry 2019 А123ВС116; Kia Rio (XWEHC812BD0001234)".into(),
            ..Typed::default()
        };
        let cars = read(&typed);
        assert_eq!(
            (cars[0].model.as_str(), cars[0].year, cars[0].plate.as_str()),
            ("Toyota Camry", 2019, "А123ВС116")
        );
        assert_eq!(
            (cars[1].model.as_str(), cars[1].vin.as_str()),
            ("Kia Rio", "XWEHC812BD0001234")
        );
    }

    #[test]
    fn signs_of_two_cars_in_one_cell() {
        let typed = Typed {
            vin: "XWEHC812BD0001234, XW7BF4FK30S123456".into(),
            plate: "А123ВС116 / В 002 ВВ 77".into(),
            model: "Kia Rio; Toyota Camry".into(),
            ..Typed::default()
        };
        let cars = read(&typed);
        let told: Vec<[&str; 3]> = cars
            .iter()
            .map(|car| [car.vin.as_str(), &car.plate, &car.model])
            .collect();
        assert_eq!(
            told,
            [
                ["XWEHC812BD0001234", "А123ВС116", "Kia Rio"],
                ["XW7BF4FK30S123456", "В 002 ВВ 77", "Toyota Camry"]
            ]
        );
        // What is no two signs stays as it was typed.
        let odd = read(&Typed {
            vin: "XWEHC812BD0001234, см. ПТС".into(),
            ..Typed::default()
        });
        assert_eq!(odd[0].vin, "XWEHC812BD0001234, см. ПТС");
    }
}
