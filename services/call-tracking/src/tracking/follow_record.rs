//! The registry gave the record of a call to another client: the call and its task go along.

use edina_messaging::inbox::Follow;
use edina_postgres::Tx;
use edina_proto::registry::v1::RecordMoved;
use edina_runtime::group::GroupId;
use uuid::Uuid;

use super::{RECORDS, Tracking};
use crate::store::calls;

impl Follow<RecordMoved> for Tracking {
    /// Gives the call to the client its record lies with, unless something newer is known.
    async fn follow(&self, tx: &mut Tx, group: &GroupId, moved: &RecordMoved) -> sqlx::Result<()> {
        let Ok(call_id) = moved.external_id.parse::<Uuid>() else {
            return Ok(());
        };
        if moved.source != RECORDS || moved.to_client_id.is_empty() {
            return Ok(());
        }
        // Serialised with its resolving: a call that waits for its client finds the note.
        calls::get_for_update(tx, group, call_id).await?;
        let version = i64::try_from(moved.version).unwrap_or(i64::MAX);
        calls::follow(tx, group, call_id, &moved.to_client_id, version).await
    }
}
