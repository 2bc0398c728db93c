//! Callback tasks.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use sqlx::PgConnection;
use uuid::Uuid;

/// A stored task.
#[derive(Debug, Clone)]
pub struct TaskRow {
    pub id: Uuid,
    pub kind: String,
    pub client_id: String,
    pub call_id: String,
    pub number: String,
    pub branch_id: String,
    pub owner_employee_id: String,
    pub created_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub done_at: Option<DateTime<Utc>>,
    pub done_by: String,
    pub overdue: bool,
    pub version: i64,
}

/// A task to be stored.
#[derive(Debug)]
pub struct NewTask<'a> {
    pub id: Uuid,
    pub client_id: &'a str,
    pub call_id: &'a str,
    pub number: &'a str,
    pub branch_id: &'a str,
    pub owner_employee_id: &'a str,
    pub created_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
}

/// Stores a callback task.
pub async fn insert(connection: &mut PgConnection, group: &GroupId, task: &NewTask<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into tasks (group_id, id, kind, client_id, call_id, number, branch_id, owner_employee_id, created_at, due_at)
         values ($1, $2, 'callback', $3, $4, $5, $6, $7, $8, $9)",
        group.as_str(),
        task.id,
        task.client_id,
        task.call_id,
        task.number,
        task.branch_id,
        task.owner_employee_id,
        task.created_at,
        task.due_at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The open task of a client or number, locked.
pub async fn open_of(
    connection: &mut PgConnection,
    group: &GroupId,
    client_id: &str,
    number: &str,
) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "select id from tasks where group_id = $1 and done_at is null
             and ((client_id <> '' and client_id = $2) or (number <> '' and number = $3))
         order by created_at limit 1 for update",
        group.as_str(),
        client_id,
        number
    )
    .fetch_optional(connection)
    .await
}

/// Serialises what is done about the tasks of one number until the transaction ends.
pub async fn lock_number(connection: &mut PgConnection, group: &GroupId, number: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1, 3)) as locked",
        format!("{group}|{number}")
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}

/// How many open tasks each of these employees has; those with none are left out.
pub async fn open_counts(
    connection: &mut PgConnection,
    group: &GroupId,
    employees: &[String],
) -> sqlx::Result<HashMap<String, i64>> {
    let rows = sqlx::query!(
        r#"select owner_employee_id, count(*) as "count!" from tasks
           where group_id = $1 and done_at is null and owner_employee_id = any($2) group by owner_employee_id"#,
        group.as_str(),
        employees
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.owner_employee_id, row.count))
        .collect())
}

/// Gives an open task that nobody has to somebody.
pub async fn set_owner(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    employee_id: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update tasks set owner_employee_id = $3, version = version + 1
         where group_id = $1 and id = $2 and done_at is null and owner_employee_id = ''",
        group.as_str(),
        id,
        employee_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// One task.
pub async fn get(connection: &mut PgConnection, group: &GroupId, id: Uuid) -> sqlx::Result<Option<TaskRow>> {
    sqlx::query_as!(
        TaskRow,
        "select id, kind, client_id, call_id, number, branch_id, owner_employee_id, created_at, due_at, done_at, done_by,
             overdue, version from tasks where group_id = $1 and id = $2",
        group.as_str(),
        id
    )
    .fetch_optional(connection)
    .await
}

/// Ends an open task; none if it was ended before.
pub async fn finish(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    done_by: &str,
    note: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<TaskRow>> {
    sqlx::query_as!(
        TaskRow,
        "update tasks set done_at = $3, done_by = $4, note = $5, version = version + 1
         where group_id = $1 and id = $2 and done_at is null
         returning id, kind, client_id, call_id, number, branch_id, owner_employee_id, created_at, due_at, done_at,
             done_by, overdue, version",
        group.as_str(),
        id,
        now,
        done_by,
        note
    )
    .fetch_optional(connection)
    .await
}

/// Marks an open task overdue; none if it is done or was marked before.
pub async fn mark_overdue(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
) -> sqlx::Result<Option<TaskRow>> {
    sqlx::query_as!(
        TaskRow,
        "update tasks set overdue = true, version = version + 1
         where group_id = $1 and id = $2 and done_at is null and not overdue
         returning id, kind, client_id, call_id, number, branch_id, owner_employee_id, created_at, due_at, done_at,
             done_by, overdue, version",
        group.as_str(),
        id
    )
    .fetch_optional(connection)
    .await
}

/// What a list is asked for; empty fields do not filter.
#[derive(Debug, Default, Clone)]
pub struct TaskFilter {
    pub owner_employee_id: String,
    pub client_ids: Vec<String>,
    pub branch_id: String,
    /// open, done
    pub state: String,
    pub scope: Vec<String>,
}

/// Newest first, older than `before`.
pub async fn list(
    connection: &mut PgConnection,
    group: &GroupId,
    filter: &TaskFilter,
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<TaskRow>> {
    let (before_at, before_id) = before.unzip();
    sqlx::query_as!(
        TaskRow,
        "select id, kind, client_id, call_id, number, branch_id, owner_employee_id, created_at, due_at, done_at, done_by,
             overdue, version
         from tasks
         where group_id = $1 and ($2 = '' or owner_employee_id = $2)
           and (cardinality($3::text[]) = 0 or client_id = any($3)) and ($4 = '' or branch_id = $4)
           and ($5 = '' or ($5 = 'open') = (done_at is null))
           and (cardinality($6::text[]) = 0 or branch_id = any($6))
           and ($7::timestamptz is null or (created_at, id) < ($7, $8))
         order by created_at desc, id desc limit $9",
        group.as_str(),
        filter.owner_employee_id,
        &filter.client_ids,
        filter.branch_id,
        filter.state,
        &filter.scope,
        before_at,
        before_id,
        limit
    )
    .fetch_all(connection)
    .await
}

/// Open tasks of the group or of one owner.
pub async fn open_count(
    connection: &mut PgConnection,
    group: &GroupId,
    filter: &TaskFilter,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from tasks where group_id = $1 and done_at is null
             and ($2 = '' or owner_employee_id = $2) and ($3 = '' or branch_id = $3)
             and (cardinality($4::text[]) = 0 or branch_id = any($4))"#,
        group.as_str(),
        filter.owner_employee_id,
        filter.branch_id,
        &filter.scope
    )
    .fetch_one(connection)
    .await
}
