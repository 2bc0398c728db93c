//! Stops the response clock: a seller's mark, or the first answered call with the client.

use chrono::{DateTime, Utc};
use edina_messaging::outbox;
use edina_postgres::{Tx, jobs};
use edina_proto::{calls::v1::CallAnswered, intake::v1::LeadAnswered};
use edina_runtime::group::GroupId;
use uuid::Uuid;

use super::{Intake, IntakeError, job};
use crate::store::leads::{self, LeadRow};

impl Intake {
    /// The seller's own word.
    pub async fn mark_answered(
        &self,
        group: &GroupId,
        lead_id: Uuid,
        employee_id: &str,
    ) -> Result<LeadRow, IntakeError> {
        let mut tx = self.database.begin(group).await?;
        let lead = leads::get_for_update(&mut tx, group, lead_id)
            .await?
            .ok_or(IntakeError::NotFound("lead"))?;
        if lead.answered_at.is_none() {
            self.answer(&mut tx, group, &lead, self.clock.now(), "mark", employee_id)
                .await?;
        }
        let lead = leads::get(&mut tx, group, lead_id)
            .await?
            .ok_or(IntakeError::NotFound("lead"))?;
        tx.commit().await?;
        self.committed();
        Ok(lead)
    }

    /// An answered call stops the clock of every open lead of the client that had come by then. Joins the consumer's
    /// transaction.
    pub async fn answered_by_call_in(
        &self,
        tx: &mut Tx,
        group: &GroupId,
        call: &CallAnswered,
        at: DateTime<Utc>,
    ) -> sqlx::Result<()> {
        let moved = Self::client_of_call(tx, group, &call.call_id).await?;
        let client_id = moved.as_deref().unwrap_or(&call.client_id);
        for lead in leads::unanswered_of_client(tx, group, client_id, at).await? {
            self.answer(tx, group, &lead, at, "call", &call.employee_id)
                .await?;
        }
        Ok(())
    }

    async fn answer(
        &self,
        tx: &mut Tx,
        group: &GroupId,
        lead: &LeadRow,
        at: DateTime<Utc>,
        by: &str,
        employee_id: &str,
    ) -> sqlx::Result<()> {
        // An answer from before the arrival counts as at the arrival.
        let at = at.max(lead.received_at);
        let version = leads::set_answered(tx, group, lead.id, at, by).await?;
        jobs::cancel(tx, group, job::CLOCK, &lead.id.to_string()).await?;
        let fact = LeadAnswered {
            lead_id: lead.id.to_string(),
            client_id: lead.client_id.clone(),
            by: by.to_owned(),
            seconds: (at - lead.received_at).num_seconds(),
            employee_id: employee_id.to_owned(),
            version: u64::try_from(version).unwrap_or(0),
        };
        outbox::enqueue(tx, group, &fact, self.clock.now()).await?;
        metrics::histogram!("edina_lead_response_seconds", "by" => by.to_owned())
            .record((at - lead.received_at).as_seconds_f64());
        Ok(())
    }
}
