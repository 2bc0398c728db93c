//! A missed call asks for a callback: a task with an owner and a deadline, done by the call that reaches the client.

use edina_messaging::{directory, outbox};
use edina_postgres::{
    Tx,
    jobs::{self, Job, JobResult, Outcome},
};
use edina_proto::{
    calls::v1::{TaskDone, TaskDue},
    registry::v1::GetSummariesRequest,
};
use edina_runtime::group::GroupId;
use uuid::Uuid;

use super::{Tracking, TrackingError, job};
use crate::store::{
    calls::CallRow,
    tasks::{self, TaskRow},
};

/// How long a task waits for the registry before it is given to somebody of the branch.
const PATIENCE: chrono::Duration = chrono::Duration::seconds(30);
/// When nobody is there, ask again.
const ASK_AGAIN: chrono::Duration = chrono::Duration::seconds(20);

impl Tracking {
    /// Makes the task, or joins the open one of the same client or number. A withheld number cannot be called back.
    pub(super) async fn callback_task_in(
        &self,
        tx: &mut Tx,
        group: &GroupId,
        call: &CallRow,
    ) -> sqlx::Result<()> {
        if call.number.is_empty() {
            return Ok(());
        }
        // Two misses of one number at once, by two exchanges or by a job and an exchange, make one task.
        tasks::lock_number(tx, group, &call.number).await?;
        if let Some(open) = tasks::open_of(tx, group, &call.client_id, &call.number).await? {
            return crate::store::calls::set_task(tx, group, call.id, open).await;
        }
        let now = self.clock.now();
        let due_at = now + chrono::Duration::minutes(i64::from(self.callback_minutes));
        let id = Uuid::now_v7();
        let task = tasks::NewTask {
            id,
            client_id: &call.client_id,
            call_id: &call.id.to_string(),
            number: &call.number,
            branch_id: &call.branch_id,
            owner_employee_id: "",
            created_at: now,
            due_at,
        };
        tasks::insert(tx, group, &task).await?;
        crate::store::calls::set_task(tx, group, call.id, id).await?;
        // Who does it is asked outside of this transaction: the registry may be slow.
        jobs::enqueue(tx, group, job::TASK_OWNER, &id.to_string(), now, &()).await?;
        jobs::enqueue(tx, group, job::TASK_DUE, &id.to_string(), due_at, &()).await
    }

    /// Job: finds who calls back.
    pub async fn task_owner(&self, job: Job) -> JobResult {
        let id: Uuid = job.key.parse()?;
        let mut tx = self.database.begin(&job.group).await?;
        let task = tasks::get(&mut tx, &job.group, id).await?;
        tx.rollback().await?;
        let Some(task) = task.filter(|task| task.done_at.is_none() && task.owner_employee_id.is_empty())
        else {
            return Ok(Outcome::Done);
        };
        let now = self.clock.now();
        let owners = match self.owners(&job.group, &task.client_id).await {
            Ok(owners) => owners,
            // The registry is away: somebody must call back all the same.
            Err(_) if now - task.created_at > PATIENCE => Vec::new(),
            Err(status) => anyhow::bail!("the registry answered {:?}", status.code()),
        };
        let mut tx = self.database.begin(&job.group).await?;
        let owner = self.callback_owner(&mut tx, &job.group, &task, &owners).await?;
        if owner.is_empty() {
            return Ok(Outcome::Again(now + ASK_AGAIN));
        }
        tasks::set_owner(&mut tx, &job.group, id, &owner).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }

    /// The client's owner when present (sales before service), else the branch's present operator, adviser or seller
    /// with the fewest open tasks.
    async fn callback_owner(
        &self,
        tx: &mut Tx,
        group: &GroupId,
        task: &TaskRow,
        owners: &[String],
    ) -> sqlx::Result<String> {
        let Some(directory) = self.directory.group(group) else {
            return Ok(String::new());
        };
        let now = self.clock.now();
        let is_here = |owner: &&String| {
            directory::employee(&directory, owner).is_some_and(|employee| directory::present(employee, now))
        };
        if let Some(owner) = owners.iter().find(is_here) {
            return Ok(owner.clone());
        }
        let takes = ["operator", "seller", "service_adviser"];
        let candidates: Vec<(usize, String)> = directory
            .employees
            .iter()
            .filter(|employee| task.branch_id.is_empty() || employee.branch_id == task.branch_id)
            .filter(|employee| directory::present(employee, now))
            .filter_map(|employee| {
                let rank = takes.iter().position(|role| *role == employee.role)?;
                Some((rank, employee.employee_id.clone()))
            })
            .collect();
        let ids: Vec<String> = candidates.iter().map(|(_, id)| id.clone()).collect();
        let open = tasks::open_counts(tx, group, &ids).await?;
        let next = candidates
            .into_iter()
            .min_by_key(|(rank, id)| (*rank, open.get(id).copied().unwrap_or(0), id.clone()));
        Ok(next.map(|(_, id)| id).unwrap_or_default())
    }

