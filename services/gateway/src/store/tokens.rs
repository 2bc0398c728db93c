//! API tokens, stored hashed.

use chrono::{DateTime, Utc};
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
    connection: &mut PgConnection,
    group_id: &str,
    token_hash: &[u8],
) -> sqlx::Result<Option<(Vec<u8>, String)>> {
    let row = sqlx::query!(
        "select token_hash, role from api_tokens where group_id = $1 and token_hash = $2 and revoked_at is null",
        group_id,
        token_hash
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.token_hash, row.role)))
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
