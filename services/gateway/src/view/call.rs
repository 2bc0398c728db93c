//! Calls, tasks, PBX connections.

use edina_proto::calls::v1::{Call, Connection, Task};
use serde_json::{Value, json};

use super::{instant, list};

/// A call.
pub fn call(call: &Call) -> Value {
    json!({
        "call_id": call.call_id,
        "direction": call.direction,
        "number": call.number,
        "line": call.line,
        "queue": call.queue,
        "branch_id": call.branch_id,
        "client_id": call.client_id,
        "recognition": call.recognition,
        "state": call.state,
        "outcome": call.outcome,
        "ringing_extensions": call.ringing_extensions,
        "answered_extension": call.answered_extension,
        "employee_id": call.employee_id,
        "started_at": instant(call.started_at.as_ref()),
        "answered_at": instant(call.answered_at.as_ref()),
        "ended_at": instant(call.ended_at.as_ref()),
        "wait_seconds": call.wait_seconds,
        "talk_seconds": call.talk_seconds,
        "transfers": list(&call.transfers, |transfer| json!({
            "kind": transfer.kind, "from_extension": transfer.from_extension,
            "to_extension": transfer.to_extension, "at": instant(transfer.at.as_ref()),
        })),
        "first_call": call.first_call,
        "lead_id": call.lead_id,
        "task_id": call.task_id,
        "result": call.result,
        "next_step": call.next_step,
        "note": call.note,
        "topic": call.topic,
        "attempts": call.attempts,
        "source_name": call.source_name,
        "version": call.version,
    })
}

/// A task.
pub fn task(task: &Task) -> Value {
    json!({
        "task_id": task.task_id,
        "kind": task.kind,
        "client_id": task.client_id,
        "call_id": task.call_id,
        "lead_id": task.lead_id,
        "number": task.number,
        "branch_id": task.branch_id,
        "owner_employee_id": task.owner_employee_id,
        "created_at": instant(task.created_at.as_ref()),
        "due_at": instant(task.due_at.as_ref()),
        "done_at": instant(task.done_at.as_ref()),
        "done_by": task.done_by,
        "overdue": task.overdue,
        "version": task.version,
    })
}

/// A PBX.
pub fn connection(connection: &Connection) -> Value {
    json!({
        "name": connection.name, "kind": connection.kind, "state": connection.state,
        "detail": connection.detail, "detail_ru": connection.detail_ru,
        "since": instant(connection.since.as_ref()),
        "last_event_at": instant(connection.last_event_at.as_ref()),
        "address": connection.address, "sandbox": false,
    })
}
