//! The switch that the demo player looks at before each of its inputs.

use chrono::{DateTime, Utc};
use edina_postgres::Database;
use edina_runtime::group::GroupId;

use crate::store;

const NAME: &str = "demo";

/// Whether the demo may play. It may until somebody switched it off.
pub async fn is_on(database: &Database, group: &GroupId) -> sqlx::Result<bool> {
    Ok(known(database, group).await?.unwrap_or(true))
}

/// The switch if it was ever set: none means that this group has no demo.
pub async fn known(database: &Database, group: &GroupId) -> sqlx::Result<Option<bool>> {
    let mut tx = database.begin(group).await?;
    let on = store::switches::get(&mut tx, group.as_str(), NAME).await?;
    tx.commit().await?;
    Ok(on)
}

/// Switches the demo.
pub async fn set(database: &Database, group: &GroupId, on: bool, now: DateTime<Utc>) -> sqlx::Result<()> {
    let mut tx = database.begin(group).await?;
    store::switches::set(&mut tx, group.as_str(), NAME, on, now).await?;
    tx.commit().await
}
