//! Relations that records show: a job reads on what came, looks up whom it may be related to, and notes what
//! [`crate::client::related`] finds. At an easy pace, and not while a file comes in, whose records it would read cold beside it:
//! nobody waits for it.
//!
//! A relation stands while its two records stand where they were; taking an import back, or moving a record, takes it along. What
//! a person took back is not made again.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use edina_identity::Normalised;
use edina_postgres::jobs::{self, Job, JobResult, Outcome};
use edina_proto::registry::v1::Relation;
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, RegistryError, believed::Believed, id, merge, relations};
use crate::{
    client::{
        history::{Record, RelationEntry},
        related,
        relations::shown,
    },
    store::{self, keys::Holders, relations::Unread},
};

/// Kind of the job.
pub(crate) const RELATE: &str = "relate";
/// Records of one turn.
const PORTION: i64 = 500;
/// Least between two turns.
const PACE: TimeDelta = TimeDelta::seconds(1);
/// So many times as long as a turn took is the next one waited for: whoever calls or visits meanwhile comes first, and a million
/// records that came at once are read within two hours.
const REST: i32 = 4;
/// When nothing is left. The job stands for ever once a group has records, lest every one of them write to the same row to ask
/// for it, and wait there for the others.
const IDLE: TimeDelta = TimeDelta::seconds(2);
/// So long a process believes that the job stands.
const STANDS: Duration = Duration::from_secs(60);
/// While a file comes in; its end asks at once.
const WHILE_IMPORTED: TimeDelta = TimeDelta::seconds(30);
/// An import that brought nothing for so long was cut off.
const CUT_OFF: TimeDelta = TimeDelta::minutes(1);
/// Ids follow time, commits do not quite: so far back the mark stays, and who comes late is still looked at.
const LATE: TimeDelta = TimeDelta::minutes(1);
/// Records beyond the mark of which a process knows that it has looked at them.
const MOST_SEEN: usize = 50_000;
/// A flat, a number or a name of more clients says nothing about two of them.
const MOST_HOLDERS: usize = 8;

/// Whether a record may show a relation.
pub(super) fn may_relate(n: &Normalised) -> bool {
    n.address
        .as_ref()
        .is_some_and(|address| !address.house.is_empty())
        || !n.contacts.is_empty()
        || related::person_inn(n).is_some()
}

/// What this process knows of the job, by group.
#[derive(Debug, Clone)]
pub(super) struct Relating {
    stands: Believed<()>,
    /// Records beyond the mark that it has looked at. Another copy looks at them again, and finds what is known.
    seen: Believed<BTreeSet<Uuid>>,
}

impl Default for Relating {
    fn default() -> Self {
        Self {
            stands: Believed::new(STANDS),
            seen: Believed::new(2 * STANDS),
        }
    }
}

/// Sees to it that what came is looked at now.
pub(super) async fn at_once(
    connection: &mut PgConnection,
    caller: &Caller,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    jobs::enqueue(connection, &caller.group, RELATE, "", now, &()).await
}

impl Registry {
    /// Sees to it that what came is looked at sooner or later. Answers whether that is to be told by
    /// [`relates`](Self::relates) when it is committed.
    pub(super) async fn relate_later(
        &self,
        connection: &mut PgConnection,
        caller: &Caller,
    ) -> sqlx::Result<bool> {
        let known = self.relating.stands.of(caller.group.as_str()).is_some();
        if !known {
            jobs::stand(connection, &caller.group, RELATE, self.clock.now()).await?;
        }
        Ok(!known)
    }

    /// The job of this group stands.
    pub(super) fn relates(&self, caller: &Caller) {
        self.relating.stands.learn(caller.group.as_str(), ());
    }

    /// Job: reads on a portion.
    pub(crate) async fn relate(&self, job: Job) -> JobResult {
        let caller = Caller::service(crate::NAME, job.group.clone());
        let pause = self.relate_some(&caller).await;
        let pause = pause.map_err(|error| anyhow::anyhow!("relations are not read: {error}"))?;
        Ok(Outcome::Again(self.clock.now() + pause))
    }

    /// Answers how soon to go on.
    async fn relate_some(&self, caller: &Caller) -> Result<TimeDelta, RegistryError> {
        let (group, now) = (caller.group.as_str(), self.clock.now());
        let began = Instant::now();
        let mut tx = self.begin(caller).await?;
        // What two copies read at once would be related twice.
        store::lock(
            &mut tx,
            &[crate::client::evidence::lock_number(&format!("{group}|relating"))],
        )
        .await?;
        if store::imports::under_way(&mut tx, group, super::ledger::floor(now - CUT_OFF)).await? {
            return Ok(WHILE_IMPORTED);
        }
        let mark = store::relations::mark(&mut tx, group).await?;
        let mut seen = self.relating.seen.of(group).unwrap_or_default();
        seen.retain(|id| *id > mark);
        let known = i64::try_from(seen.len()).unwrap_or(i64::MAX);
        let came = store::relations::after(&mut tx, group, mark, known.saturating_add(PORTION)).await?;
        if came.is_empty() {
            return Ok(IDLE);
        }
        let fresh: Vec<Uuid> = came.iter().filter(|id| !seen.contains(id)).copied().collect();
        let unread = store::relations::unread(&mut tx, group, &fresh).await?;
        let found = self.shown_by(&mut tx, group, &unread, now).await?;
        if !found.is_empty() {
            // Both cards of each change: who changes several in one transaction has the turn for it.
            merge::one_at_a_time(&mut tx, group).await?;
        }
        for entry in found {
            relations::note(&mut tx, caller, &entry, now).await?;
        }
        let settled = super::ledger::floor(now - LATE);
        if let Some(last) = came.iter().rfind(|id| **id <= settled) {
            store::relations::set_mark(&mut tx, group, *last).await?;
        }
        self.commit(tx).await?;
        let full = i64::try_from(fresh.len()).is_ok_and(|count| count >= PORTION);
        seen.extend(fresh);
        if seen.len() > MOST_SEEN {
            seen.clear();
        }
        self.relating.seen.learn(group, seen);
        let took = TimeDelta::from_std(began.elapsed()).unwrap_or(PACE);
        Ok(if full {
            PACE.max(took * REST)
        } else {
            IDLE.max(took * REST)
        })
    }

