//! Who is this? Stores what somebody said and answers which client it belongs to.
//!
//! One transaction. Locks on the record's identity and strong keys make copies of it, and other records of the same
//! new person, wait for each other, so that two of them never become two clients.

use edina_identity::{Warning, terms};
use edina_messaging::outbox::Facts;
use edina_proto::registry::v1::{ClientChanged, ClientCreated, Owner};
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, RegistryError, facts, place::Placement};
use crate::{
    client::{card, evidence, history::History, record::Said, search_terms},
    store::{
        self,
        records::{Indexed, NewRecord},
        timeline::Entry,
    },
};

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
        let locks = evidence::lock_numbers(group, said, &keys);
        let mut tx = self.database.begin_locked(&caller.group, &locks).await?;
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
        let vehicles = evidence::vehicles(said, record_id);
        let indexed = Indexed {
            keys: &keys,
            terms: &search_terms::terms(&normalised, &vehicles),
        };
        // A new client is alone on its card.
        let new_client = placement.created.then(|| evidence::client_kind(&normalised));
        store::records::insert(&mut tx, group, &record, new_client, &indexed).await?;
        self.state_vehicles(&mut tx, caller, &record, &vehicles, now)
            .await?;
        if let Some(entry) = activity(caller, &record) {
            store::timeline::put(&mut tx, group, &entry).await?;
        }
        let (root, members) = if placement.created {
            (placement.client_id, vec![placement.client_id])
        } else {
            let root = store::clients::root_of(&mut tx, group, placement.client_id)
                .await?
                .ok_or(RegistryError::NotFound("client"))?;
            (root, store::clients::members(&mut tx, group, &[root]).await?)
        };
        let card = facts::Card {
            client_id: placement.client_id,
            root,
            members: &members,
        };
        let mut said_of_it =
            facts::note_consents(&mut tx, caller, &card, &said.consents, &said.source, now).await?;
        for (other, score) in &placement.doubts {
            self.open_review(&mut tx, caller, (placement.client_id, *other), score, now)
                .await?;
        }
        announce(&mut tx, caller, root, &record, placement.created, &mut said_of_it).await?;
        said_of_it.store(&mut tx, &caller.group, now).await?;
        let owners = if placement.created {
            Vec::new()
        } else {
            owners_of(&mut tx, group, &members).await?
        };
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
}

/// Says that there is a new client, or that a known one has changed.
async fn announce(
    connection: &mut PgConnection,
    caller: &Caller,
    root: Uuid,
    record: &NewRecord<'_>,
    created: bool,
    said: &mut Facts,
) -> Result<(), RegistryError> {
    if created {
        let fact = ClientCreated {
            client_id: root.to_string(),
            source_record_id: record.id.to_string(),
            kind: evidence::client_kind(record.normalised).to_owned(),
            version: 1,
        };
        said.say(&caller.group, &fact);
        return Ok(());
    }
    let version = store::clients::touch(connection, caller.group.as_str(), root).await?;
    let fact = ClientChanged {
        client_id: root.to_string(),
        source_record_id: record.id.to_string(),
        version,
        source: record.said.source.clone(),
        record_kind: record.said.kind.clone(),
    };
    said.say(&caller.group, &fact);
    Ok(())
}

/// Owners of a card now.
pub(super) async fn present_owners(
    connection: &mut PgConnection,
    group: &str,
    root: Uuid,
) -> Result<Vec<Owner>, RegistryError> {
    let members = store::clients::members(connection, group, &[root]).await?;
    owners_of(connection, group, &members).await
}

/// Owners now of the card that has these members.
async fn owners_of(
    connection: &mut PgConnection,
    group: &str,
    members: &[Uuid],
) -> Result<Vec<Owner>, RegistryError> {
    let owners = store::history::owners(connection, group, members).await?;
    let history = History {
        owners: owners.into_iter().map(|(_, entry)| entry).collect(),
        ..History::default()
    };
    Ok(history.present_owners().into_iter().map(card::owner).collect())
}

/// The timeline entry of a deal or a visit. Leads and calls are told by their own services.
pub(crate) fn activity(caller: &Caller, record: &NewRecord<'_>) -> Option<Entry> {
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
