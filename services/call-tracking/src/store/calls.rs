//! Calls. One statement a function, so it is longer than most files.

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use sqlx::PgConnection;
use uuid::Uuid;

/// A stored call.
#[derive(Debug, Clone)]
pub struct CallRow {
    pub id: Uuid,
    pub linked_id: String,
    pub direction: String,
    pub number: String,
    pub line: String,
    pub queue: String,
    pub branch_id: String,
    pub client_id: String,
    pub recognition: String,
    pub state: String,
    pub outcome: String,
    pub ringing_extensions: Vec<String>,
    pub answered_extension: String,
    pub employee_id: String,
    pub started_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub wait_seconds: i32,
    pub talk_seconds: i32,
    pub transfers: serde_json::Value,
    pub first_call: bool,
    pub attempts: i32,
    pub resynchronised: bool,
    pub merged_into: String,
    pub task_id: String,
    pub result: String,
    pub next_step: String,
    pub note: String,
    pub topic: String,
    pub resolved_at: Option<DateTime<Utc>>,
    pub answered_announced: bool,
    pub ended_announced: bool,
    pub version: i64,
}

impl CallRow {
    /// The registry has said whose call it is, or there is no number to ask by.
    pub fn resolved(&self) -> bool {
        self.resolved_at.is_some() || self.number.is_empty()
    }
}

/// What an update of the exchange says about a call.
#[derive(Debug)]
pub struct CallWrite {
    pub id: Uuid,
    pub pbx: String,
    pub linked_id: String,
    pub direction: String,
    pub number: String,
    pub line: String,
    pub queue: String,
    pub branch_id: String,
    pub client_id: String,
    pub recognition: String,
    pub state: String,
    pub outcome: String,
    pub ringing_extensions: Vec<String>,
    pub answered_extension: String,
    pub employee_id: String,
    pub started_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub wait_seconds: i32,
    pub talk_seconds: i32,
    pub transfers: serde_json::Value,
    pub resynchronised: bool,
    pub merged_into: String,
}

/// Earlier calls with a number.
#[derive(Debug)]
pub struct Before {
    /// There was one.
    pub ever: bool,
    /// Our tries since a moment.
    pub outbound_since: i32,
}

/// Counts earlier calls with a number.
pub async fn of_number(
    connection: &mut PgConnection,
    group: &GroupId,
    number: &str,
    since: DateTime<Utc>,
) -> sqlx::Result<Before> {
    if number.is_empty() {
        return Ok(Before {
            ever: false,
            outbound_since: 0,
        });
    }
    sqlx::query_as!(
        Before,
        r#"select exists(select from calls where group_id = $1 and number = $2) as "ever!",
               (select count(*)::integer from calls where group_id = $1 and number = $2 and started_at > $3
                    and direction = 'outbound') as "outbound_since!""#,
        group.as_str(),
        number,
        since
    )
    .fetch_one(connection)
    .await
}

