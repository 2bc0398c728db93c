//! Messages against what the message centre and the mail server took.

use std::collections::{BTreeMap, HashMap};

use e2e::{System, api::text};
use serde_json::Value;

use crate::{
    ledger::{Allowances, Books},
    traffic::Accepted,
};

/// Adds what is wrong about messages.
pub fn audit(
    system: &System,
    books: &Books,
    accepted: &Accepted,
    allowed: &Allowances,
    wrong: &mut Vec<String>,
) {
    occasions(books, accepted, wrong);
    let unknown: Vec<&Value> = in_state(books, "unknown").collect();
    if unknown.len() > allowed.unknown {
        wrong.push(format!(
            "{} messages are unknown, at most {} can be: {}",
            unknown.len(),
            allowed.unknown,
            unknown[0]
        ));
    }
    if system.smsc().is_some() {
        texts(books, wrong);
    }
    if system.mailbox().is_some() {
        mails(books, wrong);
    }
}

fn in_state<'a>(books: &'a Books, state: &'a str) -> impl Iterator<Item = &'a Value> {
    books
        .messages
        .iter()
        .filter(move |message| text(message, "state") == state)
}

/// One message per occasion: what a lead and a missed call cause, and nothing twice.
fn occasions(books: &Books, accepted: &Accepted, wrong: &mut Vec<String>) {
    let mut seen: HashMap<(&str, &str), usize> = HashMap::new();
    for message in &books.messages {
        *seen
            .entry((text(message, "trigger_id"), text(message, "template")))
            .or_default() += 1;
    }
    let mut wanted: HashMap<(&str, &str), usize> = HashMap::new();
    for (_, id) in &accepted.leads {
        wanted.insert((id, "lead_received_sms"), 1);
    }
    for lead in &books.leads {
        wanted.insert((text(lead, "lead_id"), "lead_assigned_email"), 1);
    }
    // Whoever calls in vain again within the hour is told once.
    let mut in_vain: HashMap<&str, Vec<&str>> = HashMap::new();
    for call in &books.calls {
        if ["missed", "abandoned"].contains(&text(call, "outcome")) {
            let calls = in_vain.entry(text(call, "client_id")).or_default();
            calls.push(text(call, "call_id"));
        }
    }
    for (client, calls) in in_vain {
        let told: Vec<usize> = calls
            .iter()
            .filter_map(|call| seen.remove(&(*call, "call_missed_sms")))
            .collect();
        if told != [1] {
            wrong.push(format!(
                "client {client} called in vain {} times and was told {told:?}",
                calls.len()
            ));
        }
    }
    for (what, count) in &wanted {
        let there = seen.get(what).copied().unwrap_or(0);
        if there != *count {
            wrong.push(format!("{what:?}: {there} messages instead of {count}"));
        }
    }
    for (what, count) in seen {
        if !wanted.contains_key(&what) {
            wrong.push(format!("{what:?}: {count} messages that nothing asked for"));
        }
    }
}

/// SMS by number. Parts of one message have one text each, so that a part taken twice shows.
fn texts(books: &Books, wrong: &mut Vec<String>) {
    let mut by_number: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for message in &books.messages {
        if text(message, "channel") == "sms" {
            by_number
                .entry(text(message, "recipient"))
                .or_default()
                .push(message);
        }
    }
    for (number, messages) in by_number {
        let digits = &number[number.len().saturating_sub(10)..];
        let parts: Vec<_> = books
            .submits
            .iter()
            .filter(|submit| submit.destination.ends_with(digits))
            .collect();
        let taken = parts.iter().filter(|part| part.opens()).count();
        let count = |state: &str| {
            messages
                .iter()
                .filter(|message| text(message, "state") == state)
                .count()
        };
        let (surely, perhaps) = (count("sent") + count("delivered"), count("unknown"));
        if taken < surely || taken > surely + perhaps {
            wrong.push(format!(
                "{number}: {taken} submits of {surely} sent and {perhaps} unknown messages: {messages:?}"
            ));
        }
        let mut repeated: HashMap<(&str, &str), usize> = HashMap::new();
        for part in &parts {
            *repeated
                .entry((part.udh.as_str(), part.text.as_str()))
                .or_default() += 1;
        }
        // Two leads of one person say the same in two messages.
        let most = messages.len();
        if let Some(((_, part), times)) = repeated.into_iter().find(|(_, times)| *times > most) {
            wrong.push(format!("{number}: {times} times {part:?} for {most} messages"));
        }
        // A receipt came for whatever was taken whole; with one message on its way it can only be this one's.
        if let [message] = messages.as_slice()
            && text(message, "state") == "unknown"
            && parts.len() == 1
            && message["parts"] == 1
        {
            wrong.push(format!("its receipt did not settle {message}"));
        }
    }
}

/// Mails by message: the id of the message is that of the mail.
fn mails(books: &Books, wrong: &mut Vec<String>) {
    for message in &books.messages {
        if text(message, "channel") != "email" {
            continue;
        }
        let id = text(message, "message_id");
        let taken = books
            .mails
            .iter()
            .filter(|mail| mail.message_id.contains(id))
            .count();
        let fits = match text(message, "state") {
            "sent" | "delivered" => taken == 1,
            "unknown" => taken <= 1,
            _ => taken == 0,
        };
        if !fits {
            wrong.push(format!("{taken} mails of {message}"));
        }
    }
}
