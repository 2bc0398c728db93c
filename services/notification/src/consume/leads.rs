//! Leads: the client hears that we have it, the employee that it is theirs, the head of sales that nobody answered.

use edina_messaging::{
    envelope::Delivery,
    inbox::{Apply, Fresh, Refusal},
    streams::subjects_of,
};
use edina_postgres::Tx;
use edina_proto::intake::v1::{LeadAssigned, LeadOverdue, LeadResolved};
use futures::{FutureExt as _, future::BoxFuture};

use crate::{
    delivery::{
        Dispatcher,
        queue_message::{Intents, occasion},
    },
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
            let mut intents = Intents::default();
            self.read(&mut intents, event)?;
            Ok(self.0.queue_messages_in(tx, &event.group, intents).await?)
        }
        .boxed()
    }

    fn apply_all<'a>(
        &'a self,
        tx: &'a mut Tx,
        events: &'a [Fresh<'a>],
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        async move {
            let Some(Fresh { event: first, .. }) = events.first() else {
                return Ok(());
            };
            let mut intents = Intents::default();
            for Fresh { event, span } in events {
                span.in_scope(|| self.read(&mut intents, event))?;
            }
            Ok(self.0.queue_messages_in(tx, &first.group, intents).await?)
        }
        .boxed()
    }

    fn applied(&self) {
        self.0.committed();
    }
}

impl FromIntake {
    fn read(&self, intents: &mut Intents, event: &Delivery) -> Result<(), Refusal> {
        if let Some(resolved) = event.decode::<LeadResolved>() {
            resolved_lead(intents, event, resolved?);
        } else if let Some(assigned) = event.decode::<LeadAssigned>() {
            assigned_lead(intents, event, assigned?);
        } else if let Some(overdue) = event.decode::<LeadOverdue>() {
            self.overdue(intents, event, &overdue?)?;
        }
        Ok(())
    }

    fn overdue(&self, intents: &mut Intents, event: &Delivery, lead: &LeadOverdue) -> Result<(), Refusal> {
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
            intents.add(event, intent);
        }
        Ok(())
    }
}

fn resolved_lead(intents: &mut Intents, event: &Delivery, lead: LeadResolved) {
    // Who called has spoken to us, or hears of the missed call.
    if matches!(lead.channel.as_str(), "call" | "journal") || lead.client_id.is_empty() {
        return;
    }
    let intent = Intent {
        client_id: lead.client_id,
        branch_id: lead.branch_id,
        lead_id: lead.lead_id,
        ..Intent::new(occasion::LEAD_RECEIVED, TemplateName::LeadReceivedSms)
    };
    intents.add(event, intent);
}

fn assigned_lead(intents: &mut Intents, event: &Delivery, lead: LeadAssigned) {
    if lead.employee_id.is_empty() {
        return;
    }
    let intent = Intent {
        employee_id: lead.employee_id,
        about_client_id: lead.client_id,
        branch_id: lead.branch_id,
        lead_id: lead.lead_id,
        ..Intent::new(occasion::LEAD_ASSIGNED, TemplateName::LeadAssignedEmail)
    };
    intents.add(event, intent);
}
