//! What the engine compares, beside each record; and what people said about whom to compare.

use std::{borrow::Cow, collections::BTreeMap};

use chrono::{DateTime, Utc};
use edina_identity::{
    Normalised, Profile, engine::profile::PROFILE_VERSION, normalise, record::NORMALISED_VERSION,
};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::client::{
    brief, evidence,
    record::Said,
    search_terms::{self, Term},
};

/// The first normalised form with which clients are found by their accounts in messengers.
const WITH_ACCOUNTS: u16 = 5;
/// Newest records of one client that are compared.
const MOST_PER_CLIENT: i64 = 200;

/// A record as the engine compares it.
pub(crate) struct Kept {
    pub(crate) root_id: Uuid,
    pub(crate) client_id: Uuid,
    pub(crate) record_id: Uuid,
    pub(crate) profile: Profile,
}

/// The records of the cards that these clients belong to, oldest first; of a client with very many the newest.
pub(crate) async fn of_cards(
    connection: &mut PgConnection,
    group: &str,
    clients: &[Uuid],
) -> sqlx::Result<Vec<Kept>> {
    let rows = sqlx::query!(
        r#"select c.root_id, c.id as client_id, r.id as "record_id!", r.profile, r.occurred_at as "occurred_at!",
             r.raw as "raw: Json<Said>", r.normalised as "normalised: Json<Normalised>"
         from (
             select distinct root.id from unnest($2::uuid[]) as asked (id)
             cross join lateral (select root_id as id from clients where group_id = $1 and id = asked.id offset 0) root
         ) wanted
         cross join lateral (
             select id, root_id from clients where group_id = $1 and root_id = wanted.id offset 0
         ) c
         cross join lateral (
             select s.id, s.occurred_at,
                 case when s.profile_version = $3 then s.profile end as profile,
                 case when s.profile_version <> $3 then s.raw end as raw,
                 case when s.profile_version <> $3 then s.normalised end as normalised
             from source_records s where s.group_id = $1 and s.client_id = c.id
               -- What is being taken back takes no part any more.
               and (s.import_id is null or s.import_id <> all (
                   array(select i.id from imports i where i.group_id = $1 and i.state = 'undoing')
               ))
             order by s.occurred_at desc limit $4
         ) r"#,
        group,
        clients,
        PROFILE_VERSION,
        MOST_PER_CLIENT
    )
    .fetch_all(connection)
    .await?;
    let mut kept: Vec<Kept> = rows
        .into_iter()
        .filter_map(|row| {
            let profile = match (row.profile, row.raw, row.normalised) {
                (Some(stored), ..) => serde_json::from_str(&stored).ok()?,
                (None, Some(said), Some(stored)) => read_anew(&said.0, row.occurred_at, stored.0),
                _ => return None,
            };
            Some(Kept {
                root_id: row.root_id,
                client_id: row.client_id,
                record_id: row.record_id,
                profile,
            })
        })
        .collect();
    kept.sort_by_key(|kept| kept.record_id);
    Ok(kept)
}

/// The profile of a record, which may be of an earlier version.
fn read_anew(said: &Said, occurred_at: chrono::DateTime<chrono::Utc>, stored: Normalised) -> Profile {
    if stored.version == NORMALISED_VERSION {
        Profile::of(&stored)
    } else {
        let input = said.input(occurred_at);
        Profile::of(&normalise(&input, &stored.read_at(&input)))
    }
}

/// What people said about some cards.
#[derive(Default)]
pub(crate) struct Rulings {
    /// Pairs of clients that are different.
    pub(crate) apart: Vec<(Uuid, Uuid)>,
    /// Pairs of clients that a person joined.
    pub(crate) together: Vec<(Uuid, Uuid)>,
    /// Records that a person put where they are.
    pub(crate) pinned: Vec<Uuid>,
}

/// What people said about these clients and records. Whether they said anything at all is looked at first: in an import
/// thousands of cards are asked for.
pub(crate) async fn rulings(
    connection: &mut PgConnection,
    group: &str,
    clients: &[Uuid],
    records: &[Uuid],
) -> sqlx::Result<Rulings> {
    let rows = sqlx::query!(
        r#"select 1 as "kind!", left_id as "one!", right_id as "other!" from verdicts
           where group_id = $1 and undone_at is null and left_id = any($2)
             and exists (select from verdicts where group_id = $1 and undone_at is null)
         union all
         select 2, kept_id, absorbed_id from merge_links
           where group_id = $1 and undone_at is null and cause_record_id is null and kept_id = any($2)
             and exists (
                 select from merge_links where group_id = $1 and undone_at is null and cause_record_id is null
             )
         union all
         select 3, source_record_id, source_record_id from record_moves
           where group_id = $1 and undone_at is null and reason = 'split' and source_record_id = any($3)
             and exists (select from record_moves where group_id = $1 and undone_at is null and reason = 'split')"#,
        group,
        clients,
        records
    )
    .fetch_all(connection)
    .await?;
    let mut rulings = Rulings::default();
    for row in rows {
        match row.kind {
            1 => rulings.apart.push((row.one, row.other)),
            2 => rulings.together.push((row.one, row.other)),
            _ => rulings.pinned.push(row.one),
        }
    }
    Ok(rulings)
}

/// A record that another version of the engine read, or none, read anew.
pub(crate) struct Stale {
    pub(crate) record_id: Uuid,
    pub(crate) client_id: Uuid,
    pub(crate) profile: Profile,
    normalised: String,
    brief: String,
    /// What its client is found by now and was not before.
    terms: Vec<Term>,
}

