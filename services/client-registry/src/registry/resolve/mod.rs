//! Who is this? Stores what somebody said and answers which client it belongs to.
//!
//! One transaction, for one record or many. Locks on a record's identity and strong keys make copies of it, and other
//! records of the same new person, wait for each other, so that two of them never become two clients.
//!
//! `reading` makes records comparable, `arrivals` tells which of them are new, `shared` finds who shares keys with them,
//! `junk` keeps the keys that lead nowhere, `totals` how many records there are, `near` holds the cards they may belong to
//! and makes the `decisions` with the engine, `write` stores these.

mod arrivals;
mod decisions;
mod junk;
mod near;
mod reading;
mod shared;
mod totals;
mod write;

use std::{collections::BTreeMap, iter};

use edina_identity::Warning;
use edina_messaging::outbox::Facts;
use edina_proto::registry::v1::Owner;
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, RegistryError, import::Row, merge, owner, relating};
use crate::{
    client::{
        evidence::{self, Unusable},
        record::Said,
    },
    store,
};
use arrivals::Arrivals;
use decisions::Decisions;
pub(super) use junk::JunkKeys;
use near::{Helps, Known};
pub(super) use near::{Left, Neighbourhood, kind};
pub(super) use reading::{Reading, in_order};
pub(super) use shared::MOST_HOLDERS;
use shared::SharedKeys;
pub(super) use totals::Totals;
pub(crate) use write::activity;
pub(super) use write::{ROLE_SAID, STAYED};

/// Most records resolved by one call.
pub const MOST_RECORDS: usize = 1_000;

/// More records than these take the turn of the whole group: the server has room for so many locks only.
const MOST_LOCKED: usize = 32;

/// Records stored by one statement.
const STORED_AT_ONCE: usize = 250;
/// Records of the first such statement.
const DECIDED_FIRST: usize = 25;

/// The lock that those who resolve few records hold together, and who resolves many holds alone.
pub(super) fn turn(group: &str) -> i64 {
    evidence::lock_number(&format!("{group}|resolving"))
}

/// The import that records are of.
pub(super) struct OfImport {
    pub(super) id: Uuid,
    /// The cards as they were before the portion that left the rest.
    pub(super) ahead: Option<(Neighbourhood, Left)>,
    /// Everything is to be rolled back.
    pub(super) tried: bool,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Resolved {
    pub source_record_id: Uuid,
    /// Surviving id of the card.
    pub client_id: Uuid,
    /// linked, created, to_review
    pub outcome: String,
    pub warnings: Vec<Warning>,
    pub owners: Vec<Owner>,
    /// It had come before; this is the answer it got then.
    pub known: bool,
}

impl Registry {
    /// Stores the record and answers whose it is. The same record again answers the same.
    pub async fn resolve(&self, caller: &Caller, said: &Said) -> Result<Resolved, RegistryError> {
        self.resolve_as(caller, said, None).await
    }

    /// As [`resolve`](Self::resolve); with a client given the record is his, whatever the evidence says.
    pub(super) async fn resolve_as(
        &self,
        caller: &Caller,
        said: &Said,
        given: Option<Uuid>,
    ) -> Result<Resolved, RegistryError> {
        let home = self.homes(&caller.group).at(&said.branch_id);
        let reading = Reading::of(said, given, self.clock.now(), &home)?;
        let mut resolved = self.resolve_readings(caller, &[reading]).await?;
        resolved.pop().ok_or(RegistryError::NotFound("record"))
    }

    /// Many records in one transaction, each answered by itself, in their order; what cannot be used is told.
    pub async fn resolve_all(
        &self,
        caller: &Caller,
        rows: &[Row],
    ) -> Result<Vec<Result<Resolved, Unusable>>, RegistryError> {
        if rows.len() > MOST_RECORDS {
            return Err(RegistryError::invalid(
                "records",
                format!("at most {MOST_RECORDS} at once"),
            ));
        }
        let (readings, refused) = Reading::of_rows(rows, self.clock.now(), &self.homes(&caller.group));
        let resolved = self.resolve_readings(caller, &readings).await?;
        Ok(in_order(refused, resolved))
    }

