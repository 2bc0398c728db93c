//! The timeline as it is read: days with entries, each with what its owner knows about it.

use chrono::{DateTime, Utc};
use edina_proto::{
    calls::v1::Call,
    intake::v1::{Lead, ListReasonsReply},
    notification::v1::Message,
    registry::v1::{Card, Datum, TimelineEntry},
    time::from_proto,
};
use serde_json::{Value, json};

use crate::view;

/// The kinds of entries behind a filter of the card; empty for all.
pub fn kinds(show: &str) -> Vec<String> {
    let kinds: &[&str] = match show {
        "leads" => &[
            "lead_received",
            "lead_assigned",
            "lead_answered",
            "lead_stage",
            "lead_reopened",
            "lead_won",
            "lead_lost",
        ],
        "calls" => &["call", "call_missed", "task"],
        "messages" => &["message"],
        "service" => &["repair_order"],
        "sales" => &["sale"],
        "notes" => &["note", "visit", "corrected", "contact_answered", "related"],
        _ => &[],
    };
    kinds.iter().map(|kind| (*kind).to_owned()).collect()
}

/// Entries, newest first, with the lead, call or message they point to.
pub fn days(
    entries: &[TimelineEntry],
    leads: &[Lead],
    calls: &[Call],
    messages: &[Message],
    now: DateTime<Utc>,
) -> Vec<Value> {
    entries
        .iter()
        .map(|entry| {
            let mut shown = view::entry(entry);
            let id = entry.ref_id.as_str();
            if let Some(call) = calls.iter().find(|call| call.call_id == id) {
                shown["call"] = view::call(call);
            }
            if let Some(message) = messages.iter().find(|message| message.message_id == id) {
                shown["message"] = view::message(message);
            }
            if let Some(lead) = leads.iter().find(|lead| lead.lead_id == id) {
                shown["lead"] = view::lead(lead, now);
            }
            shown["tint"] = json!(tint(entry));
            shown
        })
        .collect()
}

/// Why deals are won and lost, by code, in both languages.
pub fn reasons(known: &ListReasonsReply) -> Value {
    let by_code = |list: &[edina_proto::intake::v1::Reason]| -> Value {
        let text = |reason: &edina_proto::intake::v1::Reason| {
            (
                reason.code.clone(),
                json!({ "ru": reason.text_ru, "en": reason.text_en }),
            )
        };
        Value::Object(list.iter().map(text).collect())
    };
    json!({ "lead_won": by_code(&known.won), "lead_lost": by_code(&known.lost) })
}

fn tint(entry: &TimelineEntry) -> &'static str {
    match (entry.department.as_str(), entry.kind.as_str()) {
        ("service", _) | (_, "repair_order") => "service",
        ("sales", _) | (_, "sale" | "lead_received" | "lead_stage" | "lead_won" | "lead_lost") => "sales",
        _ => "none",
    }
}

/// How fresh the best of the card's contacts is, 0 to 100, in steps of five (the ring is drawn by a class): what is left of
/// the time for which it counts as current; half of that when nothing has proved it.
pub fn freshness(card: &Card, now: DateTime<Utc>) -> i64 {
    let left = |datum: &Datum| -> Option<i64> {
        let due = datum.due_at.as_ref().and_then(from_proto)?;
        let at = |instant: &Option<prost_types::Timestamp>| instant.as_ref().and_then(from_proto);
        let last = at(&datum.confirmed_at).max(at(&datum.last_seen_at))?;
        let whole = (due - last).num_minutes().max(1);
        let left = ((due - now).num_minutes() * 100 / whole).clamp(0, 100);
        Some(if datum.state == "current" { left } else { left / 2 })
    };
    let best = card
        .contacts
        .iter()
        .filter_map(|contact| left(contact.datum.as_ref()?))
        .max()
        .unwrap_or(0);
    best / 5 * 5
}
