//! Moves a lead along the seven sales steps (R74).

use edina_messaging::outbox;
use edina_proto::intake::v1::LeadStageChanged;
use edina_runtime::group::GroupId;
use uuid::Uuid;

use super::{Intake, IntakeError};
use crate::{
    lead::step::{Step, check_move},
    store::leads::{self, LeadRow},
};

impl Intake {
    /// Moves the lead, or says everything that is missing for it.
    pub async fn move_lead(
        &self,
        group: &GroupId,
        lead_id: Uuid,
        to: &str,
        reason: &str,
        employee_id: &str,
    ) -> Result<LeadRow, IntakeError> {
        let to = Step::from_name(to).ok_or_else(|| IntakeError::Invalid {
            field: "step",
            message: format!("one of {}", Step::ALL.map(Step::as_str).join(", ")),
        })?;
        let mut tx = self.database.begin(group).await?;
        let lead = leads::get_for_update(&mut tx, group, lead_id)
            .await?
            .ok_or(IntakeError::NotFound("lead"))?;
        check_move(&lead.facts(!reason.trim().is_empty()), to).map_err(IntakeError::Gates)?;
        let now = self.clock.now();
        let version = leads::set_step(&mut tx, group, lead_id, to.as_str()).await?;
        leads::insert_move(
            &mut tx,
            group,
            lead_id,
            now,
            &lead.step,
            to.as_str(),
            employee_id,
            reason,
        )
        .await?;
        let fact = LeadStageChanged {
            lead_id: lead_id.to_string(),
            client_id: lead.client_id,
            from_step: lead.step,
            to_step: to.as_str().to_owned(),
            actor_employee_id: employee_id.to_owned(),
            version: u64::try_from(version).unwrap_or(0),
        };
        outbox::enqueue(&mut tx, group, &fact, now).await?;
        let lead = leads::get(&mut tx, group, lead_id)
            .await?
            .ok_or(IntakeError::NotFound("lead"))?;
        tx.commit().await?;
        self.committed();
        Ok(lead)
    }
}
