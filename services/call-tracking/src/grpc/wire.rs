//! Stored rows as messages of the contract.

use chrono::{DateTime, Utc};
use edina_proto::{
    calls::v1::{Call, Connection, Task, Transfer},
    time::to_proto,
};

use crate::{
    ami::client::Status,
    call::{Transfer as Passed, TransferKind},
    store::{calls::CallRow, tasks::TaskRow},
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

pub(super) fn connection(connection: &tracking::Connection) -> Connection {
    let (state, detail, detail_ru) = match &*connection.status.borrow() {
        Status::Connecting => ("connecting", "connecting".to_owned(), "подключаемся".to_owned()),
        Status::Up { version } => ("up", version.clone(), format!("на связи: {version}")),
        Status::AuthFailed { reason } => (
            "auth_failed",
            format!("the PBX refuses user or secret: {reason}"),
            format!("АТС не принимает имя или пароль: {reason}"),
        ),
        Status::Down { reason } => (
            "down",
            format!("no connection: {reason}; tried again by itself"),
            format!("нет связи: {reason}; пробуем снова сами"),
        ),
    };
    Connection {
        name: connection.config.name.clone(),
        kind: "pbx".to_owned(),
        state: state.to_owned(),
        detail,
        detail_ru,
        since: connection.since().map(to_proto),
        last_event_at: connection.last_event_at().map(to_proto),
        address: connection.address.clone(),
    }
}