    pub(super) async fn resolve_readings(
        &self,
        caller: &Caller,
        readings: &[Reading<'_>],
    ) -> Result<Vec<Resolved>, RegistryError> {
        let group = caller.group.as_str();
        let mut tx = if readings.len() > MOST_LOCKED {
            self.database.begin_locked(&caller.group, &[turn(group)]).await?
        } else {
            let mut locks: Vec<i64> = readings
                .iter()
                .flat_map(|reading| reading.lock_numbers(group))
                .collect();
            locks.sort_unstable();
            locks.dedup();
            self.database
                .begin_beside(&caller.group, turn(group), &locks, merge::turn(group))
                .await?
        };
        let (resolved, _) = self.resolve_in(&mut tx, caller, readings, None).await?;
        let known = resolved.iter().filter(|one| one.known);
        let known: Vec<Uuid> = known.map(|one| one.source_record_id).collect();
        if !known.is_empty() {
            store::repeats::note(&mut tx, group, &known, None).await?;
        }
        let mut all = readings.iter();
        let relates = all.any(|reading| relating::may_relate(&reading.normalised))
            && self.relate_later(&mut tx, caller).await?;
        self.commit(tx).await?;
        if relates {
            self.relates(caller);
        }
        Ok(resolved)
    }

    /// Reads the cards that these records may belong to, while others may still change them.
    pub(super) async fn look(
        &self,
        connection: &mut PgConnection,
        caller: &Caller,
        readings: &[Reading<'_>],
    ) -> sqlx::Result<Neighbourhood> {
        let readings: Vec<&Reading<'_>> = readings.iter().collect();
        let group = caller.group.as_str();
        Neighbourhood::look(connection, group, &readings, Helps::none(&self.junk)).await
    }

    /// Resolves within the caller's transaction, which holds the locks; answers also what it leaves for those who looked
    /// before.
    pub(super) async fn resolve_in(
        &self,
        connection: &mut PgConnection,
        caller: &Caller,
        readings: &[Reading<'_>],
        import: Option<OfImport>,
    ) -> Result<(Vec<Resolved>, Option<Left>), RegistryError> {
        let (import_id, ahead, beside) = match import {
            Some(import) => (
                Some(import.id),
                import.ahead,
                (!import.tried).then_some(&self.database),
            ),
            None => (None, None, None),
        };
        let group = caller.group.as_str();
        let now = self.clock.now();
        // Many records will change some card. Of few, who finds the turn free takes it at once: he need not write what a
        // client has already, nor read again if cards change. Nobody waits for it who does not come to change some.
        let many = import_id.is_some() || readings.len() > MOST_LOCKED;
        let (along, junk) = if many {
            Default::default()
        } else {
            arrivals::along(group, readings, (&self.junk, &self.totals))
        };
        let identities: Vec<_> = readings.iter().map(Reading::identity).collect();
        let before = store::before::look(connection, group, &identities, &along).await?;
        let arrivals = Arrivals::sort(readings, before.same);
        let new = arrivals.fresh();
        let model = self.models.of(connection, group).await?;
        let waits = many || before.taken || !arrivals.leaving.is_empty();
        if waits && !before.taken && import_id.is_none() {
            merge::one_at_a_time(connection, group).await?;
        }
        let mut counted = self.make_room(connection, caller, &arrivals.leaving).await?;
        let mut near = match ahead.filter(|_| arrivals.leaving.is_empty()) {
            Some((mut near, left)) => {
                near.catch_up(connection, group, &new, left).await?;
                near
            }
            None => {
                // An import holds the turn of all, and has written nothing yet: another connection sees what it sees.
                let mut beside = match import_id.filter(|_| arrivals.leaving.is_empty()) {
                    Some(_) => self.database.begin_if_free(&caller.group).await,
                    None => None,
                };
                let helps = Helps {
                    junk: &self.junk,
                    totals: (!many).then_some(&self.totals),
                    // Making room takes keys away.
                    known: (!many && arrivals.leaving.is_empty()).then(|| Known {
                        keys: SharedKeys::of(group, before.holders, junk, &self.junk),
                        cards: before.cards,
                        counts: before.counts,
                    }),
                    beside: beside.as_deref_mut(),
                };
                let near = Neighbourhood::load(connection, group, &new, helps, waits).await?;
                if let Some(beside) = beside {
                    beside.rollback().await?;
                }
                near
            }
        };
        // Nothing is stored while the first are decided: they are few.
        let (first, others) = new.split_at(new.len().min(DECIDED_FIRST));
        let mut portions = iter::once(first).chain(others.chunks(STORED_AT_ONCE));
        let mut portion = portions.next().unwrap_or_default();
        // A portion says what the next has to read.
        let mut spoken = (!many && others.is_empty()).then_some(before.spoken);
        let mut decided = near.decide(portion, &model);
        if decided.change_cards() && !waits {
            merge::one_at_a_time(connection, group).await?;
            // What was read before the turn came may have changed since.
            near = Neighbourhood::load(connection, group, &new, Helps::none(&self.junk), true).await?;
            decided = near.decide(portion, &model);
            spoken = None;
        }
        let writing = write::Writing {
            caller,
            now,
            import_id,
            model_version: model.version,
            // Taking back what comes again may have kept some.
            refusals: before.refusals || !arrivals.leaving.is_empty(),
            spoken,
            beside,
        };
        let mut decisions = Decisions::default();
        let (mut roots, mut owners) = (BTreeMap::new(), BTreeMap::new());
        let mut said = Facts::default();
        loop {
            let following = portions.next();
            // While the database stores one portion the next is decided.
            let storing = writing.store(connection, portion, &decided);
            let (stored, next) = tokio::join!(storing, async {
                match following {
                    Some(portion) => Some(near.decide_giving_way(portion, &model).await),
                    None => None,
                }
            });
            let mut stored = stored?;
            roots.append(&mut stored.roots);
            owners.append(&mut stored.owners);
            said.append(stored.said);
            decisions.append(decided);
            let (Some(following), Some(next)) = (following, next) else {
                break;
            };
            (portion, decided) = (following, next);
        }
        for (reading, made) in new.iter().zip(&decisions.records) {
            for term in reading
                .counted
                .iter()
                .cloned()
                .chain([store::keys::total_row(made.id)])
            {
                *counted.entry(term).or_default() += 1;
            }
        }
        store::closing::close(connection, group, said, &counted, now).await?;
        if decisions.change_cards() {
            // A later portion may have joined cards that an earlier one went to.
            let clients: Vec<Uuid> = roots.keys().copied().collect();
            roots = store::clients::roots_of(connection, group, &clients).await?;
            owners.clear();
        }
        let told = arrivals.told(&decisions.records, &roots);
        let owners = owner::present(connection, group, &told, owners).await?;
        // What went to make room is counted down, and its cards are not among these.
        let left = (arrivals.leaving.is_empty()).then(|| Left::of(near, &decisions, counted));
        let answers = arrivals.answers(&decisions.records, &roots, &owners);
        Ok((answers, left))
    }
}
