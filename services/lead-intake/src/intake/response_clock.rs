//! The response clock runs out (R61): an open lead that nobody has answered is announced as overdue, once.

use edina_messaging::outbox;
use edina_postgres::jobs::{Job, JobResult, Outcome};
use edina_proto::intake::v1::LeadOverdue;

use super::Intake;
use crate::store::leads;

impl Intake {
    /// Job: due at the lead's limit.
    pub async fn clock_ran_out(&self, job: Job) -> JobResult {
        let mut tx = self.database.begin(&job.group).await?;
        let Some(lead) = leads::get_for_update(&mut tx, &job.group, job.key.parse()?).await? else {
            return Ok(Outcome::Done);
        };
        let now = self.clock.now();
        if lead.status != "open" || lead.answered_at.is_some() || lead.overdue {
            return Ok(Outcome::Done);
        }
        if now < lead.answer_due_at {
            return Ok(Outcome::Again(lead.answer_due_at));
        }
        let version = leads::set_overdue(&mut tx, &job.group, lead.id).await?;
        let fact = LeadOverdue {
            lead_id: job.key,
            client_id: lead.client_id,
            branch_id: lead.branch_id,
            employee_id: lead.owner_employee_id,
            version: u64::try_from(version)?,
        };
        outbox::enqueue(&mut tx, &job.group, &fact, now).await?;
        tx.commit().await?;
        self.committed();
        Ok(Outcome::Done)
    }
}
