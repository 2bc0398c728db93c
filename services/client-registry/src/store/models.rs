//! Models learned from a group's records, and where deciding begins.

use chrono::{DateTime, Utc};
use edina_identity::engine::{Model, model::MODEL_VERSION};
use sqlx::{PgConnection, types::Json};

/// What a group has set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// 0: the model that Edina comes with.
    pub(crate) model_version: i32,
    pub(crate) link_bits: Option<f64>,
    pub(crate) ask_bits: Option<f64>,
}

/// The settings of the group.
pub(crate) async fn settings(connection: &mut PgConnection, group: &str) -> sqlx::Result<Settings> {
    let found = sqlx::query_as!(
        Settings,
        "select model_version, link_bits, ask_bits from identity_settings where group_id = $1",
        group
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.unwrap_or_default())
}

/// A model by its number; none when its layout is another version's.
pub(crate) async fn find(
    connection: &mut PgConnection,
    group: &str,
    version: i32,
) -> sqlx::Result<Option<Model>> {
    let found = sqlx::query_scalar!(
        r#"select model as "model!: Json<serde_json::Value>" from identity_models
         where group_id = $1 and version = $2"#,
        group,
        version
    )
    .fetch_optional(connection)
    .await?;
    Ok(found
        .and_then(|stored| serde_json::from_value::<Model>(stored.0).ok())
        .filter(|model| model.version == MODEL_VERSION))
}

/// What is known of a stored model.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) version: i32,
    /// Records it was learned from.
    pub(crate) records: i64,
    pub(crate) trained_at: DateTime<Utc>,
    pub(crate) by_employee_id: String,
}

/// The number of the next model.
pub(crate) async fn next_version(connection: &mut PgConnection, group: &str) -> sqlx::Result<i32> {
    sqlx::query_scalar!(
        r#"select coalesce(max(version), 0) + 1 as "next!" from identity_models where group_id = $1"#,
        group
    )
    .fetch_one(connection)
    .await
}

/// Stores a model beside those before it.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    group: &str,
    kept: &Kept,
    model: &Model,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into identity_models (group_id, version, model, records, trained_at, by_employee_id)
         values ($1, $2, $3, $4, $5, $6)",
        group,
        kept.version,
        Json(model) as _,
        kept.records,
        kept.trained_at,
        kept.by_employee_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Every model of the group, the newest last.
pub(crate) async fn all(connection: &mut PgConnection, group: &str) -> sqlx::Result<Vec<Kept>> {
    sqlx::query_as!(
        Kept,
        "select version, records, trained_at, by_employee_id from identity_models where group_id = $1 order by version",
        group
    )
    .fetch_all(connection)
    .await
}

/// Stores the settings of the group.
pub(crate) async fn set(connection: &mut PgConnection, group: &str, settings: &Settings) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into identity_settings (group_id, model_version, link_bits, ask_bits) values ($1, $2, $3, $4)
         on conflict (group_id) do update set model_version = excluded.model_version, link_bits = excluded.link_bits,
             ask_bits = excluded.ask_bits",
        group,
        settings.model_version,
        settings.link_bits,
        settings.ask_bits
    )
    .execute(connection)
    .await?;
    Ok(())
}
