//! What people answer about a number or an address: under which name it is kept, and to which record it belongs.

use std::{borrow::Cow, collections::BTreeSet};

use edina_identity::normalise::phone::is_local;

use crate::client::history::{History, Record};

/// A correction of this field says that a contact of the kind is wrong.
pub fn wrong_field(kind: &str) -> String {
    format!("wrong_{kind}")
}

/// What an answer about a contact is kept under: handles of two networks may be the same and are still two people's. Answers
/// of earlier versions are kept under the handle alone, and count for every network, as when they were given.
pub fn answered<'a>(kind: &str, network: &str, value: &'a str) -> Cow<'a, str> {
    match kind {
        "messenger" if !network.is_empty() => Cow::Owned(format!("{network}/{value}")),
        _ => Cow::Borrowed(value),
    }
}

/// Networks in which the client is said to have this handle.
pub fn networks<'a>(history: &'a History, handle: &str) -> BTreeSet<&'a str> {
    let profiles = history.records.iter().flat_map(|record| &record.said.profiles);
    let held = profiles.filter(|profile| profile.handle == handle);
    held.map(|profile| profile.network.as_str()).collect()
}

/// The newest record that says this, for what is to be attached to it.
pub fn sayer<'a>(history: &'a History, kind: &str, network: &str, value: &str) -> Option<&'a Record> {
    history.records.iter().rev().find(|record| match kind {
        "phone" if is_local(value) => record.normalised.phone_tails.iter().any(|local| local == value),
        "phone" => record.normalised.phones.iter().any(|phone| phone.e164 == value),
        "email" => record
            .normalised
            .emails
            .iter()
            .any(|email| email.address == value),
        "messenger" => {
            let mut profiles = record.said.profiles.iter();
            profiles.any(|profile| profile.handle == value && profile.network == network)
        }
        "address" => {
            let read = record.normalised.address.as_ref();
            read.map_or(record.said.address.trim(), |address| &address.display) == value
        }
        _ => false,
    })
}
