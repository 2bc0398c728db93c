//! Contacts that proved to reach the client.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// How a contact proved itself.
#[derive(Debug)]
pub(crate) struct Proof<'a> {
    /// phone, email, address, messenger
    pub(crate) kind: &'a str,
    pub(crate) value: &'a str,
    /// answered_call, delivered_message, click, visit, document, person
    pub(crate) by_what: &'a str,
    /// The call or message.
    pub(crate) ref_id: &'a str,
    /// Empty: nobody, it showed by itself.
    pub(crate) by_employee_id: &'a str,
}

/// Notes a proof, once per call or message.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    group: &str,
    client_id: Uuid,
    proof: &Proof<'_>,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into confirmations (group_id, client_id, kind, value, at, by_what, ref_id, by_employee_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        group,
        client_id,
        proof.kind,
        proof.value,
        at,
        proof.by_what,
        proof.ref_id,
        proof.by_employee_id
    )
    .execute(connection)
    .await?;
    Ok(())
}
