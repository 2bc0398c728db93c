//! Contacts and addresses of a card: every value that was ever said, with what proved it; the ones to use first come first.

mod addresses;
mod answers;
mod labels;

use std::{borrow::Cow, collections::BTreeMap};

use chrono::{DateTime, Utc};
use edina_identity::normalise::phone::{format_display, is_local};
use edina_proto::{
    registry::v1::{Contact, Datum, Proof},
    time::to_proto,
};
use uuid::Uuid;

pub use addresses::addresses;
pub use answers::{answered, networks, sayer, wrong_field};

use super::{
    freshness::{Present, State},
    history::{Correction, History, Record},
    survivorship::{Claim, datum},
};

/// Proofs shown of a contact.
const MOST_PROOFS: usize = 10;

/// What a record that states a contact proves by itself.
fn proves(record: &Record) -> Option<&'static str> {
    match (record.said.kind.as_str(), record.said.source.as_str()) {
        ("sale" | "repair_order", _) => Some("document"),
        ("contact", "console") => Some("person"),
        _ if record.said.channel == "journal" => Some("visit"),
        _ => None,
    }
}

/// A record that says a value, and how it was typed.
type Said<'a> = (&'a Record, String);

/// One value with everything that speaks of it.
struct Value<'a> {
    kind: &'a str,
    network: &'a str,
    claims: Vec<Claim>,
    proofs: Vec<Evidence<'a>>,
    wrong: Option<&'a Correction>,
    state: State,
    due: DateTime<Utc>,
}

struct Evidence<'a> {
    at: DateTime<Utc>,
    by: &'a str,
    ref_id: String,
    by_employee_id: &'a str,
}

fn is_mobile(number: &str) -> bool {
    number.starts_with("+79")
}

