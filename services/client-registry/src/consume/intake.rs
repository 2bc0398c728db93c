//! Leads: received, assigned, answered, moved, won, lost. Who is given a lead looks after its client from then on, unless
//! somebody does already; the fact is enough for that, so lead-intake need not call. It is said by the lead's record, and goes
//! where that goes.

use std::collections::BTreeMap;

use edina_messaging::{
    envelope::Delivery,
    inbox::{Apply, Fresh, Refusal},
    outbox::RelaySignal,
    streams::subjects_of,
};
use edina_postgres::Tx;
use edina_proto::intake::v1::{
    LeadAnswered, LeadAssigned, LeadLost, LeadReopened, LeadResolved, LeadStageChanged, LeadWon,
};
use edina_runtime::caller::Caller;
use futures::future::BoxFuture;
use tracing::Span;

use super::{entry, facts, named};
use crate::{
    registry::{Claim, NewOwner, RegistryError, set_owners},
    store::{self, timeline::Entry},
};

const SERVICE: &str = "lead-intake";
const SOURCE: &str = "lead_intake";
/// The source of the records of calls.
const CALLS: &str = "call_tracking";
/// Fact of the entry of a lead that a call became.
const CALL_ID: &str = "call_id";

/// Listens to lead-intake.
pub(crate) struct Intake {
    relay: RelaySignal,
}

impl Intake {
    pub(crate) fn new(relay: RelaySignal) -> Self {
        Self { relay }
    }

    async fn handle(tx: &mut Tx, events: &[Fresh<'_>]) -> Result<(), Refusal> {
        let Some(Fresh { event: first, .. }) = events.first() else {
            return Ok(());
        };
        let group = first.group.as_str();
        let mut told = Vec::with_capacity(events.len());
        for Fresh { event, span } in events {
            if let Some((lead_id, client_id, line)) = read(event)? {
                told.push((lead_id, client_id, line, claim(event)?, event.at, span));
            }
        }
        let leads: Vec<String> = told.iter().map(|(lead_id, ..)| lead_id.clone()).collect();
        let known = store::records::places_of(tx, group, SOURCE, &leads).await?;
        let keys: Vec<String> = leads.iter().map(|lead_id| format!("lead:{lead_id}")).collect();
        let begun = store::timeline::begun(tx, group, &keys).await?;
        // The call that a lead began with: of a lead that is told of here for the first time, or was before.
        let mut called: BTreeMap<String, String> = told
            .iter()
            .filter_map(|(lead_id, _, line, ..)| Some((lead_id.clone(), line.facts.get(CALL_ID)?.clone())))
            .collect();
        for lead_id in &leads {
            if let Some((_, Some(call_id))) = begun.get(&format!("lead:{lead_id}")) {
                called.insert(lead_id.clone(), call_id.clone());
            }
        }
        let calls: Vec<String> = called.values().cloned().collect();
        let calls = store::records::places_of(tx, group, CALLS, &calls).await?;
        let (mut lines, mut owners) = (Vec::new(), Vec::new());
        for (lead_id, client_id, line, owner, at, span) in told {
            // A lead that a call became has no record of its own: it goes where its call goes.
            let begun = begun.get(&format!("lead:{lead_id}")).map(|(member, _)| *member);
            let call = called.get(&lead_id).and_then(|call_id| calls.get(call_id));
            let place = known.get(&lead_id).or(call);
            let member = match (known.get(&lead_id), begun, call) {
                (Some(lead), ..) => Some(lead.client_id),
                (None, Some(member), _) => Some(member),
                (None, None, Some(call)) => Some(call.client_id),
                (None, None, None) => named(tx, group, &client_id).await?,
            };
            let Some(member) = member else { continue };
            lines.push(Entry {
                client_id: member,
                department: "sales".to_owned(),
                ..line
            });
            let record = place.filter(|place| place.client_id == member);
            let record_id = record.map(|place| place.record_id);
            owners.extend(owner.map(|owner| (member, record_id, owner, at, span)));
        }
        store::timeline::put_all(tx, group, &lines).await?;
        let claims: Vec<Claim<'_>> = owners
            .iter()
            .map(|(client_id, record_id, new, at, span)| Claim {
                client_id: *client_id,
                record_id: *record_id,
                new,
                at: *at,
                span: (*span).clone(),
            })
            .collect();
        let caller = Caller::service(SERVICE, first.group.clone());
        let set = set_owners(tx, &caller, &claims).await;
        set.map(drop).map_err(|error| match error {
            RegistryError::Database(error) => error.into(),
            other => Refusal::Never(other.to_string()),
        })
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
                (CALL_ID, lead.call_id),
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
        Box::pin(async move {
            let span = Span::current();
            Self::handle(tx, &[Fresh { event, span }]).await
        })
    }

    fn apply_all<'a>(
        &'a self,
        tx: &'a mut Tx,
        events: &'a [Fresh<'a>],
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(Self::handle(tx, events))
    }

    fn applied(&self) {
        self.relay.wake();
    }
}
