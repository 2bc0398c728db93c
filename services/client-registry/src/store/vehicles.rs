//! Vehicles and what records say clients are to them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::client::history::Statement;

/// Vehicles by key, those that are new made; and everything said about them.
pub(crate) async fn ensure(
    connection: &mut PgConnection,
    group: &str,
    keys: &[String],
    now: DateTime<Utc>,
) -> sqlx::Result<(BTreeMap<String, Uuid>, Vec<Statement>)> {
    let (mut known, mut statements) = by_keys(connection, group, keys).await?;
    let missing: Vec<String> = keys
        .iter()
        .filter(|key| !known.contains_key(*key))
        .cloned()
        .collect();
    if missing.is_empty() {
        return Ok((known, statements));
    }
    let new: Vec<Uuid> = missing.iter().map(|_| Uuid::now_v7()).collect();
    let made = sqlx::query!(
        "insert into vehicles (group_id, id, key, created_at)
         select $1, v.id, v.key, $4 from unnest($2::uuid[], $3::text[]) as v (id, key)
         on conflict (group_id, key) do nothing returning key, id",
        group,
        &new,
        &missing,
        now
    )
    .fetch_all(&mut *connection)
    .await?;
    known.extend(made.into_iter().map(|row| (row.key, row.id)));
    let elsewhere: Vec<String> = missing
        .into_iter()
        .filter(|key| !known.contains_key(key))
        .collect();
    if !elsewhere.is_empty() {
        // Somebody made them a moment ago.
        let (others, said) = by_keys(connection, group, &elsewhere).await?;
        known.extend(others);
        statements.extend(said);
    }
    Ok((known, statements))
}

/// Vehicles of known keys, and everything said about them.
async fn by_keys(
    connection: &mut PgConnection,
    group: &str,
    keys: &[String],
) -> sqlx::Result<(BTreeMap<String, Uuid>, Vec<Statement>)> {
    let rows = sqlx::query!(
        r#"select v.key, v.id, said.source_record_id as "source_record_id?", said.root_id as "root_id?",
             said.role as "role?", said.at as "at?", said.family as "family?"
         from unnest($2::text[]) as wanted (key)
         cross join lateral (select key, id from vehicles where group_id = $1 and key = wanted.key limit 1) v
         left join lateral (
             select s.source_record_id, c.root_id, s.role, s.at, s.family from vehicle_statements s
             cross join lateral (select root_id from clients where group_id = $1 and id = s.client_id limit 1) c
             where s.group_id = $1 and s.vehicle_id = v.id offset 0
         ) said on true"#,
        group,
        keys
    )
    .fetch_all(connection)
    .await?;
    let mut known = BTreeMap::new();
    let mut statements = Vec::new();
    for row in rows {
        if let (Some(source_record_id), Some(root_id), Some(role), Some(at)) =
            (row.source_record_id, row.root_id, row.role, row.at)
        {
            statements.push(Statement {
                vehicle_id: row.id,
                source_record_id,
                root_id,
                role,
                at,
                family: row.family,
            });
        }
        known.insert(row.key, row.id);
    }
    Ok((known, statements))
}

/// Ids of known keys.
pub(crate) async fn ids(
    connection: &mut PgConnection,
    group: &str,
    keys: &[String],
) -> sqlx::Result<BTreeMap<String, Uuid>> {
    let rows = sqlx::query!(
        "select v.key, v.id from unnest($2::text[]) as wanted (key)
         cross join lateral (select key, id from vehicles where group_id = $1 and key = wanted.key limit 1) v",
        group,
        keys
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.key, row.id)).collect())
}

/// Stores what records say clients are to vehicles: the client, and the statement of him.
pub(crate) async fn state(
    connection: &mut PgConnection,
    group: &str,
    said: &[(Uuid, Statement)],
) -> sqlx::Result<()> {
    let ids = |read: fn(&(Uuid, Statement)) -> Uuid| -> Vec<Uuid> { said.iter().map(read).collect() };
    let roles: Vec<String> = said.iter().map(|(_, statement)| statement.role.clone()).collect();
    let families: Vec<String> = said
        .iter()
        .map(|(_, statement)| statement.family.clone().unwrap_or_default())
        .collect();
    let times: Vec<DateTime<Utc>> = said.iter().map(|(_, statement)| statement.at).collect();
    sqlx::query!(
        "insert into vehicle_statements (group_id, vehicle_id, source_record_id, client_id, role, at, family)
         select $1, * from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::text[])
         on conflict do nothing",
        group,
        &ids(|(_, statement)| statement.vehicle_id),
        &ids(|(_, statement)| statement.source_record_id),
        &ids(|(client_id, _)| *client_id),
        &roles,
        &times,
        &families
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Everything said about these vehicles.
pub(crate) async fn statements(
    connection: &mut PgConnection,
    group: &str,
    vehicles: &[Uuid],
) -> sqlx::Result<Vec<Statement>> {
    sqlx::query_as!(
        Statement,
        r#"select s.vehicle_id, s.source_record_id, c.root_id, s.role, s.at, s.family as "family?" from vehicle_statements s
         cross join lateral (select root_id from clients where group_id = $1 and id = s.client_id limit 1) c
         where s.group_id = $1 and s.vehicle_id = any($2)"#,
        group,
        vehicles
    )
    .fetch_all(connection)
    .await
}

/// Key of a vehicle: see [`crate::client::evidence::VehicleRead`].
pub(crate) async fn key_of(
    connection: &mut PgConnection,
    group: &str,
    id: Uuid,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "select key from vehicles where group_id = $1 and id = $2",
        group,
        id
    )
    .fetch_optional(connection)
    .await
}
