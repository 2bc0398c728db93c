//! What follows from records being stored: clients that others hear of, consents, questions for people.

use std::collections::BTreeMap;

use edina_identity::engine::questions::worth;
use edina_messaging::outbox::Facts;
use edina_proto::registry::v1::{ClientChanged, ClientCreated, ReviewOpened};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::Writing;
use crate::{
    client::why::Explained,
    registry::{RegistryError, facts},
    store::{self, following::Touched, records::NewRecord},
};

/// By how much the versions of the cards go up that were there and got records.
pub(super) fn touched(records: &[NewRecord<'_>], roots: &BTreeMap<Uuid, Uuid>) -> BTreeMap<Uuid, i64> {
    let mut touched: BTreeMap<Uuid, i64> = BTreeMap::new();
    for record in records.iter().filter(|record| record.new_client.is_none()) {
        *touched.entry(root_of(record, roots)).or_default() += 1;
    }
    touched
}

fn root_of(record: &NewRecord<'_>, roots: &BTreeMap<Uuid, Uuid>) -> Uuid {
    roots.get(&record.client_id).copied().unwrap_or(record.client_id)
}

impl Writing<'_> {
    /// Says that there are new clients, and that known ones have changed.
    pub(super) fn announce(
        &self,
        records: &[NewRecord<'_>],
        roots: &BTreeMap<Uuid, Uuid>,
        cards: &BTreeMap<Uuid, Touched>,
    ) -> Facts {
        let before = cards.iter().map(|(root, card)| (*root, card.before));
        let mut versions: BTreeMap<Uuid, u64> = before.collect();
        let mut said = Facts::default();
        for record in records {
            if let Some(kind) = record.new_client {
                let fact = ClientCreated {
                    client_id: record.client_id.to_string(),
                    source_record_id: record.id.to_string(),
                    kind: kind.to_owned(),
                    version: 1,
                };
                said.say(&self.caller.group, &fact);
                continue;
            }
            let root = root_of(record, roots);
            let version = versions.entry(root).or_default();
            *version += 1;
            let fact = ClientChanged {
                client_id: root.to_string(),
                source_record_id: record.id.to_string(),
                version: *version,
                source: record.said.source.clone(),
                record_kind: record.said.kind.clone(),
            };
            said.say(&self.caller.group, &fact);
        }
        said
    }

    pub(super) async fn take_consents(
        &self,
        connection: &mut PgConnection,
        records: &[NewRecord<'_>],
        roots: &BTreeMap<Uuid, Uuid>,
        said: &mut Facts,
    ) -> Result<(), RegistryError> {
        for record in records.iter().filter(|record| !record.said.consents.is_empty()) {
            let root = root_of(record, roots);
            let members = store::clients::members(connection, self.caller.group.as_str(), &[root]).await?;
            let card = facts::Card {
                client_id: record.client_id,
                root,
                members: &members,
                record_id: Some(record.id),
            };
            let consents = &record.said.consents;
            let source = &record.said.source;
            let (facts, _) =
                facts::note_consents(connection, self.caller, &card, consents, source, self.now).await?;
            said.append(facts);
        }
        Ok(())
    }

    /// Asks a human about pairs of clients.
    pub(super) async fn ask(
        &self,
        connection: &mut PgConnection,
        doubts: &[((Uuid, Uuid), &Explained)],
        riches: &BTreeMap<Uuid, u32>,
        said: &mut Facts,
    ) -> Result<(), RegistryError> {
        let rich = |client: Uuid| riches.get(&client).copied().unwrap_or_default();
        let mut asked: BTreeMap<(Uuid, Uuid), store::reviews::Row> = BTreeMap::new();
        for &((one, other), why) in doubts.iter().filter(|((one, other), _)| one != other) {
            // The evidence speaks of the new record first; it belongs to the greater, younger id.
            let why = if one > other { why.turned() } else { why.clone() };
            let (left_id, right_id) = (one.min(other), one.max(other));
            asked
                .entry((left_id, right_id))
                .or_insert_with(|| store::reviews::Row {
                    id: Uuid::now_v7(),
                    left_id,
                    right_id,
                    bits: why.bits,
                    evidence: Json(why.kept()),
                    state: "open".to_owned(),
                    created_at: self.now,
                    decided_at: None,
                    decided_by: String::new(),
                    merge_id: None,
                    worth: worth(why.bits, (rich(one), rich(other))),
                    skipped_at: None,
                });
        }
        let rows: Vec<store::reviews::Row> = asked.into_values().collect();
        for opened in
            store::reviews::open(connection, self.caller.group.as_str(), &rows, self.import_id).await?
        {
            let fact = ReviewOpened {
                review_id: opened.id.to_string(),
                left_client_id: opened.left_id.to_string(),
                right_client_id: opened.right_id.to_string(),
            };
            said.say(&self.caller.group, &fact);
        }
        Ok(())
    }
}
