//! What makes two inputs the same request, however they were written.
//!
//! The window itself (same source, ten minutes) is `intake`'s; this is only the content.

use std::fmt;

use sha2::{Digest, Sha256};

use super::{Lead, Vehicle};

/// Within this many seconds the same content of the same source is one lead with two arrivals.
pub const DUPLICATE_WINDOW_SECONDS: i64 = 600;

/// SHA-256 over the normalised content: equal for the same request in another field order, case, spacing or phone
/// writing. Ids, dates, campaign marks and unknown fields take no part, since a repeat may change them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Computes the fingerprint. The version tag inside keeps hashes of a later rule apart from these.
pub fn of(lead: &Lead) -> Fingerprint {
    let mut hash = Sha256::new();
    part(&mut hash, "v1", [lead.topic.as_str().to_owned()].into());
    part(&mut hash, "name", words(&lead.contact.name.display()));
    part(
        &mut hash,
        "phone",
        lead.contact
            .phones
            .iter()
            .map(|phone| phone_key(&phone.number))
            .collect(),
    );
    part(
        &mut hash,
        "email",
        lead.contact
            .emails
            .iter()
            .map(|email| email.to_lowercase())
            .collect(),
    );
    part(
        &mut hash,
        "handle",
        lead.contact
            .handles
            .iter()
            .map(|handle| handle.value.to_lowercase())
            .collect(),
    );
    part(&mut hash, "wanted", lead.wanted.iter().map(vehicle_key).collect());
    part(
        &mut hash,
        "offered",
        lead.offered.iter().map(vehicle_key).collect(),
    );
    part(
        &mut hash,
        "branch",
        words(lead.branch_hint.as_deref().unwrap_or_default()),
    );
    part(
        &mut hash,
        "comment",
        lead.comments.iter().map(|text| words(text).join(" ")).collect(),
    );
    Fingerprint(hash.finalize().into())
}

/// Values sorted and without repeats, each with its length before it, so that no two lists run together.
fn part(hash: &mut Sha256, name: &str, mut values: Vec<String>) {
    values.retain(|value| !value.is_empty());
    values.sort();
    values.dedup();
    for text in [name].into_iter().chain(values.iter().map(String::as_str)) {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.update(u64::MAX.to_be_bytes());
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace('ё', "е")
        .split_whitespace()
        .map(str::to_owned)
        .collect()
}

/// The last ten digits: `8 916 …` and `+7 916 …` are the same.
fn phone_key(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    digits[digits.len().saturating_sub(10)..].iter().collect()
}

fn vehicle_key(vehicle: &Vehicle) -> String {
    let named = [&vehicle.vin, &vehicle.plate, &vehicle.stock, &vehicle.description];
    let named = named.into_iter().flatten().cloned();
    named
        .chain([vehicle.display()])
        .map(|text| words(&text).join(" "))
        .collect::<Vec<_>>()
        .join("|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lead::{PersonName, Phone, SourceId};

    fn lead(name: &str, phone: &str) -> Lead {
        let mut lead = Lead::default();
        lead.contact.name = PersonName {
            full: Some(name.into()),
            ..PersonName::default()
        };
        lead.contact.phones.push(Phone {
            number: phone.into(),
            kind: None,
            time: None,
        });
        lead
    }

    #[test]
    fn another_writing_is_the_same_request() {
        let mut repeated = lead("петров  Пётр", "+79161234567");
        repeated.source_ids.push(SourceId {
            value: "2".into(),
            ..SourceId::default()
        });
        assert_eq!(of(&lead("Пётр Петров", "8 (916) 123-45-67")), of(&repeated));
    }

    #[test]
    fn another_content_is_another_request() {
        let one = lead("Пётр Петров", "8 (916) 123-45-67");
        let mut two = one.clone();
        two.comments.push("Хочу тест-драйв".into());
        assert_ne!(of(&one), of(&two));
        assert_ne!(of(&one), of(&lead("Пётр Петров", "8 (916) 123-45-68")));
        assert_eq!(of(&one).to_string().len(), 64);
    }
}
