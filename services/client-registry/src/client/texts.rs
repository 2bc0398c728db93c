//! A record in the texts that are stored of it.

use std::collections::BTreeMap;

use edina_identity::{Normalised, Profile};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{brief, record::Said};

/// A record as JSON, in the forms in which it is kept.
pub struct Texts {
    /// As said, without what was not said, which is a half of it.
    pub raw: String,
    pub normalised: String,
    pub brief: String,
    pub profile: String,
    /// Stands in for a missing external id. Of the whole record, also of what was not said, as it always was: a record that
    /// came before is known again.
    pub content_hash: Vec<u8>,
}

impl Texts {
    /// The texts of a record; none when it holds a NUL character, which cannot be stored.
    pub fn of(said: &Said, normalised: &Normalised, profile: &Profile) -> Option<Self> {
        let whole = serde_json::to_string(said).ok()?;
        if whole.contains("\\u0000") {
            return None;
        }
        let Ok(Value::Object(fields)) = serde_json::to_value(said) else {
            return None;
        };
        Some(Self {
            raw: Value::Object(filled(fields)).to_string(),
            normalised: serde_json::to_string(normalised).ok()?,
            brief: brief::of(said, normalised).to_string(),
            profile: serde_json::to_string(profile).ok()?,
            content_hash: hash(said, &whole)?,
        })
    }
}

/// What a number is called makes no other record: a row that came before its labels were read is known again.
fn hash(said: &Said, whole: &str) -> Option<Vec<u8>> {
    if said.labels.is_empty() {
        return Some(Sha256::digest(whole).to_vec());
    }
    let bare = Said {
        labels: BTreeMap::new(),
        ..said.clone()
    };
    Some(Sha256::digest(serde_json::to_string(&bare).ok()?).to_vec())
}

/// Without what reads the same when it is missing: every field of what is said has a default.
fn filled(fields: Map<String, Value>) -> Map<String, Value> {
    let fields = fields.into_iter();
    fields
        .filter_map(|(name, value)| Some((name, unless_empty(value)?)))
        .collect()
}

fn unless_empty(value: Value) -> Option<Value> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::String(text) if text.is_empty() => None,
        Value::Number(number) if number.as_i64() == Some(0) => None,
        Value::Array(items) if items.is_empty() => None,
        // Items keep their places, even empty ones.
        Value::Array(items) => {
            let items = items.into_iter().map(|item| match item {
                Value::Object(fields) => Value::Object(filled(fields)),
                other => other,
            });
            Some(Value::Array(items.collect()))
        }
        Value::Object(fields) => {
            let fields = filled(fields);
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        value => Some(value),
    }
}

#[cfg(test)]
mod tests {
    use edina_identity::Home;

    use super::*;
    use crate::client::record::{CompanySaid, ConsentSaid, Money, VehicleSaid};

    fn texts(said: &Said) -> Texts {
        let at = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let normalised = edina_identity::normalise(&said.input(at), &Home::default());
        Texts::of(said, &normalised, &Profile::of(&normalised)).unwrap()
    }

    fn full() -> Said {
        Said {
            source: "import".to_owned(),
            kind: "sale".to_owned(),
            full_name: "Ёлкина Анна".to_owned(),
            phones: vec![String::new(), "8 916 123-45-67".to_owned()],
            company: Some(CompanySaid {
                name: "ООО «Ёлка»".to_owned(),
                ..CompanySaid::default()
            }),
            vehicles: vec![
                VehicleSaid::default(),
                VehicleSaid {
                    vin: "XW7BF4FK30S987654".to_owned(),
                    year: 2024,
                    ..VehicleSaid::default()
                },
            ],
            amount: Some(Money {
                minor: 0,
                currency: "RUB".to_owned(),
            }),
            consents: vec![ConsentSaid {
                purpose: "advertising".to_owned(),
                granted: false,
                ..ConsentSaid::default()
            }],
            ..Said::default()
        }
    }

    #[test]
    fn what_is_stored_reads_as_what_was_said() {
        for said in [full(), Said::default()] {
            let read: Said = serde_json::from_str(&texts(&said).raw).unwrap();
            assert!(read == said);
        }
        assert_eq!(texts(&Said::default()).raw, "{}");
    }

    #[test]
    fn the_comparable_form_reads_as_it_was() {
        let at = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        for said in [full(), Said::default()] {
            let normalised = edina_identity::normalise(&said.input(at), &Home::default());
            let read: Normalised = serde_json::from_str(&texts(&said).normalised).unwrap();
            assert!(read == normalised);
        }
    }

    #[test]
    fn a_hash_stays_what_it_was_in_earlier_versions() {
        let hash: String = texts(&full())
            .content_hash
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            hash,
            "8718f2828bd5782443a761ac959ec46b7d914dfd214ffbc1b88f9fd416c5da30"
        );
    }

    #[test]
    fn a_nul_character_is_told() {
        let said = Said {
            comment: "a\0b".to_owned(),
            ..full()
        };
        assert!(Texts::of(&said, &Normalised::default(), &Profile::default()).is_none());
    }
}
