//! What people put right. Nothing is deleted: an undone correction bears who took it back and when.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::client::search_terms::Term;

/// A correction to be stored.
#[derive(Debug)]
pub(crate) struct NewCorrection<'a> {
    pub(crate) id: Uuid,
    pub(crate) client_id: Uuid,
    pub(crate) field: &'a str,
    pub(crate) value: &'a str,
    pub(crate) at: DateTime<Utc>,
    pub(crate) by_employee_id: &'a str,
}

/// Stores a correction.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    group: &str,
    new: &NewCorrection<'_>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into corrections (group_id, id, client_id, field, value, at, by_employee_id)
         values ($1, $2, $3, $4, $5, $6, $7)",
        group,
        new.id,
        new.client_id,
        new.field,
        new.value,
        new.at,
        new.by_employee_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a correction back; answers its client and field, nothing when there is no such correction in force.
pub(crate) async fn undo(
    connection: &mut PgConnection,
    group: &str,
    id: Uuid,
    at: DateTime<Utc>,
    by_employee_id: &str,
) -> sqlx::Result<Option<(Uuid, String)>> {
    let row = sqlx::query!(
        "update corrections set undone_at = $3, undone_by = $4
         where group_id = $1 and id = $2 and undone_at is null returning client_id, field",
        group,
        id,
        at,
        by_employee_id
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.client_id, row.field)))
}

/// Lets a client be found by these terms, too.
pub(crate) async fn index(
    connection: &mut PgConnection,
    group: &str,
    client_id: Uuid,
    terms: &[Term],
) -> sqlx::Result<()> {
    let kinds: Vec<String> = terms.iter().map(|term| term.kind.to_owned()).collect();
    let words: Vec<String> = terms.iter().map(|term| term.term.clone()).collect();
    let shown: Vec<String> = terms.iter().map(|term| term.shown.clone()).collect();
    sqlx::query!(
        "insert into search_terms (group_id, kind, term, client_id, shown)
         select $1, t.kind, t.term, $2, t.shown from unnest($3::text[], $4::text[], $5::text[]) as t (kind, term, shown)
         on conflict do nothing",
        group,
        client_id,
        &kinds,
        &words,
        &shown
    )
    .execute(connection)
    .await?;
    Ok(())
}
