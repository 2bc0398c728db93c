//! Leads: the client hears that we have it, the employee that it is theirs, the head of sales that nobody answered.

use edina_messaging::{
    envelope::Delivery,
    inbox::{Apply, Refusal},
    streams::subjects_of,
};
use edina_postgres::Tx;
use edina_proto::intake::v1::{LeadAssigned, LeadOverdue, LeadResolved};
use futures::{FutureExt as _, future::BoxFuture};

use crate::{
    delivery::{Dispatcher, queue_message::occasion},
    store::messages::Intent,
    template::TemplateName,
};

/// Applies facts of lead-intake.
pub struct FromIntake(pub Dispatcher);

impl Apply for FromIntake {
    fn interests(&self) -> Vec<String> {
        vec![
            subjects_of::<LeadResolved>(),
            subjects_of::<LeadAssigned>(),
            subjects_of::<LeadOverdue>(),
        ]
    }

    fn apply<'a>(&'a self, tx: &'a mut Tx, event: &'a Delivery) -> BoxFuture<'a, Result<(), Refusal>> {
        async move {
            if let Some(resolved) = event.decode::<LeadResolved>() {
                self.resolved(tx, event, resolved?).await
            } else if let Some(assigned) = event.decode::<LeadAssigned>() {
                self.assigned(tx, event, assigned?).await
            } else if let Some(overdue) = event.decode::<LeadOverdue>() {
                self.overdue(tx, event, overdue?).await
            } else {
                Ok(())
            }
        }
        .boxed()
    }

    fn applied(&self) {
        self.0.committed();
    }
}

impl FromIntake {
    async fn resolved(&self, tx: &mut Tx, event: &Delivery, lead: LeadResolved) -> Result<(), Refusal> {
        // Who called has spoken to us, or hears of the missed call.
        if matches!(lead.channel.as_str(), "call" | "journal") || lead.client_id.is_empty() {
            return Ok(());
        }
        let intent = Intent {
            client_id: lead.client_id,
            branch_id: lead.branch_id,
            lead_id: lead.lead_id,
            ..Intent::new(occasion::LEAD_RECEIVED, TemplateName::LeadReceivedSms)
        };
        Ok(self.0.queue_message_in(tx, event, intent).await?)
    }

    async fn assigned(&self, tx: &mut Tx, event: &Delivery, lead: LeadAssigned) -> Result<(), Refusal> {
        if lead.employee_id.is_empty() {
            return Ok(());
        }
        let intent = Intent {
            employee_id: lead.employee_id,
            about_client_id: lead.client_id,
            branch_id: lead.branch_id,
            lead_id: lead.lead_id,
            ..Intent::new(occasion::LEAD_ASSIGNED, TemplateName::LeadAssignedEmail)
        };
        Ok(self.0.queue_message_in(tx, event, intent).await?)
    }

    async fn overdue(&self, tx: &mut Tx, event: &Delivery, lead: LeadOverdue) -> Result<(), Refusal> {
        let group = self.0.directory.group(&event.group);
        let group =
            group.ok_or_else(|| Refusal::Later(anyhow::anyhow!("the directory has not been seen yet")))?;
        let heads: Vec<_> = group
            .employees
            .iter()
            .filter(|employee| employee.active && employee.role == "head_of_sales")
            .collect();
        // A branch without a head of its own is looked after by those who belong to no branch.
        let own = heads.iter().any(|head| head.branch_id == lead.branch_id);
        let responsible = heads.into_iter().filter(|head| {
            if own {
                head.branch_id == lead.branch_id
            } else {
                head.branch_id.is_empty()
            }
        });
        for head in responsible {
            let intent = Intent {
                employee_id: head.employee_id.clone(),
                about_client_id: lead.client_id.clone(),
                branch_id: lead.branch_id.clone(),
                lead_id: lead.lead_id.clone(),
                ..Intent::new(occasion::LEAD_OVERDUE, TemplateName::LeadOverdueEmail)
            };
            self.0.queue_message_in(tx, event, intent).await?;
        }
        Ok(())
    }
}
