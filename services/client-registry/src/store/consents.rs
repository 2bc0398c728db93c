//! The consent ledger: lines are added, never changed.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::client::history::ConsentEntry;

/// Every line said of these clients. One that came along with a moved record covers its client only.
pub(crate) async fn ledger(
    connection: &mut PgConnection,
    group: &str,
    ids: &[Uuid],
) -> sqlx::Result<Vec<ConsentEntry>> {
    sqlx::query_as!(
        ConsentEntry,
        r#"select id, client_id,
             case when home_client_id <> client_id then array[client_id] else covers end as "covers!", purpose, channel, granted, text_version, proof, source, at from consents
         where group_id = $1 and client_id = any($2) order by id"#,
        group,
        ids
    )
    .fetch_all(connection)
    .await
}

/// Adds a line.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    group: &str,
    line: &ConsentEntry,
    record_id: Option<Uuid>,
    recorded_at: DateTime<Utc>,
    by_employee_id: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into consents (group_id, id, client_id, covers, purpose, channel, granted, text_version, proof, source,
             at, recorded_at, by_employee_id, source_record_id, home_client_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $3)",
        group,
        line.id,
        line.client_id,
        &line.covers,
        line.purpose,
        line.channel,
        line.granted,
        line.text_version,
        line.proof,
        line.source,
        line.at,
        recorded_at,
        by_employee_id,
        record_id
    )
    .execute(connection)
    .await?;
    Ok(())
}
