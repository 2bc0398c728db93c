//! Makes the call a source record in the registry, so that an unknown number becomes a client; tried until it answers.

use edina_postgres::jobs::{Job, JobResult, Outcome};
use edina_proto::{
    registry::v1::{LookupPhoneRequest, ResolveSourceRequest, SourceRecord},
    time::to_proto,
};
use edina_runtime::group::GroupId;
use tonic::Code;
use uuid::Uuid;

use super::{RECORDS, Tracking};
use crate::store::calls::{self, CallRow};

impl Tracking {
    /// Job: resolves the call named by the key, then publishes what waited for it.
    pub async fn resolve_call(&self, job: Job) -> JobResult {
        let id: Uuid = job.key.parse()?;
        let mut tx = self.database.begin(&job.group).await?;
        let call = calls::get(&mut tx, &job.group, id).await?;
        tx.rollback().await?;
        let Some(call) = call.filter(|call| !call.resolved() && call.merged_into.is_empty()) else {
            return Ok(Outcome::Done);
        };
        let recognition = self.recognised_before(&job.group, &call).await?;
        let record = SourceRecord {
            source: RECORDS.to_owned(),
            external_id: id.to_string(),
            kind: "call".to_owned(),
            occurred_at: Some(to_proto(call.started_at)),
            branch_id: call.branch_id.clone(),
            department: "call_centre".to_owned(),
            phones: vec![call.number.clone()],
            channel: "call".to_owned(),
            ..SourceRecord::default()
        };
        let request = ResolveSourceRequest { record: Some(record) };
        let request = self.callers.request(&self.caller(&job.group), request);
        let client_id = match self.registry.clone().resolve_source(request).await {
            Ok(reply) => reply.into_inner().client_id,
            // No telephone number after all: the call stays without a card, and others hear of it.
            Err(status) if status.code() == Code::InvalidArgument => String::new(),
            // The code only: a message may quote the number.
            Err(status) => anyhow::bail!("the registry answered {:?}", status.code()),
        };

        let mut tx = self.database.begin(&job.group).await?;
        // Serialised with the updates of the same call.
        calls::get_for_update(&mut tx, &job.group, id).await?;
        calls::resolve(&mut tx, &job.group, id, &client_id, recognition, self.clock.now()).await?;
        self.announce(&mut tx, &job.group, id, self.clock.now()).await?;
        tx.commit().await?;
        self.committed();
        Ok(Outcome::Done)
    }

    /// What the lookup while it rang would have said: it may have been too late for a short call.
    async fn recognised_before(&self, group: &GroupId, call: &CallRow) -> anyhow::Result<&'static str> {
        if call.recognition != "unknown" {
            return Ok("unknown");
        }
        let request = LookupPhoneRequest {
            phone: call.number.clone(),
        };
        let request = self.callers.request(&self.caller(group), request);
        let clients = match self.registry.clone().lookup_phone(request).await {
            Ok(reply) => reply.into_inner().clients.len(),
            // The code only: a message may quote the number.
            Err(status) => anyhow::bail!("the registry answered {:?}", status.code()),
        };
        Ok(match clients {
            0 => "unknown",
            1 => "known",
            _ => "ambiguous",
        })
    }
}
