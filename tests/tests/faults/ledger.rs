//! The books after the storm: what came in against what is there, by the rules in the head of this binary.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use anyhow::ensure;
use e2e::{
    Service, System,
    api::text,
    patience::within,
    peers::{mailbox::Mail, smsc::Submit},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;

use crate::{chaos::Chaos, gaps::Gap, traffic::Accepted};

/// Requests at once while the books are read.
const READERS: usize = 6;
/// What is shown of a long list of failures.
const SHOWN: usize = 25;

/// Everything there is.
#[derive(Debug, PartialEq, Eq)]
pub struct Books {
    pub leads: Vec<Value>,
    pub calls: Vec<Value>,
    pub tasks: Vec<Value>,
    pub messages: Vec<Value>,
    /// By the ten digits of a person: the cards that a search by number finds.
    pub cards: BTreeMap<String, Vec<String>>,
    /// By card: what it tells of its past.
    pub timelines: BTreeMap<String, Vec<Value>>,
    /// Parts the message centre took.
    pub submits: Vec<Submit>,
    pub mails: Vec<Mail>,
}

/// How strict the books are read.
#[derive(Debug, Default)]
pub struct Allowances {
    /// Messages whose fate may stay unknown.
    pub unknown: usize,
    /// The times in which nobody heard the exchange, in their order.
    pub gaps: Vec<Gap>,
}

/// Waits until the system has come to rest, and reads the books.
pub async fn at_rest(system: &System, chaos: &Chaos, accepted: &Accepted, patience: Duration) -> Books {
    within(patience, "the system comes to rest", async || {
        let api = system.api();
        let leads = api.all("leads").await?;
        let open = leads
            .iter()
            .filter(|lead| {
                text(lead, "resolution") != "resolved" || text(lead, "owner_employee_id").is_empty()
            })
            .count();
        ensure!(
            open == 0,
            "{open} of {} leads are not resolved and assigned",
            leads.len()
        );
        let calls = api.all("calls").await?;
        let open: Vec<_> = calls
            .iter()
            .filter(|call| text(call, "state") != "ended" || text(call, "client_id").is_empty())
            .collect();
        ensure!(
            open.is_empty(),
            "{} calls have no end or no card: {}",
            open.len(),
            open[0]
        );
        system.quiet().await?;
        let messages = api.all("messages").await?;
        let moving: Vec<_> = messages
            .iter()
            .filter(|message| ["queued", "sending"].contains(&text(message, "state")))
            .collect();
        ensure!(
            moving.is_empty(),
            "{} messages are on their way: {}",
            moving.len(),
            moving[0]
        );
        // Receipts take a moment; those that never come do not.
        let sent = messages
            .iter()
            .filter(|message| text(message, "channel") == "sms" && text(message, "state") == "sent")
            .filter(|message| !text(message, "recipient").starts_with("+7906"))
            .count();
        ensure!(sent == 0, "{sent} SMS have no receipt yet");
        system.idle(&Service::ALL).await?;
        system.quiet().await
    })
    .await;
    chaos.say("everything is at rest");
    let books = read(system, accepted).await.unwrap();
    chaos.say(&format!(
        "{} leads, {} calls, {} tasks, {} messages, {} parts submitted, {} mails",
        books.leads.len(),
        books.calls.len(),
        books.tasks.len(),
        books.messages.len(),
        books.submits.len(),
        books.mails.len()
    ));
    books
}

/// Reads everything, in an order of its own.
pub async fn read(system: &System, accepted: &Accepted) -> anyhow::Result<Books> {
    let api = system.api();
    let sorted = |mut rows: Vec<Value>, id: &str| {
        for fields in rows.iter_mut().filter_map(Value::as_object_mut) {
            // What the clock on the wall says.
            fields.remove("clock");
        }
        rows.sort_by_key(|row| text(row, id).to_owned());
        rows
    };
    let mut people: Vec<String> = accepted
        .leads
        .iter()
        .map(|(lead, _)| lead.person.digits.clone())
        .chain(accepted.calls.iter().map(|(call, _)| call.number.digits.clone()))
        .collect();
    people.sort();
    people.dedup();
    let cards: BTreeMap<String, Vec<String>> = stream::iter(people)
        .map(async |digits| {
            let found = api.find(&format!("+7{digits}")).await?;
            let ids = found.iter().map(|card| text(card, "client_id").to_owned());
            anyhow::Ok((digits, ids.collect()))
        })
        .buffer_unordered(READERS)
        .try_collect()
        .await?;
    let mut ids: Vec<String> = cards.values().flatten().cloned().collect();
    ids.sort();
    ids.dedup();
    let timelines = stream::iter(ids)
        .map(async |id| anyhow::Ok((id.clone(), api.timeline(&id).await?)))
        .buffer_unordered(READERS)
        .try_collect()
        .await?;
    Ok(Books {
        leads: sorted(api.all("leads").await?, "lead_id"),
        calls: sorted(api.all("calls").await?, "call_id"),
        tasks: sorted(api.all("tasks").await?, "task_id"),
        messages: sorted(api.all("messages").await?, "message_id"),
        cards,
        timelines,
        submits: system.smsc().map(|smsc| smsc.submits()).unwrap_or_default(),
        mails: system
            .mailbox()
            .map(|mailbox| mailbox.mails())
            .unwrap_or_default(),
    })
}

/// Holds the books against what was accepted.
///
/// # Panics
/// With the list of failures.
pub async fn audit(system: &System, chaos: &Chaos, books: &Books, accepted: &Accepted, allowed: &Allowances) {
    let mut wrong = Vec::new();
    leads(books, accepted, &mut wrong);
    crate::calls::audit(system, chaos, books, accepted, allowed, &mut wrong);
    histories(books, &mut wrong);
    crate::messages::audit(system, books, accepted, allowed, &mut wrong);
    let buried = system.dead_letters().await.unwrap();
    if buried > 0 {
        wrong.push(format!("{buried} dead letters"));
    }
    for line in wrong.iter().take(SHOWN) {
        chaos.say(&format!("FAILURE: {line}"));
    }
    assert!(
        wrong.is_empty(),
        "{} failures, the first: {}",
        wrong.len(),
        wrong[0]
    );
    chaos.say("the books are right");
}

fn leads(books: &Books, accepted: &Accepted, wrong: &mut Vec<String>) {
    let by_id: HashMap<&str, &Value> = books
        .leads
        .iter()
        .map(|row| (text(row, "lead_id"), row))
        .collect();
    for (lead, id) in &accepted.leads {
        let digits = &lead.person.digits;
        let Some(row) = by_id.get(id.as_str()) else {
            wrong.push(format!("lead {id} of {digits} was taken and is not there"));
            continue;
        };
        match books.cards.get(digits).map(Vec::as_slice) {
            Some([card]) if card == text(row, "client_id") => {}
            found => wrong.push(format!("lead {id} of {digits} against cards {found:?}: {row}")),
        }
    }
    let mut ids: Vec<&String> = accepted.leads.iter().map(|(_, id)| id).collect();
    ids.sort();
    ids.dedup();
    let sent = books
        .leads
        .iter()
        .filter(|row| text(row, "channel") != "call")
        .count();
    if ids.len() != accepted.leads.len() || sent != ids.len() {
        let inputs = accepted.leads.len();
        wrong.push(format!(
            "{inputs} inputs became {} ids and {sent} leads",
            ids.len()
        ));
    }
    let mut owners: HashMap<&str, &str> = HashMap::new();
    for (digits, cards) in &books.cards {
        for card in cards {
            if let Some(other) = owners.insert(card, digits) {
                wrong.push(format!("{digits} and {other} share card {card}"));
            }
        }
    }
}

/// The kinds of a history that may occur once per thing they tell of.
fn histories(books: &Books, wrong: &mut Vec<String>) {
    for (card, entries) in &books.timelines {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for entry in entries {
            let mut same = entry.clone();
            if let Some(fields) = same.as_object_mut() {
                fields.remove("entry_id");
                fields.remove("at");
                fields.remove("recorded_at");
            }
            *seen.entry(same.to_string()).or_default() += 1;
        }
        for (entry, count) in seen.into_iter().filter(|(_, count)| *count > 1) {
            wrong.push(format!("card {card} tells {count} times: {entry}"));
        }
    }
}
