//! Which of several values a card shows: corrected by a person > confirmed > newer > from a more trusted source.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use edina_proto::{
    registry::v1::{Datum, PastValue},
    time::to_proto,
};

use super::history::{Correction, Record};

/// Former values shown of a field.
const MOST_PAST: usize = 20;

/// A value with where it comes from.
#[derive(Debug, Clone)]
pub struct Claim {
    pub value: String,
    /// As typed, where known.
    pub raw: String,
    pub at: DateTime<Utc>,
    /// Source record id, empty for a person's correction.
    pub record_id: String,
    pub source: String,
    /// Channel it came by, where its source said so.
    pub channel: String,
    /// When and by what it was confirmed: answered_call, delivered_message, visit, document, person.
    pub confirmed: Option<(DateTime<Utc>, String)>,
    pub corrected: bool,
}

/// Later is more trusted: who saw a document knows better than who typed into a form.
const TRUST: [&str; 6] = [
    "import",
    "call_tracking",
    "lead_intake",
    "console",
    "service_dms",
    "sales_dms",
];

impl Claim {
    /// A value that a record gives. A deal is made on documents, a repair order at a visit: both confirm who came.
    pub fn of_person(record: &Record, value: String, raw: &str) -> Self {
        let by = match record.said.kind.as_str() {
            "sale" => Some("document"),
            "repair_order" => Some("visit"),
            _ => None,
        };
        Self {
            confirmed: by.map(|by| (record.occurred_at, by.to_owned())),
            ..Self::of_contact(record, value, raw)
        }
    }

    /// A value that only a call or a message can confirm.
    pub fn of_contact(record: &Record, value: String, raw: &str) -> Self {
        Self {
            value,
            raw: raw.trim().to_owned(),
            at: record.occurred_at,
            record_id: record.id.to_string(),
            source: record.said.source.clone(),
            channel: record.said.channel.clone(),
            confirmed: None,
            corrected: false,
        }
    }

    /// What a person put right.
    pub fn of_correction(correction: &Correction) -> Self {
        Self {
            value: correction.value.clone(),
            raw: String::new(),
            at: correction.at,
            record_id: String::new(),
            source: "console".to_owned(),
            channel: String::new(),
            confirmed: Some((correction.at, "person".to_owned())),
            corrected: true,
        }
    }

    /// How strong the claim is; the greatest wins.
    pub fn rank(&self) -> (bool, bool, DateTime<Utc>, usize, &str) {
        (
            self.corrected,
            self.confirmed.is_some(),
            self.at,
            self.trust(),
            &self.record_id,
        )
    }

    /// How much its source is trusted.
    pub fn trust(&self) -> usize {
        TRUST
            .iter()
            .position(|source| *source == self.source)
            .unwrap_or(0)
    }
}

/// The value shown, with its provenance; first seen and confirmed over all claims of the same value.
pub fn winner(claims: &[Claim]) -> Option<Datum> {
    let best = claims
        .iter()
        .filter(|claim| !claim.value.is_empty())
        .max_by(|a, b| a.rank().cmp(&b.rank()))?;
    Some(datum(best, claims))
}

/// The datum of `best` among all `claims`.
pub fn datum(best: &Claim, claims: &[Claim]) -> Datum {
    let same = || claims.iter().filter(|claim| claim.value == best.value);
    let confirmed = same()
        .filter_map(|claim| claim.confirmed.as_ref())
        .max_by_key(|(at, _)| *at);
    Datum {
        value: best.value.clone(),
        raw: if best.raw == best.value {
            String::new()
        } else {
            best.raw.clone()
        },
        source_record_id: best.record_id.clone(),
        source: best.source.clone(),
        first_seen_at: same().map(|claim| claim.at).min().map(to_proto),
        confirmed_at: confirmed.map(|(at, _)| to_proto(*at)),
        confirmed_by: confirmed.map(|(_, by)| by.clone()).unwrap_or_default(),
        channel: best.channel.clone(),
        last_seen_at: same().map(|claim| claim.at).max().map(to_proto),
        ..Datum::default()
    }
}

/// The value shown with the others that were said, dated.
pub fn winner_with_past(claims: &[Claim]) -> Option<Datum> {
    let shown = winner(claims)?;
    Some(Datum {
        earlier: past(claims, &shown.value),
        ..shown
    })
}

/// Every value but one, each with the time it was said, the newest first.
pub fn past(claims: &[Claim], but: &str) -> Vec<PastValue> {
    let mut by_value: BTreeMap<&str, Vec<&Claim>> = BTreeMap::new();
    for claim in claims
        .iter()
        .filter(|claim| !claim.value.is_empty() && claim.value != but)
    {
        by_value.entry(&claim.value).or_default().push(claim);
    }
    let mut dated: Vec<(DateTime<Utc>, PastValue)> = by_value
        .into_iter()
        .filter_map(|(value, claims)| {
            let last = claims.iter().max_by_key(|claim| claim.at)?;
            let first = claims.iter().map(|claim| claim.at).min()?;
            let past = PastValue {
                value: value.to_owned(),
                first_seen_at: Some(to_proto(first)),
                last_seen_at: Some(to_proto(last.at)),
                source: last.source.clone(),
                channel: last.channel.clone(),
                source_record_id: last.record_id.clone(),
            };
            Some((last.at, past))
        })
        .collect();
    dated.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    dated.into_iter().map(|(_, past)| past).take(MOST_PAST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(value: &str, second: i64, source: &str) -> Claim {
        Claim {
            value: value.into(),
            raw: String::new(),
            at: DateTime::from_timestamp(second, 0).unwrap(),
            record_id: format!("{source}{second}"),
            source: source.into(),
            channel: String::new(),
            confirmed: None,
            corrected: false,
        }
    }

    #[test]
    fn corrected_beats_confirmed_beats_newer_beats_trusted() {
        let show = |claims: &[Claim]| winner(claims).unwrap().value;
        let mut claims = vec![claim("a", 5, "lead_intake"), claim("b", 5, "sales_dms")];
        assert_eq!(show(&claims), "b");
        claims.push(claim("c", 6, "import"));
        assert_eq!(show(&claims), "c");
        claims.push(Claim {
            confirmed: Some((DateTime::UNIX_EPOCH, "visit".into())),
            ..claim("d", 1, "import")
        });
        assert_eq!(show(&claims), "d");
        claims.push(Claim {
            corrected: true,
            ..claim("e", 0, "console")
        });
        assert_eq!(show(&claims), "e");
        assert_eq!(winner(&[claim("", 1, "import")]), None);
    }
}