    async fn owners(&self, group: &GroupId, client_id: &str) -> Result<Vec<String>, tonic::Status> {
        if client_id.is_empty() {
            return Ok(Vec::new());
        }
        let request = GetSummariesRequest {
            client_ids: vec![client_id.to_owned()],
        };
        let request = self.callers.request(&self.caller(group), request);
        let reply = self.registry.clone().get_summaries(request).await?;
        let mut owners = reply
            .into_inner()
            .clients
            .remove(client_id)
            .map(|client| client.owners)
            .unwrap_or_default();
        owners.sort_by_key(|owner| owner.department != "sales");
        Ok(owners
            .into_iter()
            .map(|owner| owner.employee_id)
            .filter(|owner| !owner.is_empty())
            .collect())
    }

    /// A conversation with the client ends the open callback. Joins the transaction.
    pub(super) async fn called_back_in(
        &self,
        tx: &mut Tx,
        group: &GroupId,
        call: &CallRow,
    ) -> sqlx::Result<()> {
        if call.number.is_empty() {
            return Ok(());
        }
        tasks::lock_number(tx, group, &call.number).await?;
        if let Some(open) = tasks::open_of(tx, group, &call.client_id, &call.number).await? {
            self.finish(tx, group, open, "called_back", &call.employee_id, "")
                .await?;
        }
        Ok(())
    }

    /// A person says that it is done.
    pub async fn complete_task(
        &self,
        group: &GroupId,
        id: Uuid,
        employee_id: &str,
        scope: &[String],
        note: &str,
    ) -> Result<TaskRow, TrackingError> {
        let mut tx = self.database.begin(group).await?;
        let task = tasks::get(&mut tx, group, id)
            .await?
            .filter(|task| scope.is_empty() || task.branch_id.is_empty() || scope.contains(&task.branch_id))
            .ok_or(TrackingError::NotFound("task"))?;
        if task.done_at.is_none() {
            self.finish(&mut tx, group, id, "done", employee_id, note).await?;
        }
        let task = tasks::get(&mut tx, group, id)
            .await?
            .ok_or(TrackingError::NotFound("task"))?;
        tx.commit().await?;
        self.committed();
        Ok(task)
    }

    async fn finish(
        &self,
        tx: &mut Tx,
        group: &GroupId,
        id: Uuid,
        done_by: &str,
        employee_id: &str,
        note: &str,
    ) -> sqlx::Result<()> {
        let now = self.clock.now();
        let Some(task) = tasks::finish(tx, group, id, done_by, note, now).await? else {
            return Ok(());
        };
        jobs::cancel(tx, group, job::TASK_DUE, &id.to_string()).await?;
        let fact = TaskDone {
            task_id: id.to_string(),
            client_id: task.client_id,
            done_by: done_by.to_owned(),
            actor_employee_id: employee_id.to_owned(),
            version: u64::try_from(task.version).unwrap_or(0),
        };
        outbox::enqueue(tx, group, &fact, now).await?;
        Ok(())
    }

    /// Job: the deadline has come; said once.
    pub async fn task_due(&self, job: Job) -> JobResult {
        let mut tx = self.database.begin(&job.group).await?;
        if let Some(task) = tasks::mark_overdue(&mut tx, &job.group, job.key.parse()?).await? {
            let fact = TaskDue {
                task_id: job.key,
                client_id: task.client_id,
                call_id: task.call_id,
                owner_employee_id: task.owner_employee_id,
                branch_id: task.branch_id,
                version: u64::try_from(task.version)?,
            };
            outbox::enqueue(&mut tx, &job.group, &fact, self.clock.now()).await?;
        }
        tx.commit().await?;
        self.committed();
        Ok(Outcome::Done)
    }
}
