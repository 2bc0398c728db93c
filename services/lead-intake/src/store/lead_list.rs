//! Lists of leads: filtered, paged, counted by step.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::leads::{LeadRow, MoveRow, rows};
use crate::lead::{Lead, Vehicle};

/// What a list is asked for; empty fields do not filter.
#[derive(Debug, Default, Clone)]
pub struct LeadFilter {
    pub client_ids: Vec<String>,
    pub branch_id: String,
    pub owner_employee_id: String,
    pub status: String,
    pub step: String,
    pub source_name: String,
    pub overdue_only: bool,
    /// Branches in the asking person's scope; empty means all.
    pub scope: Vec<String>,
}

/// Newest first, older than `before`.
pub async fn list(
    connection: &mut PgConnection,
    group: &GroupId,
    filter: &LeadFilter,
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<LeadRow>> {
    let (before_at, before_id) = before.unzip();
    rows!(
        r#"where group_id = $1
             and (cardinality($2::text[]) = 0 or client_id = any($2))
             and ($3 = '' or branch_id = $3) and ($4 = '' or owner_employee_id = $4)
             and ($5 = '' or status = $5) and ($6 = '' or step = $6) and ($7 = '' or source_name = $7)
             and (not $8 or (overdue and status = 'open' and answered_at is null))
             and (cardinality($9::text[]) = 0 or branch_id = any($9))
             and ($10::timestamptz is null or (received_at, id) < ($10, $11))
           order by received_at desc, id desc limit $12"#,
        group.as_str(),
        &filter.client_ids,
        filter.branch_id,
        filter.owner_employee_id,
        filter.status,
        filter.step,
        filter.source_name,
        filter.overdue_only,
        &filter.scope,
        before_at,
        before_id,
        limit
    )
    .fetch_all(connection)
    .await
}

/// Open leads per step for the same filter.
pub async fn counts(
    connection: &mut PgConnection,
    group: &GroupId,
    filter: &LeadFilter,
) -> sqlx::Result<HashMap<String, u32>> {
    let rows = sqlx::query!(
        r#"select step, count(*) as "count!" from leads
           where group_id = $1 and status = 'open'
             and (cardinality($2::text[]) = 0 or client_id = any($2))
             and ($3 = '' or branch_id = $3) and ($4 = '' or owner_employee_id = $4) and ($5 = '' or source_name = $5)
             and (cardinality($6::text[]) = 0 or branch_id = any($6))
           group by step"#,
        group.as_str(),
        &filter.client_ids,
        filter.branch_id,
        filter.owner_employee_id,
        filter.source_name,
        &filter.scope
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.step, u32::try_from(row.count).unwrap_or(u32::MAX)))
        .collect())
}

/// The moves of a lead, oldest first; at most 200.
pub async fn moves(
    connection: &mut PgConnection,
    group: &GroupId,
    lead_id: Uuid,
) -> sqlx::Result<Vec<MoveRow>> {
    sqlx::query_as!(
        MoveRow,
        "select from_step, to_step, at, actor_employee_id from lead_moves
         where group_id = $1 and lead_id = $2 order by at limit 200",
        group.as_str(),
        lead_id
    )
    .fetch_all(connection)
    .await
}
