//! What the exchange tells of a call.

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::row::CallWrite;

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
