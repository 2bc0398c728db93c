//! Messages and the changes they went through.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

/// One thing the gate looked at, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weighed {
    pub code: String,
    pub passed: bool,
}

/// A message as stored. No `Debug`: it holds personal data.
#[derive(Clone)]
pub struct MessageRow {
    pub id: Uuid,
    pub trigger_type: String,
    pub trigger_id: String,
    pub occasion: String,
    pub recipient_key: String,
    pub client_id: String,
    pub employee_id: String,
    pub about_client_id: String,
    pub branch_id: String,
    pub lead_id: String,
    pub call_id: String,
    pub channel: String,
    pub kind: String,
    pub template: String,
    pub locale: String,
    pub state: String,
    pub recipient: String,
    /// Which contact of the client that is, in the registry's word; empty when it is none of his.
    pub contact_ref: String,
    pub subject: String,
    pub body: String,
    pub parts: i32,
    pub reasons: Json<Vec<Weighed>>,
    pub error: String,
    pub attempts: i32,
    pub sandboxed: bool,
    pub created_at: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
    pub delivered_at: Option<DateTime<Utc>>,
    pub deferred_until: Option<DateTime<Utc>>,
    pub version: i64,
}

/// Something to be said to somebody because of a fact.
#[derive(Debug, Clone, Default)]
pub struct Intent {
    pub trigger_event: Uuid,
    pub trigger_type: String,
    pub trigger_id: String,
    pub occasion: &'static str,
    pub client_id: String,
    pub employee_id: String,
    pub about_client_id: String,
    pub branch_id: String,
    pub lead_id: String,
    pub call_id: String,
    pub channel: &'static str,
    pub template: &'static str,
}

impl Intent {
    /// One line of people waits for their messages by this.
    pub fn recipient_key(&self) -> String {
        if self.client_id.is_empty() {
            format!("employee:{}", self.employee_id)
        } else {
            format!("client:{}", self.client_id)
        }
    }
}

/// A change for the message's history.
pub struct ChangeRow {
    pub message_id: Uuid,
    pub state: String,
    pub at: DateTime<Utc>,
    pub detail_ru: String,
    pub detail_en: String,
}

/// Stores intents with the first line of their history, but for those their facts made before. Answers the ids that are
/// new, and of each whether it surely waits for an earlier message to the same recipient: who leaves will see it, as in
/// [`must_wait`]. No means that it must ask.
pub async fn insert(
    connection: &mut PgConnection,
    group: &GroupId,
    intents: &[(Uuid, &Intent)],
    now: DateTime<Utc>,
) -> sqlx::Result<HashMap<Uuid, bool>> {
    let texts = |read: fn(&Intent) -> &str| -> Vec<String> {
        intents
            .iter()
            .map(|(_, intent)| read(intent).to_owned())
            .collect()
    };
    let keys: Vec<String> = intents.iter().map(|(_, intent)| intent.recipient_key()).collect();
    let ids: Vec<Uuid> = intents.iter().map(|(id, _)| *id).collect();
    let events: Vec<Uuid> = intents.iter().map(|(_, intent)| intent.trigger_event).collect();
    let turns = turns_free(connection, group, &keys).await?;
    let rows = sqlx::query!(
        r#"with fresh as (
             insert into messages (group_id, id, trigger_event, trigger_type, trigger_id, occasion, recipient_key,
                 client_id, employee_id, about_client_id, branch_id, lead_id, call_id, channel, kind, template, state,
                 created_at)
             select $1, id, trigger_event, trigger_type, trigger_id, occasion, recipient_key, client_id, employee_id,
                 about_client_id, branch_id, lead_id, call_id, channel, 'service', template, 'queued', $2
             from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                     $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[])
                 as intent (id, trigger_event, trigger_type, trigger_id, occasion, recipient_key, client_id, employee_id,
                     about_client_id, branch_id, lead_id, call_id, channel, template)
             on conflict (group_id, trigger_event, occasion, recipient_key) do nothing
             returning id, recipient_key
         ), noted as (
             insert into message_changes (group_id, message_id, version, state, at)
             select $1, id, 1, 'queued', $2 from fresh
         )
         select id as "id!", recipient_key = any($17) and exists(select from messages elder
                 where elder.group_id = $1 and elder.recipient_key = fresh.recipient_key
                     and elder.state in ('queued', 'sending') and (elder.created_at, elder.id) < ($2, fresh.id))
             as "waits!"
         from fresh"#,
        group.as_str(),
        now,
        &ids,
        &events,
        &texts(|intent| &intent.trigger_type),
        &texts(|intent| &intent.trigger_id),
        &texts(|intent| intent.occasion),
        &keys,
        &texts(|intent| &intent.client_id),
        &texts(|intent| &intent.employee_id),
        &texts(|intent| &intent.about_client_id),
        &texts(|intent| &intent.branch_id),
        &texts(|intent| &intent.lead_id),
        &texts(|intent| &intent.call_id),
        &texts(|intent| intent.channel),
        &texts(|intent| intent.template),
        &turns
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.waits)).collect())
}

