//! Vehicles and what records say clients are to them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::client::history::Statement;

/// The vehicle of a key; made when it is new.
pub(crate) async fn ensure(
    connection: &mut PgConnection,
    group: &str,
    key: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<Uuid> {
    sqlx::query_scalar!(
        "insert into vehicles (group_id, id, key, created_at) values ($1, $2, $3, $4)
         on conflict (group_id, key) do update set key = excluded.key returning id",
        group,
        Uuid::now_v7(),
        key,
        now
    )
    .fetch_one(connection)
    .await
}

/// A vehicle that nobody else can have spoken of, with what the record says the client is to it.
pub(crate) async fn state_new(
    connection: &mut PgConnection,
    group: &str,
    key: &str,
    client_id: Uuid,
    statement: &Statement,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "with vehicle as (insert into vehicles (group_id, id, key, created_at) values ($1, $2, $7, $8))
         insert into vehicle_statements (group_id, vehicle_id, source_record_id, client_id, role, at)
         values ($1, $2, $3, $4, $5, $6)",
        group,
        statement.vehicle_id,
        statement.source_record_id,
        client_id,
        statement.role,
        statement.at,
        key,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Ids of known keys.
pub(crate) async fn ids(
    connection: &mut PgConnection,
    group: &str,
    keys: &[String],
) -> sqlx::Result<BTreeMap<String, Uuid>> {
    let rows = sqlx::query!(
        "select key, id from vehicles where group_id = $1 and key = any($2)",
        group,
        keys
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.key, row.id)).collect())
}

/// Stores what a record says a client is to a vehicle.
pub(crate) async fn state(
    connection: &mut PgConnection,
    group: &str,
    client_id: Uuid,
    statement: &Statement,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into vehicle_statements (group_id, vehicle_id, source_record_id, client_id, role, at)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        group,
        statement.vehicle_id,
        statement.source_record_id,
        client_id,
        statement.role,
        statement.at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Everything said about one vehicle.
pub(crate) async fn statements(
    connection: &mut PgConnection,
    group: &str,
    vehicle_id: Uuid,
) -> sqlx::Result<Vec<Statement>> {
    sqlx::query_as!(
        Statement,
        "select s.vehicle_id, s.source_record_id, c.root_id, s.role, s.at from vehicle_statements s
         join clients c on c.group_id = s.group_id and c.id = s.client_id
         where s.group_id = $1 and s.vehicle_id = $2",
        group,
        vehicle_id
    )
    .fetch_all(connection)
    .await
}
