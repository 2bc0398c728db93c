//! Models learned from a group's records, and where deciding begins.

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
