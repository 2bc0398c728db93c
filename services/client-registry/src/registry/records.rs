//! The records of a card with why each is there; and a person's word that one is somebody else's.

use chrono::{DateTime, Utc};
use edina_proto::{registry::v1::RecordMove, time::to_proto};
use edina_runtime::caller::Caller;
use uuid::Uuid;

use super::{Page, Registry, RegistryError, id, merge, moves, page_size, resolve, root_of};
use crate::{
    client::{record::Said, why::Explained},
    store::{self, moves::Move, verdicts::Saying},
};

const DEFAULT_PAGE: u32 = 30;

/// A record of a card.
pub struct PlacedRecord {
    pub id: Uuid,
    pub client_id: Uuid,
    pub said: Said,
    pub received_at: DateTime<Utc>,
    /// linked, created, to_review
    pub outcome: String,
    pub why: Option<Explained>,
    pub import_id: Option<Uuid>,
    pub moved: Option<RecordMove>,
}

impl Registry {
    /// A page of a card's records, the newest first.
    pub async fn records(
        &self,
        caller: &Caller,
        client_id: &str,
        limit: u32,
        cursor: &str,
    ) -> Result<Page<PlacedRecord>, RegistryError> {
        let client_id = id("client_id", client_id)?;
        let before = if cursor.is_empty() {
            None
        } else {
            Some(id("page.cursor", cursor)?)
        };
        let limit = page_size(limit, DEFAULT_PAGE);
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        let root = root_of(&mut tx, group, client_id).await?;
        let members = store::clients::members(&mut tx, group, &[root]).await?;
        let mut rows = store::records::page(&mut tx, group, &members, before, i64::from(limit) + 1).await?;
        let size = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut moved = store::moves::newest(&mut tx, group, &ids).await?;
        let next_cursor = rows
            .last()
            .filter(|_| more)
            .map(|row| row.id.to_string())
            .unwrap_or_default();
        let rows = rows
            .into_iter()
            .map(|row| PlacedRecord {
                moved: moved.remove(&row.id).map(|moved| wire(&moved)),
                id: row.id,
                client_id: row.client_id,
                said: row.said.0,
                received_at: row.received_at,
                outcome: row.outcome,
                why: row.why.map(|why| why.0),
                import_id: row.import_id,
            })
            .collect();
        Ok(Page { rows, next_cursor })
    }

    /// Gives a record to another client, or to a new one, for good.
    pub async fn move_record(
        &self,
        caller: &Caller,
        source_record_id: &str,
        to_client_id: &str,
    ) -> Result<RecordMove, RegistryError> {
        let record_id = id("source_record_id", source_record_id)?;
        let to = if to_client_id.is_empty() {
            None
        } else {
            Some(id("to_client_id", to_client_id)?)
        };
        let now = self.clock.now();
        let group = caller.group.as_str();
        let mut tx = self.begin_alone(caller).await?;
        merge::one_at_a_time(&mut tx, group).await?;
        let (from, party) = store::records::place_of(&mut tx, group, record_id)
            .await?
            .ok_or(RegistryError::NotFound("record"))?;
        let to = match to {
            None => {
                let new = Uuid::now_v7();
                store::clients::insert(&mut tx, group, new, resolve::kind(party), now).await?;
                new
            }
            Some(to) => {
                root_of(&mut tx, group, to).await?;
                to
            }
        };
        if to == from {
            return Err(RegistryError::Conflict("the record is this client's already"));
        }
        let moved = Move {
            id: Uuid::now_v7(),
            source_record_id: record_id,
            from_client_id: from,
            to_client_id: to,
            at: now,
            by_employee_id: caller.employee_id().to_owned(),
            reason: "split".to_owned(),
            cause_record_id: None,
            import_id: None,
            model_version: None,
        };
        moves::make(&mut tx, caller, std::slice::from_ref(&moved), now).await?;
        // What a person parts the engine shall not join again.
        let roots = store::clients::roots_of(&mut tx, group, &[from, to]).await?;
        if roots.get(&from) != roots.get(&to) {
            let said = Saying {
                cause_id: moved.id,
                at: now,
                by_employee_id: caller.employee_id(),
            };
            store::verdicts::separate(&mut tx, group, (from, to), &said).await?;
        }
        self.commit(tx).await?;
        Ok(wire(&moved))
    }

    /// Takes a person's move back.
    pub async fn undo_move(&self, caller: &Caller, move_id: &str) -> Result<RecordMove, RegistryError> {
        let move_id = id("move_id", move_id)?;
        let now = self.clock.now();
        let group = caller.group.as_str();
        let mut tx = self.begin_alone(caller).await?;
        merge::one_at_a_time(&mut tx, group).await?;
        let moved = store::moves::find(&mut tx, group, move_id)
            .await?
            .ok_or(RegistryError::NotFound("move"))?;
        let newest = store::moves::newest(&mut tx, group, &[moved.source_record_id]).await?;
        if newest.get(&moved.source_record_id).map(|newest| newest.id) != Some(move_id) {
            return Err(RegistryError::Conflict(
                "this move was undone, or the record was moved again since",
            ));
        }
        let pair = (moved.from_client_id, moved.to_client_id);
        store::verdicts::take_back(&mut tx, group, pair, move_id, now).await?;
        moves::take_back(&mut tx, caller, std::slice::from_ref(&moved), now).await?;
        self.commit(tx).await?;
        Ok(wire(&moved))
    }
}

fn wire(moved: &Move) -> RecordMove {
    RecordMove {
        move_id: moved.id.to_string(),
        source_record_id: moved.source_record_id.to_string(),
        from_client_id: moved.from_client_id.to_string(),
        to_client_id: moved.to_client_id.to_string(),
        at: Some(to_proto(moved.at)),
        actor_employee_id: moved.by_employee_id.clone(),
        reason: moved.reason.clone(),
    }
}
