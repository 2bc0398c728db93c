//! Lists of messages, newest first, with their histories.

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::messages::{ChangeRow, MessageRow, Weighed};

/// What a list is asked for; empty fields do not filter.
#[derive(Debug, Default, Clone)]
pub struct MessageFilter {
    pub client_ids: Vec<String>,
    pub state: String,
    pub channel: String,
}

/// Newest first, older than `before`.
pub async fn list(
    connection: &mut PgConnection,
    group: &GroupId,
    filter: &MessageFilter,
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<MessageRow>> {
    let (before_at, before_id) = before.unzip();
    sqlx::query_as!(
        MessageRow,
        r#"select id, trigger_type, trigger_id, occasion, recipient_key, client_id, employee_id, about_client_id, branch_id,
               lead_id, call_id, channel, kind, template, locale, state, recipient, contact_ref, subject, body, parts,
               reasons as "reasons: Json<Vec<Weighed>>", error, attempts, sandboxed, created_at, sent_at, delivered_at,
               deferred_until, version
           from messages
           where group_id = $1
             and (cardinality($2::text[]) = 0 or client_id = any($2))
             and ($3 = '' or state = $3) and ($4 = '' or channel = $4)
             and ($5::timestamptz is null or (created_at, id) < ($5, $6))
           order by created_at desc, id desc limit $7"#,
        group.as_str(),
        &filter.client_ids,
        filter.state,
        filter.channel,
        before_at,
        before_id,
        limit
    )
    .fetch_all(connection)
    .await
}

/// The histories of these messages, each oldest first.
pub async fn changes(
    connection: &mut PgConnection,
    group: &GroupId,
    messages: &[Uuid],
) -> sqlx::Result<Vec<ChangeRow>> {
    sqlx::query_as!(
        ChangeRow,
        "select message_id, state, at, detail_ru, detail_en from message_changes
         where group_id = $1 and message_id = any($2) order by message_id, version limit 10000",
        group.as_str(),
        messages
    )
    .fetch_all(connection)
    .await
}

/// Provider ids of these messages' parts.
pub async fn provider_ids(
    connection: &mut PgConnection,
    group: &GroupId,
    messages: &[Uuid],
) -> sqlx::Result<Vec<(Uuid, String)>> {
    let rows = sqlx::query!(
        "select message_id, provider_id from provider_parts where group_id = $1 and message_id = any($2)
         order by message_id, at, provider_id limit 10000",
        group.as_str(),
        messages
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.message_id, row.provider_id))
        .collect())
}
