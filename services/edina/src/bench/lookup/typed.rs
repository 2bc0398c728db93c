//! What is typed into the search box, how a hit is told, and how fast it shall be.

use serde_json::Value;

use crate::demo::{
    dice::Dice,
    people::{Person, spelling},
};

/// A kind of query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typed {
    /// The number as the client says it, as it is printed, as the PBX shows it.
    Phone,
    /// Its last seven digits.
    PhonePart,
    /// Beginning of a surname.
    SurnamePart,
    /// Surname and given name.
    FullName,
    /// Given name and beginning of the surname.
    GivenFirst,
    /// Surname with two letters swapped or one left out, and the given name.
    Mistyped,
    /// Surname and given name, the keyboard in the other layout.
    OtherLayout,
    /// Surname and given name in Latin letters.
    OtherScript,
    Email,
    /// Last six characters of a VIN.
    VinTail,
    Plate,
}

impl Typed {
    pub(super) const LOOKUP: &[Self] = &[Self::Phone, Self::PhonePart];
    pub(super) const SEARCH: &[Self] = &[
        Self::SurnamePart,
        Self::FullName,
        Self::GivenFirst,
        Self::Mistyped,
        Self::OtherLayout,
        Self::OtherScript,
        Self::Email,
        Self::VinTail,
        Self::Plate,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone in any writing",
            Self::PhonePart => "last seven digits of a phone",
            Self::SurnamePart => "first four letters of a surname",
            Self::FullName => "surname and given name",
            Self::GivenFirst => "given name and part of the surname",
            Self::Mistyped => "surname with a typo and given name",
            Self::OtherLayout => "surname and given name in the other layout",
            Self::OtherScript => "surname and given name in Latin letters",
            Self::Email => "e-mail",
            Self::VinTail => "last six characters of a VIN",
            Self::Plate => "plate",
        }
    }

    /// Milliseconds that half of the queries shall take at most, and CPU milliseconds where somebody has asked for them.
    pub(super) fn aims(self) -> (f64, Option<f64>) {
        match self {
            Self::Phone | Self::PhonePart => (2.0, Some(0.8)),
            Self::SurnamePart | Self::FullName | Self::GivenFirst => (3.0, Some(2.0)),
            Self::Mistyped | Self::OtherLayout | Self::OtherScript => (8.0, None),
            Self::Email | Self::VinTail | Self::Plate => (2.0, None),
        }
    }

    /// What is typed to find this person.
    pub(super) fn of(self, dice: &mut Dice, person: &Person) -> String {
        let end = |text: &str, count: usize| {
            let chars: Vec<char> = text.chars().collect();
            chars.iter().skip(chars.len().saturating_sub(count)).collect()
        };
        let Person { last, first, .. } = person;
        match self {
            Self::Phone => spelling::phone(dice, &person.phone),
            Self::PhonePart => end(&person.phone, 7),
            Self::SurnamePart => last.chars().take(4).collect(),
            Self::FullName => format!("{last} {first}"),
            Self::GivenFirst => format!("{first} {}", last.chars().take(4).collect::<String>()),
            Self::Mistyped => format!("{} {first}", spelling::mistyped(dice, last)),
            Self::OtherLayout => spelling::other_layout(&format!("{last} {first}")),
            Self::OtherScript => spelling::latin(&format!("{last} {first}")),
            // Whoever has none is looked for by name.
            Self::Email => person.email.clone().unwrap_or_else(|| last.clone()),
            Self::VinTail => end(&person.car.vin, 6),
            Self::Plate => person.car.plate.clone(),
        }
    }

    /// Whether this hit is what was meant: of a common name, a namesake is. A card may be shown under a company's name.
    /// A typo may make another surname that somebody has: who is called as was typed is meant then.
    pub(super) fn is_found(self, person: &Person, query: &str, hit: &Value) -> bool {
        let plain = |text: &str| text.to_lowercase().replace('ё', "е");
        let shown = plain(hit["display_name"].as_str().unwrap_or_default());
        let (last, first) = (plain(&person.last), plain(&person.first));
        let part: String = last.chars().take(4).collect();
        let has = |beginning: &str| shown.split(' ').any(|word| word.starts_with(beginning));
        match self {
            _ if hit["kind"] == "company" => true,
            Self::SurnamePart => has(&part),
            Self::Mistyped
                if plain(query)
                    .split(' ')
                    .all(|word| shown.split(' ').any(|said| said == word)) =>
            {
                true
            }
            Self::FullName | Self::GivenFirst | Self::Mistyped | Self::OtherLayout | Self::OtherScript => {
                has(&part) && has(&first)
            }
            Self::Phone | Self::PhonePart | Self::Email | Self::VinTail | Self::Plate => !shown.is_empty(),
        }
    }
}
