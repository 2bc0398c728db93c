//! Refusals that somebody wrote down, or a client answered a message with: they lie with a client, not with a record, and yet
//! nobody may be written to because his record came to lie elsewhere. Of whom a word was, when two turn out to have been on
//! one card, nobody knows: it counts for both. A consent never goes along.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use edina_identity::Profile;
use sqlx::PgConnection;
use uuid::Uuid;

use super::undo_import::WITHDRAWN;
use crate::{
    client::{consent, history::ConsentEntry},
    store::{self, imports::Withdrawn, moves::Move},
};

/// Refusals that were said of a client since a record of his came go along with it.
pub(super) async fn go_along(
    connection: &mut PgConnection,
    group: &str,
    moves: &[Move],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let moves: Vec<&Move> = moves.iter().filter(|moved| moved.reason != WITHDRAWN).collect();
    if moves.is_empty() {
        return Ok(());
    }
    let records: Vec<Uuid> = moves.iter().map(|moved| moved.source_record_id).collect();
    let from: Vec<Uuid> = moves.iter().map(|moved| moved.from_client_id).collect();
    let words = store::refusals::since_records(connection, group, &records, &from).await?;
    if words.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = words.values().flatten().copied().collect();
    let lines = store::consents::lines(connection, group, &ids).await?;
    for moved in moves {
        let of_record = words.get(&moved.source_record_id).into_iter().flatten();
        let lines = of_record.filter_map(|id| lines.get(id).cloned()).collect();
        for refusal in in_force(lines) {
            let line = ConsentEntry {
                id: Uuid::now_v7(),
                client_id: moved.to_client_id,
                covers: vec![moved.to_client_id],
                ..refusal
            };
            store::consents::insert(connection, group, &line, Some(moved.id), now).await?;
        }
    }
    Ok(())
}

/// Remembers by what clients were known whose records are withdrawn, if somebody wrote down what they said.
pub(super) async fn keep(
    connection: &mut PgConnection,
    group: &str,
    records: &[Withdrawn],
) -> sqlx::Result<()> {
    let mut ways: BTreeSet<(String, Uuid)> = BTreeSet::new();
    for record in records {
        let stored = record.profile.as_deref();
        let profile = stored.and_then(|stored| serde_json::from_str::<Profile>(stored).ok());
        for way in profile.iter().flat_map(Profile::own_ways) {
            ways.insert((way.to_string(), record.client_id));
        }
    }
    let ways: Vec<(String, Uuid)> = ways.into_iter().collect();
    store::refusals::keep(connection, group, &ways).await
}

/// A record that is stored.
pub(super) struct Came<'a> {
    pub(super) record_id: Uuid,
    pub(super) client_id: Uuid,
    pub(super) profile: &'a Profile,
}

/// Refusals that were kept come back with records that have the number or address: as if the records had said them, so they go
/// where those go.
pub(super) async fn come_back(
    connection: &mut PgConnection,
    group: &str,
    came: &[Came<'_>],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let ways: BTreeSet<&str> = came
        .iter()
        .flat_map(|record| record.profile.own_ways())
        .map(|way| &**way)
        .collect();
    let kept = store::refusals::kept(connection, group, &ways).await?;
    if kept.is_empty() {
        return Ok(());
    }
    let clients: BTreeSet<Uuid> = kept.values().flatten().copied().collect();
    let clients: Vec<Uuid> = clients.into_iter().collect();
    let mut words: BTreeMap<Uuid, Vec<ConsentEntry>> = BTreeMap::new();
    for line in store::consents::ledger(connection, group, &clients).await? {
        if line.source_record_id.is_none() {
            words.entry(line.client_id).or_default().push(line);
        }
    }
    for record in came {
        let known: BTreeSet<Uuid> = record
            .profile
            .own_ways()
            .filter_map(|way| kept.get(&**way))
            .flatten()
            .copied()
            .filter(|client| *client != record.client_id)
            .collect();
        let lines = known.iter().filter_map(|client| words.get(client)).flatten();
        for refusal in in_force(lines.cloned().collect()) {
            let line = ConsentEntry {
                id: Uuid::now_v7(),
                client_id: record.client_id,
                covers: vec![record.client_id],
                source_record_id: Some(record.record_id),
                ..refusal
            };
            store::consents::insert(connection, group, &line, None, now).await?;
        }
    }
    Ok(())
}

/// The refusals that count if these words are all of one client.
fn in_force(mut lines: Vec<ConsentEntry>) -> Vec<ConsentEntry> {
    let one = Uuid::nil();
    for line in &mut lines {
        line.covers = vec![one];
    }
    let refusals: BTreeMap<Uuid, ConsentEntry> = consent::effective(&[one], &lines)
        .into_iter()
        .filter(|found| !found.line.granted)
        .map(|found| (found.line.said_id, found.line.clone()))
        .collect();
    refusals.into_values().collect()
}
