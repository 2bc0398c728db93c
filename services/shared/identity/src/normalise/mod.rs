//! From what people type to what can be compared, one file per kind of value.
//!
//! Every function takes text as typed, never panics, looks at a bounded part of it, and either returns a
//! canonical value or says what was wrong. Nothing here decides who is who: see [`crate::engine`].

pub mod account;
pub mod address;
pub mod birth_date;
pub mod comment;
pub mod company;
pub mod email;
pub mod given_names;
pub mod name;
pub mod name_joined;
mod name_match;
pub mod name_roles;
mod name_words;
pub mod patronymics;
pub mod phone;
pub(crate) mod phone_field;
pub mod plate;
pub mod surnames;
pub mod tax_id;
pub mod vin;

use serde::{Deserialize, Serialize};

/// Where the person typing sits: whose national writing of phones is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    /// ISO 3166 country of the branch, `RU`.
    pub country: String,
    /// City code put before short city numbers, `495`; without it they stay partial.
    pub area_code: Option<String>,
}

impl Default for Home {
    fn default() -> Self {
        Self {
            country: "RU".to_owned(),
            area_code: None,
        }
    }
}

/// Grammatical gender of a person, as said or as the name shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    Male,
    Female,
}

impl Gender {
    /// Reads `м`, `жен.`, `male`, `F`, `Mr`, … ; anything else is unknown.
    pub fn parse(raw: &str) -> Option<Self> {
        let word = crate::text::clean(raw).to_lowercase();
        let word = word.trim_end_matches('.');
        match word {
            "м" | "муж" | "мужской" | "мужчина" | "m" | "male" | "man" | "mr" | "г-н" | "господин" => {
                Some(Self::Male)
            }
            "ж" | "жен" | "женский" | "женщина" | "f" | "female" | "woman" | "mrs" | "ms" | "г-жа"
            | "госпожа" => Some(Self::Female),
            _ => None,
        }
    }
}
