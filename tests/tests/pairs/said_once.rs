//! Periodic work is done by every copy, and each of its effects is there once: facts are counted as they lie in the streams.
//!
//! | work of both copies | effect that is counted |
//! |---|---|
//! | relays | each fact by its id |
//! | jobs: resolving, assigning, sending | `LeadResolved`, `LeadAssigned`, `ClientCreated`, `MessageSent` of each lead and message |
//! | receipts are settled | `MessageDelivered` |
//! | the PBX is read and left-over calls are settled | `CallStarted`, `CallMissed`, `CallEnded` |
//! | response clocks of leads and callbacks run out | `LeadOverdue`, `TaskDue`, once they are due |
//!
//! Gauges are told by each copy for itself and have no effect. Sweeps only delete what nobody reads any more.

use std::{collections::HashMap, time::Duration};

use anyhow::ensure;
use e2e::{Service, System, patience::within};
use edina_proto::{
    calls::v1::{CallEnded, CallMissed, CallStarted, TaskDue},
    fact::Fact as _,
    intake::v1::{LeadAssigned, LeadOverdue, LeadReceived, LeadResolved},
    notification::v1::{MessageDelivered, MessageSent},
    registry::v1::ClientCreated,
};
use sqlx::{Connection as _, PgConnection};

const PATIENCE: Duration = Duration::from_secs(120);

/// Streams with what is said of a thing once in its life, as far as these journeys go.
const ONCE: [(&str, &[&str]); 4] = [
    (
        "EDINA_INTAKE",
        &[
            LeadReceived::TYPE,
            LeadResolved::TYPE,
            LeadAssigned::TYPE,
            LeadOverdue::TYPE,
        ],
    ),
    ("EDINA_REGISTRY", &[ClientCreated::TYPE]),
    (
        "EDINA_CALLS",
        &[
            CallStarted::TYPE,
            CallMissed::TYPE,
            CallEnded::TYPE,
            TaskDue::TYPE,
        ],
    ),
    ("EDINA_NOTIFICATION", &[MessageSent::TYPE, MessageDelivered::TYPE]),
];

/// How often each of these was said, by kind; no fact is there twice, nor said twice of one thing.
pub async fn count(system: &System) -> HashMap<&'static str, usize> {
    let mut counts = HashMap::new();
    for (stream, kinds) in ONCE {
        let facts = system.all_facts(stream).await.unwrap();
        let header =
            |fact: &e2e::system::Stored, name: &str| fact.headers.get(name).cloned().unwrap_or_default();
        let mut ids: Vec<String> = facts.iter().map(|fact| header(fact, "ce-id")).collect();
        ids.sort();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all, "a fact lies twice in {stream}");
        for kind in kinds {
            let mut said: HashMap<String, usize> = HashMap::new();
            for fact in &facts {
                if header(fact, "ce-type") == *kind {
                    *said.entry(header(fact, "ce-subject")).or_default() += 1;
                }
            }
            let twice: Vec<_> = said.iter().filter(|(_, times)| **times != 1).collect();
            assert!(twice.is_empty(), "{kind} said more than once: {twice:?}");
            counts.insert(*kind, said.len());
        }
    }
    counts
}

/// All response clocks and callbacks run out at one moment, and both copies see it.
pub async fn clocks_run_out(system: &System) {
    let leads = run_out(
        system,
        Service::Intake,
        "update leads set answer_due_at = now() where status = 'open' and answered_at is null and not overdue",
    )
    .await;
    let tasks = run_out(
        system,
        Service::Calls,
        "update tasks set due_at = now() where done_at is null and not overdue",
    )
    .await;
    within(PATIENCE, "all clocks have run out", async || {
        system.idle(&[Service::Intake, Service::Calls]).await?;
        system.quiet().await?;
        let counts = count(system).await;
        let told = (
            counts.get(LeadOverdue::TYPE).copied(),
            counts.get(TaskDue::TYPE).copied(),
        );
        ensure!(
            told == (Some(leads), Some(tasks)),
            "{told:?} of {leads} and {tasks}"
        );
        anyhow::Ok(())
    })
    .await;
    assert!(leads > 0 && tasks > 0);
}

/// Moves the limits to now, and the jobs that look at them; answers how many.
async fn run_out(system: &System, service: Service, limits: &'static str) -> usize {
    let url = system.servers().postgres_url(&service.database());
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let mut tx = connection.begin().await.unwrap();
    let moved = sqlx::query(limits).execute(&mut *tx).await.unwrap();
    sqlx::query("update jobs set due_at = now() where due_at > now()")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    usize::try_from(moved.rows_affected()).unwrap()
}
