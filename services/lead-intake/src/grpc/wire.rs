//! Stored rows as messages of the contract.

use edina_proto::{
    common::v1::{Money, VehicleDescription},
    intake::v1::{Input, Lead, LeadMove, Source, SubmitLeadRequest},
    time::{from_proto, to_proto},
};

use crate::{
    channel::{charset, journal::JournalLine},
    intake::{JournalEntry, describe},
    lead::Vehicle,
    store::{
        inputs::InputRow,
        leads::{LeadRow, MoveRow},
        sources::SourceRow,
    },
};

const LONGEST_COMMENT: usize = 2_000;

pub(super) fn lead(row: LeadRow, moves: Vec<MoveRow>) -> Lead {
    let content = row.content.0;
    let wanted = content.wanted.iter().map(|vehicle| describe(vehicle, "wants"));
    let offered = content
        .offered
        .iter()
        .map(|vehicle| describe(vehicle, "trades_in"));
    let showroom = content.showroom.as_ref();
    Lead {
        lead_id: row.id.to_string(),
        resolution: if row.client_id.is_empty() {
            "pending"
        } else {
            "resolved"
        }
        .to_owned(),
        client_id: row.client_id,
        branch_id: row.branch_id,
        source_name: row.source_name,
        channel: row.channel,
        topic: row.topic,
        step: row.step,
        status: row.status,
        owner_employee_id: row.owner_employee_id,
        received_at: Some(to_proto(row.received_at)),
        answer_due_at: Some(to_proto(row.answer_due_at)),
        answered_at: row.answered_at.map(to_proto),
        answered_by: row.answered_by,
        overdue: row.overdue,
        vehicles: wanted.chain(offered).collect(),
        comment: content
            .comments
            .join("\n")
            .chars()
            .take(LONGEST_COMMENT)
            .collect(),
        close_reason: row.close_reason,
        close_note: row.close_note,
        closed_at: row.closed_at.map(to_proto),
        amount: row.amount_minor.map(|minor| Money {
            minor,
            currency: row.amount_currency.unwrap_or_default(),
        }),
        arrivals: u32::try_from(row.arrivals).unwrap_or(1),
        contact_name: content.contact.name.display(),
        contact_phones: content
            .contact
            .phones
            .into_iter()
            .map(|phone| phone.number)
            .collect(),
        contact_emails: content.contact.emails,
        version: u64::try_from(row.version).unwrap_or(0),
        moves: moves
            .into_iter()
            .map(|row| LeadMove {
                from_step: row.from_step,
                to_step: row.to_step,
                at: Some(to_proto(row.at)),
                actor_employee_id: row.actor_employee_id,
            })
            .collect(),
        contact_kind: row.contact_kind,
        call_id: row.call_id,
        occurred_at: row.occurred_at.map(to_proto),
        age: showroom.and_then(|showroom| showroom.age).map_or(0, i32::from),
        stay_minutes: showroom
            .and_then(|showroom| showroom.stay_minutes)
            .map_or(0, i32::from),
    }
}

pub(super) fn input(row: InputRow) -> Input {
    Input {
        input_id: row.id.to_string(),
        received_at: Some(to_proto(row.received_at)),
        source_name: row.source_name,
        channel: row.channel,
        content_type: row.content_type,
        state: row.state,
        reason: row.reason_en.unwrap_or_default(),
        reason_ru: row.reason_ru.unwrap_or_default(),
        field: row.reason_field.unwrap_or_default(),
        body_text: charset::decode(&row.body, None).text,
        lead_ids: row.lead_ids.iter().map(ToString::to_string).collect(),
        resubmitted_as: row.resubmitted_as.map(|id| id.to_string()).unwrap_or_default(),
    }
}

pub(super) fn source(row: SourceRow) -> Source {
    Source {
        name: row.name,
        display_name: row.display_name,
        channel: row.channel,
        branch_id: row.branch_id,
        default_topic: row.default_topic,
        answer_minutes: u32::try_from(row.answer_minutes).unwrap_or(0),
        last_input_at: row.last_input_at.map(to_proto),
        accepted: u64::try_from(row.accepted).unwrap_or(0),
        rejected: u64::try_from(row.rejected).unwrap_or(0),
    }
}

pub(super) fn source_row(source: Source) -> SourceRow {
    SourceRow {
        name: source.name,
        display_name: source.display_name,
        channel: source.channel,
        branch_id: source.branch_id,
        default_topic: source.default_topic,
        answer_minutes: i32::try_from(source.answer_minutes).unwrap_or(i32::MAX),
        ..SourceRow::default()
    }
}

/// A line of the showroom journal as typed.
pub(super) fn journal_entry(line: SubmitLeadRequest) -> JournalEntry {
    let number = |number: i32| {
        if number == 0 {
            String::new()
        } else {
            number.to_string()
        }
    };
    let mut phones = line.phones.into_iter();
    let mut emails = line.emails.into_iter();
    JournalEntry {
        line: JournalLine {
            occurred_at: line
                .occurred_at
                .as_ref()
                .and_then(from_proto)
                .map(|at| at.to_rfc3339())
                .unwrap_or_default(),
            kind: if line.contact_kind.is_empty() {
                "visit".to_owned()
            } else {
                line.contact_kind
            },
            name: line.full_name,
            phone: phones.next().unwrap_or_default(),
            email: emails.next().unwrap_or_default(),
            age: number(line.age),
            stay_minutes: number(line.stay_minutes),
            comment: line.comment,
            vehicle: String::new(),
        },
        more_phones: phones.collect(),
        more_emails: emails.collect(),
        topic: line.topic,
        vehicles: line.vehicles.iter().map(vehicle).collect(),
        branch_id: line.branch_id,
        client_id: line.client_id,
        employee_id: line.employee_id,
        idempotency_key: line.idempotency_key,
    }
}

fn vehicle(given: &VehicleDescription) -> Vehicle {
    let text = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    Vehicle {
        make: text(&given.make),
        model: text(&given.model),
        vin: text(&given.vin),
        plate: text(&given.plate),
        year: u16::try_from(given.year).ok().filter(|year| *year > 0),
        ..Vehicle::default()
    }
}
