//! The registry gave the record of a lead, or of the call it came from, to another client: the lead goes along.

use edina_messaging::inbox::Follow;
use edina_postgres::Tx;
use edina_proto::registry::v1::RecordMoved;
use edina_runtime::group::GroupId;

use super::Intake;
use crate::store::record_places::{self, CALLS, LEADS};

impl Follow<RecordMoved> for Intake {
    /// Gives the leads of the record to its client, unless something newer is known.
    async fn follow(&self, tx: &mut Tx, group: &GroupId, moved: &RecordMoved) -> sqlx::Result<()> {
        let source = moved.source.as_str();
        if ![LEADS, CALLS].contains(&source) || moved.to_client_id.is_empty() {
            return Ok(());
        }
        let id = moved.external_id.as_str();
        record_places::lock_leads(tx, group, source, id).await?;
        let version = i64::try_from(moved.version).unwrap_or(i64::MAX);
        let leads = record_places::put(tx, group, (source, id), &moved.to_client_id, version).await?;
        tracing::debug!(source, record = id, leads, "a record lies with another client");
        Ok(())
    }
}

impl Intake {
    /// The client whom a call belongs to now, if the registry has moved its record.
    pub(super) async fn client_of_call(
        tx: &mut Tx,
        group: &GroupId,
        call_id: &str,
    ) -> sqlx::Result<Option<String>> {
        let mut places = record_places::of(tx, group, CALLS, &[call_id.to_owned()]).await?;
        Ok(places.remove(call_id))
    }
}
