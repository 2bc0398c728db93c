//! Who is this? Stores what somebody said and answers which client it belongs to.
//!
//! One transaction. Locks on the record's identity and strong keys make copies of it, and other records of the same
//! new person, wait for each other, so that two of them never become two clients.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use edina_identity::{
    Context, Decision, Evidence, MatchKey, Normalised, Score, Warning, decide, score_against_card, terms,
};
use edina_proto::registry::v1::{ClientChanged, ClientCreated, Owner, ReviewOpened, VehicleChangedHands};
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, RegistryError, facts};
use crate::{
    client::{
        card, evidence,
        history::{History, Statement},
        ownership,
        record::Said,
        search_terms,
    },
    store::{self, records::NewRecord, timeline::Entry},
};

/// Most cards a record is compared with.
const MOST_CANDIDATES: usize = 50;

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
}

/// Where a record goes.
struct Placement {
    client_id: Uuid,
    created: bool,
    /// Existing clients that may be the same, with the evidence.
    doubts: Vec<(Uuid, Score)>,
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
        let now = self.clock.now();
        let normalised = match given {
            None => evidence::read(said, now, &self.home)?,
            Some(_) => edina_identity::normalise(&said.input(said.occurred_at.unwrap_or(now)), &self.home),
        };
        let group = caller.group.as_str();
        let keys = evidence::keys(&normalised);
        let hash = evidence::content_hash(said);
        let mut tx = self.begin(caller).await?;
        store::lock(&mut tx, &evidence::lock_numbers(group, said, &keys)).await?;
        if let Some(known) = store::records::find_same(&mut tx, group, said, &hash).await? {
            let owners = present_owners(&mut tx, group, known.root_id).await?;
            return Ok(Resolved {
                source_record_id: known.id,
                client_id: known.root_id,
                outcome: known.outcome,
                warnings: normalised.warnings,
                owners,
            });
        }
        let placement = match given {
            Some(client_id) => Placement {
                client_id,
                created: false,
                doubts: Vec::new(),
            },
            None => self.place(&mut tx, group, &normalised, &keys).await?,
        };
        if placement.created {
            let kind = evidence::client_kind(&normalised);
            store::clients::insert(&mut tx, group, placement.client_id, kind, now).await?;
        }
        let outcome = match (placement.created, placement.doubts.is_empty()) {
            (_, false) => "to_review",
            (true, true) => "created",
            (false, true) => "linked",
        };
        let record_id = Uuid::now_v7();
        let record = NewRecord {
            id: record_id,
            client_id: placement.client_id,
            content_hash: &hash,
            occurred_at: said.occurred_at.unwrap_or(now),
            received_at: now,
            outcome,
            said,
            normalised: &normalised,
        };
        store::records::insert(&mut tx, group, &record).await?;
        store::keys::insert(&mut tx, group, record_id, placement.client_id, &keys).await?;
        let vehicles = evidence::vehicles(said, record_id);
        let found_by = search_terms::terms(&normalised, &vehicles);
        store::keys::insert_terms(&mut tx, group, placement.client_id, &found_by).await?;
        self.state_vehicles(&mut tx, caller, &record, &vehicles, now)
            .await?;
        if let Some(entry) = activity(caller, &record) {
            store::timeline::put(&mut tx, group, &entry).await?;
        }
        for consent in &said.consents {
            facts::note_consent(&mut tx, caller, placement.client_id, consent, &said.source, now).await?;
        }
        for (other, score) in &placement.doubts {
            self.open_review(&mut tx, caller, (placement.client_id, *other), score, now)
                .await?;
        }
        let root = store::clients::root_of(&mut tx, group, placement.client_id)
            .await?
            .ok_or(RegistryError::NotFound("client"))?;
        self.announce(&mut tx, caller, root, &record, placement.created, now)
            .await?;
        let owners = present_owners(&mut tx, group, root).await?;
        store::keys::count_in(&mut tx, group, record_id, &terms(&normalised)).await?;
        self.commit(tx).await?;
        metrics::counter!("edina_registry_resolved_total", "source" => said.source.clone(), "outcome" => outcome)
            .increment(1);
        Ok(Resolved {
            source_record_id: record_id,
            client_id: root,
            outcome: outcome.to_owned(),
            warnings: normalised.warnings,
            owners,
        })
    }

    /// Candidates by keys, each card weighed, then the decision.
    async fn place(
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
    async fn open_review(
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

    /// Notes roles; says so when a vehicle has another owner than before.
    async fn state_vehicles(
        &self,
        connection: &mut PgConnection,
        caller: &Caller,
        record: &NewRecord<'_>,
        vehicles: &[evidence::VehicleRead],
        now: DateTime<Utc>,
    ) -> Result<(), RegistryError> {
        let group = caller.group.as_str();
        for vehicle in vehicles {
            let vehicle_id = store::vehicles::ensure(connection, group, &vehicle.key, now).await?;
            let owner_before = ownership::present_owner(
                &store::vehicles::statements(connection, group, vehicle_id).await?,
                vehicle_id,
            );
            let statement = Statement {
                vehicle_id,
                source_record_id: record.id,
                root_id: record.client_id,
                role: vehicle.role.clone(),
                at: record.occurred_at,
            };
            store::vehicles::state(connection, group, record.client_id, &statement).await?;
            let owner_now = ownership::present_owner(
                &store::vehicles::statements(connection, group, vehicle_id).await?,
                vehicle_id,
            );
            if let (Some(from), Some(to)) = (owner_before, owner_now)
                && from != to
            {
                let fact = VehicleChangedHands {
                    vehicle_id: vehicle_id.to_string(),
                    from_client_id: from.to_string(),
                    to_client_id: to.to_string(),
                };
                facts::say(connection, caller, &fact, now).await?;
            }
        }
        Ok(())
    }

    async fn announce(
        &self,
        connection: &mut PgConnection,
        caller: &Caller,
        root: Uuid,
        record: &NewRecord<'_>,
        created: bool,
        now: DateTime<Utc>,
    ) -> Result<(), RegistryError> {
        if created {
            let fact = ClientCreated {
                client_id: root.to_string(),
                source_record_id: record.id.to_string(),
                kind: evidence::client_kind(record.normalised).to_owned(),
                version: 1,
            };
            return facts::say(connection, caller, &fact, now).await;
        }
        let version = store::clients::touch(connection, caller.group.as_str(), root).await?;
        let fact = ClientChanged {
            client_id: root.to_string(),
            source_record_id: record.id.to_string(),
            version,
            source: record.said.source.clone(),
            record_kind: record.said.kind.clone(),
        };
        facts::say(connection, caller, &fact, now).await
    }
}

/// Owners of a card now.
pub(super) async fn present_owners(
    connection: &mut PgConnection,
    group: &str,
    root: Uuid,
) -> Result<Vec<Owner>, RegistryError> {
    let members = store::clients::members(connection, group, &[root]).await?;
    let owners = store::history::owners(connection, group, &members).await?;
    let history = History {
        owners: owners.into_iter().map(|(_, entry)| entry).collect(),
        ..History::default()
    };
    Ok(history.present_owners().into_iter().map(card::owner).collect())
}

/// The timeline entry of a deal or a visit. Leads and calls are told by their own services.
fn activity(caller: &Caller, record: &NewRecord<'_>) -> Option<Entry> {
    let kind = match record.said.kind.as_str() {
        kind @ ("sale" | "repair_order") => kind,
        "contact" => "visit",
        _ => return None,
    };
    let money = record.said.amount.as_ref();
    let facts = [
        ("source", record.said.source.clone()),
        (
            "amount_minor",
            money.map(|money| money.minor.to_string()).unwrap_or_default(),
        ),
        (
            "currency",
            money.map(|money| money.currency.clone()).unwrap_or_default(),
        ),
    ];
    let entry = facts::own_entry(
        caller,
        record.client_id,
        kind,
        record.id.to_string(),
        record.occurred_at,
        &facts,
    );
    Some(Entry {
        department: record.said.department.clone(),
        branch_id: record.said.branch_id.clone(),
        text: record.said.comment.clone(),
        dedupe_key: format!("record:{}", record.id),
        ..entry
    })
}
