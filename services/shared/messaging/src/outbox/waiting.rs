//! What is in the outbox: how far the relay is behind, and which facts are kept.

use chrono::{DateTime, Utc};
use edina_postgres::Database;
use uuid::Uuid;

/// Facts that are committed and not published yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub facts: i64,
    /// When the oldest of them was committed; none when none waits.
    pub since: Option<DateTime<Utc>>,
}

/// What waits in the outbox, of all groups.
pub async fn waiting(database: &Database) -> sqlx::Result<Waiting> {
    let mut tx = database.begin_system().await?;
    let (facts, since) =
        sqlx::query_as("select count(*), min(created_at) from outbox where published_at is null")
            .fetch_one(&mut *tx)
            .await?;
    tx.commit().await?;
    Ok(Waiting { facts, since })
}

/// Every fact kept, published or not: its id and its group.
pub async fn kept(database: &Database) -> sqlx::Result<Vec<(Uuid, String)>> {
    let mut tx = database.begin_system().await?;
    let facts = sqlx::query_as("select id, group_id from outbox")
        .fetch_all(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(facts)
}