/// Of these recipients those at whose turn nobody is at this moment; nobody will be until the transaction ends. Who is
/// there is not waited for: several are held here at once.
async fn turns_free(
    connection: &mut PgConnection,
    group: &GroupId,
    recipients: &[String],
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"select key as "key!" from unnest($2::text[]) as key
           where pg_try_advisory_xact_lock(hashtextextended($1 || '/turn/' || key, 0))"#,
        group.as_str(),
        recipients
    )
    .fetch_all(connection)
    .await
}

/// Reads rows of messages; the columns stand here once.
macro_rules! rows {
    ($which:tt, $($argument:expr),+) => {
        sqlx::query_as!(
            MessageRow,
            r#"select id, trigger_type, trigger_id, occasion, recipient_key, client_id, employee_id, about_client_id,
                   branch_id, lead_id, call_id, channel, kind, template, locale, state, recipient,
                   contact_ref, subject, body, parts,
                   reasons as "reasons: Json<Vec<Weighed>>", error, attempts, sandboxed, created_at, sent_at,
                   delivered_at, deferred_until, version
               from messages "# + $which,
            $($argument),+
        )
    };
}

/// One message.
pub async fn get(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
) -> sqlx::Result<Option<MessageRow>> {
    rows!("where group_id = $1 and id = $2", group.as_str(), id)
        .fetch_optional(connection)
        .await
}

/// One message, locked until the transaction ends.
pub async fn lock(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
) -> sqlx::Result<Option<MessageRow>> {
    rows!("where group_id = $1 and id = $2 for update", group.as_str(), id)
        .fetch_optional(connection)
        .await
}

/// Those of the messages that have left the house, locked until the transaction ends. In the order of their ids, so
/// that nobody waits in a ring.
pub async fn lock_gone(
    connection: &mut PgConnection,
    group: &GroupId,
    ids: &[Uuid],
) -> sqlx::Result<Vec<MessageRow>> {
    rows!(
        "where group_id = $1 and id = any($2) and state not in ('queued', 'deferred', 'sending')
         order by id for update",
        group.as_str(),
        ids
    )
    .fetch_all(connection)
    .await
}

/// Stores what may change of the message, with the next version and a line of its history.
pub async fn save(
    connection: &mut PgConnection,
    group: &GroupId,
    row: &mut MessageRow,
    detail: (&str, &str),
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    row.version += 1;
    let (ru, en) = detail;
    sqlx::query!(
        "with saved as (
             update messages set channel = $3, template = $4, locale = $5, state = $6, recipient = $7, subject = $8,
                 body = $9, parts = $10, reasons = $11, error = $12, attempts = $13, sandboxed = $14, sent_at = $15,
                 delivered_at = $16, deferred_until = $17, version = $18, contact_ref = $22
             where group_id = $1 and id = $2)
         insert into message_changes (group_id, message_id, version, state, at, detail_ru, detail_en)
         values ($1, $2, $18, $6, $19, $20, $21)",
        group.as_str(),
        row.id,
        row.channel,
        row.template,
        row.locale,
        row.state,
        row.recipient,
        row.subject,
        row.body,
        row.parts,
        Json(&row.reasons.0) as _,
        row.error,
        row.attempts,
        row.sandboxed,
        row.sent_at,
        row.delivered_at,
        row.deferred_until,
        row.version,
        now,
        ru,
        en,
        row.contact_ref
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether the client has had a message on this occasion since then. Holds off others who ask the same.
pub async fn had_since(
    connection: &mut PgConnection,
    group: &GroupId,
    client_id: &str,
    occasion: &str,
    since: DateTime<Utc>,
) -> sqlx::Result<bool> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))",
        format!("{group}/{occasion}/{client_id}")
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query_scalar!(
        r#"select exists(select from messages where group_id = $1 and client_id = $2 and occasion = $3
               and created_at > $4) as "had!""#,
        group.as_str(),
        client_id,
        occasion,
        since
    )
    .fetch_one(connection)
    .await
}
