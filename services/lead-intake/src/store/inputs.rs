//! Inputs as received, taken and rejected.

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::sources::{self, Counted};
use crate::{channel::Rejection, intake::Received};

/// A stored input.
#[derive(Debug)]
pub struct InputRow {
    /// Its id.
    pub id: Uuid,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// By which source.
    pub source_name: String,
    /// adf, form, journal
    pub channel: String,
    /// As sent.
    pub content_type: String,
    /// As received.
    pub body: Vec<u8>,
    /// accepted, rejected, resubmitted
    pub state: String,
    /// Field to blame.
    pub reason_field: Option<String>,
    /// Reason in Russian.
    pub reason_ru: Option<String>,
    /// Reason in English.
    pub reason_en: Option<String>,
    /// The input that corrected it.
    pub resubmitted_as: Option<Uuid>,
    /// Its leads.
    pub lead_ids: Vec<Uuid>,
}

/// An input that used an idempotency key.
#[derive(Debug)]
pub struct WithKey {
    /// Its id.
    pub id: Uuid,
    /// It was, byte for byte, the one that comes now.
    pub same_body: bool,
}

/// The input that used the key.
pub async fn by_key(
    connection: &mut PgConnection,
    received: &Received<'_>,
    key: &str,
) -> sqlx::Result<Option<WithKey>> {
    sqlx::query_as!(
        WithKey,
        r#"select id, body = $4 as "same_body!" from inputs
           where group_id = $1 and source_name = $2 and idempotency_key = $3"#,
        received.group.as_str(),
        received.source.name,
        key,
        received.body
    )
    .fetch_optional(connection)
    .await
}

/// Stores an input with at least one lead and counts what came by its source, in one of several rows. The last statement
/// of a transaction, since that row is locked by it.
pub async fn insert_accepted(
    connection: &mut PgConnection,
    id: Uuid,
    received: &Received<'_>,
    counted: &Counted<'_>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "with input as (
             insert into inputs (group_id, id, received_at, source_name, channel, content_type, body, state, idempotency_key)
             values ($1, $2, $3, $4, $5, $6, $7, 'accepted', $8)
         )
         insert into source_counts as c (group_id, source_name, shard, accepted, rejected, last_input_at)
         values ($1, $4, $9, $10, $11, $3)
         on conflict (group_id, source_name, shard) do update set accepted = c.accepted + excluded.accepted,
             rejected = c.rejected + excluded.rejected, last_input_at = greatest(c.last_input_at, excluded.last_input_at)",
        received.group.as_str(),
        id,
        counted.at,
        received.source.name,
        received.channel,
        received.content_type,
        received.body,
        received.idempotency_key,
        sources::any_shard(),
        counted.accepted,
        counted.rejected
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Stores a rejected input or part with its reason. It keeps no idempotency key: the corrected one may use it again.
pub async fn insert_rejected(
    connection: &mut PgConnection,
    id: Uuid,
    now: DateTime<Utc>,
    received: &Received<'_>,
    body: &[u8],
    part_of: Option<Uuid>,
    rejection: &Rejection,
) -> sqlx::Result<()> {
    // A reason may quote the input, and PostgreSQL stores no NUL.
    let with_expected = |message: &str| {
        let message = match &rejection.expected {
            Some(expected) => format!("{message} ({expected})"),
            None => message.to_owned(),
        };
        message.replace('\0', "")
    };
    let field = rejection.field.as_ref().map(|field| field.replace('\0', ""));
    sqlx::query!(
        "insert into inputs (group_id, id, received_at, source_name, channel, content_type, body, state, part_of,
             reason_code, reason_field, reason_ru, reason_en)
         values ($1, $2, $3, $4, $5, $6, $7, 'rejected', $8, $9, $10, $11, $12)",
        received.group.as_str(),
        id,
        now,
        received.source.name,
        received.channel,
        received.content_type,
        body,
        part_of,
        rejection.code.as_str(),
        field,
        with_expected(&rejection.message_ru),
        with_expected(&rejection.message_en)
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Points a rejected input to its correction; false if it was corrected before.
pub async fn mark_resubmitted(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    corrected_as: Uuid,
) -> sqlx::Result<bool> {
    let updated = sqlx::query!(
        "update inputs set state = 'resubmitted', resubmitted_as = $3
         where group_id = $1 and id = $2 and state = 'rejected'",
        group.as_str(),
        id,
        corrected_as
    )
    .execute(connection)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// One input.
pub async fn get(connection: &mut PgConnection, group: &GroupId, id: Uuid) -> sqlx::Result<Option<InputRow>> {
    sqlx::query_as!(
        InputRow,
        r#"select id, received_at, source_name, channel, content_type, body, state, reason_field, reason_ru, reason_en,
               resubmitted_as,
               array(select lead_id from arrivals where arrivals.group_id = $1 and input_id = inputs.id) as "lead_ids!"
           from inputs where group_id = $1 and id = $2"#,
        group.as_str(),
        id
    )
    .fetch_optional(connection)
    .await
}

/// Inputs of a state (empty: all), newest first, older than `before`.
pub async fn list(
    connection: &mut PgConnection,
    group: &GroupId,
    state: &str,
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<InputRow>> {
    let (before_at, before_id) = before.unzip();
    sqlx::query_as!(
        InputRow,
        r#"select id, received_at, source_name, channel, content_type, substring(body for 65536) as "body!", state,
               reason_field, reason_ru, reason_en, resubmitted_as,
               array(select lead_id from arrivals where arrivals.group_id = $1 and input_id = inputs.id) as "lead_ids!"
           from inputs
           where group_id = $1 and ($2 = '' or state = $2)
             and ($3::timestamptz is null or (received_at, id) < ($3, $4))
           order by received_at desc, id desc limit $5"#,
        group.as_str(),
        state,
        before_at,
        before_id,
        limit
    )
    .fetch_all(connection)
    .await
}

/// How many wait for a correction.
pub async fn rejected_count(connection: &mut PgConnection, group: &GroupId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from inputs where group_id = $1 and state = 'rejected'"#,
        group.as_str()
    )
    .fetch_one(connection)
    .await
}