impl Stale {
    fn of(record_id: Uuid, client_id: Uuid, at: DateTime<Utc>, said: &Said, stored: &Normalised) -> Self {
        let vehicles = evidence::vehicles(said, record_id);
        let read = if stored.version == NORMALISED_VERSION {
            Cow::Borrowed(stored)
        } else {
            let input = said.input(at);
            Cow::Owned(normalise(&input, &stored.read_at(&input)))
        };
        let unsaid = Said::default();
        let said_before = if stored.version < WITH_ACCOUNTS {
            &unsaid
        } else {
            said
        };
        let before = search_terms::terms(said_before, stored, &vehicles);
        let mut terms = search_terms::terms(said, &read, &vehicles);
        terms.retain(|term| {
            !before
                .iter()
                .any(|known| (known.kind, &known.term) == (term.kind, &term.term))
        });
        Self {
            record_id,
            client_id,
            profile: Profile::of(&read),
            normalised: serde_json::to_string(&*read).unwrap_or_default(),
            brief: brief::of(said, &read).to_string(),
            terms,
        }
    }
}

/// Some records, in the order of their ids, whose stored profile is of another version; and the last id looked at.
pub(crate) async fn stale(
    connection: &mut PgConnection,
    group: &str,
    after: Uuid,
    portion: i64,
) -> sqlx::Result<(Vec<Stale>, Option<Uuid>)> {
    let rows = sqlx::query!(
        r#"select id, client_id, occurred_at, raw as "raw!: Json<Said>", normalised as "normalised!: Json<Normalised>"
         from source_records
         where group_id = $1 and id > $2 and profile_version <> $3 and not withdrawn order by id limit $4"#,
        group,
        after,
        PROFILE_VERSION,
        portion
    )
    .fetch_all(connection)
    .await?;
    let last = rows.last().map(|row| row.id);
    let stale = rows
        .into_iter()
        .map(|row| {
            Stale::of(
                row.id,
                row.client_id,
                row.occurred_at,
                &row.raw.0,
                &row.normalised.0,
            )
        })
        .collect();
    Ok((stale, last))
}

/// Stores what was read anew, and the keys and search terms that come of it.
pub(crate) async fn renew(connection: &mut PgConnection, group: &str, stale: &[Stale]) -> sqlx::Result<()> {
    let records: Vec<Uuid> = stale.iter().map(|record| record.record_id).collect();
    let profiles: Vec<String> = stale
        .iter()
        .map(|record| serde_json::to_string(&record.profile).unwrap_or_default())
        .collect();
    let mut keys: Vec<(i64, Uuid)> = stale
        .iter()
        .flat_map(|record| {
            let keys = edina_identity::engine::keys::numbers(&record.profile);
            keys.into_iter().map(|key| (key, record.client_id))
        })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let (keys, clients): (Vec<i64>, Vec<Uuid>) = keys.into_iter().unzip();
    let texts = |of: fn(&Stale) -> &String| -> Vec<String> { stale.iter().map(of).cloned().collect() };
    let found: BTreeMap<(&str, &str, Uuid), &str> = stale
        .iter()
        .flat_map(|record| {
            record
                .terms
                .iter()
                .map(|term| ((term.kind, &*term.term, record.client_id), &*term.shown))
        })
        .collect();
    let column = |of: fn(&(&str, &str, Uuid)) -> String| -> Vec<String> { found.keys().map(of).collect() };
    let finds: Vec<Uuid> = found.keys().map(|(_, _, client)| *client).collect();
    let shown: Vec<String> = found.values().map(|shown| (*shown).to_owned()).collect();
    sqlx::query!(
        "with read as (
             update source_records r set profile = fresh.profile, profile_version = $4,
                 normalised = fresh.normalised::jsonb, brief = fresh.brief::jsonb, brief_version = $9
             from unnest($2::uuid[], $3::text[], $7::text[], $8::text[]) as fresh (id, profile, normalised, brief)
             where r.group_id = $1 and r.id = fresh.id
         ), found as (
             insert into search_terms (group_id, kind, term, client_id, shown)
             select $1, t.kind, t.term, t.client_id, t.shown
             from unnest($10::text[], $11::text[], $12::uuid[], $13::text[]) as t (kind, term, client_id, shown)
             on conflict do nothing
         )
         insert into client_keys (group_id, key, client_id)
         select $1, * from unnest($5::bigint[], $6::uuid[]) on conflict do nothing",
        group,
        &records,
        &profiles,
        PROFILE_VERSION,
        &keys,
        &clients,
        &texts(|record| &record.normalised),
        &texts(|record| &record.brief),
        brief::VERSION,
        &column(|(kind, _, _)| (*kind).to_owned()),
        &column(|(_, term, _)| (*term).to_owned()),
        &finds,
        &shown
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Profiles of the newest records of the present version.
pub(crate) async fn newest(
    connection: &mut PgConnection,
    group: &str,
    most: i64,
) -> sqlx::Result<Vec<Profile>> {
    let rows = sqlx::query_scalar!(
        r#"select profile as "profile!" from source_records
         where group_id = $1 and profile_version = $2 and profile is not null and not withdrawn
         order by id desc limit $3"#,
        group,
        PROFILE_VERSION,
        most
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .iter()
        .filter_map(|stored| serde_json::from_str(stored).ok())
        .collect())
}
