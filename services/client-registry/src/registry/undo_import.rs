//! Taking an import back: what others said too goes to them with what it caused; merges and moves that the rest caused are
//! undone, the newest first, then its records leave their cards.
//! A portion is a transaction. From the first on the import is `undoing`, what is left of it takes no part in who is who, and
//! a job goes on if whoever asked, or this process, goes away.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use edina_identity::engine::base;
use edina_postgres::jobs::{self, Job, JobResult, Outcome};
use edina_runtime::caller::Caller;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, RegistryError, id, merge, moves, refusals, regain, resolve::turn};
use crate::store::{
    self,
    imports::{Import, Withdrawn},
    moves::Move,
};

/// Kind of the job.
pub(crate) const UNDO_IMPORT: &str = "undo_import";
/// Kind of the client to whom the records of an undone import are given: he is on no list, and nothing finds him.
pub(super) const WITHDRAWN: &str = "withdrawn";

/// Acts of one transaction, which holds the turn of the whole group: leads and calls wait for it.
const REPEATS: i64 = 500;
const MERGES: i64 = 25;
const MOVES: i64 = 100;
const RECORDS: i64 = 250;
/// Whoever asks is answered within this and one portion.
const PATIENCE: Duration = Duration::from_secs(3);
/// A job has half a minute; what is left is for its next turn.
const TURN: Duration = Duration::from_secs(10);

/// On whose account the job goes on.
#[derive(Debug, Serialize, Deserialize)]
struct Undoing {
    employee_id: String,
}

impl Registry {
    /// Takes back everything an import brought, for a while; answers how far that is. Asked again it goes on, and so it
    /// does by itself.
    pub async fn undo_import(&self, caller: &Caller, import_id: &str) -> Result<Import, RegistryError> {
        let import_id = id("import_id", import_id)?;
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        let mut import = store::imports::find(&mut tx, group, import_id)
            .await?
            .ok_or(RegistryError::NotFound("import"))?;
        match import.state.as_str() {
            // Asked again because the answer was lost.
            "undone" => return Ok(import),
            "undoing" => {}
            _ => {
                "undoing".clone_into(&mut import.state);
                store::imports::proceed(&mut tx, group, &import).await?;
            }
        }
        let on_account = Undoing {
            employee_id: caller.employee_id().to_owned(),
        };
        let due = self.clock.now() + PATIENCE;
        let key = import_id.to_string();
        jobs::enqueue(&mut tx, &caller.group, UNDO_IMPORT, &key, due, &on_account).await?;
        self.commit(tx).await?;
        self.take_back_for(PATIENCE, caller, import_id, caller.employee_id())
            .await
    }

    /// Job: goes on taking back the import named by the key.
    pub(crate) async fn undo_import_on(&self, job: Job) -> JobResult {
        let on_account: Undoing = job.payload()?;
        let engine = Caller::service(crate::NAME, job.group.clone());
        let import = self
            .take_back_for(TURN, &engine, job.key.parse()?, &on_account.employee_id)
            .await;
        match import {
            Ok(import) if import.state == "undoing" => Ok(Outcome::Again(self.clock.now())),
            Ok(_) => Ok(Outcome::Done),
            Err(error) => Err(anyhow::anyhow!("the import is not taken back yet: {error}")),
        }
    }

    async fn take_back_for(
        &self,
        patience: Duration,
        caller: &Caller,
        import_id: Uuid,
        by: &str,
    ) -> Result<Import, RegistryError> {
        let engine = Caller {
            actor: None,
            ..caller.clone()
        };
        let began = Instant::now();
        loop {
            let import = self.take_back_some(&engine, import_id, by).await?;
            if import.state != "undoing" || began.elapsed() >= patience {
                return Ok(import);
            }
        }
    }

    /// A portion, in one transaction that holds the turn of the group.
    async fn take_back_some(
        &self,
        engine: &Caller,
        import_id: Uuid,
        by: &str,
    ) -> Result<Import, RegistryError> {
        let group = engine.group.as_str();
        let mut tx = self.database.begin_locked(&engine.group, &[turn(group)]).await?;
        let mut import = store::imports::find(&mut tx, group, import_id)
            .await?
            .ok_or(RegistryError::NotFound("import"))?;
        if import.state != "undoing" {
            return Ok(import);
        }
        merge::one_at_a_time(&mut tx, group).await?;
        let repeats = store::repeats::hand_on(&mut tx, group, import_id, REPEATS).await?;
        import.handed_on += repeats.stay;
        if repeats.seen < REPEATS {
            self.take_back_rest(&mut tx, engine, &mut import, by).await?;
        }
        store::imports::proceed(&mut tx, group, &import).await?;
        self.commit(tx).await?;
        if import.state == "undone" {
            self.junk.forget(group);
        }
        Ok(import)
    }

    /// Undoes some merges, or moves when none is left, or takes records away when those are done.
    async fn take_back_rest(
        &self,
        connection: &mut PgConnection,
        engine: &Caller,
        import: &mut Import,
        by: &str,
    ) -> Result<(), RegistryError> {
        let (group, now) = (engine.group.as_str(), self.clock.now());
        let links = store::merges::of_import(connection, group, import.id, MERGES).await?;
        for link in &links {
            merge::unlink(connection, engine, *link, now).await?;
        }
        if !is_last(links.len(), MERGES) {
            return Ok(());
        }
        let caused = store::moves::of_import(connection, group, import.id, MOVES).await?;
        moves::take_back(connection, engine, &caused, now).await?;
        if !is_last(caused.len(), MOVES) {
            return Ok(());
        }
        let withdrawn = self.withdraw(connection, engine, import.id, by).await?;
        import.withdrawn += i64::try_from(withdrawn).unwrap_or(i64::MAX);
        if is_last(withdrawn, RECORDS) {
            "undone".clone_into(&mut import.state);
            import.finished_at = Some(now);
            jobs::cancel(connection, &engine.group, UNDO_IMPORT, &import.id.to_string()).await?;
            // What only its records made common is rare again.
            regain::since(connection, &engine.group, import.id, now).await?;
        }
        Ok(())
    }