/// Phones, e-mails and messengers, each once, with provenance; `displayed` as people read them, too, which takes a while
/// for phones, and with what confirmed them.
pub fn contacts(history: &History, segment: &str, present: &Present, displayed: bool) -> Vec<Contact> {
    let mut said: BTreeMap<(&str, &str, &str), Vec<Said<'_>>> = BTreeMap::new();
    for record in &history.records {
        let alone = record.said.phones.len() == 1 && record.normalised.phones.len() == 1;
        let raw = record.said.phones.first().filter(|_| alone);
        for local in &record.normalised.phone_tails {
            let of = said.entry(("phone", "", local)).or_default();
            of.push((record, String::new()));
        }
        for phone in &record.normalised.phones {
            let of = said.entry(("phone", "", &phone.e164)).or_default();
            of.push((record, raw.cloned().unwrap_or_default()));
        }
        for email in &record.normalised.emails {
            let of = said.entry(("email", "", &email.address)).or_default();
            of.push((record, String::new()));
        }
        for profile in &record.said.profiles {
            let of = said
                .entry(("messenger", &profile.network, &profile.handle))
                .or_default();
            of.push((record, String::new()));
        }
    }
    // A number without its code is nothing beside the whole one.
    let whole: Vec<&str> = said
        .keys()
        .map(|(_, _, value)| *value)
        .filter(|value| value.starts_with('+'))
        .collect();
    let told_whole = |kind: &str, value: &str| {
        kind == "phone" && is_local(value) && whole.iter().any(|whole| whole.ends_with(value))
    };
    let mut found: Vec<(Value<'_>, Contact)> = Vec::new();
    for ((kind, network, value), records) in &said {
        let (kind, network, value) = (*kind, *network, *value);
        if told_whole(kind, value) {
            continue;
        }
        let of = weigh(history, (kind, network, value), records, segment, present);
        let Some(best) = of.claims.iter().max_by(|a, b| a.rank().cmp(&b.rank())) else {
            continue;
        };
        let display = match kind {
            _ if !displayed => String::new(),
            "phone" => format_display(value),
            "messenger" if value.starts_with('+') => format_display(value),
            _ => value.to_owned(),
        };
        let contact = Contact {
            kind: kind.to_owned(),
            value: value.to_owned(),
            display,
            datum: Some(stated(datum(best, &of.claims), &of)),
            network: network.to_owned(),
            local: kind == "phone" && is_local(value),
            labels: if displayed {
                labels::of(kind, value, records.iter().map(|(record, _)| *record))
            } else {
                Vec::new()
            },
            proofs: if displayed { of.proofs() } else { Vec::new() },
            ..Contact::default()
        };
        found.push((of, contact));
    }
    // Phones first, then e-mails; of each kind the ones that work, the newest word first.
    found.sort_by(|(a, x), (b, y)| {
        let order = |kind: &str| {
            ["phone", "email", "messenger"]
                .iter()
                .position(|known| *known == kind)
        };
        order(&x.kind)
            .cmp(&order(&y.kind))
            .then_with(|| (a.state == State::Wrong, x.local).cmp(&(b.state == State::Wrong, y.local)))
            .then_with(|| b.preference().cmp(&a.preference()))
            // Of two that one record gives, a mobile number: it is the client's own, and takes messages.
            .then_with(|| is_mobile(&y.value).cmp(&is_mobile(&x.value)))
    });
    let mut contacts: Vec<Contact> = found.into_iter().map(|(_, contact)| contact).collect();
    let mut kinds: Vec<String> = Vec::new();
    for contact in &mut contacts {
        let works = contact
            .datum
            .as_ref()
            .is_some_and(|datum| datum.state != State::Wrong.name());
        if works && !kinds.contains(&contact.kind) {
            kinds.push(contact.kind.clone());
            contact.preferred = true;
        }
    }
    contacts
}

fn weigh<'a>(
    history: &'a History,
    (kind, network, value): (&'a str, &'a str, &str),
    records: &[Said<'a>],
    segment: &str,
    present: &Present,
) -> Value<'a> {
    let key = match kind {
        "address" => Cow::Owned(addresses::key(value)),
        _ => answered(kind, network, value),
    };
    let is_meant = |answered: &str| {
        answered == value || answered == key || kind == "address" && addresses::key(answered) == key
    };
    let noted = history
        .confirmations
        .iter()
        .filter(|confirmation| confirmation.kind == kind && is_meant(&confirmation.value))
        .map(|confirmation| Evidence {
            at: confirmation.at,
            by: &confirmation.by_what,
            ref_id: confirmation.ref_id.clone(),
            by_employee_id: &confirmation.by_employee_id,
        });
    let stated = records.iter().filter_map(|(record, _)| {
        Some(Evidence {
            at: record.occurred_at,
            by: proves(record)?,
            ref_id: record.id.to_string(),
            by_employee_id: "",
        })
    });
    let mut proofs: Vec<Evidence<'_>> = noted.chain(stated).collect();
    proofs.sort_by(|a, b| (b.at, b.by).cmp(&(a.at, a.by)));
    let field = wrong_field(kind);
    // Only a person takes back what a person said.
    let wrong = history
        .corrections
        .iter()
        .filter(|correction| correction.field == field && is_meant(&correction.value))
        .max_by_key(|correction| correction.at)
        .filter(|correction| {
            !proofs
                .iter()
                .any(|proof| proof.by == "person" && proof.at > correction.at)
        });
    let confirmed = proofs.first().map(|proof| (proof.at, proof.by.to_owned()));
    let claims: Vec<Claim> = records
        .iter()
        .map(|(record, raw)| Claim {
            confirmed: confirmed.clone(),
            ..Claim::of_contact(record, value.to_owned(), raw)
        })
        .collect();
    let said = records
        .iter()
        .map(|(record, _)| record.occurred_at)
        .max()
        .unwrap_or_default();
    let (state, due) = match kind {
        // Accounts do not decay.
        "messenger" if confirmed.is_some() => (State::Current, said),
        "messenger" => (State::Unconfirmed, said),
        _ => present.state(kind, segment, confirmed.map(|(at, _)| at), said),
    };
    Value {
        kind,
        network,
        claims,
        proofs,
        wrong,
        state: if wrong.is_some() { State::Wrong } else { state },
        due,
    }
}

impl Value<'_> {
    /// Greater is to be used first: what works, then the newest word, then the most trusted source.
    fn preference(&self) -> (bool, bool, DateTime<Utc>, &str) {
        (
            self.state != State::Wrong,
            self.state == State::Current,
            self.last_at(),
            self.network,
        )
    }

    /// When it was confirmed or said last.
    fn last_at(&self) -> DateTime<Utc> {
        let said = self.claims.iter().map(|claim| claim.at).max().unwrap_or_default();
        self.proofs.first().map_or(said, |proof| proof.at.max(said))
    }

    fn proofs(&self) -> Vec<Proof> {
        self.proofs
            .iter()
            .take(MOST_PROOFS)
            .map(|proof| Proof {
                at: Some(to_proto(proof.at)),
                by: proof.by.to_owned(),
                ref_id: proof.ref_id.clone(),
                actor_employee_id: proof.by_employee_id.to_owned(),
            })
            .collect()
    }
}

fn stated(datum: Datum, of: &Value<'_>) -> Datum {
    let decays = of.kind != "messenger";
    Datum {
        state: of.state.name().to_owned(),
        due_at: Some(of.due)
            .filter(|_| decays && of.wrong.is_none())
            .map(to_proto),
        correction_id: of.wrong.map_or_else(String::new, |wrong| id(wrong.id)),
        ..datum
    }
}

fn id(id: Uuid) -> String {
    id.to_string()
}
