//! Wordings that people changed.

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use sqlx::PgConnection;

/// A changed wording.
pub struct WordingRow {
    pub template: String,
    pub locale: String,
    pub subject: Option<String>,
    pub body: String,
    pub version: i64,
}

/// All of the group; there are two for each template at most.
pub async fn list(connection: &mut PgConnection, group: &GroupId) -> sqlx::Result<Vec<WordingRow>> {
    sqlx::query_as!(
        WordingRow,
        "select template, locale, subject, body, version from wordings where group_id = $1
         order by template, locale limit 200",
        group.as_str()
    )
    .fetch_all(connection)
    .await
}

/// One of them.
pub async fn get(
    connection: &mut PgConnection,
    group: &GroupId,
    template: &str,
    locale: &str,
) -> sqlx::Result<Option<WordingRow>> {
    sqlx::query_as!(
        WordingRow,
        "select template, locale, subject, body, version from wordings
         where group_id = $1 and template = $2 and locale = $3",
        group.as_str(),
        template,
        locale
    )
    .fetch_optional(connection)
    .await
}

/// Stores it; answers its version.
pub async fn put(
    connection: &mut PgConnection,
    group: &GroupId,
    row: &WordingRow,
    now: DateTime<Utc>,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "insert into wordings (group_id, template, locale, subject, body, version, updated_at)
         values ($1, $2, $3, $4, $5, 1, $6)
         on conflict (group_id, template, locale) do update set subject = excluded.subject, body = excluded.body,
             version = wordings.version + 1, updated_at = excluded.updated_at
         returning version",
        group.as_str(),
        row.template,
        row.locale,
        row.subject,
        row.body,
        now
    )
    .fetch_one(connection)
    .await
}

/// Back to the built-in wording.
pub async fn remove(
    connection: &mut PgConnection,
    group: &GroupId,
    template: &str,
    locale: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from wordings where group_id = $1 and template = $2 and locale = $3",
        group.as_str(),
        template,
        locale
    )
    .execute(connection)
    .await?;
    Ok(())
}
