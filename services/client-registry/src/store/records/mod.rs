//! Source records: stored once, never changed.

mod indexes;
mod insert;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use edina_identity::{Normalised, Party, Profile};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::moves::UNDONE;
use crate::client::{record::Said, why::Explained};
pub(crate) use insert::{NewRecord, insert};

/// What these records said.
pub(crate) async fn said(
    connection: &mut PgConnection,
    group: &str,
    records: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, Said>> {
    let rows = sqlx::query!(
        r#"select id, raw as "raw!: Json<Said>" from source_records where group_id = $1 and id = any($2)"#,
        group,
        records
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.raw.0)).collect())
}

/// The client a record was given to, by its own id or by the id its source knows it by.
pub(crate) async fn client_of(
    connection: &mut PgConnection,
    group: &str,
    source: &str,
    external_id: &str,
) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "select client_id from source_records
         where group_id = $1 and source = $2 and external_id = $3 and external_id <> '' and not withdrawn",
        group,
        source,
        external_id
    )
    .fetch_optional(connection)
    .await
}

/// As [`client_of`] for many ids of one source, with the record; unknown ones are left out.
pub(crate) async fn places_of(
    connection: &mut PgConnection,
    group: &str,
    source: &str,
    external_ids: &[String],
) -> sqlx::Result<BTreeMap<String, Place>> {
    if external_ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = sqlx::query!(
        "select external_id, id, client_id from source_records
         where group_id = $1 and source = $2 and external_id = any($3) and external_id <> '' and not withdrawn",
        group,
        source,
        external_ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let place = Place {
                record_id: row.id,
                client_id: row.client_id,
            };
            (row.external_id, place)
        })
        .collect())
}

/// A record and whose it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) record_id: Uuid,
    pub(crate) client_id: Uuid,
}

/// Phones and client of the record a source knows by this id.
pub(crate) async fn phones_of(
    connection: &mut PgConnection,
    group: &str,
    source: &str,
    external_id: &str,
) -> sqlx::Result<Option<(Uuid, Vec<String>)>> {
    let row = sqlx::query!(
        r#"select client_id, normalised as "normalised!: Json<Normalised>" from source_records
         where group_id = $1 and source = $2 and external_id = $3 and external_id <> '' and not withdrawn"#,
        group,
        source,
        external_id
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| {
        (
            row.client_id,
            row.normalised
                .0
                .phones
                .into_iter()
                .map(|phone| phone.e164)
                .collect(),
        )
    }))
}

/// A record as it lies on its card.
pub(crate) struct OnCard {
    pub(crate) id: Uuid,
    pub(crate) client_id: Uuid,
    pub(crate) said: Json<Said>,
    pub(crate) received_at: DateTime<Utc>,
    pub(crate) outcome: String,
    pub(crate) why: Option<Json<Explained>>,
    pub(crate) import_id: Option<Uuid>,
}

/// A page of the records of these clients, the newest first.
pub(crate) async fn page(
    connection: &mut PgConnection,
    group: &str,
    clients: &[Uuid],
    before: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<OnCard>> {
    sqlx::query_as!(
        OnCard,
        r#"select id, client_id, raw as "said!: Json<Said>", received_at, outcome, why as "why: Json<Explained>",
             import_id
         from source_records where group_id = $1 and client_id = any($2) and id < $3 order by id desc limit $4"#,
        group,
        clients,
        before.unwrap_or(Uuid::max()),
        limit
    )
    .fetch_all(connection)
    .await
}

/// The client of a record; and of which side the record itself speaks, if that was read.
pub(crate) async fn place_of(
    connection: &mut PgConnection,
    group: &str,
    id: Uuid,
) -> sqlx::Result<Option<(Uuid, Party)>> {
    let row = sqlx::query!(
        "select client_id, profile from source_records where group_id = $1 and id = $2 and not withdrawn",
        group,
        id
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.client_id, party(row.profile.as_deref()))))
}

fn party(profile: Option<&str>) -> Party {
    profile
        .and_then(|stored| serde_json::from_str::<Profile>(stored).ok())
        .map_or(Party::Unknown, |profile| profile.party)
}

/// A record that a model linked.
pub(crate) struct Linked {
    pub(crate) id: Uuid,
    /// Whose it is.
    pub(crate) client_id: Uuid,
    /// Of which side it speaks.
    pub(crate) party: Party,
    /// The first of the moves that it has made since, and the client the model had given it to.
    pub(crate) moved: Option<(Uuid, Uuid)>,
}

/// Some records that a model linked and that were not parted from where it had put them.
pub(crate) async fn linked_by(
    connection: &mut PgConnection,
    group: &str,
    model_version: i32,
    portion: i64,
) -> sqlx::Result<Vec<Linked>> {
    let rows = sqlx::query!(
        r#"select r.id, r.client_id, r.profile, m.id as "move_id?", m.from_client_id as "from?" from source_records r
         left join lateral (
             select id, from_client_id, reason from record_moves
             where group_id = $1 and source_record_id = r.id and undone_at is null order by id limit 1
         ) m on true
         where r.group_id = $1 and r.outcome = 'linked' and (r.why ->> 'model_version')::integer = $2 and not r.withdrawn
           and m.reason is distinct from $4
         limit $3"#,
        group,
        model_version,
        portion,
        UNDONE
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Linked {
            id: row.id,
            client_id: row.client_id,
            party: party(row.profile.as_deref()),
            moved: row.move_id.zip(row.from),
        })
        .collect())
}
