//! What records are found by beyond what they were given when they came: see [`crate::registry::regain`].

use std::collections::BTreeSet;

use edina_identity::{Profile, engine::profile::PROFILE_VERSION};
use sqlx::PgConnection;
use uuid::Uuid;

/// A record that came.
pub(crate) struct Came {
    pub(crate) record_id: Uuid,
    pub(crate) client_id: Uuid,
    pub(crate) profile: Profile,
}

/// Some records that came after this one, in the order of their ids. Those of another version get all their keys when they
/// are read anew.
pub(crate) async fn came(
    connection: &mut PgConnection,
    group: &str,
    after: Uuid,
    portion: i64,
) -> sqlx::Result<Vec<Came>> {
    let rows = sqlx::query!(
        r#"select id, client_id, profile as "profile!" from source_records
         where group_id = $1 and id > $2 and profile_version = $3 and profile is not null and not withdrawn
         order by id limit $4"#,
        group,
        after,
        PROFILE_VERSION,
        portion
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Came {
            record_id: row.id,
            client_id: row.client_id,
            profile: serde_json::from_str(&row.profile).unwrap_or_default(),
        })
        .collect())
}

/// Gives keys to clients.
pub(crate) async fn hold(
    connection: &mut PgConnection,
    group: &str,
    missing: &BTreeSet<(i64, Uuid)>,
) -> sqlx::Result<()> {
    let (keys, clients): (Vec<i64>, Vec<Uuid>) = missing.iter().copied().unzip();
    sqlx::query!(
        "insert into client_keys (group_id, key, client_id)
         select $1, * from unnest($2::bigint[], $3::uuid[]) on conflict do nothing",
        group,
        &keys,
        &clients
    )
    .execute(connection)
    .await?;
    Ok(())
}