/// Stores a call seen for the first time.
pub async fn insert(
    connection: &mut PgConnection,
    group: &GroupId,
    call: &CallWrite,
    first_call: bool,
    attempts: i32,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into calls (group_id, id, pbx, linked_id, direction, number, line, queue, branch_id, client_id,
             recognition, state, outcome, ringing_extensions, answered_extension, employee_id, started_at, answered_at,
             ended_at, wait_seconds, talk_seconds, transfers, resynchronised, merged_into, first_call, attempts)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
             $23, $24, $25, $26)",
        group.as_str(),
        call.id,
        call.pbx,
        call.linked_id,
        call.direction,
        call.number,
        call.line,
        call.queue,
        call.branch_id,
        call.client_id,
        call.recognition,
        call.state,
        call.outcome,
        &call.ringing_extensions,
        call.answered_extension,
        call.employee_id,
        call.started_at,
        call.answered_at,
        call.ended_at,
        call.wait_seconds,
        call.talk_seconds,
        call.transfers,
        call.resynchronised,
        call.merged_into,
        first_call,
        attempts
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Stores the present state of a known call. What is known is not forgotten; an ended call stays ended.
pub async fn update(connection: &mut PgConnection, group: &GroupId, call: &CallWrite) -> sqlx::Result<()> {
    sqlx::query!(
        "update calls set direction = $3,
             number = case when $4 = '' then number else $4 end,
             line = case when $5 = '' then line else $5 end,
             queue = case when $6 = '' then queue else $6 end,
             branch_id = case when $7 = '' then branch_id else $7 end,
             client_id = case when resolved_at is not null or $8 = '' then client_id else $8 end,
             recognition = case when resolved_at is not null or $9 = 'unknown' then recognition else $9 end,
             state = $10, outcome = $11, ringing_extensions = $12,
             answered_extension = case when $13 = '' then answered_extension else $13 end,
             employee_id = case when $14 = '' then employee_id else $14 end,
             answered_at = coalesce(answered_at, $15), ended_at = $16, wait_seconds = $17, talk_seconds = $18,
             transfers = $19, resynchronised = resynchronised or $20, merged_into = $21, version = version + 1
         where group_id = $1 and id = $2 and state <> 'ended'",
        group.as_str(),
        call.id,
        call.direction,
        call.number,
        call.line,
        call.queue,
        call.branch_id,
        call.client_id,
        call.recognition,
        call.state,
        call.outcome,
        &call.ringing_extensions,
        call.answered_extension,
        call.employee_id,
        call.answered_at,
        call.ended_at,
        call.wait_seconds,
        call.talk_seconds,
        call.transfers,
        call.resynchronised,
        call.merged_into
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// One call.
pub async fn get(connection: &mut PgConnection, group: &GroupId, id: Uuid) -> sqlx::Result<Option<CallRow>> {
    sqlx::query_as!(
        CallRow,
        "select id, linked_id, direction, number, line, queue, branch_id, client_id, recognition, state, outcome,
             ringing_extensions, answered_extension, employee_id, started_at, answered_at, ended_at, wait_seconds,
             talk_seconds, transfers, first_call, attempts, resynchronised, merged_into, task_id, result, next_step, note,
             topic, resolved_at, answered_announced, ended_announced, version
         from calls where group_id = $1 and id = $2",
        group.as_str(),
        id
    )
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

/// Notes whose call it is; what was recognised while it rang stays.
pub async fn resolve(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    client_id: &str,
    recognition: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update calls set client_id = $3, resolved_at = $4, version = version + 1,
             recognition = case when recognition = 'unknown' then $5 else recognition end
         where group_id = $1 and id = $2",
        group.as_str(),
        id,
        client_id,
        now,
        recognition
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Others know that it was answered.
pub async fn mark_answered_announced(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update calls set answered_announced = true where group_id = $1 and id = $2",
        group.as_str(),
        id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Others know that it ended.
pub async fn mark_ended_announced(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update calls set ended_announced = true where group_id = $1 and id = $2",
        group.as_str(),
        id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends the unfinished calls of an exchange that are not among `live`; answers their ids.
pub async fn end_left_over(
    connection: &mut PgConnection,
    group: &GroupId,
    pbx: &str,
    live: &[String],
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "update calls set state = 'ended', ringing_extensions = '{}', ended_at = $4, resynchronised = true,
             outcome = case when answered_at is not null then 'answered' when direction = 'inbound' then 'abandoned'
                 else 'missed' end,
             version = version + 1
         where group_id = $1 and pbx = $2 and state <> 'ended' and not (linked_id = any($3)) returning id",
        group.as_str(),
        pbx,
        live,
        now
    )
    .fetch_all(connection)
    .await
}

/// Points the call to its callback task.
pub async fn set_task(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    task: Uuid,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update calls set task_id = $3 where group_id = $1 and id = $2",
        group.as_str(),
        id,
        task.to_string()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Stores what the conversation came to.
pub async fn set_result(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    result: &str,
    next_step: &str,
    note: &str,
    topic: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update calls set result = $3, next_step = $4, note = $5, topic = $6, version = version + 1
         where group_id = $1 and id = $2",
        group.as_str(),
        id,
        result,
        next_step,
        note,
        topic
    )
    .execute(connection)
    .await?;
    Ok(())
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
    sqlx::query_as!(
        CallRow,
        "select id, linked_id, direction, number, line, queue, branch_id, client_id, recognition, state, outcome,
             ringing_extensions, answered_extension, employee_id, started_at, answered_at, ended_at, wait_seconds,
             talk_seconds, transfers, first_call, attempts, resynchronised, merged_into, task_id, result, next_step, note,
             topic, resolved_at, answered_announced, ended_announced, version
         from calls
         where group_id = $1 and state <> 'ended' and merged_into = ''
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
    sqlx::query_as!(
        CallRow,
        "select id, linked_id, direction, number, line, queue, branch_id, client_id, recognition, state, outcome,
             ringing_extensions, answered_extension, employee_id, started_at, answered_at, ended_at, wait_seconds,
             talk_seconds, transfers, first_call, attempts, resynchronised, merged_into, task_id, result, next_step, note,
             topic, resolved_at, answered_announced, ended_announced, version
         from calls
         where group_id = $1 and merged_into = ''
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