    /// The relations that these records show and that nobody knows yet.
    async fn shown_by(
        &self,
        tx: &mut PgConnection,
        group: &str,
        unread: &[Unread],
        now: DateTime<Utc>,
    ) -> Result<Vec<RelationEntry>, RegistryError> {
        let keys: Vec<Vec<i64>> = unread
            .iter()
            .map(|record| related::keys(&record.normalised.0))
            .collect();
        let wanted: BTreeSet<i64> = keys.iter().flatten().copied().collect();
        let wanted: Vec<i64> = wanted.into_iter().collect();
        let inns: BTreeSet<String> = unread
            .iter()
            .filter_map(|record| related::person_inn(&record.normalised.0))
            .map(str::to_owned)
            .collect();
        let inns: Vec<String> = inns.into_iter().collect();
        if wanted.is_empty() && inns.is_empty() {
            return Ok(Vec::new());
        }
        let holders = store::keys::holders(tx, group, &wanted, MOST_HOLDERS).await?;
        let by_inn = store::relations::with_inns(tx, group, &inns).await?;
        let near: Vec<BTreeSet<Uuid>> = unread
            .iter()
            .zip(&keys)
            .map(|(record, keys)| {
                let few = keys.iter().filter_map(|key| match holders.get(key) {
                    Some(Holders::Few(clients)) => Some(clients.iter().copied()),
                    _ => None,
                });
                let inn = related::person_inn(&record.normalised.0);
                let same = by_inn.iter().filter(|(inn_of, _)| Some(inn_of.as_str()) == inn);
                few.flatten()
                    .chain(same.map(|(_, client)| *client))
                    .filter(|client| *client != record.client_id)
                    .collect()
            })
            .collect();
        let others: BTreeSet<Uuid> = near.iter().flatten().copied().collect();
        if others.is_empty() {
            return Ok(Vec::new());
        }
        let others: Vec<Uuid> = others.into_iter().collect();
        let own = unread.iter().map(|record| record.client_id);
        let clients: Vec<Uuid> = own.chain(others.iter().copied()).collect();
        let roots = store::clients::roots_of(tx, group, &clients).await?;
        let mut records: BTreeMap<Uuid, Vec<Record>> = BTreeMap::new();
        for record in store::history::records(tx, group, &others).await? {
            records.entry(record.client_id).or_default().push(record);
        }
        let pair = |kind: &str, one: Uuid, other: Uuid| {
            let root = |client: Uuid| roots.get(&client).copied().unwrap_or(client);
            let (one, other) = (root(one), root(other));
            (kind.to_owned(), one.min(other), one.max(other))
        };
        let known = store::relations::known(tx, group, &clients).await?;
        let mut taken: BTreeSet<(String, Uuid, Uuid)> = known
            .iter()
            .map(|known| pair(&known.kind, known.from_client_id, known.to_client_id))
            .collect();
        let mut found = Vec::new();
        for (record, near) in unread.iter().zip(near) {
            for client in near {
                if roots.get(&client) == roots.get(&record.client_id) {
                    continue;
                }
                let Some(theirs) = records.get(&client) else {
                    continue;
                };
                let said: Vec<&Normalised> = theirs.iter().map(|record| &record.normalised).collect();
                let Some(shown) = related::between(&record.normalised.0, &said) else {
                    continue;
                };
                if !taken.insert(pair(shown.kind, record.client_id, client)) {
                    continue;
                }
                let other = theirs.get(shown.other).map(|record| record.id);
                let (from, to) = if shown.turned {
                    (client, record.client_id)
                } else {
                    (record.client_id, client)
                };
                found.push(RelationEntry {
                    id: Uuid::now_v7(),
                    kind: shown.kind.to_owned(),
                    from_client_id: from,
                    to_client_id: to,
                    position: shown.position,
                    buyer_role: String::new(),
                    since: None,
                    until: None,
                    source: "registry".to_owned(),
                    source_record_id: Some(record.id),
                    by_employee_id: String::new(),
                    at: now,
                    undone_at: None,
                    correction_id: None,
                    proposed: shown.proposed,
                    because: shown.because.to_owned(),
                    other_record_id: other,
                });
            }
        }
        Ok(found)
    }

    /// A person says that a proposed relation is one. It no longer hangs on the records that showed it.
    pub async fn confirm_relation(
        &self,
        caller: &Caller,
        relation_id: &str,
    ) -> Result<Relation, RegistryError> {
        let (group, now) = (caller.group.as_str(), self.clock.now());
        let relation_id = id("relation_id", relation_id)?;
        let mut tx = self.begin(caller).await?;
        let known = store::relations::undo(&mut tx, group, relation_id, now, caller.employee_id())
            .await?
            .ok_or(RegistryError::NotFound("relation"))?;
        let entry = RelationEntry {
            id: Uuid::now_v7(),
            source: "console".to_owned(),
            source_record_id: None,
            other_record_id: None,
            by_employee_id: caller.employee_id().to_owned(),
            at: now,
            undone_at: None,
            proposed: false,
            ..known
        };
        relations::note(&mut tx, caller, &entry, now).await?;
        self.commit(tx).await?;
        Ok(shown(&entry, &[entry.from_client_id]))
    }
}
