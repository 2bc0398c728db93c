//! Won or lost, with the reason (R42, R91); and back to open.

use edina_messaging::outbox;
use edina_postgres::jobs;
use edina_proto::{
    common::v1::VehicleDescription,
    intake::v1::{LeadLost, LeadReopened, LeadWon},
};
use edina_runtime::group::GroupId;
use uuid::Uuid;

use super::{Intake, IntakeError, assign_lead::AssignPayload, job};
use crate::{
    lead::status::{Amount, Closing, Reason, Status, check_close, check_reopen},
    store::leads::{self, LeadRow},
};

/// How a lead ends.
#[derive(Debug)]
pub struct Close {
    /// `won` or `lost`.
    pub outcome: String,
    /// Code of the closed list.
    pub reason: String,
    /// The person's own words.
    pub note: String,
    /// What was paid, for a won one.
    pub amount: Option<Amount>,
    /// The car that was sold, when it is another than the wanted one.
    pub vehicle: Option<VehicleDescription>,
}

impl Intake {
    /// Closes the lead; a won one makes a purchase and an owner role in the registry.
    pub async fn close_lead(
        &self,
        group: &GroupId,
        lead_id: Uuid,
        close: Close,
        employee_id: &str,
    ) -> Result<LeadRow, IntakeError> {
        let reason = (!close.reason.is_empty()).then(|| Reason {
            code: close.reason.clone(),
            text: close.note.clone(),
        });
        let closing = match close.outcome.as_str() {
            "won" => Closing::Won {
                reason,
                amount: close.amount.clone(),
            },
            "lost" => Closing::Lost { reason },
            _ => {
                return Err(IntakeError::Invalid {
                    field: "outcome",
                    message: "won or lost".to_owned(),
                });
            }
        };
        let mut tx = self.database.begin(group).await?;
        let lead = leads::get_for_update(&mut tx, group, lead_id)
            .await?
            .ok_or(IntakeError::NotFound("lead"))?;
        let mut facts = lead.facts(true);
        facts.vehicle |= close.vehicle.as_ref().is_some_and(|vehicle| {
            [&vehicle.vin, &vehicle.plate, &vehicle.model]
                .into_iter()
                .any(|text| !text.trim().is_empty())
        });
        let status = check_close(&facts, lead.topic(), &closing).map_err(IntakeError::Gates)?;
        let now = self.clock.now();
        let version = leads::close(&mut tx, group, lead_id, status, &close, employee_id, now).await?;
        jobs::cancel(&mut tx, group, job::CLOCK, &lead_id.to_string()).await?;
        let (version, client_id) = (u64::try_from(version).unwrap_or(0), lead.client_id);
        let (lead_id_text, actor_employee_id) = (lead_id.to_string(), employee_id.to_owned());
        if status == Status::Won {
            let fact = LeadWon {
                lead_id: lead_id_text.clone(),
                client_id,
                reason: close.reason,
                actor_employee_id,
                version,
            };
            outbox::enqueue(&mut tx, group, &fact, now).await?;
            jobs::enqueue(&mut tx, group, job::PURCHASE, &lead_id_text, now, &()).await?;
        } else {
            let fact = LeadLost {
                lead_id: lead_id_text,
                client_id,
                reason: close.reason,
                actor_employee_id,
                version,
            };
            outbox::enqueue(&mut tx, group, &fact, now).await?;
        }
        let lead = leads::get(&mut tx, group, lead_id)
            .await?
            .ok_or(IntakeError::NotFound("lead"))?;
        tx.commit().await?;
        self.committed();
        Ok(lead)
    }

    /// Opens a closed lead again, with the reason.
    pub async fn reopen_lead(
        &self,
        group: &GroupId,
        lead_id: Uuid,
        reason: &str,
        employee_id: &str,
    ) -> Result<LeadRow, IntakeError> {
        let mut tx = self.database.begin(group).await?;
        let lead = leads::get_for_update(&mut tx, group, lead_id)
            .await?
            .ok_or(IntakeError::NotFound("lead"))?;
        check_reopen(&lead.facts(!reason.trim().is_empty())).map_err(IntakeError::Gates)?;
        let now = self.clock.now();
        let version = leads::reopen(&mut tx, group, lead_id).await?;
        leads::insert_move(
            &mut tx,
            group,
            lead_id,
            now,
            &lead.status,
            "open",
            employee_id,
            reason,
        )
        .await?;
        let key = lead_id.to_string();
        jobs::cancel(&mut tx, group, job::PURCHASE, &key).await?;
        // What the closing had ended goes on.
        if lead.answered_at.is_none() && !lead.overdue {
            jobs::enqueue(&mut tx, group, job::CLOCK, &key, lead.answer_due_at.max(now), &()).await?;
        }
        if lead.owner_employee_id.is_empty() && !lead.client_id.is_empty() {
            jobs::enqueue(&mut tx, group, job::ASSIGN, &key, now, &AssignPayload::default()).await?;
        }
        let fact = LeadReopened {
            lead_id: lead_id.to_string(),
            client_id: lead.client_id,
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
