//! Gives a lead to one person (R68) and makes that person the client's owner if there is none.

use edina_messaging::{directory, outbox};
use edina_postgres::jobs::{self, Job, JobResult, Outcome};
use edina_proto::{
    intake::v1::LeadAssigned,
    registry::v1::{AssignOwnerRequest, GetSummariesRequest},
};
use edina_runtime::{group::GroupId, stop::Stop};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Intake, IntakeError, job,
    resolve_lead::{PATIENCE, settled_or_again},
};
use crate::{
    lead::assignment::{Assignment, Question, Seller, assign},
    store::leads::{self, LeadRow},
};

/// When nobody is there, ask again.
const ASK_AGAIN: chrono::Duration = chrono::Duration::seconds(20);

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct AssignPayload {
    /// The client's present owner in the lead's department.
    #[serde(default)]
    pub(super) owner: Option<String>,
    /// The registry was asked for the owner.
    #[serde(default)]
    pub(super) asked: bool,
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
        let Some(mut lead) = leads::get_for_update(&mut tx, &job.group, lead_id).await? else {
            return Ok(Outcome::Done);
        };
        if lead.status != "open" || !lead.owner_employee_id.is_empty() {
            return Ok(Outcome::Done);
        }
        if lead.branch_id.is_empty() {
            lead.branch_id = self.branch_by_hint(&job.group, &lead.content.0);
            leads::set_branch(&mut tx, &job.group, lead_id, &lead.branch_id).await?;
        }
        let sellers = self.sellers(&job.group);
        let last = leads::last_turn(&mut tx, &job.group, &lead.branch_id, &lead.department).await?;
        let question = Question {
            branch: lead.branch_id.parse().unwrap_or_default(),
            department: &lead.department,
            owner: owner.and_then(|owner| owner.parse().ok()),
            sellers: &sellers,
            last_assigned: last.and_then(|last| last.parse().ok()),
        };
        let (employee, why) = match assign(&question) {
            Assignment::Owner(employee) => (employee.to_string(), "owner"),
            Assignment::InTurn(employee) => {
                let employee = employee.to_string();
                leads::take_turn(&mut tx, &job.group, &lead.branch_id, &lead.department, &employee).await?;
                (employee, "in_turn")
            }
            // Looked at again at once when the directory changes.
            Assignment::Nobody(_) => return Ok(Outcome::Again(self.clock.now() + ASK_AGAIN)),
        };
        self.give(&mut tx, &job.group, &lead, &employee, why).await?;
        tx.commit().await?;
        self.committed();
        Ok(Outcome::Done)
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
            self.give(&mut tx, group, &lead, employee_id, "by_hand").await?;
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

    pub(super) async fn give(
        &self,
        tx: &mut edina_postgres::Tx,
        group: &GroupId,
        lead: &LeadRow,
        employee_id: &str,
        why: &str,
    ) -> sqlx::Result<()> {
        let now = self.clock.now();
        let version = leads::set_owner(tx, group, lead.id, employee_id).await?;
        let fact = LeadAssigned {
            lead_id: lead.id.to_string(),
            client_id: lead.client_id.clone(),
            employee_id: employee_id.to_owned(),
            previous_employee_id: lead.owner_employee_id.clone(),
            branch_id: lead.branch_id.clone(),
            why: why.to_owned(),
            version: u64::try_from(version).unwrap_or(0),
        };
        outbox::enqueue(tx, group, &fact, now).await?;
        if !lead.client_id.is_empty() {
            jobs::enqueue(tx, group, job::OWNER, &lead.id.to_string(), now, &()).await?;
        }
        Ok(())
    }

    /// Job: the assigned seller owns the client in that department, unless somebody does.
    pub async fn claim_owner(&self, job: Job) -> JobResult {
        let mut tx = self.database.begin(&job.group).await?;
        let lead = leads::get(&mut tx, &job.group, job.key.parse()?).await?;
        tx.rollback().await?;
        let Some(lead) = lead.filter(|lead| !lead.owner_employee_id.is_empty() && !lead.client_id.is_empty())
        else {
            return Ok(Outcome::Done);
        };
        let request = AssignOwnerRequest {
            client_id: lead.client_id,
            department: lead.department,
            employee_id: lead.owner_employee_id,
            branch_id: lead.branch_id,
            only_if_absent: true,
        };
        let request = self.callers.request(&self.caller(&job.group), request);
        match self.registry.clone().assign_owner(request).await {
            Ok(_) => Ok(Outcome::Done),
            Err(status) => settled_or_again(&status),
        }
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
