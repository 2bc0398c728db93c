//! Source records: stored once, never changed.

mod insert;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use edina_identity::{Normalised, Party, Profile};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::moves::UNDONE;
use crate::client::{record::Said, why::Explained};
pub(crate) use insert::{NewRecord, insert};

/// A record that was stored before.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) id: Uuid,
    pub(crate) root_id: Uuid,
    pub(crate) outcome: String,
    /// The import that brought it, while that is taken back: the record is on its way out.
    pub(crate) leaving_with: Option<Uuid>,
}

/// What makes a record itself: its source with the source's own id, or, without one, its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Identity<'a> {
    pub(crate) source: &'a str,
    pub(crate) external_id: &'a str,
    pub(crate) content_hash: &'a [u8],
}

/// What is known before records are decided.
#[derive(Default)]
pub(crate) struct Before {
    /// Those that came before, by place.
    pub(crate) same: BTreeMap<usize, Stored>,
    /// Whether the transaction got the lock it asked for.
    pub(crate) taken: bool,
    /// Whether refusals are kept for whoever comes again.
    pub(crate) refusals: bool,
}

/// Which of these came before; the lock `free` is taken if nobody has it. All is asked at once, for each statement costs as
/// much as this one.
pub(crate) async fn find_same(
    connection: &mut PgConnection,
    group: &str,
    identities: &[Identity<'_>],
    free: Option<i64>,
) -> sqlx::Result<Before> {
    let places: Vec<i64> = (0..).take(identities.len()).collect();
    let texts = |read: fn(&Identity<'_>) -> String| -> Vec<String> { identities.iter().map(read).collect() };
    let hashes: Vec<Vec<u8>> = identities
        .iter()
        .map(|identity| identity.content_hash.to_vec())
        .collect();
    let rows = sqlx::query!(
        r#"with turn as materialized (
             select coalesce(pg_try_advisory_xact_lock($6), false) as taken,
                 exists (select from kept_refusals where group_id = $1) as refusals
         )
         select turn.taken as "taken!", turn.refusals as "refusals!", same.place as "place?", same.id as "id?", same.root_id as "root_id?",
             same.outcome as "outcome?", same.leaving_with as "leaving_with?"
         from turn left join (
             select asked.place, r.id, c.root_id, r.outcome, i.id as leaving_with
             from unnest($2::bigint[], $3::text[], $4::text[], $5::bytea[])
                 as asked (place, source, external_id, content_hash)
             cross join lateral (
                 select id, client_id, outcome, import_id from source_records
                 where group_id = $1 and source = asked.source and external_id = asked.external_id
                   and external_id <> '' and not withdrawn and asked.external_id <> ''
                 union all
                 select id, client_id, outcome, import_id from source_records
                 where group_id = $1 and source = asked.source and external_id = ''
                   and content_hash = asked.content_hash and not withdrawn and asked.external_id = ''
                 limit 1
             ) r
             cross join lateral (select root_id from clients where group_id = $1 and id = r.client_id limit 1) c
             left join imports i on i.group_id = $1 and i.id = r.import_id and i.state = 'undoing' and not exists (
                 -- It stays with whoever said it too.
                 select from import_repeats p left join imports too on too.group_id = $1 and too.id = p.said_by
                 where p.group_id = $1 and p.import_id = i.id and p.record_id = r.id
                   and coalesce(too.state, 'running') in ('running', 'done')
             )
         ) same on true"#,
        group,
        &places,
        &texts(|identity| identity.source.to_owned()),
        &texts(|identity| identity.external_id.to_owned()),
        &hashes,
        free
    )
    .fetch_all(connection)
    .await?;
    let mut before = Before::default();
    if let Some(row) = rows.first() {
        (before.taken, before.refusals) = (row.taken, row.refusals);
    }
    let found = rows.into_iter().filter_map(|row| {
        let stored = Stored {
            id: row.id?,
            root_id: row.root_id?,
            outcome: row.outcome?,
            leaving_with: row.leaving_with,
        };
        Some((usize::try_from(row.place?).ok()?, stored))
    });
    before.same = found.collect();
    Ok(before)
}

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
