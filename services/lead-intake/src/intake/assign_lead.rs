//! Gives a lead to one person (R68).

use std::collections::{BTreeMap, BTreeSet};

use edina_messaging::{directory, outbox::Facts};
use edina_postgres::jobs::{Job, JobResult, Outcome};
use edina_proto::{intake::v1::LeadAssigned, registry::v1::GetSummariesRequest};
use edina_runtime::{group::GroupId, stop::Stop};
use serde::{Deserialize, Serialize};
use tracing::Span;
use uuid::Uuid;

use super::{Intake, IntakeError, job, resolve_lead::PATIENCE};
use crate::{
    lead::assignment::{Assignment, Question, Seller, assign},
    store::leads::{self, LeadRow},
};

/// When nobody is there, ask again.
pub(super) const ASK_AGAIN: chrono::Duration = chrono::Duration::seconds(5);

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct AssignPayload {
    /// The client's present owner in the lead's department.
    #[serde(default)]
    pub(super) owner: Option<String>,
    /// The registry was asked for the owner.
    #[serde(default)]
    pub(super) asked: bool,
}

/// An open lead that nobody has.
#[derive(Debug)]
pub(super) struct Unowned {
    pub(super) lead: LeadRow,
    /// The client's present owner in the lead's department.
    pub(super) owner: Option<String>,
    /// What follows belongs to this trace.
    pub(super) span: Span,
}

/// Who gets which leads.
#[derive(Debug)]
pub(super) struct Decided {
    /// Lead, employee and why.
    pub(super) taken: Vec<(Unowned, String, &'static str)>,
    /// Who has had the last turn of each place then.
    pub(super) turns: BTreeMap<leads::Place, String>,
    /// Leads that nobody can take.
    pub(super) nobody: Vec<Unowned>,
}

fn question<'a>(one: &'a Unowned, sellers: &'a [Seller], last: Option<Uuid>) -> Question<'a> {
    Question {
        branch: one.lead.branch_id.parse().unwrap_or_default(),
        department: &one.lead.department,
        owner: one.owner.as_ref().and_then(|owner| owner.parse().ok()),
        sellers,
        last_assigned: last,
    }
}

impl Intake {
    /// Job: assigns the lead named by the key, by rule.
    pub async fn assign_by_rule(&self, job: Job) -> JobResult {
        let payload: AssignPayload = job.payload().unwrap_or_default();
        let lead_id: Uuid = job.key.parse()?;
        let owner = if payload.asked || payload.owner.is_some() {
            payload.owner
        } else {
            self.owner_of(&job, lead_id).await?
        };
        let mut tx = self.database.begin(&job.group).await?;
        let Some(lead) = leads::get_for_update(&mut tx, &job.group, lead_id).await? else {
            return Ok(Outcome::Done);
        };
        if lead.status != "open" || !lead.owner_employee_id.is_empty() {
            return Ok(Outcome::Done);
        }
        let span = Span::current();
        let unowned = vec![Unowned { lead, owner, span }];
        let Decided { taken, turns, .. } = self.decide(&mut tx, &job.group, unowned).await?;
        let [(one, employee, why)] = taken.as_slice() else {
            // Looked at again at once when the directory changes.
            return Ok(Outcome::Again(self.clock.now() + ASK_AGAIN));
        };
        let version = leads::give_in_turn(&mut tx, &job.group, lead_id, employee, &turns).await?;
        let facts = given(&job.group, &one.lead, employee, why, version);
        facts.store(&mut tx, &job.group, self.clock.now()).await?;
        job.done_in(&mut tx).await?;
        tx.commit().await?;
        self.committed();
        Ok(Outcome::Settled)
    }

    /// Gives open leads that nobody has to their clients' owners, else to whose turn it is; nothing is written yet but the
    /// branches of leads without one. The locks on the turns are held until the commit: come here last.
    pub(super) async fn decide(
        &self,
        tx: &mut edina_postgres::Tx,
        group: &GroupId,
        mut leads: Vec<Unowned>,
    ) -> sqlx::Result<Decided> {
        let sellers = self.sellers(group);
        for Unowned { lead, .. } in leads.iter_mut().filter(|one| one.lead.branch_id.is_empty()) {
            lead.branch_id = self.branch_by_hint(group, &lead.content.0);
            leads::set_branch(tx, group, lead.id, &lead.branch_id).await?;
        }
        let in_turn = leads
            .iter()
            .filter(|one| matches!(assign(&question(one, &sellers, None)), Assignment::InTurn(_)));
        let asked: BTreeSet<leads::Place> = in_turn.map(|one| one.lead.place()).collect();
        let mut turns = leads::last_turns(tx, group, asked).await?;

        let (mut taken, mut nobody) = (Vec::with_capacity(leads.len()), Vec::new());
        for one in leads {
            let place = one.lead.place();
            let last = turns.get(&place).and_then(|last| last.parse().ok());
            match assign(&question(&one, &sellers, last)) {
                Assignment::Owner(employee) => taken.push((one, employee.to_string(), "owner")),
                Assignment::InTurn(employee) => {
                    let employee = employee.to_string();
                    turns.insert(place, employee.clone());
                    taken.push((one, employee, "in_turn"));
                }
                Assignment::Nobody(_) => nobody.push(one),
            }
        }
        Ok(Decided { taken, turns, nobody })
    }

