//! Leads: received, assigned, answered, moved, won, lost. Who is given a lead looks after its client from then on, unless
//! somebody does already; the fact is enough for that, so lead-intake need not call.

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
use edina_runtime::caller::Caller;
use futures::future::BoxFuture;

use super::{entry, facts, member};
use crate::{
    registry::{NewOwner, RegistryError, set_owner},
    store::{self, timeline::Entry},
};

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
        if let Some(owner) = claim(event)? {
            let caller = Caller::service(SERVICE, event.group.clone());
            set_owner(tx, &caller, member, &owner, event.at)
                .await
                .map_err(|error| match error {
                    RegistryError::Database(error) => error.into(),
                    other => Refusal::Never(other.to_string()),
                })?;
        }
        Ok(())
    }
}

/// Who looks after the client from now on, if nobody does: the one a lead was given to. Said when the lead is given, or,
/// if its client was not known then, when it is.
fn claim(event: &Delivery) -> Result<Option<NewOwner>, Refusal> {
    let (department, employee_id, branch_id) =
        if let Some(lead) = event.decode::<LeadAssigned>().transpose()? {
            (lead.department, lead.employee_id, lead.branch_id)
        } else if let Some(lead) = event.decode::<LeadResolved>().transpose()? {
            (lead.department, lead.employee_id, lead.branch_id)
        } else {
            return Ok(None);
        };
    if department.is_empty() || employee_id.is_empty() {
        return Ok(None);
    }
    Ok(Some(NewOwner {
        client_id: String::new(),
        department,
        employee_id,
        branch_id,
        only_if_absent: true,
    }))
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
