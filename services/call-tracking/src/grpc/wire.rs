//! Stored rows as messages of the contract.

use chrono::{DateTime, Utc};
use edina_proto::{
    calls::v1::{Call, Connection, Task, Transfer},
    time::to_proto,
};

use crate::{
    call::{Transfer as Passed, TransferKind},
    store::{
        calls::CallRow,
        pbx_readers::{Beat, ReaderRow},
        tasks::TaskRow,
    },
    tracking,
};

pub(super) fn call(row: CallRow) -> Call {
    let transfers: Vec<Passed> = serde_json::from_value(row.transfers).unwrap_or_default();
    let positive = |number: i32| u32::try_from(number).unwrap_or(0);
    Call {
        call_id: row.id.to_string(),
        direction: row.direction,
        number: row.number,
        line: row.line,
        queue: row.queue,
        branch_id: row.branch_id,
        client_id: row.client_id,
        recognition: row.recognition,
        state: row.state,
        outcome: row.outcome,
        ringing_extensions: row.ringing_extensions,
        answered_extension: row.answered_extension,
        employee_id: row.employee_id,
        started_at: Some(to_proto(row.started_at)),
        answered_at: row.answered_at.map(to_proto),
        ended_at: row.ended_at.map(to_proto),
        wait_seconds: positive(row.wait_seconds),
        talk_seconds: positive(row.talk_seconds),
        transfers: transfers.into_iter().map(transfer).collect(),
        first_call: row.first_call,
        task_id: row.task_id,
        result: row.result,
        next_step: row.next_step,
        note: row.note,
        topic: row.topic,
        attempts: positive(row.attempts),
        resynchronised: row.resynchronised,
        version: u64::try_from(row.version).unwrap_or(0),
        linked_id: row.linked_id,
        ..Call::default()
    }
}

fn transfer(passed: Passed) -> Transfer {
    Transfer {
        kind: match passed.kind {
            TransferKind::Blind => "blind",
            TransferKind::Attended => "attended",
        }
        .to_owned(),
        from_extension: passed.from.unwrap_or_default(),
        to_extension: passed.to.unwrap_or_default(),
        at: Some(to_proto(passed.at)),
    }
}

pub(super) fn task(row: TaskRow, now: DateTime<Utc>) -> Task {
    Task {
        task_id: row.id.to_string(),
        kind: row.kind,
        client_id: row.client_id,
        call_id: row.call_id,
        number: row.number,
        branch_id: row.branch_id,
        owner_employee_id: row.owner_employee_id,
        created_at: Some(to_proto(row.created_at)),
        due_at: Some(to_proto(row.due_at)),
        done_at: row.done_at.map(to_proto),
        done_by: row.done_by,
        overdue: row.done_at.is_none() && (row.overdue || now > row.due_at),
        version: u64::try_from(row.version).unwrap_or(0),
        ..Task::default()
    }
}

/// An exchange that this copy reads.
pub(super) fn connection(connection: &tracking::Connection, beat: Beat) -> Connection {
    let (detail, detail_ru) = in_words(beat.state, &beat.detail);
    Connection {
        name: connection.config.name.clone(),
        kind: "pbx".to_owned(),
        state: beat.state.to_owned(),
        detail,
        detail_ru,
        since: Some(to_proto(beat.since)),
        last_event_at: beat.heard_at.map(to_proto),
        address: connection.place(),
    }
}

/// An exchange that another copy reads, or none.
pub(super) fn connection_elsewhere(
    connection: &tracking::Connection,
    reader: Option<ReaderRow>,
) -> Connection {
    let reader = reader.filter(|reader| reader.holder.is_some() && reader.lively);
    let (state, (detail, detail_ru)) = match &reader {
        Some(reader) => (reader.state.clone(), in_words(&reader.state, &reader.detail)),
        None => (
            "down".to_owned(),
            (
                "no copy of call-tracking reads this PBX; one begins within seconds".to_owned(),
                "ни одна копия call-tracking не читает эту АТС; через несколько секунд начнёт".to_owned(),
            ),
        ),
    };
    Connection {
        name: connection.config.name.clone(),
        kind: "pbx".to_owned(),
        state,
        detail,
        detail_ru,
        since: reader.as_ref().map(|reader| to_proto(reader.since)),
        last_event_at: reader.and_then(|reader| reader.heard_at).map(to_proto),
        address: connection.place(),
    }
}

/// A state in English and Russian; `detail` is the PBX's version or the reason.
fn in_words(state: &str, detail: &str) -> (String, String) {
    match state {
        "up" => (detail.to_owned(), format!("на связи: {detail}")),
        "auth_failed" => (
            format!("the PBX refuses user or secret: {detail}"),
            format!("АТС не принимает имя или пароль: {detail}"),
        ),
        "down" => (
            format!("no connection: {detail}; tried again by itself"),
            format!("нет связи: {detail}; пробуем снова сами"),
        ),
        _ => ("connecting".to_owned(), "подключаемся".to_owned()),
    }
}