    /// Gives the lead to a named employee.
    pub async fn assign_lead(
        &self,
        group: &GroupId,
        lead_id: Uuid,
        employee_id: &str,
    ) -> Result<LeadRow, IntakeError> {
        let known = self.directory.group(group);
        if known.is_none_or(|group| directory::employee(&group, employee_id).is_none()) {
            return Err(IntakeError::Invalid {
                field: "employee_id",
                message: "no such employee in the directory".to_owned(),
            });
        }
        let mut tx = self.database.begin(group).await?;
        let lead = leads::get_for_update(&mut tx, group, lead_id)
            .await?
            .ok_or(IntakeError::NotFound("lead"))?;
        if lead.owner_employee_id != employee_id {
            let given = self.give(&mut tx, group, &lead, employee_id, "by_hand").await?;
            given.store(&mut tx, group, self.clock.now()).await?;
        }
        let lead = leads::get(&mut tx, group, lead_id)
            .await?
            .ok_or(IntakeError::NotFound("lead"))?;
        tx.commit().await?;
        self.committed();
        Ok(lead)
    }

    /// The owner of the lead's client in its department. The registry may be away for a while; then it goes by turn.
    async fn owner_of(&self, job: &Job, lead_id: Uuid) -> anyhow::Result<Option<String>> {
        let mut tx = self.database.begin(&job.group).await?;
        let lead = leads::get(&mut tx, &job.group, lead_id).await?;
        tx.rollback().await?;
        let Some(lead) = lead.filter(|lead| !lead.client_id.is_empty()) else {
            return Ok(None);
        };
        let request = GetSummariesRequest {
            client_ids: vec![lead.client_id.clone()],
        };
        let request = self.callers.request(&self.caller(&job.group), request);
        match self.registry.clone().get_summaries(request).await {
            Ok(reply) => {
                let client = reply.into_inner().clients.remove(&lead.client_id);
                let mut owners = client.map(|client| client.owners).unwrap_or_default().into_iter();
                let owner = owners.find(|owner| owner.department == lead.department);
                Ok(owner.map(|owner| owner.employee_id))
            }
            Err(_) if self.clock.now() - lead.received_at > PATIENCE => Ok(None),
            Err(status) => anyhow::bail!("the registry answered {:?}", status.code()),
        }
    }

    /// Until the stop: whenever somebody comes, leaves or moves, leads that nobody could take are looked at again.
    pub async fn follow_directory(self, stop: Stop) {
        let mut changes = self.directory.changes();
        loop {
            tokio::select! {
                () = stop.requested() => return,
                changed = changes.changed() => if changed.is_err() { return },
            }
            for group in self.directory.groups() {
                if let Err(error) = self.look_again(&group).await {
                    // The jobs come due by themselves a little later.
                    tracing::warn!(%error, "waiting leads could not be looked at again");
                }
            }
        }
    }

    async fn look_again(&self, group: &GroupId) -> sqlx::Result<()> {
        let mut tx = self.database.begin_system().await?;
        let hastened = leads::hasten_assignments(&mut tx, group, job::ASSIGN, self.clock.now()).await?;
        tx.commit().await?;
        if hastened > 0 {
            self.jobs.wake();
        }
        Ok(())
    }

    /// Gives the lead; answers the fact to be said in the same transaction. By it the registry learns who looks after
    /// the client from now on, if nobody does.
    pub(super) async fn give(
        &self,
        tx: &mut edina_postgres::Tx,
        group: &GroupId,
        lead: &LeadRow,
        employee_id: &str,
        why: &str,
    ) -> sqlx::Result<Facts> {
        let version = leads::set_owner(tx, group, lead.id, employee_id).await?;
        Ok(given(group, lead, employee_id, why, version))
    }

    fn sellers(&self, group: &GroupId) -> Vec<Seller> {
        let now = self.clock.now();
        let Some(group) = self.directory.group(group) else {
            return Vec::new();
        };
        group
            .employees
            .iter()
            .filter_map(|employee| {
                Some(Seller {
                    employee: employee.employee_id.parse().ok()?,
                    branch: employee.branch_id.parse().ok()?,
                    department: employee.department.clone(),
                    present: directory::present(employee, now),
                    takes_leads: matches!(employee.role.as_str(), "seller" | "service_adviser"),
                })
            })
            .collect()
    }
}

/// The fact that a lead was given to an employee; by it the registry learns who looks after the client from now on, if
/// nobody does.
pub(super) fn given(group: &GroupId, lead: &LeadRow, employee_id: &str, why: &str, version: i64) -> Facts {
    let fact = LeadAssigned {
        lead_id: lead.id.to_string(),
        client_id: lead.client_id.clone(),
        employee_id: employee_id.to_owned(),
        previous_employee_id: lead.owner_employee_id.clone(),
        branch_id: lead.branch_id.clone(),
        why: why.to_owned(),
        version: u64::try_from(version).unwrap_or(0),
        department: lead.department.clone(),
    };
    Facts::default().and(group, &fact)
}
