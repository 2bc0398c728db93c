//! Keeps the ledger of contacts in step with the cards: new records and merges are read on from where it stopped, whenever
//! somebody looks at the list, and by a job when there is much.

use std::collections::BTreeSet;

use chrono::{Duration, Utc};
use edina_postgres::jobs::{self, Job, JobResult, Outcome};
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, RegistryError};
use crate::{
    client::{
        card, company, contacts,
        freshness::{Present, State},
        history::History,
        worth,
    },
    store::{self, ledger::Line},
};

/// Records read on at once.
const AT_ONCE: i64 = 1_000;
/// Cards whose histories are in memory at once.
const MOST_CARDS: usize = 200;
/// Ids follow time, commits do not quite: so far back records are looked at again.
const LATE: Duration = Duration::minutes(10);
/// What a job reads before it lets others have a turn.
const TURNS: usize = 10;

/// Kind of the job that reads on.
pub const READ_ON: &str = "contact_ledger";

impl Registry {
    /// Reads on a little; whether there is more, for which a job then cares.
    pub(super) async fn catch_up(&self, caller: &Caller) -> Result<bool, RegistryError> {
        let mut tx = self.begin(caller).await?;
        let more = self.read_on(&mut tx, caller).await?;
        if more {
            jobs::enqueue(&mut tx, &caller.group, READ_ON, "", self.clock.now(), &()).await?;
        }
        tx.commit().await?;
        Ok(more)
    }

    /// Does a job of [`READ_ON`].
    pub async fn read_ledger_on(&self, job: Job) -> JobResult {
        let caller = Caller::service(crate::NAME, job.group.clone());
        for _ in 0..TURNS {
            let mut tx = self.begin(&caller).await?;
            let more = self.read_on(&mut tx, &caller).await?;
            tx.commit().await?;
            if !more {
                return Ok(Outcome::Done);
            }
        }
        Ok(Outcome::Again(self.clock.now()))
    }

    /// Reads the next records and merges; whether there are more.
    async fn read_on(&self, connection: &mut PgConnection, caller: &Caller) -> Result<bool, RegistryError> {
        let (group, now) = (caller.group.as_str(), self.clock.now());
        let Some(mut mark) = store::ledger::mark(connection, group, now - LATE).await? else {
            // Another copy is at it.
            return Ok(false);
        };
        let settled = floor(now - LATE);
        let mut touched: BTreeSet<Uuid> =
            store::ledger::changed_after(connection, group, &mark, floor(mark.changes_to)).await?;
        let records = store::ledger::records_after(connection, group, &mark, AT_ONCE).await?;
        touched.extend(records.iter().map(|(_, client)| *client));
        let touched: Vec<Uuid> = touched.into_iter().collect();
        let roots: BTreeSet<Uuid> = store::clients::roots_of(connection, group, &touched)
            .await?
            .into_values()
            .collect();
        let roots: Vec<Uuid> = roots.into_iter().collect();
        self.enter(connection, caller, &roots).await?;
        let last = records.last().map(|(id, _)| *id);
        let full = i64::try_from(records.len()).is_ok_and(|count| count >= AT_ONCE);
        let more = full && last.is_some_and(|last| last < settled);
        mark.read_to = last
            .map_or(mark.read_to, |last| last.min(settled))
            .max(mark.read_to);
        mark.changes_to = mark.changes_to.max(now - LATE);
        store::ledger::set_mark(connection, group, &mark).await?;
        Ok(more)
    }

    /// Writes the lines of these cards anew.
    pub(super) async fn enter(
        &self,
        connection: &mut PgConnection,
        caller: &Caller,
        roots: &[Uuid],
    ) -> Result<(), RegistryError> {
        let group = caller.group.as_str();
        // The limits do not matter: a line says when, not whether.
        let present = Present::at(self.clock.now());
        for roots in roots.chunks(MOST_CARDS) {
            let histories = store::history::load(connection, group, roots).await?;
            let mut clients: Vec<Uuid> = roots.to_vec();
            clients.extend(
                histories
                    .values()
                    .flat_map(|history| &history.members)
                    .map(|member| member.id),
            );
            let lines: Vec<Line> = histories
                .iter()
                .flat_map(|(root, history)| lines(*root, history, &present))
                .collect();
            store::ledger::replace(connection, group, &clients, &lines).await?;
        }
        Ok(())
    }
}

/// The contacts of a card that may go stale; none of a company that is no more.
fn lines(root: Uuid, history: &History, present: &Present) -> Vec<Line> {
    if company::liquidated_at(history).is_some() {
        return Vec::new();
    }
    let segment = card::segment(history);
    let worth: f64 = history
        .records
        .iter()
        .map(|record| worth::of_record(&record.said, record.occurred_at))
        .sum();
    let reached = contacts::contacts(history, segment, present, false)
        .into_iter()
        .filter(|contact| contact.kind != "messenger")
        .filter_map(|contact| Some((contact.kind, contact.datum?)));
    let lives = contacts::addresses(history, segment, present)
        .into_iter()
        .map(|datum| ("address".to_owned(), datum));
    reached
        .chain(lives)
        .filter(|(_, datum)| datum.state != State::Wrong.name())
        .filter_map(|(kind, datum)| {
            let at = |at: &Option<_>| at.as_ref().and_then(edina_proto::time::from_proto);
            Some(Line {
                client_id: root,
                kind,
                segment: segment.to_owned(),
                last_at: at(&datum.last_seen_at).max(at(&datum.confirmed_at))?,
                value: datum.value,
                worth,
            })
        })
        .collect()
}

/// The least id of this instant.
pub(super) fn floor(at: chrono::DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}
