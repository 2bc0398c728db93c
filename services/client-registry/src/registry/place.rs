//! Whose is this record? Candidates by shared keys, each card weighed, then the decision; doubts become questions.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use edina_identity::{
    Context, Decision, Evidence, MatchKey, Normalised, Score, decide, score_against_card, terms,
};
use edina_proto::registry::v1::ReviewOpened;
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, RegistryError, facts};
use crate::store;

/// Most cards a record is compared with.
const MOST_CANDIDATES: usize = 50;

/// Where a record goes.
pub(super) struct Placement {
    pub(super) client_id: Uuid,
    pub(super) created: bool,
    /// Existing clients that may be the same, with the evidence.
    pub(super) doubts: Vec<(Uuid, Score)>,
}

impl Registry {
    /// Candidates by keys, each card weighed, then the decision.
    pub(super) async fn place(
        &self,
        connection: &mut PgConnection,
        group: &str,
        normalised: &Normalised,
        keys: &[MatchKey],
    ) -> Result<Placement, RegistryError> {
        let new = || Placement {
            client_id: Uuid::now_v7(),
            created: true,
            doubts: Vec::new(),
        };
        // How many keys each client shares; the card's member that shares most gets the record.
        let mut shared: BTreeMap<Uuid, BTreeMap<Uuid, usize>> = BTreeMap::new();
        for hit in store::keys::hits(connection, group, keys).await? {
            *shared
                .entry(hit.root_id)
                .or_default()
                .entry(hit.client_id)
                .or_default() += 1;
        }
        if shared.is_empty() {
            return Ok(new());
        }
        let mut roots: Vec<Uuid> = shared.keys().copied().collect();
        roots
            .sort_by_key(|root| std::cmp::Reverse(shared.get(root).map_or(0, |m| m.values().sum::<usize>())));
        roots.truncate(MOST_CANDIDATES);
        let counts = store::keys::counts(connection, group, &terms(normalised)).await?;
        let members = store::clients::members(connection, group, &roots).await?;
        let root_of = store::clients::roots_of(connection, group, &members).await?;
        let mut cards: BTreeMap<Uuid, Vec<Normalised>> = BTreeMap::new();
        for record in store::history::records(connection, group, &members).await? {
            if let Some(root) = root_of.get(&record.client_id) {
                cards.entry(*root).or_default().push(record.normalised);
            }
        }
        let context = Context::new(&counts);
        let scored: Vec<(Uuid, Score)> = cards
            .iter()
            .map(|(root, records)| (*root, score_against_card(normalised, records, &context)))
            .collect();
        let closest = |root: Uuid| {
            let members = shared.get(&root).into_iter().flatten();
            members
                .max_by_key(|(id, count)| (**count, std::cmp::Reverse(**id)))
                .map_or(root, |(id, _)| *id)
        };
        Ok(match decide(scored, &self.thresholds) {
            Decision::Link { client, .. } => Placement {
                client_id: closest(client),
                created: false,
                doubts: Vec::new(),
            },
            Decision::Review { candidates } => {
                let doubts = candidates
                    .into_iter()
                    .map(|(root, score)| (closest(root), score))
                    .collect();
                Placement { doubts, ..new() }
            }
            Decision::Create => new(),
        })
    }

    /// Asks a human, unless one has already said that the two are different.
    pub(super) async fn open_review(
        &self,
        connection: &mut PgConnection,
        caller: &Caller,
        (one, other): (Uuid, Uuid),
        score: &Score,
        now: DateTime<Utc>,
    ) -> Result<(), RegistryError> {
        let group = caller.group.as_str();
        if store::merges::are_separate(connection, group, &[one], &[other]).await? {
            return Ok(());
        }
        // The evidence speaks of the new record first; it belongs to the greater, younger id.
        let turned = |evidence: &Evidence| Evidence {
            left: evidence.right.clone(),
            right: evidence.left.clone(),
            ..evidence.clone()
        };
        let evidence = if one > other {
            score.evidence.iter().map(turned).collect()
        } else {
            score.evidence.clone()
        };
        let row = store::reviews::Row {
            id: Uuid::now_v7(),
            left_id: one.min(other),
            right_id: one.max(other),
            bits: score.bits,
            evidence: sqlx::types::Json(evidence),
            state: "open".to_owned(),
            created_at: now,
            decided_at: None,
            decided_by: String::new(),
            merge_id: None,
        };
        if store::reviews::open(connection, group, &row).await? {
            let fact = ReviewOpened {
                review_id: row.id.to_string(),
                left_client_id: row.left_id.to_string(),
                right_client_id: row.right_id.to_string(),
            };
            facts::say(connection, caller, &fact, now).await?;
        }
        Ok(())
    }
}
