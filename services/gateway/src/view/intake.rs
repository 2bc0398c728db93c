//! Leads with their response clock, inputs, sources.

use chrono::{DateTime, Utc};
use edina_proto::{
    intake::v1::{Input, Lead, Source},
    time::from_proto,
};
use serde_json::{Value, json};

use super::{instant, list, money, vehicle};

/// With less than this left, or less than a quarter of the whole time, the clock is amber.
const AMBER_MINUTES: i64 = 10;

/// A lead; `now` decides the colour of its clock.
pub fn lead(lead: &Lead, now: DateTime<Utc>) -> Value {
    json!({
        "lead_id": lead.lead_id,
        "client_id": lead.client_id,
        "branch_id": lead.branch_id,
        "source_name": lead.source_name,
        "channel": lead.channel,
        "topic": lead.topic,
        "step": lead.step,
        "status": lead.status,
        "owner_employee_id": lead.owner_employee_id,
        "received_at": instant(lead.received_at.as_ref()),
        "answer_due_at": instant(lead.answer_due_at.as_ref()),
        "answered_at": instant(lead.answered_at.as_ref()),
        "answered_by": lead.answered_by,
        "overdue": lead.overdue,
        "clock": clock(lead, now),
        "vehicles": list(&lead.vehicles, vehicle),
        "comment": lead.comment,
        "close_reason": lead.close_reason,
        "close_note": lead.close_note,
        "closed_at": instant(lead.closed_at.as_ref()),
        "amount": money(lead.amount.as_ref()),
        "arrivals": lead.arrivals,
        "contact_name": lead.contact_name,
        "contact_phones": lead.contact_phones,
        "contact_emails": lead.contact_emails,
        "contact_kind": lead.contact_kind,
        "occurred_at": instant(lead.occurred_at.as_ref()),
        "stay_minutes": lead.stay_minutes,
        "resolution": lead.resolution,
        "moves": list(&lead.moves, |step| json!({
            "from_step": step.from_step, "to_step": step.to_step, "at": instant(step.at.as_ref()),
            "actor_employee_id": step.actor_employee_id,
        })),
        "version": lead.version,
    })
}

/// `state`: answered, green, amber, red, none; `minutes_left` is negative when overdue.
fn clock(lead: &Lead, now: DateTime<Utc>) -> Value {
    let at = |value: &Option<prost_types::Timestamp>| value.as_ref().and_then(from_proto);
    let (received, due) = (at(&lead.received_at), at(&lead.answer_due_at));
    if let (Some(received), Some(answered)) = (received, at(&lead.answered_at)) {
        return json!({ "state": "answered", "seconds": (answered - received).num_seconds().max(0) });
    }
    let Some(due) = due.filter(|_| lead.status.is_empty() || lead.status == "open") else {
        return json!({ "state": "none" });
    };
    let left = (due - now).num_seconds();
    let whole = received.map_or(0, |received| (due - received).num_seconds());
    let state = match left {
        ..=0 => "red",
        _ if left < AMBER_MINUTES * 60 || left * 4 < whole => "amber",
        _ => "green",
    };
    json!({ "state": state, "seconds_left": left, "minutes_left": left.div_euclid(60) })
}

/// An input as it was received.
pub fn input(input: &Input) -> Value {
    json!({
        "input_id": input.input_id,
        "received_at": instant(input.received_at.as_ref()),
        "source_name": input.source_name,
        "channel": input.channel,
        "content_type": input.content_type,
        "state": input.state,
        "reason": input.reason,
        "reason_ru": input.reason_ru,
        "field": input.field,
        "body_text": input.body_text,
        "lead_ids": input.lead_ids,
        "resubmitted_as": input.resubmitted_as,
    })
}

/// A source of leads.
pub fn source(source: &Source) -> Value {
    json!({
        "name": source.name,
        "display_name": source.display_name,
        "channel": source.channel,
        "branch_id": source.branch_id,
        "default_topic": source.default_topic,
        "answer_minutes": source.answer_minutes,
        "last_input_at": instant(source.last_input_at.as_ref()),
        "accepted": source.accepted,
        "rejected": source.rejected,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use edina_proto::time::to_proto;

    #[test]
    fn the_clock_goes_from_green_over_amber_to_red_and_stops_when_answered() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let minutes = chrono::Duration::minutes;
        let mut given = Lead {
            received_at: Some(to_proto(start)),
            answer_due_at: Some(to_proto(start + minutes(60))),
            status: "open".into(),
            ..Lead::default()
        };
        let state = |lead: &Lead, after| clock(lead, start + minutes(after))["state"].clone();
        assert_eq!(state(&given, 1), "green");
        assert_eq!(state(&given, 50), "amber");
        assert_eq!(state(&given, 60), "red");
        given.answered_at = Some(to_proto(start + minutes(5)));
        assert_eq!(state(&given, 90), "answered");
        assert_eq!(clock(&Lead::default(), start)["state"], "none");
    }
}
