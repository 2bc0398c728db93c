//! Leads: received, assigned, answered, moved, won, lost.

use edina_messaging::{
    envelope::Delivery,
    inbox::{Apply, Refusal},
    outbox::RelaySignal,
    streams::subjects_of,
};
use edina_postgres::Tx;
use edina_proto::intake::v1::{
    LeadAnswered, LeadAssigned, LeadLost, LeadReopened, LeadResolved, LeadStageChanged, LeadWon,
};
use futures::future::BoxFuture;

use super::{entry, facts, member};
use crate::store::{self, timeline::Entry};

const SERVICE: &str = "lead-intake";
const SOURCE: &str = "lead_intake";

/// Listens to lead-intake.
pub(crate) struct Intake {
    relay: RelaySignal,
}

impl Intake {
    pub(crate) fn new(relay: RelaySignal) -> Self {
        Self { relay }
    }

    async fn handle(tx: &mut Tx, event: &Delivery) -> Result<(), Refusal> {
        let group = event.group.as_str();
        let Some((lead_id, client_id, line)) = read(event)? else {
            return Ok(());
        };
        let Some(member) = member(tx, group, SOURCE, &lead_id, &client_id).await? else {
            return Ok(());
        };
        let entry = Entry {
            client_id: member,
            department: "sales".to_owned(),
            ..line
        };
        store::timeline::put(tx, group, &entry).await?;
        Ok(())
    }
}

/// Lead, client and entry of an event; none of one that leaves no entry.
fn read(event: &Delivery) -> Result<Option<(String, String, Entry)>, Refusal> {
    let line = |kind: &str, lead: &str| entry(event, uuid::Uuid::nil(), kind, SERVICE, lead);
    if let Some(lead) = event.decode::<LeadResolved>().transpose()? {
        let entry = Entry {
            branch_id: lead.branch_id,
            facts: facts([
                ("topic", lead.topic),
                ("channel", lead.channel),
                ("outcome", lead.outcome),
            ]),
            dedupe_key: format!("lead:{}", lead.lead_id),
            ..line("lead_received", &lead.lead_id)
        };
        return Ok(Some((lead.lead_id, lead.client_id, entry)));
    }
    if let Some(lead) = event.decode::<LeadAssigned>().transpose()? {
        let entry = Entry {
            branch_id: lead.branch_id,
            facts: facts([
                ("employee_id", lead.employee_id),
                ("previous_employee_id", lead.previous_employee_id),
                ("why", lead.why),
            ]),
            ..line("lead_assigned", &lead.lead_id)
        };
        return Ok(Some((lead.lead_id, lead.client_id, entry)));
    }
    if let Some(lead) = event.decode::<LeadAnswered>().transpose()? {
        let entry = Entry {
            actor_employee_id: lead.employee_id,
            facts: facts([("by", lead.by), ("seconds", lead.seconds.to_string())]),
            ..line("lead_answered", &lead.lead_id)
        };
        return Ok(Some((lead.lead_id, lead.client_id, entry)));
    }
    if let Some(lead) = event.decode::<LeadStageChanged>().transpose()? {
        let entry = Entry {
            actor_employee_id: lead.actor_employee_id,
            facts: facts([("from_step", lead.from_step), ("to_step", lead.to_step)]),
            ..line("lead_stage", &lead.lead_id)
        };
        return Ok(Some((lead.lead_id, lead.client_id, entry)));
    }
    if let Some(lead) = event.decode::<LeadWon>().transpose()? {
        let facts = facts([("reason", lead.reason)]);
        let entry = Entry {
            actor_employee_id: lead.actor_employee_id,
            facts,
            ..line("lead_won", &lead.lead_id)
        };
        return Ok(Some((lead.lead_id, lead.client_id, entry)));
    }
    if let Some(lead) = event.decode::<LeadLost>().transpose()? {
        let facts = facts([("reason", lead.reason)]);
        let entry = Entry {
            actor_employee_id: lead.actor_employee_id,
            facts,
            ..line("lead_lost", &lead.lead_id)
        };
        return Ok(Some((lead.lead_id, lead.client_id, entry)));
    }
    if let Some(lead) = event.decode::<LeadReopened>().transpose()? {
        let entry = Entry {
            actor_employee_id: lead.actor_employee_id,
            ..line("lead_reopened", &lead.lead_id)
        };
        return Ok(Some((lead.lead_id, lead.client_id, entry)));
    }
    Ok(None)
}

impl Apply for Intake {
    fn interests(&self) -> Vec<String> {
        vec![
            subjects_of::<LeadResolved>(),
            subjects_of::<LeadAssigned>(),
            subjects_of::<LeadAnswered>(),
            subjects_of::<LeadStageChanged>(),
            subjects_of::<LeadWon>(),
            subjects_of::<LeadLost>(),
            subjects_of::<LeadReopened>(),
        ]
    }

    fn apply<'a>(&'a self, tx: &'a mut Tx, event: &'a Delivery) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(Self::handle(tx, event))
    }

    fn applied(&self) {
        self.relay.wake();
    }
}
