//! One call, those that go on, and lists.

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::row::CallRow;

/// Reads rows of calls; the columns stand here once.
macro_rules! rows {
    ($which:tt, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            CallRow,
            "select id, linked_id, direction, number, line, queue, branch_id, client_id, recognition, state, outcome,
                 ringing_extensions, answered_extension, employee_id, started_at, answered_at, ended_at, wait_seconds,
                 talk_seconds, transfers, first_call, attempts, resynchronised, merged_into, task_id, result, next_step,
                 note, topic, resolved_at, answered_announced, ended_announced, version
             from calls " + $which,
            $($argument),+
        )
    };
}

/// One call.
pub async fn get(connection: &mut PgConnection, group: &GroupId, id: Uuid) -> sqlx::Result<Option<CallRow>> {
    rows!("where group_id = $1 and id = $2", group.as_str(), id)
        .fetch_optional(connection)
        .await
}

/// One call, locked until the transaction ends.
pub async fn get_for_update(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
) -> sqlx::Result<Option<CallRow>> {
    sqlx::query!(
        "select id from calls where group_id = $1 and id = $2 for update",
        group.as_str(),
        id
    )
    .fetch_optional(&mut *connection)
    .await?;
    get(connection, group, id).await
}

/// What a list is asked for; empty fields do not filter.
#[derive(Debug, Default, Clone)]
pub struct CallFilter {
    pub client_ids: Vec<String>,
    pub direction: String,
    pub outcome: String,
    pub branch_id: String,
    pub employee_id: String,
    pub scope: Vec<String>,
}

/// Calls going on, newest first; its own statement, so that the small index of live calls serves it.
pub async fn live(
    connection: &mut PgConnection,
    group: &GroupId,
    scope: &[String],
    limit: i64,
) -> sqlx::Result<Vec<CallRow>> {
    rows!(
        "where group_id = $1 and state <> 'ended' and merged_into = ''
           and (cardinality($2::text[]) = 0 or branch_id = any($2) or branch_id = '')
         order by started_at desc, id desc limit $3",
        group.as_str(),
        scope,
        limit
    )
    .fetch_all(connection)
    .await
}

/// Newest first, older than `before`; consultation legs that joined another call are left out.
pub async fn list(
    connection: &mut PgConnection,
    group: &GroupId,
    filter: &CallFilter,
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<CallRow>> {
    let (before_at, before_id) = before.unzip();
    // One statement for every filter: a plan made without its values would read the whole history for one client.
    sqlx::query!("set local plan_cache_mode = force_custom_plan")
        .execute(&mut *connection)
        .await?;
    rows!(
        "where group_id = $1 and merged_into = ''
           and (cardinality($2::text[]) = 0 or client_id = any($2))
           and ($3 = '' or direction = $3) and ($4 = '' or outcome = $4) and ($5 = '' or branch_id = $5)
           and ($6 = '' or employee_id = $6) and (cardinality($7::text[]) = 0 or branch_id = any($7) or branch_id = '')
           and ($8::timestamptz is null or (started_at, id) < ($8, $9))
         order by started_at desc, id desc limit $10",
        group.as_str(),
        &filter.client_ids,
        filter.direction,
        filter.outcome,
        filter.branch_id,
        filter.employee_id,
        &filter.scope,
        before_at,
        before_id,
        limit
    )
    .fetch_all(connection)
    .await
}
