//! Vehicles and what records say clients are to them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::client::history::Statement;

/// Vehicles that are known, by key, and everything said about them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spoken {
    pub(crate) known: BTreeMap<String, Uuid>,
    pub(crate) statements: Vec<Statement>,
}

impl Spoken {
    /// Takes a vehicle, and what somebody said of it, if anybody did.
    pub(crate) fn take(&mut self, key: String, vehicle_id: Uuid, said: Option<Statement>) {
        self.known.insert(key, vehicle_id);
        self.statements.extend(said);
    }
}

/// A statement, of a row that has none if nothing is said.
pub(crate) fn statement(
    vehicle_id: Uuid,
    (source_record_id, root_id): (Option<Uuid>, Option<Uuid>),
    (role, at): (Option<String>, Option<DateTime<Utc>>),
    family: Option<String>,
) -> Option<Statement> {
    Some(Statement {
        vehicle_id,
        source_record_id: source_record_id?,
        root_id: root_id?,
        role: role?,
        at: at?,
        family,
    })
}

/// Vehicles by key, those that are new made; and everything said about them, which is read unless it was.
pub(crate) async fn ensure(
    connection: &mut PgConnection,
    group: &str,
    keys: &[String],
    read: Option<Spoken>,
    now: DateTime<Utc>,
) -> sqlx::Result<Spoken> {
    let mut spoken = match read {
        Some(read) => read,
        None => by_keys(connection, group, keys).await?,
    };
    let missing: Vec<String> = keys
        .iter()
        .filter(|key| !spoken.known.contains_key(*key))
        .cloned()
        .collect();
    if missing.is_empty() {
        return Ok(spoken);
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
    spoken.known.extend(made.into_iter().map(|row| (row.key, row.id)));
    let elsewhere: Vec<String> = missing
        .into_iter()
        .filter(|key| !spoken.known.contains_key(key))
        .collect();
    if !elsewhere.is_empty() {
        // Somebody made them a moment ago.
        let others = by_keys(connection, group, &elsewhere).await?;
        spoken.known.extend(others.known);
        spoken.statements.extend(others.statements);
    }
    Ok(spoken)
}

/// Vehicles of known keys, and everything said about them.
async fn by_keys(connection: &mut PgConnection, group: &str, keys: &[String]) -> sqlx::Result<Spoken> {
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
    let mut spoken = Spoken::default();
    for row in rows {
        let said = statement(
            row.id,
            (row.source_record_id, row.root_id),
            (row.role, row.at),
            row.family,
        );
        spoken.take(row.key, row.id, said);
    }
    Ok(spoken)
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
