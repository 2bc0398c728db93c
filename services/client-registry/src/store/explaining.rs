//! What an explanation is made of: the two sides, and what was kept of how they came together.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::client::why::{Evidence, Explained};

/// What an id names.
pub(crate) struct Named {
    /// Surviving id of the card.
    pub(crate) root_id: Uuid,
    pub(crate) client_id: Uuid,
    /// The record, if it names one.
    pub(crate) record: Option<NamedRecord>,
}

/// A record, and why it came to its client.
pub(crate) struct NamedRecord {
    pub(crate) id: Uuid,
    pub(crate) received_at: DateTime<Utc>,
    pub(crate) why: Option<Explained>,
}

/// The record, or the client, of this id.
pub(crate) async fn named(
    connection: &mut PgConnection,
    group: &str,
    id: Uuid,
) -> sqlx::Result<Option<Named>> {
    let found = sqlx::query!(
        r#"select c.root_id as "root_id!", c.id as "client_id!", r.received_at as "received_at?",
             r.why as "why: Json<Explained>"
         from source_records r join clients c on c.group_id = r.group_id and c.id = r.client_id
         where r.group_id = $1 and r.id = $2
         union all
         select root_id, id, null::timestamptz, null::jsonb from clients where group_id = $1 and id = $2"#,
        group,
        id
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.map(|row| Named {
        root_id: row.root_id,
        client_id: row.client_id,
        record: row.received_at.map(|received_at| NamedRecord {
            id,
            received_at,
            why: row.why.map(|why| why.0),
        }),
    }))
}

/// A merge with what was kept of why.
pub(crate) struct Joined {
    pub(crate) id: Uuid,
    pub(crate) kept_id: Uuid,
    pub(crate) absorbed_id: Uuid,
    pub(crate) at: DateTime<Utc>,
    pub(crate) by_employee_id: String,
    pub(crate) reason: String,
    pub(crate) cause_record_id: Option<Uuid>,
    pub(crate) model_version: Option<i32>,
    pub(crate) bits: Option<f64>,
    pub(crate) evidence: Option<Json<Vec<Evidence>>>,
}

/// Active merges of these clients, oldest first.
pub(crate) async fn joined(
    connection: &mut PgConnection,
    group: &str,
    clients: &[Uuid],
) -> sqlx::Result<Vec<Joined>> {
    sqlx::query_as!(
        Joined,
        r#"select id, kept_id, absorbed_id, at, by_employee_id, reason, cause_record_id, model_version, bits,
             evidence as "evidence: Json<Vec<Evidence>>"
         from merge_links where group_id = $1 and undone_at is null and kept_id = any($2) order by id"#,
        group,
        clients
    )
    .fetch_all(connection)
    .await
}
