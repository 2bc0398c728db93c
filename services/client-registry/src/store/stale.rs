//! Records that another version of the engine read: what it reads now, and stores.

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
pub(crate) async fn some(
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
