//! What a field's name means. Site owners name fields as they please, in Russian or English.

use super::synonyms::{EXACT, PARTS};
use Meaning as M;

/// The meaning of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    FullName,
    FirstName,
    MiddleName,
    LastName,
    Phone,
    Email,
    /// An account in this network.
    Messenger(&'static str),
    Company,
    Inn,
    Address,
    City,
    Comment,
    Vin,
    Plate,
    Make,
    Model,
    /// A car in one line.
    Car,
    Year,
    Mileage,
    /// The car given in exchange, in one line.
    TradeIn,
    Branch,
    Topic,
    PreferredChannel,
    PreferredTime,
    Language,
    RequestedAt,
    Id,
    Consent,
    Marketing,
    /// Technical fields of site builders: kept nowhere.
    Noise,
    Unknown,
}

/// The meaning of `name`; of a path (`contact.name`, `fields[Телефон]`) the last part counts.
pub(super) fn meaning(name: &str) -> Meaning {
    let lower = name.to_lowercase();
    if lower.starts_with("utm_")
        || matches!(
            lower.as_str(),
            "gclid" | "yclid" | "fbclid" | "roistat" | "referer" | "referrer"
        )
    {
        return M::Marketing;
    }
    let cleaned = lower.trim_end_matches(']').replace("[]", "");
    let parts: Vec<&str> = cleaned
        .split(['.', '['])
        .filter(|part| !part.trim().is_empty())
        .collect();
    let last = parts.last().map_or(String::new(), |part| key(part));
    let whole = key(&lower);
    // `trade_in.model` is not the car wanted, `company.name` no person, `car.name` neither.
    if let [.., outer, _] = parts.as_slice() {
        match (exact(&key(outer)), exact(&last)) {
            (Some(M::TradeIn), Some(M::Make | M::Model | M::Year | M::Car | M::Vin | M::FullName)) => {
                return M::TradeIn;
            }
            (Some(M::Company), Some(M::FullName)) => return M::Company,
            (Some(M::Car), Some(M::FullName)) => return M::Car,
            (Some(M::Branch), Some(M::FullName | M::Id)) => return M::Branch,
            _ => {}
        }
    }
    exact(&last)
        .or_else(|| exact(&whole))
        .or_else(|| part_of(&whole))
        .unwrap_or(M::Unknown)
}

fn key(name: &str) -> String {
    name.to_lowercase()
        .replace('ё', "е")
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect()
}

fn exact(key: &str) -> Option<Meaning> {
    // `Phone_2`, `email1`: site builders number repeated fields.
    let bare = key.trim_end_matches(|c: char| c.is_ascii_digit());
    EXACT
        .iter()
        .find(|(_, names)| names.contains(&key) || names.contains(&bare))
        .map(|(meaning, _)| *meaning)
}

fn part_of(key: &str) -> Option<Meaning> {
    PARTS
        .iter()
        .find(|(_, parts)| parts.iter().any(|part| key.contains(part)))
        .map(|(meaning, _)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_people_type_them() {
        for (name, expected) in [
            ("Name", M::FullName),
            ("Ваше имя", M::FullName),
            ("first_name", M::FirstName),
            ("Phone_2", M::Phone),
            ("Контактный телефон", M::Phone),
            ("E-mail", M::Email),
            ("Электронная почта", M::Email),
            ("Комментарий", M::Comment),
            ("contact.name", M::FullName),
            ("fields[Телефон]", M::Phone),
            ("company.name", M::Company),
            ("trade_in.model", M::TradeIn),
            ("utm_source", M::Marketing),
            ("agree_marketing", M::Consent),
            ("Согласие на рекламу", M::Consent),
            ("Автомобиль", M::Car),
            ("Госномер", M::Plate),
            ("VIN-код", M::Vin),
            ("driving_licence", M::Unknown),
            ("template", M::Unknown),
            ("policy_number", M::Unknown),
            ("Любимый цвет", M::Unknown),
        ] {
            assert_eq!(meaning(name), expected, "{name}");
        }
    }
}
