//! The consent ledger: lines are added, never changed; one that was taken back bears who did and when.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::client::history::ConsentEntry;

/// Reads lines. One that came along with a moved record covers its client only.
macro_rules! lines {
    ($where:literal, $($argument:expr),+) => {
        sqlx::query_as!(
            ConsentEntry,
            r#"select id, client_id,
                 case when home_client_id <> client_id then array[client_id] else covers end as "covers!", purpose,
                 channel, granted, text_version, proof, source, at, by_employee_id,
                 coalesce(said_id, id) as "said_id!", source_record_id, undone_at, undone_by
             from consents where group_id = $1 and "# + $where,
            $($argument),+
        )
    };
}

/// Every line said of these clients, also those taken back.
pub(crate) async fn ledger(
    connection: &mut PgConnection,
    group: &str,
    ids: &[Uuid],
) -> sqlx::Result<Vec<ConsentEntry>> {
    lines!("client_id = any($2) order by id", group, ids)
        .fetch_all(connection)
        .await
}

/// Lines by their ids.
pub(crate) async fn lines(
    connection: &mut PgConnection,
    group: &str,
    ids: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, ConsentEntry>> {
    let lines = lines!("id = any($2)", group, ids).fetch_all(connection).await?;
    Ok(lines.into_iter().map(|line| (line.id, line)).collect())
}

/// The lines of one word, locked until the transaction ends; none when there is no such word.
pub(crate) async fn of_word(
    connection: &mut PgConnection,
    group: &str,
    said_id: Uuid,
) -> sqlx::Result<Vec<ConsentEntry>> {
    lines!(
        "(id = $2 and said_id is null or said_id = $2) order by id for update",
        group,
        said_id
    )
    .fetch_all(connection)
    .await
}

/// Takes a word back.
pub(crate) async fn undo(
    connection: &mut PgConnection,
    group: &str,
    lines: &[Uuid],
    at: DateTime<Utc>,
    by_employee_id: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update consents set undone_at = $3, undone_by = $4
         where group_id = $1 and id = any($2) and undone_at is null",
        group,
        lines,
        at,
        by_employee_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds a line, which may have come along with the move of a record.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    group: &str,
    line: &ConsentEntry,
    carried_by: Option<Uuid>,
    recorded_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into consents (group_id, id, client_id, covers, purpose, channel, granted, text_version, proof, source,
             at, recorded_at, by_employee_id, source_record_id, home_client_id, said_id, carried_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $3, $15, $16)",
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
        line.by_employee_id,
        line.source_record_id,
        Some(line.said_id).filter(|said| *said != line.id),
        carried_by
    )
    .execute(connection)
    .await?;
    Ok(())
}
