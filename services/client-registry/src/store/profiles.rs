//! What the engine compares, beside each record; and what people said about whom to compare.

use chrono::{DateTime, Utc};
use edina_identity::{
    Normalised, Profile, engine::profile::PROFILE_VERSION, normalise, record::NORMALISED_VERSION,
};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::client::record::Said;

/// Newest records of one client that are compared.
pub(crate) const MOST_PER_CLIENT: i64 = 200;

/// A record as the engine compares it.
pub(crate) struct Kept {
    pub(crate) root_id: Uuid,
    pub(crate) client_id: Uuid,
    pub(crate) record_id: Uuid,
    pub(crate) profile: Profile,
}

/// Records of cards by columns, as [`cards_of`] answers them.
#[derive(Default)]
pub(crate) struct Columns {
    pub(crate) roots: Vec<Uuid>,
    pub(crate) clients: Vec<Uuid>,
    pub(crate) records: Vec<Uuid>,
    pub(crate) profiles: Vec<Option<String>>,
    pub(crate) occurred: Vec<DateTime<Utc>>,
    /// What was said, and what was read in it, of records whose profile is of an earlier version.
    pub(crate) raw: Vec<Option<Json<Said>>>,
    pub(crate) normalised: Vec<Option<Json<Normalised>>>,
    /// Whether people said anything of any card: as a rule they did not, and it need not be asked.
    pub(crate) ruled: bool,
}

impl Columns {
    /// The records, oldest first, and whether people said anything.
    pub(crate) fn into_kept(self) -> (Vec<Kept>, bool) {
        let places = self.roots.into_iter().zip(self.clients).zip(self.records);
        let stored = self.profiles.into_iter().zip(self.occurred);
        let earlier = self.raw.into_iter().zip(self.normalised);
        let rows = places.zip(stored).zip(earlier);
        let mut kept: Vec<Kept> = rows
            .filter_map(|((((root_id, client_id), record_id), (profile, at)), earlier)| {
                let profile = match (profile, earlier) {
                    (Some(stored), _) => serde_json::from_str(&stored).ok()?,
                    (None, (Some(said), Some(stored))) => read_anew(&said.0, at, stored.0),
                    _ => return None,
                };
                Some(Kept {
                    root_id,
                    client_id,
                    record_id,
                    profile,
                })
            })
            .collect();
        kept.sort_by_key(|kept| kept.record_id);
        (kept, self.ruled)
    }
}

/// The statement that reads the cards some clients belong to, of a client with very many records the newest; it may stand
/// within another, between what is before the clients, the statement that names these, and what is after. Its row has the
/// columns of [`Columns`].
macro_rules! cards_of {
    ($before:literal, $clients:literal, $after:literal, $group:expr $(, $more:expr)*) => {
        sqlx::query!(
            $before + "select array_agg(c.root_id) as roots, array_agg(c.id) as clients, array_agg(r.id) as records,
                 array_agg(r.profile) as profiles, array_agg(r.occurred_at) as occurred, array_agg(r.raw) as raw,
                 array_agg(r.normalised) as normalised,
                 (select exists (select from verdicts where group_id = $1 and undone_at is null)
                     or exists (
                         select from merge_links where group_id = $1 and undone_at is null and cause_record_id is null
                     )
                     or exists (
                         select from record_moves where group_id = $1 and undone_at is null and reason = 'split'
                     )) as ruled
             from (
                 select distinct root.id from (" + $clients + ") as asked (id)
                 cross join lateral (
                     select root_id as id from clients where group_id = $1 and id = asked.id offset 0
                 ) root
             ) wanted
             cross join lateral (
                 select id, root_id from clients where group_id = $1 and root_id = wanted.id offset 0
             ) c
             cross join lateral (
                 select s.id, s.occurred_at,
                     case when s.profile_version = $2 then s.profile end as profile,
                     case when s.profile_version <> $2 then s.raw end as raw,
                     case when s.profile_version <> $2 then s.normalised end as normalised
                 from source_records s where s.group_id = $1 and s.client_id = c.id
                   -- What is being taken back takes no part any more.
                   and (s.import_id is null or s.import_id <> all (
                       array(select i.id from imports i where i.group_id = $1 and i.state = 'undoing')
                   ))
                 order by s.occurred_at desc limit $3
             ) r" + $after,
            $group,
            edina_identity::engine::profile::PROFILE_VERSION,
            crate::store::profiles::MOST_PER_CLIENT
            $(, $more)*
        )
    };
}
pub(crate) use cards_of;

/// The records of the cards that these clients belong to, oldest first; and whether people said anything of any card.
pub(crate) async fn of_cards(
    connection: &mut PgConnection,
    group: &str,
    clients: &[Uuid],
) -> sqlx::Result<(Vec<Kept>, bool)> {
    let row = cards_of!(
        r#"select roots, clients, records, profiles as "profiles: Vec<Option<String>>", occurred,
               raw as "raw: Vec<Option<Json<Said>>>", normalised as "normalised: Vec<Option<Json<Normalised>>>",
               ruled as "ruled!" from ("#,
        "select * from unnest($4::uuid[])",
        ") card",
        group,
        clients
    )
    .fetch_one(connection)
    .await?;
    let columns = Columns {
        roots: row.roots.unwrap_or_default(),
        clients: row.clients.unwrap_or_default(),
        records: row.records.unwrap_or_default(),
        profiles: row.profiles.unwrap_or_default(),
        occurred: row.occurred.unwrap_or_default(),
        raw: row.raw.unwrap_or_default(),
        normalised: row.normalised.unwrap_or_default(),
        ruled: row.ruled,
    };
    Ok(columns.into_kept())
}

/// The profile of a record, which may be of an earlier version.
fn read_anew(said: &Said, occurred_at: DateTime<Utc>, stored: Normalised) -> Profile {
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
