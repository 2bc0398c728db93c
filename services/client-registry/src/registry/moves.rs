//! Giving records to another client, and taking that back. Nothing that a record said is changed: it goes along. Services
//! that remember whose their records are (leads, calls) are told, also when cards are merged or split.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use edina_messaging::outbox::Facts;
use edina_proto::registry::v1::{ClientChanged, RecordMoved};
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{RegistryError, correct, refusals, undo_import::WITHDRAWN};
use crate::{
    client::{
        evidence,
        history::Record,
        search_terms::{self, Term},
    },
    store::{self, keys::Indexed, moves::Move},
};

/// Services of ours whose records are told of: each remembers the client that a record of its own was given to.
const TOLD: [&str; 2] = ["lead_intake", "call_tracking"];

/// Makes moves, in their order, and says which clients changed. The caller holds the turn of merges.
pub(super) async fn make(
    connection: &mut PgConnection,
    caller: &Caller,
    moves: &[Move],
    now: DateTime<Utc>,
) -> Result<(), RegistryError> {
    let group = caller.group.as_str();
    store::moves::insert(connection, group, moves).await?;
    refusals::go_along(connection, group, moves, now).await?;
    let paths: Vec<Path> = moves
        .iter()
        .map(|moved| Path {
            record_id: moved.source_record_id,
            from: moved.from_client_id,
            to: moved.to_client_id,
            hides: moved.reason == WITHDRAWN,
        })
        .collect();
    carry(connection, caller, &paths, false, now).await
}

/// Takes moves back, the newest first.
pub(super) async fn take_back(
    connection: &mut PgConnection,
    caller: &Caller,
    moves: &[Move],
    now: DateTime<Utc>,
) -> Result<(), RegistryError> {
    let ids: Vec<Uuid> = moves.iter().map(|moved| moved.id).collect();
    let group = caller.group.as_str();
    store::moves::undo(connection, group, &ids, now, caller.employee_id()).await?;
    store::refusals::take_back(connection, group, &ids).await?;
    // A record that was moved on since stays where it is: only, it came there from where it was before.
    let onward = store::moves::onward(connection, group, &ids).await?;
    for moved in moves {
        if let Some(next) = onward.get(&moved.id) {
            store::moves::start_from(connection, group, *next, moved.from_client_id).await?;
        }
    }
    let paths: Vec<Path> = moves
        .iter()
        .filter(|moved| !onward.contains_key(&moved.id))
        .map(|moved| Path {
            record_id: moved.source_record_id,
            from: moved.to_client_id,
            to: moved.from_client_id,
            hides: false,
        })
        .collect();
    carry(connection, caller, &paths, true, now).await
}

struct Path {
    record_id: Uuid,
    from: Uuid,
    to: Uuid,
    /// Nothing finds whom it goes to.
    hides: bool,
}

async fn carry(
    connection: &mut PgConnection,
    caller: &Caller,
    paths: &[Path],
    back: bool,
    now: DateTime<Utc>,
) -> Result<(), RegistryError> {
    let group = caller.group.as_str();
    let found = paths.iter().filter(|path| !path.hides).map(|path| path.to);
    let clients: BTreeSet<Uuid> = paths.iter().map(|path| path.from).chain(found).collect();
    let clients: Vec<Uuid> = clients.into_iter().collect();
    let mut found = Findable::load(connection, group, &clients).await?;
    let before = found.indexed();
    // Moves between the same two clients go together; their order among others matters only where they meet.
    let mut rest = paths;
    while let Some(first) = rest.first() {
        let same = rest
            .iter()
            .take_while(|path| (path.from, path.to) == (first.from, first.to))
            .count();
        let (now, later) = rest.split_at(same);
        let records: Vec<Uuid> = now.iter().map(|path| path.record_id).collect();
        store::moves::carry(connection, group, &records, (first.from, first.to), back).await?;
        rest = later;
    }
    if !found.carry(paths) {
        found = Findable::load(connection, group, &clients).await?;
    }
    store::keys::replace(connection, group, &before, &found.indexed()).await?;
    let mut said = say_changed(connection, caller, paths).await?;
    let from: BTreeMap<Uuid, Uuid> = paths.iter().map(|path| (path.record_id, path.from)).collect();
    let records: Vec<Uuid> = from.keys().copied().collect();
    let placed = store::moves::placed_anew(connection, group, &TOLD, &records, &[]).await?;
    say_moved(caller, placed, |record| from.get(&record).copied(), &mut said);
    said.store(connection, &caller.group, now).await?;
    Ok(())
}

