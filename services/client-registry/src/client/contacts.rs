//! Contacts and addresses of a card: every value that was ever said, the ones that proved to work first.

use std::collections::BTreeMap;

use edina_identity::normalise::phone::format_display;
use edina_proto::registry::v1::{Contact, Datum};

use super::{
    history::History,
    survivorship::{Claim, datum},
};

/// Phones and e-mails, each once, with provenance; `displayed` as people read them, too, which takes a while for phones.
pub fn contacts(history: &History, displayed: bool) -> Vec<Contact> {
    let mut claims: BTreeMap<(&str, &str), Vec<Claim>> = BTreeMap::new();
    for record in &history.records {
        let alone = record.said.phones.len() == 1 && record.normalised.phones.len() == 1;
        let raw = if alone {
            record.said.phones.first().map_or("", String::as_str)
        } else {
            ""
        };
        for phone in &record.normalised.phones {
            claims
                .entry(("phone", &phone.e164))
                .or_default()
                .push(Claim::of_contact(record, phone.e164.clone(), raw));
        }
        for email in &record.normalised.emails {
            claims
                .entry(("email", &email.address))
                .or_default()
                .push(Claim::of_contact(record, email.address.clone(), ""));
        }
    }
    let mut found: Vec<(Claim, Contact)> = Vec::new();
    for ((kind, value), mut claims) in claims {
        let newest = history
            .confirmations
            .iter()
            .filter(|confirmation| confirmation.kind == kind && confirmation.value == value)
            .max_by_key(|confirmation| confirmation.at);
        if let Some(confirmation) = newest {
            for claim in &mut claims {
                claim.confirmed = Some((confirmation.at, confirmation.by_what.clone()));
            }
        }
        let Some(best) = claims.iter().max_by(|a, b| a.rank().cmp(&b.rank())).cloned() else {
            continue;
        };
        let display = match kind {
            _ if !displayed => String::new(),
            "phone" => format_display(value),
            _ => value.to_owned(),
        };
        let datum = Some(datum(&best, &claims));
        found.push((
            best,
            Contact {
                kind: kind.to_owned(),
                value: value.to_owned(),
                display,
                datum,
                shared_with: 0,
            },
        ));
    }
    // Phones first, then the ones that proved to work, then the newest.
    found.sort_by(|(a, x), (b, y)| y.kind.cmp(&x.kind).then_with(|| b.rank().cmp(&a.rank())));
    found.into_iter().map(|(_, contact)| contact).collect()
}

/// Addresses, each once, the newest first.
pub fn addresses(history: &History) -> Vec<Datum> {
    let mut claims: BTreeMap<String, Vec<Claim>> = BTreeMap::new();
    for record in &history.records {
        let typed = record.said.address.trim();
        if typed.is_empty() {
            continue;
        }
        let key = record.normalised.address.as_ref().map_or_else(
            || typed.to_lowercase(),
            |a| format!("{}|{}|{}", a.street, a.house, a.flat),
        );
        let shown = record
            .normalised
            .address
            .as_ref()
            .map_or_else(|| typed.to_owned(), |a| a.display.clone());
        claims
            .entry(key)
            .or_default()
            .push(Claim::of_contact(record, shown, typed));
    }
    let mut found: Vec<Claim> = claims
        .values()
        .filter_map(|same| same.iter().max_by(|a, b| a.rank().cmp(&b.rank())).cloned())
        .collect();
    found.sort_by(|a, b| b.rank().cmp(&a.rank()));
    found
        .iter()
        .map(|claim| datum(claim, &claims.values().flatten().cloned().collect::<Vec<_>>()))
        .collect()
}
