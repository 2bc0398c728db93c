//! Calls: one entry per call, however many facts tell of it. An answered call proves that the number reaches the client.

use edina_messaging::{
    envelope::Delivery,
    inbox::{Apply, Refusal},
    outbox::RelaySignal,
    streams::subjects_of,
};
use edina_postgres::Tx;
use edina_proto::calls::v1::{CallAnswered, CallEnded, CallMissed, TaskDone};
use futures::future::BoxFuture;

use super::{entry, facts, member};
use crate::store::{self, confirmations, timeline::Entry};

const SERVICE: &str = "call-tracking";
const SOURCE: &str = "call_tracking";

/// Listens to call-tracking.
pub(crate) struct Calls {
    relay: RelaySignal,
}

impl Calls {
    pub(crate) fn new(relay: RelaySignal) -> Self {
        Self { relay }
    }

    async fn handle(tx: &mut Tx, event: &Delivery) -> Result<(), Refusal> {
        let group = event.group.as_str();
        if let Some(call) = event.decode::<CallAnswered>().transpose()? {
            confirm(tx, event, &call).await?;
            let told = facts([
                ("direction", call.direction),
                ("answered", "true".to_owned()),
                ("wait_seconds", call.wait_seconds.to_string()),
            ]);
            let line = Entry {
                branch_id: call.branch_id,
                actor_employee_id: call.employee_id,
                facts: told,
                ..Entry::default()
            };
            return put(tx, event, "call", &call.call_id, &call.client_id, line).await;
        }
        if let Some(call) = event.decode::<CallMissed>().transpose()? {
            let told = facts([("outcome", call.outcome), ("answered", "false".to_owned())]);
            let line = Entry {
                branch_id: call.branch_id,
                facts: told,
                ..Entry::default()
            };
            return put(tx, event, "call_missed", &call.call_id, &call.client_id, line).await;
        }
        if let Some(call) = event.decode::<CallEnded>().transpose()? {
            // The end of a missed call must not make it look answered.
            let known = store::timeline::facts(tx, group, &key(&call.call_id))
                .await?
                .unwrap_or_default();
            let missed = known.get("answered").is_some_and(|answered| answered == "false");
            let told = facts([
                ("direction", call.direction),
                ("outcome", call.outcome),
                ("wait_seconds", call.wait_seconds.to_string()),
                ("talk_seconds", call.talk_seconds.to_string()),
            ]);
            let line = Entry {
                branch_id: call.branch_id,
                actor_employee_id: call.employee_id,
                facts: told,
                ..Entry::default()
            };
            let kind = if missed { "call_missed" } else { "call" };
            return put(tx, event, kind, &call.call_id, &call.client_id, line).await;
        }
        if let Some(task) = event.decode::<TaskDone>().transpose()?
            && let Some(member) = member(tx, group, SOURCE, "", &task.client_id).await?
        {
            let line = Entry {
                actor_employee_id: task.actor_employee_id,
                facts: facts([("done_by", task.done_by)]),
                ..entry(event, member, "task", SERVICE, &task.task_id)
            };
            store::timeline::put(tx, group, &line).await?;
        }
        Ok(())
    }
}

fn key(call_id: &str) -> String {
    format!("call:{call_id}")
}

async fn put(
    tx: &mut Tx,
    event: &Delivery,
    kind: &str,
    call_id: &str,
    client_id: &str,
    line: Entry,
) -> Result<(), Refusal> {
    let group = event.group.as_str();
    let Some(member) = member(tx, group, SOURCE, call_id, client_id).await? else {
        return Ok(());
    };
    let line = Entry {
        branch_id: line.branch_id,
        actor_employee_id: line.actor_employee_id,
        facts: line.facts,
        department: "call_centre".to_owned(),
        dedupe_key: key(call_id),
        ..entry(event, member, kind, SERVICE, call_id)
    };
    store::timeline::put(tx, group, &line).await?;
    Ok(())
}

/// Confirms the phone of the record that this call made.
async fn confirm(tx: &mut Tx, event: &Delivery, call: &CallAnswered) -> Result<(), Refusal> {
    let group = event.group.as_str();
    let Some((client_id, phones)) = store::records::phones_of(tx, group, SOURCE, &call.call_id).await? else {
        return Ok(());
    };
    for phone in phones {
        let proof = confirmations::Proof {
            kind: "phone",
            value: &phone,
            by_what: "answered_call",
            ref_id: &call.call_id,
            by_employee_id: "",
        };
        confirmations::insert(tx, group, client_id, &proof, event.at).await?;
    }
    Ok(())
}

impl Apply for Calls {
    fn interests(&self) -> Vec<String> {
        vec![
            subjects_of::<CallAnswered>(),
            subjects_of::<CallMissed>(),
            subjects_of::<CallEnded>(),
            subjects_of::<TaskDone>(),
        ]
    }

    fn apply<'a>(&'a self, tx: &'a mut Tx, event: &'a Delivery) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(Self::handle(tx, event))
    }

    fn applied(&self) {
        self.relay.wake();
    }
}