/// Says that the records of these clients lie on another card than the one with this root: theirs was merged or split.
pub(super) async fn regrouped(
    connection: &mut PgConnection,
    caller: &Caller,
    clients: &[Uuid],
    before: Uuid,
    said: &mut Facts,
) -> Result<(), RegistryError> {
    let group = caller.group.as_str();
    let placed = store::moves::placed_anew(connection, group, &TOLD, &[], clients).await?;
    say_moved(caller, placed, |_| Some(before), said);
    Ok(())
}

fn say_moved(
    caller: &Caller,
    placed: Vec<store::moves::Placed>,
    from: impl Fn(Uuid) -> Option<Uuid>,
    said: &mut Facts,
) {
    for record in placed {
        let fact = RecordMoved {
            source_record_id: record.id.to_string(),
            source: record.source,
            external_id: record.external_id,
            from_client_id: from(record.id).map(|from| from.to_string()).unwrap_or_default(),
            to_client_id: record.root_id.to_string(),
            version: record.version.unsigned_abs(),
        };
        said.say(&caller.group, &fact);
    }
}

/// Lets a client be found no more by terms that neither a record of his nor a correction gives him any more.
pub(super) async fn forget_terms(
    connection: &mut PgConnection,
    group: &str,
    client_id: Uuid,
    gone: Vec<Term>,
) -> sqlx::Result<()> {
    let mut before = Indexed::default();
    for term in gone {
        before
            .terms
            .insert((term.kind.to_owned(), term.term, client_id), term.shown);
    }
    let mut after = Findable::load(connection, group, &[client_id]).await?.indexed();
    after.keys.clear();
    after.terms.retain(|term, _| before.terms.contains_key(term));
    store::keys::replace(connection, group, &before, &after).await
}

/// What clients are found by: their records, and what people put right.
struct Findable {
    clients: BTreeSet<Uuid>,
    records: Vec<Record>,
    corrected: Vec<(Uuid, Term)>,
}

impl Findable {
    async fn load(connection: &mut PgConnection, group: &str, clients: &[Uuid]) -> sqlx::Result<Self> {
        Ok(Self {
            clients: clients.iter().copied().collect(),
            records: store::history::records(connection, group, clients).await?,
            corrected: correct::corrected_terms(connection, group, clients).await?,
        })
    }

    /// Makes it what it is after these moves, if all of their records are here: of a client with very many the newest are
    /// read.
    fn carry(&mut self, paths: &[Path]) -> bool {
        paths.iter().all(|path| {
            let record = self.records.iter_mut().find(|record| record.id == path.record_id);
            record
                .filter(|record| record.client_id == path.from)
                .map(|record| record.client_id = path.to)
                .is_some()
        })
    }

    fn indexed(&self) -> Indexed {
        let mut indexed = Indexed::default();
        let mut known: BTreeSet<Uuid> = BTreeSet::new();
        let shown = |record: &&Record| self.clients.contains(&record.client_id);
        for record in self.records.iter().filter(shown) {
            known.insert(record.client_id);
            let profile = edina_identity::Profile::of(&record.normalised);
            for key in edina_identity::engine::keys::numbers(&profile) {
                indexed.keys.insert((key, record.client_id));
            }
            let vehicles = evidence::vehicles(&record.said, record.id);
            for term in search_terms::terms(&record.said, &record.normalised, &vehicles) {
                indexed
                    .terms
                    .insert((term.kind.to_owned(), term.term, record.client_id), term.shown);
            }
        }
        // Of whom no record is left nothing is shown, and so nothing found.
        for (client_id, term) in self.corrected.iter().filter(|(client, _)| known.contains(client)) {
            indexed
                .terms
                .entry((term.kind.to_owned(), term.term.clone(), *client_id))
                .or_insert_with(|| term.shown.clone());
        }
        indexed
    }
}

async fn say_changed(
    connection: &mut PgConnection,
    caller: &Caller,
    paths: &[Path],
) -> Result<Facts, RegistryError> {
    let clients: BTreeSet<Uuid> = paths.iter().flat_map(|path| [path.from, path.to]).collect();
    let clients: Vec<Uuid> = clients.into_iter().collect();
    let touched = store::clients::touch_cards_of(connection, caller.group.as_str(), &clients).await?;
    let mut said = Facts::default();
    for (root, card) in touched {
        let record = paths.iter().find(|path| {
            [path.from, path.to]
                .iter()
                .any(|client| card.clients.contains(client))
        });
        let fact = ClientChanged {
            client_id: root.to_string(),
            source_record_id: record.map(|path| path.record_id.to_string()).unwrap_or_default(),
            version: card.version,
            source: "registry".to_owned(),
            record_kind: "moved".to_owned(),
        };
        said.say(&caller.group, &fact);
    }
    Ok(said)
}
