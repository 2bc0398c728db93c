//! Where a client lives or sits.

use std::collections::BTreeMap;

use edina_identity::normalise::address::{self, Address};
use edina_proto::registry::v1::Datum;

use super::{Said, Value, stated, weigh};
use crate::client::{
    freshness::Present,
    history::History,
    survivorship::{Claim, datum},
};

/// The same of all writings of an address: what is answered about one is answered about the others.
pub(super) fn key(typed: &str) -> String {
    key_of(typed, address::parse(typed).as_ref())
}

fn key_of(typed: &str, read: Option<&Address>) -> String {
    read.map_or_else(
        || typed.trim().to_lowercase(),
        |read| format!("{}|{}|{}", read.street, read.house, read.flat),
    )
}

/// Addresses, each once, the ones that hold first.
pub fn addresses(history: &History, segment: &str, present: &Present) -> Vec<Datum> {
    let mut said: BTreeMap<String, Vec<Said<'_>>> = BTreeMap::new();
    let mut shown: BTreeMap<String, String> = BTreeMap::new();
    for record in &history.records {
        let typed = record.said.address.trim();
        if typed.is_empty() {
            continue;
        }
        let read = record.normalised.address.as_ref();
        let key = key_of(typed, read);
        let display = read.map_or_else(|| typed.to_owned(), |a| a.display.clone());
        // Records come oldest first: the newest writing is shown.
        shown.insert(key.clone(), display);
        said.entry(key).or_default().push((record, typed.to_owned()));
    }
    let mut found: Vec<(Value<'_>, Datum)> = said
        .iter()
        .filter_map(|(key, records)| {
            let display = shown.get(key)?;
            let of = weigh(history, ("address", "", display), records, segment, present);
            let best = of.claims.iter().max_by(|a, b| a.rank().cmp(&b.rank()))?;
            let shown = stated(datum(best, &of.claims), &of);
            Some((of, shown))
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| b.preference().cmp(&a.preference()));
    let mut addresses: Vec<Datum> = found.into_iter().map(|(_, datum)| datum).collect();
    // What a person put right comes first, whatever was said since.
    let corrected = history.corrections.iter().filter(|line| line.field == "address");
    if let Some(line) = corrected.max_by_key(|line| (line.at, line.id)) {
        addresses.retain(|address| key(&address.value) != key(&line.value));
        let claim = Claim::of_correction(line);
        let shown = Datum {
            state: "current".to_owned(),
            ..datum(&claim, std::slice::from_ref(&claim))
        };
        addresses.insert(0, shown);
    }
    addresses
}