    /// Takes some records of an import back; answers how many.
    async fn withdraw(
        &self,
        connection: &mut PgConnection,
        engine: &Caller,
        import_id: Uuid,
        by: &str,
    ) -> Result<usize, RegistryError> {
        let group = engine.group.as_str();
        let records = store::imports::standing(connection, group, import_id, RECORDS).await?;
        let counted = hide(connection, engine, import_id, &records, by, self.clock.now()).await?;
        store::closing::count_in(connection, group, &counted, self.clock.now()).await?;
        Ok(records.len())
    }

    /// Makes room for records that come again while their imports are taken back: those that are there, and what the imports
    /// did to their cards, are taken back at once, and what comes stays. Answers what is to be counted. The caller holds the turn of merges, and with others the
    /// turn that taking back a portion holds alone.
    pub(super) async fn make_room(
        &self,
        connection: &mut PgConnection,
        caller: &Caller,
        leaving: &[(Uuid, Uuid)],
    ) -> Result<Counted, RegistryError> {
        let (group, now) = (caller.group.as_str(), self.clock.now());
        let engine = Caller {
            actor: None,
            ..caller.clone()
        };
        let mut counted = Counted::new();
        let imports: BTreeSet<Uuid> = leaving.iter().map(|(import_id, _)| *import_id).collect();
        for import_id in imports {
            let Some(mut import) = store::imports::find(connection, group, import_id).await? else {
                continue;
            };
            let of_it = leaving.iter().filter(|(of, _)| *of == import_id);
            let ids: Vec<Uuid> = of_it.map(|(_, record_id)| *record_id).collect();
            let records = release(connection, &engine, import_id, &ids, now).await?;
            for (term, count) in hide(connection, &engine, import_id, &records, "", now).await? {
                *counted.entry(term).or_default() += count;
            }
            import.withdrawn += i64::try_from(records.len()).unwrap_or(i64::MAX);
            store::imports::proceed(connection, group, &import).await?;
        }
        Ok(counted)
    }
}

/// By how much values are said more often, or less, than before.
pub(super) type Counted = BTreeMap<(&'static str, String), i64>;

/// Takes back what an import did to the cards of these records of its own, and answers the records as they then stand. Who
/// comes to such a card must find it as it will be: a merge that is still to be undone looks like one that need not be made,
/// and what comes would be left on one of two cards which it shows to be one.
async fn release(
    connection: &mut PgConnection,
    engine: &Caller,
    import_id: Uuid,
    ids: &[Uuid],
    now: DateTime<Utc>,
) -> Result<Vec<Withdrawn>, RegistryError> {
    let group = engine.group.as_str();
    loop {
        let records = store::imports::of_records(connection, group, ids).await?;
        let clients: Vec<Uuid> = records.iter().map(|record| record.client_id).collect();
        let roots = store::clients::roots_of(connection, group, &clients).await?;
        let roots: Vec<Uuid> = roots.into_values().collect();
        let members = store::clients::members(connection, group, &roots).await?;
        let links = store::merges::of_import_at(connection, group, import_id, &members).await?;
        for link in &links {
            merge::unlink(connection, engine, *link, now).await?;
        }
        let caused = store::moves::of_import_at(connection, group, import_id, &members).await?;
        moves::take_back(connection, engine, &caused, now).await?;
        // A record that went back to where it was may lie on a card of which the same has to be said.
        if links.is_empty() && caused.is_empty() {
            return Ok(records);
        }
    }
}

/// Gives records of an import to a client whom nothing finds; answers what is to be counted.
async fn hide(
    connection: &mut PgConnection,
    engine: &Caller,
    import_id: Uuid,
    records: &[Withdrawn],
    by: &str,
    now: DateTime<Utc>,
) -> Result<Counted, RegistryError> {
    let group = engine.group.as_str();
    store::clients::insert(connection, group, import_id, WITHDRAWN, now).await?;
    let moved: Vec<Move> = records
        .iter()
        .map(|record| Move {
            id: Uuid::now_v7(),
            source_record_id: record.id,
            from_client_id: record.client_id,
            to_client_id: import_id,
            at: now,
            by_employee_id: by.to_owned(),
            reason: WITHDRAWN.to_owned(),
            cause_record_id: None,
            import_id: None,
            model_version: None,
        })
        .collect();
    refusals::keep(connection, group, records).await?;
    moves::make(connection, engine, &moved, now).await?;
    let ids: Vec<Uuid> = records.iter().map(|record| record.id).collect();
    store::imports::silence(connection, group, import_id, &ids).await?;
    let mut counted = Counted::new();
    for record in records {
        let stored = record
            .profile
            .as_deref()
            .and_then(|stored| serde_json::from_str(stored).ok());
        for term in stored
            .iter()
            .flat_map(base::terms)
            .chain([store::keys::total_row(record.id)])
        {
            *counted.entry(term).or_default() -= 1;
        }
    }
    Ok(counted)
}

/// Whether a portion was the last one.
fn is_last(found: usize, portion: i64) -> bool {
    i64::try_from(found).is_ok_and(|found| found < portion)
}
