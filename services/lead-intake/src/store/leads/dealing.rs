//! What becomes of a lead: answered or overdue, moved along the steps, won, lost, opened again.

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{LeadRow, rows};
use crate::{
    intake::Close,
    lead::{Lead, Vehicle, status::Status},
};

/// A move along the steps.
#[derive(Debug, Serialize, Deserialize)]
pub struct MoveRow {
    pub from_step: String,
    pub to_step: String,
    pub at: DateTime<Utc>,
    pub actor_employee_id: String,
}

/// Marks it overdue; answers the new version.
pub async fn set_overdue(connection: &mut PgConnection, group: &GroupId, id: Uuid) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "update leads set overdue = true, version = version + 1 where group_id = $1 and id = $2 returning version",
        group.as_str(),
        id
    )
    .fetch_one(connection)
    .await
}

/// Stops the response clock; answers the new version.
pub async fn set_answered(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    at: DateTime<Utc>,
    by: &str,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "update leads set answered_at = $3, answered_by = $4, version = version + 1
         where group_id = $1 and id = $2 returning version",
        group.as_str(),
        id,
        at,
        by
    )
    .fetch_one(connection)
    .await
}

/// Moves to a step; answers the new version.
pub async fn set_step(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    step: &str,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "update leads set step = $3, version = version + 1 where group_id = $1 and id = $2 returning version",
        group.as_str(),
        id,
        step
    )
    .fetch_one(connection)
    .await
}

/// Ends the lead; answers the new version.
pub async fn close(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    status: Status,
    close: &Close,
    employee_id: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<i64> {
    let sold = close.vehicle.as_ref().map(|vehicle| {
        let text = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        Json(Vehicle {
            make: text(&vehicle.make),
            model: text(&vehicle.model),
            vin: text(&vehicle.vin),
            plate: text(&vehicle.plate),
            year: u16::try_from(vehicle.year).ok().filter(|year| *year > 0),
            ..Vehicle::default()
        })
    });
    sqlx::query_scalar!(
        "update leads set status = $3, close_reason = $4, close_note = $5, closed_at = $6, closed_by = $7,
             amount_minor = $8, amount_currency = $9, sold_vehicle = coalesce($10, sold_vehicle), version = version + 1
         where group_id = $1 and id = $2 returning version",
        group.as_str(),
        id,
        status.as_str(),
        close.reason,
        close.note,
        now,
        employee_id,
        close.amount.as_ref().map(|amount| amount.minor),
        close.amount.as_ref().map(|amount| amount.currency.clone()),
        sold as _
    )
    .fetch_one(connection)
    .await
}

/// Opens it again; answers the new version.
pub async fn reopen(connection: &mut PgConnection, group: &GroupId, id: Uuid) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "update leads set status = 'open', close_reason = '', close_note = '', closed_at = null, closed_by = '',
             version = version + 1 where group_id = $1 and id = $2 returning version",
        group.as_str(),
        id
    )
    .fetch_one(connection)
    .await
}

/// Notes a move.
#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
pub async fn insert_move(
    connection: &mut PgConnection,
    group: &GroupId,
    lead_id: Uuid,
    at: DateTime<Utc>,
    from: &str,
    to: &str,
    employee_id: &str,
    reason: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into lead_moves (group_id, lead_id, at, from_step, to_step, actor_employee_id, reason)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        group.as_str(),
        lead_id,
        at,
        from,
        to,
        employee_id,
        reason
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The open, unanswered leads of a client that had come by then, locked.
pub async fn unanswered_of_client(
    connection: &mut PgConnection,
    group: &GroupId,
    client_id: &str,
    at: DateTime<Utc>,
) -> sqlx::Result<Vec<LeadRow>> {
    rows!(
        "where group_id = $1 and client_id = $2 and client_id <> '' and status = 'open'
             and answered_at is null and received_at <= $3 order by id for update",
        group.as_str(),
        client_id,
        at
    )
    .fetch_all(connection)
    .await
}
