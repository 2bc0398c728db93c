//! Whether an input or a lead is the same as one that came before, and who must wait for whom to tell.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::take_input::Received;
use crate::{
    channel::RejectedPart,
    lead::{Lead, fingerprint},
};

/// A sender may write the same request anew: another order of fields, another time of sending.
pub(super) fn are_same(parts: &[Result<Lead, RejectedPart>], known: &[(Uuid, Vec<u8>)]) -> bool {
    let mut readable = parts.iter().filter_map(|part| part.as_ref().ok()).peekable();
    readable.peek().is_some()
        && readable.all(|lead| {
            let print = fingerprint::of(lead);
            known
                .iter()
                .any(|(_, known)| known.as_slice() == print.as_bytes())
        })
}

/// The sender's own numbers of the lead.
pub(super) fn source_ids(lead: &Lead) -> Vec<String> {
    let ids = lead.source_ids.iter();
    ids.map(|id| format!("{}|{}", id.source, id.value)).collect()
}

/// Advisory lock numbers, sorted: of the sender's key, and of what another copy of one of the leads would have in common
/// with it. Those are 64 a source, so that a long document does not fill the server's table of locks.
pub(super) fn lock_numbers(received: &Received<'_>, parts: &[Result<Lead, RejectedPart>]) -> Vec<i64> {
    let number = |kind: &str, name: &str| {
        let place = format!("{kind}|{}|{}", received.group, received.source.name);
        let mut hash = Sha256::new();
        for text in [place.as_str(), name] {
            hash.update(text.len().to_be_bytes());
            hash.update(text);
        }
        let mut first = [0_u8; 8];
        first.copy_from_slice(&hash.finalize()[..8]);
        i64::from_be_bytes(first)
    };
    let leads = number("lead", "");
    let mut numbers: Vec<i64> = names(parts)
        .iter()
        .map(|name| leads ^ (number("name", name) & 63))
        .chain(received.idempotency_key.map(|key| number("key", key)))
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// What another copy of one of the leads would have in common with it.
fn names(parts: &[Result<Lead, RejectedPart>]) -> Vec<String> {
    let readable = parts.iter().filter_map(|part| part.as_ref().ok());
    readable
        .flat_map(|lead| {
            let mut names = source_ids(lead);
            names.push(fingerprint::of(lead).to_string());
            names
        })
        .collect()
}

/// Both can be reached, and by nothing in common.
pub(super) fn are_different_people(one: &Lead, other: &Lead) -> bool {
    fn ways(lead: &Lead) -> Vec<String> {
        let digits = |number: &str| {
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            digits[digits.len().saturating_sub(10)..].to_owned()
        };
        let phones = lead.contact.phones.iter().map(|phone| digits(&phone.number));
        phones
            .chain(lead.contact.emails.iter().map(|email| email.to_lowercase()))
            .collect()
    }
    let (one, other) = (ways(one), ways(other));
    !one.is_empty() && !other.is_empty() && !one.iter().any(|way| other.contains(way))
}
