//! What the short form of a card needs of a record: a tenth of it, kept beside it, so that a list of cards need not read
//! whole records. Records never change, and neither does this; it is only made by newer rules.

use edina_identity::{Normalised, record::NORMALISED_VERSION};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::record::Said;

/// Counted up when more is kept; with the rules of normalising it says whether a stored brief is a present one.
const KEPT: i32 = 3;
/// The version of the briefs that this program writes and reads.
pub const VERSION: i32 = NORMALISED_VERSION as i32 * 1_000 + KEPT;

/// A record of which only that much is there.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Brief {
    pub said: Said,
    pub normalised: Normalised,
}

/// The brief of a record, as it is stored.
pub fn of(said: &Said, normalised: &Normalised) -> Value {
    let vehicles: Vec<Value> = said
        .vehicles
        .iter()
        .map(|vehicle| {
            filled([
                ("vin", json!(vehicle.vin)),
                ("plate", json!(vehicle.plate)),
                ("make", json!(vehicle.make)),
                ("model", json!(vehicle.model)),
                ("year", json!(vehicle.year)),
                ("mileage_km", json!(vehicle.mileage_km)),
                ("role", json!(vehicle.role)),
                ("condition", json!(vehicle.condition)),
            ])
        })
        .collect();
    let said = filled([
        ("source", json!(said.source)),
        ("kind", json!(said.kind)),
        ("branch_id", json!(said.branch_id)),
        ("channel", json!(said.channel)),
        ("vehicles", json!(vehicles)),
    ]);
    let normalised = filled([
        ("version", json!(normalised.version)),
        ("name", json!(normalised.name)),
        ("contact", json!(normalised.contact)),
        ("phones", json!(normalised.phones)),
        ("phone_tails", json!(normalised.phone_tails)),
        ("emails", json!(normalised.emails)),
        ("company", json!(normalised.company)),
        ("inn", json!(normalised.inn)),
        ("kpp", json!(normalised.kpp)),
        ("ogrn", json!(normalised.ogrn)),
    ]);
    json!({ "said": said, "normalised": normalised })
}

/// Without what is its type's default anyway.
fn filled<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Number(number) => number.as_i64() == Some(0),
        _ => false,
    };
    let kept = fields.into_iter().filter(|(_, value)| !is_empty(value));
    Value::Object(
        kept.map(|(name, value)| (name.to_owned(), value))
            .collect::<Map<_, _>>(),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::DateTime;
    use edina_identity::Home;
    use uuid::Uuid;

    use super::*;
    use crate::client::{
        card,
        freshness::Present,
        history::{History, Member, Record},
        record::{CompanySaid, VehicleSaid},
        summary,
    };

    fn history(said: Said, normalised: Normalised) -> History {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let id = Uuid::from_u128(7);
        let member = Member {
            id,
            kind: "person".to_owned(),
            created_at: at,
            version: 1,
        };
        let record = Record {
            id: Uuid::from_u128(8),
            client_id: id,
            occurred_at: at,
            said,
            normalised,
        };
        History {
            members: vec![member],
            records: vec![record],
            ..History::default()
        }
    }

    #[test]
    fn a_brief_makes_the_same_short_form_as_the_whole_record() {
        let whole = Said {
            source: "sales_dms".to_owned(),
            external_id: "1".to_owned(),
            kind: "sale".to_owned(),
            branch_id: "b-1".to_owned(),
            full_name: "Соловьёва Мария Сергеевна".to_owned(),
            phones: vec!["8 916 123-45-67".to_owned(), "+7 495 111-22-33".to_owned()],
            emails: vec!["m.solo@mail.ru".to_owned()],
            address: "г. Тверь, ул. Садовая, д. 5".to_owned(),
            company: Some(CompanySaid {
                name: "ООО «Ромашка»".to_owned(),
                inn: "7707083893".to_owned(),
                kpp: "770701001".to_owned(),
                ogrn: "1027700132195".to_owned(),
            }),
            vehicles: vec![VehicleSaid {
                vin: "XW7BF4FK30S987654".to_owned(),
                plate: "А123ВС777".to_owned(),
                make: "Toyota".to_owned(),
                year: 2024,
                ..VehicleSaid::default()
            }],
            comment: "x".repeat(500),
            ..Said::default()
        };
        for said in [
            whole.clone(),
            Said {
                company: None,
                full_name: String::new(),
                ..whole
            },
        ] {
            let normalised = edina_identity::normalise(
                &said.input(DateTime::from_timestamp(1_800_000_000, 0).unwrap()),
                &Home::default(),
            );
            let stored = of(&said, &normalised).to_string();
            let brief: Brief = serde_json::from_str(&stored).unwrap();
            let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
            let short = |history: &History| {
                summary::of_card(&card::brief(history, &BTreeMap::new(), &Present::at(at)))
            };
            assert_eq!(
                short(&history(brief.said, brief.normalised)),
                short(&history(said, normalised))
            );
        }
    }
}
