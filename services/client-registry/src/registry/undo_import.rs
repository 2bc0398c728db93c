//! Taking an import back: merges and moves that it caused are undone, the newest first, then its records leave their cards.
//! A portion is a transaction. From the first on the import is `undoing`, what is left of it takes no part in who is who, and
//! a job goes on if whoever asked, or this process, goes away.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use edina_identity::engine::base;
use edina_postgres::jobs::{self, Job, JobResult, Outcome};
use edina_runtime::caller::Caller;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, RegistryError, id, merge, moves, resolve::turn};
use crate::store::{self, imports::Import, moves::Move};

/// Kind of the job.
pub(crate) const UNDO_IMPORT: &str = "undo_import";
/// Kind of the client to whom the records of an undone import are given: he is on no list, and nothing finds him.
pub(super) const WITHDRAWN: &str = "withdrawn";

/// Acts of one transaction, which holds the turn of the whole group: leads and calls wait for it.
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
        let now = self.clock.now();
        let mut tx = self.database.begin_locked(&engine.group, &[turn(group)]).await?;
        let mut import = store::imports::find(&mut tx, group, import_id)
            .await?
            .ok_or(RegistryError::NotFound("import"))?;
        if import.state != "undoing" {
            return Ok(import);
        }
        merge::one_at_a_time(&mut tx, group).await?;
        let links = store::merges::of_import(&mut tx, group, import_id, MERGES).await?;
        for link in &links {
            merge::unlink(&mut tx, engine, *link, now).await?;
        }
        if is_last(links.len(), MERGES) {
            let caused = store::moves::of_import(&mut tx, group, import_id, MOVES).await?;
            moves::take_back(&mut tx, engine, &caused, now).await?;
            if is_last(caused.len(), MOVES) {
                let withdrawn = self.withdraw(&mut tx, engine, import_id, by).await?;
                import.withdrawn += i64::try_from(withdrawn).unwrap_or(i64::MAX);
                if is_last(withdrawn, RECORDS) {
                    "undone".clone_into(&mut import.state);
                    import.finished_at = Some(now);
                    let key = import_id.to_string();
                    jobs::cancel(&mut tx, &engine.group, UNDO_IMPORT, &key).await?;
                }
            }
        }
        store::imports::proceed(&mut tx, group, &import).await?;
        self.commit(tx).await?;
        Ok(import)
    }

    /// Gives some records of an import to a client whom nothing finds; answers how many.
    async fn withdraw(
        &self,
        connection: &mut PgConnection,
        engine: &Caller,
        import_id: Uuid,
        by: &str,
    ) -> Result<usize, RegistryError> {
        let group = engine.group.as_str();
        let now = self.clock.now();
        store::clients::insert(connection, group, import_id, WITHDRAWN, now).await?;
        let records = store::imports::standing(connection, group, import_id, RECORDS).await?;
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
        moves::make(connection, engine, &moved, now).await?;
        store::imports::silence(connection, group, import_id).await?;
        let mut counted: BTreeMap<(&'static str, String), i64> = BTreeMap::new();
        for record in &records {
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
        store::keys::count_in(connection, group, &counted).await?;
        Ok(records.len())
    }
}

/// Whether a portion was the last one.
fn is_last(found: usize, portion: i64) -> bool {
    i64::try_from(found).is_ok_and(|found| found < portion)
}
