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

/// A correction of a field.
pub(crate) struct Corrected {
    pub(crate) client_id: Uuid,
    pub(crate) field: String,
    pub(crate) value: String,
}

/// Takes a correction back; nothing when there is no such correction in force.
pub(crate) async fn undo(
    connection: &mut PgConnection,
    group: &str,
    id: Uuid,
    at: DateTime<Utc>,
    by_employee_id: &str,
) -> sqlx::Result<Option<Corrected>> {
    sqlx::query_as!(
        Corrected,
        "update corrections set undone_at = $3, undone_by = $4
         where group_id = $1 and id = $2 and undone_at is null returning client_id, field, value",
        group,
        id,
        at,
        by_employee_id
    )
    .fetch_optional(connection)
    .await
}

/// What is corrected of these clients in one of these fields.
pub(crate) async fn in_force(
    connection: &mut PgConnection,
    group: &str,
    clients: &[Uuid],
    fields: &[&str],
) -> sqlx::Result<Vec<Corrected>> {
    sqlx::query_as!(
        Corrected,
        "select client_id, field, value from corrections
         where group_id = $1 and client_id = any($2) and undone_at is null and field = any($3)",
        group,
        clients,
        fields as _
    )
    .fetch_all(connection)
    .await
}

/// Clients of whom a correction in force says this, the newest first.
pub(crate) async fn clients_with(
    connection: &mut PgConnection,
    group: &str,
    field: &str,
    value: &str,
    most: i64,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select client_id from corrections
         where group_id = $1 and field = $2 and value = $3 and undone_at is null
         order by at desc, id desc limit $4",
        group,
        field,
        value,
        most
    )
    .fetch_all(connection)
    .await
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
