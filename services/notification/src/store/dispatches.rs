//! Hand-overs to providers, found without knowing the group.

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

/// Digest of an address, as stored.
pub fn digest(address: &str) -> Vec<u8> {
    Sha256::digest(address.as_bytes()).to_vec()
}

/// Notes that the message is being handed over; again after a sure failure.
pub async fn begin(
    connection: &mut PgConnection,
    group: &GroupId,
    message: Uuid,
    provider: &str,
    address: &str,
    parts: i32,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into dispatches (message_id, group_id, provider, recipient_digest, state, parts, at)
         values ($1, $2, $3, $4, 'sending', $5, $6)
         on conflict (message_id) do update set provider = excluded.provider, state = 'sending',
             recipient_digest = excluded.recipient_digest, parts = excluded.parts, at = excluded.at",
        message,
        group.as_str(),
        provider,
        digest(address),
        parts,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// answered, in_doubt or not_sent
pub async fn end(connection: &mut PgConnection, message: Uuid, state: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "update dispatches set state = $2 where message_id = $1",
        message,
        state
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Group and provider of a message that was handed over. Needs the system scope.
pub async fn owner(connection: &mut PgConnection, message: Uuid) -> sqlx::Result<Option<(String, String)>> {
    let row = sqlx::query!(
        "select group_id, provider from dispatches where message_id = $1",
        message
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.group_id, row.provider)))
}
