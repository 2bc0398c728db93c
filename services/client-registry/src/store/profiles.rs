//! What the engine compares, beside each record; and what people said about whom to compare.

use edina_identity::{
    Normalised, Profile, engine::profile::PROFILE_VERSION, normalise, record::NORMALISED_VERSION,
};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::client::record::Said;

/// Newest records of one client that are compared.
const MOST_PER_CLIENT: i64 = 200;

/// A record as the engine compares it.
pub(crate) struct Kept {
    pub(crate) root_id: Uuid,
    pub(crate) client_id: Uuid,
    pub(crate) record_id: Uuid,
    pub(crate) profile: Profile,
}

/// The records of the cards that these clients belong to, oldest first; of a client with very many the newest. And whether
/// people said anything of any card: as a rule they did not, and it need not be asked.
pub(crate) async fn of_cards(
    connection: &mut PgConnection,
    group: &str,
    clients: &[Uuid],
) -> sqlx::Result<(Vec<Kept>, bool)> {
    let rows = sqlx::query!(
        r#"select c.root_id, c.id as client_id, r.id as "record_id!", r.profile, r.occurred_at as "occurred_at!",
             r.raw as "raw: Json<Said>", r.normalised as "normalised: Json<Normalised>",
             (select exists (select from verdicts where group_id = $1 and undone_at is null)
                 or exists (
                     select from merge_links where group_id = $1 and undone_at is null and cause_record_id is null
                 )
                 or exists (
                     select from record_moves where group_id = $1 and undone_at is null and reason = 'split'
                 )) as "ruled!"
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
    let ruled = rows.iter().any(|row| row.ruled);
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
    Ok((kept, ruled))
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

/// What people said about these clients and records. Whether they said anything of a kind is looked at first: in an import
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
