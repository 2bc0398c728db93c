//! A missed call of a client without an open lead becomes a lead.

use chrono::{DateTime, Utc};
use edina_messaging::outbox::Facts;
use edina_postgres::{Tx, jobs};
use edina_proto::intake::v1::{LeadReceived, LeadResolved};
use edina_runtime::group::GroupId;
use uuid::Uuid;

use super::{Intake, assign_lead::AssignPayload, job};
use crate::{
    lead::{Lead, Topic, fingerprint, response_clock::DEFAULT_LIMIT_MINUTES},
    store::{leads, record_places},
};

/// What is known of the call.
#[derive(Debug)]
pub struct MissedCall {
    /// Id in call-tracking.
    pub call_id: String,
    /// The card it belongs to.
    pub client_id: String,
    /// The branch that was called.
    pub branch_id: String,
    /// When it was missed: the response clock runs from then.
    pub at: DateTime<Utc>,
}

/// Source and channel of such leads.
const SOURCE: &str = "call";

impl Intake {
    /// Makes the lead unless the client has an open one. Joins the consumer's transaction.
    pub async fn lead_from_call_in(
        &self,
        tx: &mut Tx,
        group: &GroupId,
        call: &MissedCall,
    ) -> sqlx::Result<()> {
        // The call's record may have come to another client since, or be about to.
        record_places::lock_call(tx, group, &call.call_id).await?;
        let moved = Self::client_of_call(tx, group, &call.call_id).await?;
        let client_id = moved.as_ref().unwrap_or(&call.client_id);
        // Two calls of one client at once wait for each other here.
        leads::lock(tx, group, SOURCE, std::slice::from_ref(client_id)).await?;
        if client_id.is_empty() || leads::has_open(tx, group, client_id).await? {
            return Ok(());
        }
        let now = self.clock.now();
        let content = Lead {
            topic: Topic::Callback,
            ..Lead::default()
        };
        let print = fingerprint::of(&content);
        let id = Uuid::now_v7();
        let received_at = call.at.min(now);
        let due = received_at + chrono::Duration::minutes(i64::from(DEFAULT_LIMIT_MINUTES));
        let new = leads::NewLead {
            id,
            source_name: SOURCE,
            channel: "call",
            topic: Topic::Callback,
            branch_id: &call.branch_id,
            content: &content,
            fingerprint: print.as_bytes(),
            client_id,
            call_id: &call.call_id,
            received_at,
            answer_due_at: due,
        };
        leads::insert(tx, group, &new, None).await?;
        let received = LeadReceived {
            lead_id: id.to_string(),
            source_name: SOURCE.to_owned(),
            channel: "call".to_owned(),
            branch_id: call.branch_id.clone(),
            topic: Topic::Callback.as_str().to_owned(),
            version: 1,
        };
        let resolved = LeadResolved {
            lead_id: id.to_string(),
            client_id: client_id.clone(),
            outcome: "linked".to_owned(),
            branch_id: call.branch_id.clone(),
            topic: Topic::Callback.as_str().to_owned(),
            version: 1,
            channel: "call".to_owned(),
            call_id: call.call_id.clone(),
            ..LeadResolved::default()
        };
        let facts = Facts::default().and(group, &received).and(group, &resolved);
        facts.store(tx, group, now).await?;
        let key = id.to_string();
        jobs::enqueue(tx, group, job::ASSIGN, &key, now, &AssignPayload::default()).await?;
        jobs::enqueue(tx, group, job::CLOCK, &key, due, &()).await
    }
}
