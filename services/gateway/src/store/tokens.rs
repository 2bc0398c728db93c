//! API tokens, stored hashed.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use edina_postgres::Readers;
use sqlx::PgConnection;
use uuid::Uuid;

/// Stores a token's hash.
pub async fn insert(
    connection: &mut PgConnection,
    group_id: &str,
    token_hash: &[u8],
    name: &str,
    role: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into api_tokens (group_id, token_hash, token_id, name, role, created_at) values ($1, $2, $3, $4, $5, $6)",
        group_id,
        token_hash,
        Uuid::now_v7(),
        name,
        role,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The role of a token that is not revoked, with the stored hash for a constant-time comparison.
pub async fn find(
    readers: &Readers,
    group_id: &str,
    token_hash: [u8; 32],
) -> sqlx::Result<Option<(Vec<u8>, String)>> {
    let group_id: Arc<str> = group_id.into();
    readers
        .read(|connection| {
            let group_id = Arc::clone(&group_id);
            Box::pin(async move {
                let row = sqlx::query!(
                    r#"select token_hash as "token_hash!", role as "role!" from read_api_token($1, $2)"#,
                    &*group_id,
                    &token_hash[..]
                )
                .fetch_optional(connection)
                .await?;
                Ok(row.map(|row| (row.token_hash, row.role)))
            })
        })
        .await
}

/// Revokes every token of that name.
pub async fn revoke(
    connection: &mut PgConnection,
    group_id: &str,
    name: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "update api_tokens set revoked_at = $3 where group_id = $1 and name = $2 and revoked_at is null",
        group_id,
        name,
        now
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
