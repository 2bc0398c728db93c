//! Sessions, stored under the hash of their token.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use edina_postgres::Readers;
use sqlx::PgConnection;
use uuid::Uuid;

/// A session with what is needed of its account.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    /// Its account.
    pub account_id: Uuid,
    /// The name typed at sign-in.
    pub login: String,
    /// The role.
    pub role: String,
    /// The employee; empty for none.
    pub employee_id: String,
    /// Branch scope; empty means all.
    pub branches: Vec<String>,
    /// Language of the console.
    pub locale: String,
    /// auto, light, dark
    pub theme: String,
    /// When it was last used, to the minute.
    pub last_seen_at: DateTime<Utc>,
}

/// Opens a session, and sweeps those that ran out.
pub async fn insert(
    connection: &mut PgConnection,
    group_id: &str,
    token_hash: &[u8],
    account_id: Uuid,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from sessions where group_id = $1 and expires_at < $2",
        group_id,
        now
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into sessions (group_id, token_hash, account_id, created_at, last_seen_at, expires_at)
         values ($1, $2, $3, $4, $4, $5)",
        group_id,
        token_hash,
        account_id,
        now,
        expires_at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// An open session of an active account, used since `idle_since`.
pub async fn find(
    readers: &Readers,
    group_id: &str,
    token_hash: [u8; 32],
    now: DateTime<Utc>,
    idle_since: DateTime<Utc>,
) -> sqlx::Result<Option<SessionRow>> {
    let group_id: Arc<str> = group_id.into();
    readers
        .read(|connection| {
            let group_id = Arc::clone(&group_id);
            Box::pin(async move {
                sqlx::query_as!(
                    SessionRow,
                    r#"select token_hash as "token_hash!", account_id as "account_id!", login as "login!", role as "role!",
                         employee_id as "employee_id!", branches as "branches!", locale as "locale!", theme as "theme!",
                         last_seen_at as "last_seen_at!"
                     from read_session($1, $2, $3, $4)"#,
                    &*group_id,
                    &token_hash[..],
                    now,
                    idle_since
                )
                .fetch_optional(connection)
                .await
            })
        })
        .await
}

/// Notes that a session is used.
pub async fn touch(
    connection: &mut PgConnection,
    group_id: &str,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update sessions set last_seen_at = $3 where group_id = $1 and token_hash = $2",
        group_id,
        token_hash,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends a session.
pub async fn delete(connection: &mut PgConnection, group_id: &str, token_hash: &[u8]) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from sessions where group_id = $1 and token_hash = $2",
        group_id,
        token_hash
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends every session of an account.
pub async fn delete_of_account(
    connection: &mut PgConnection,
    group_id: &str,
    account_id: Uuid,
) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from sessions where group_id = $1 and account_id = $2",
        group_id,
        account_id
    )
    .execute(connection)
    .await?;
    Ok(())
}
