//! A won lead becomes a purchase and an owner role in the registry.

use edina_postgres::jobs::{Job, JobResult, Outcome};
use edina_proto::{common::v1::Money, registry::v1::RecordPurchaseRequest, time::to_proto};

use super::{Intake, lead_as_record::describe, resolve_lead::settled_or_again};
use crate::store::leads;

/// Resolution comes first; look again soon.
const UNRESOLVED: chrono::Duration = chrono::Duration::seconds(5);

impl Intake {
    /// Job: tells the registry, until it has taken it.
    pub async fn record_purchase(&self, job: Job) -> JobResult {
        let mut tx = self.database.begin(&job.group).await?;
        let lead = leads::get(&mut tx, &job.group, job.key.parse()?).await?;
        tx.rollback().await?;
        let Some(lead) = lead.filter(|lead| lead.status == "won") else {
            return Ok(Outcome::Done);
        };
        if lead.client_id.is_empty() {
            return Ok(Outcome::Again(self.clock.now() + UNRESOLVED));
        }
        let wanted = lead
            .content
            .0
            .wanted
            .first()
            .map(|vehicle| describe(vehicle, "owner"));
        let sold = lead
            .sold_vehicle
            .as_ref()
            .map(|vehicle| describe(&vehicle.0, "owner"));
        let request = RecordPurchaseRequest {
            client_id: lead.client_id.clone(),
            source: "lead_intake".to_owned(),
            external_id: format!("purchase-{}", lead.id),
            at: lead.closed_at.map(to_proto),
            vehicle: sold.or(wanted),
            amount: lead.amount_minor.map(|minor| Money {
                minor,
                currency: lead.amount_currency.clone().unwrap_or_default(),
            }),
            branch_id: lead.branch_id,
            employee_id: lead.owner_employee_id,
            reason: lead.close_reason,
        };
        let request = self.callers.request(&self.caller(&job.group), request);
        match self.registry.clone().record_purchase(request).await {
            Ok(_) => Ok(Outcome::Done),
            Err(status) => settled_or_again(&status),
        }
    }
}
