//! Source records: stored once, never changed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use edina_identity::{Normalised, Profile, engine::profile::PROFILE_VERSION};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::client::{
    brief,
    record::Said,
    search_terms::{Term, dictionary},
    why::Explained,
};

/// A record that was stored before.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) id: Uuid,
    pub(crate) root_id: Uuid,
    pub(crate) outcome: String,
}

/// What makes a record itself: its source with the source's own id, or, without one, its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Identity<'a> {
    pub(crate) source: &'a str,
    pub(crate) external_id: &'a str,
    pub(crate) content_hash: &'a [u8],
}

/// Which of these came before, by place.
pub(crate) async fn find_same(
    connection: &mut PgConnection,
    group: &str,
    identities: &[Identity<'_>],
) -> sqlx::Result<BTreeMap<usize, Stored>> {
    let mut found = BTreeMap::new();
    let (named, nameless): (Vec<_>, Vec<_>) = (1_i64..)
        .zip(identities)
        .partition(|(_, identity)| !identity.external_id.is_empty());
    let column = |of: &[(i64, &Identity<'_>)], read: fn(&Identity<'_>) -> String| -> Vec<String> {
        of.iter().map(|(_, identity)| read(identity)).collect()
    };
    let places = |of: &[(i64, &Identity<'_>)]| -> Vec<i64> { of.iter().map(|(place, _)| *place).collect() };
    if !named.is_empty() {
        let rows = sqlx::query!(
            r#"select same.place as "place!", r.id, c.root_id, r.outcome
             from unnest($2::bigint[], $3::text[], $4::text[]) as same (place, source, external_id)
             join source_records r on r.group_id = $1 and r.source = same.source
                 and r.external_id = same.external_id and r.external_id <> '' and not r.withdrawn
             join clients c on c.group_id = r.group_id and c.id = r.client_id"#,
            group,
            &places(&named),
            &column(&named, |identity| identity.source.to_owned()),
            &column(&named, |identity| identity.external_id.to_owned())
        )
        .fetch_all(&mut *connection)
        .await?;
        found.extend(
            rows.into_iter()
                .map(|row| (row.place, (row.id, row.root_id, row.outcome))),
        );
    }
    if !nameless.is_empty() {
        let hashes: Vec<Vec<u8>> = nameless
            .iter()
            .map(|(_, identity)| identity.content_hash.to_vec())
            .collect();
        let rows = sqlx::query!(
            r#"select same.place as "place!", r.id, c.root_id, r.outcome
             from unnest($2::bigint[], $3::text[], $4::bytea[]) as same (place, source, content_hash)
             join source_records r on r.group_id = $1 and r.source = same.source and r.external_id = ''
                 and r.content_hash = same.content_hash and not r.withdrawn
             join clients c on c.group_id = r.group_id and c.id = r.client_id"#,
            group,
            &places(&nameless),
            &column(&nameless, |identity| identity.source.to_owned()),
            &hashes
        )
        .fetch_all(connection)
        .await?;
        found.extend(
            rows.into_iter()
                .map(|row| (row.place, (row.id, row.root_id, row.outcome))),
        );
    }
    Ok(found
        .into_iter()
        .filter_map(|(place, (id, root_id, outcome))| {
            let place = usize::try_from(place - 1).ok()?;
            Some((place, Stored { id, root_id, outcome }))
        })
        .collect())
}

/// A record to be stored, with what it adds to the indexes.
pub(crate) struct NewRecord<'a> {
    pub(crate) id: Uuid,
    pub(crate) client_id: Uuid,
    /// Kind of the client that the record makes; none when the client is there.
    pub(crate) new_client: Option<&'a str>,
    pub(crate) content_hash: &'a [u8],
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) received_at: DateTime<Utc>,
    pub(crate) outcome: &'a str,
    pub(crate) said: &'a Said,
    /// As it is stored.
    pub(crate) raw: &'a str,
    pub(crate) normalised: &'a Normalised,
    pub(crate) profile: &'a Profile,
    /// By what other records find it.
    pub(crate) keys: &'a [i64],
    /// By what people find its client.
    pub(crate) terms: &'a [Term],
    pub(crate) why: Option<serde_json::Value>,
    pub(crate) import_id: Option<Uuid>,
}

/// Stores records with their keys and search terms, and the clients that are new: one statement, since it runs for every
/// lead and every call.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    group: &str,
    records: &[NewRecord<'_>],
) -> sqlx::Result<()> {
    let texts =
        |read: &dyn Fn(&NewRecord<'_>) -> String| -> Vec<String> { records.iter().map(read).collect() };
    let json = |value: serde_json::Result<String>| value.unwrap_or_default();
    let ids: Vec<Uuid> = records.iter().map(|record| record.id).collect();
    let clients: Vec<Uuid> = records.iter().map(|record| record.client_id).collect();
    let new_clients: Vec<Option<String>> = records
        .iter()
        .map(|record| record.new_client.map(str::to_owned))
        .collect();
    let hashes: Vec<Vec<u8>> = records
        .iter()
        .map(|record| record.content_hash.to_vec())
        .collect();
    let occurred: Vec<DateTime<Utc>> = records.iter().map(|record| record.occurred_at).collect();
    let received: Vec<DateTime<Utc>> = records.iter().map(|record| record.received_at).collect();
    let briefs: Vec<serde_json::Value> = records
        .iter()
        .map(|record| brief::of(record.said, record.normalised))
        .collect();
    let whys: Vec<Option<serde_json::Value>> = records.iter().map(|record| record.why.clone()).collect();
    let imports: Vec<Option<Uuid>> = records.iter().map(|record| record.import_id).collect();
    let mut keys: Vec<(i64, Uuid)> = records
        .iter()
        .flat_map(|record| record.keys.iter().map(|key| (*key, record.client_id)))
        .collect();
    // Sorted, so that two transactions with the same new rows never wait for each other in a ring.
    keys.sort_unstable();
    keys.dedup();
    let (keys, key_clients): (Vec<i64>, Vec<Uuid>) = keys.into_iter().unzip();
    let mut terms: Vec<(&Term, Uuid)> = records
        .iter()
        .flat_map(|record| record.terms.iter().map(|term| (term, record.client_id)))
        .collect();
    terms.sort();
    let words: BTreeMap<String, String> = records
        .iter()
        .flat_map(|record| {
            let (words, sounds) = dictionary(record.terms);
            words.into_iter().zip(sounds)
        })
        .collect();
    let (words, sounds): (Vec<String>, Vec<String>) = words.into_iter().unzip();
    sqlx::query!(
        "with said as (
             select * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::text[],
                 $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
                 $16::jsonb[], $17::text[], $18::jsonb[], $19::uuid[])
                 as said (id, client_id, new_client, source, external_id, content_hash, kind, occurred_at, received_at,
                     branch_id, department, outcome, raw, normalised, brief, profile, why, import_id)
         ), client as (
             insert into clients (group_id, id, kind, root_id, created_at)
             select $1, client_id, new_client, client_id, received_at from said where new_client is not null
         ), record as (
             insert into source_records (group_id, id, client_id, source, external_id, content_hash, kind, occurred_at,
                 received_at, branch_id, department, outcome, raw, normalised, brief, brief_version, profile,
                 profile_version, why, import_id)
             select $1, id, client_id, source, external_id, content_hash, kind, occurred_at, received_at, branch_id,
                 department, outcome, raw::jsonb, normalised::jsonb, brief, $20, profile, $21, why, import_id
             from said
         ), keys as (
             insert into client_keys (group_id, key, client_id)
             select $1, key.key, key.client_id from unnest($22::bigint[], $23::uuid[]) as key (key, client_id)
             on conflict do nothing
         ), words as (
             insert into name_words (group_id, word, sound)
             select $1, w.word, w.sound from unnest($24::text[], $25::text[]) as w (word, sound)
             on conflict do nothing returning word, sound
         ), slips as (
             insert into name_slips (group_id, slip, word)
             select distinct $1,
                 s.mark || case when n = 0 then s.text else left(s.text, n - 1) || substr(s.text, n + 1) end, words.word
             from words cross join lateral (values ('', words.word), ('~', words.sound)) s (mark, text)
             cross join lateral generate_series(0, length(s.text)) n where length(words.word) between 4 and 32
             on conflict do nothing
         )
         insert into search_terms (group_id, kind, term, client_id, shown)
         select $1, t.kind, t.term, t.client_id, t.shown
         from unnest($26::text[], $27::text[], $28::text[], $29::uuid[]) as t (kind, term, shown, client_id)
         on conflict do nothing",
        group,
        &ids,
        &clients,
        &new_clients as _,
        &texts(&|record| record.said.source.clone()),
        &texts(&|record| record.said.external_id.clone()),
        &hashes,
        &texts(&|record| record.said.kind.clone()),
        &occurred,
        &received,
        &texts(&|record| record.said.branch_id.clone()),
        &texts(&|record| record.said.department.clone()),
        &texts(&|record| record.outcome.to_owned()),
        &texts(&|record| record.raw.to_owned()),
        &texts(&|record| json(serde_json::to_string(record.normalised))),
        &briefs,
        &texts(&|record| json(serde_json::to_string(record.profile))),
        &whys as _,
        &imports as _,
        brief::VERSION,
        PROFILE_VERSION,
        &keys,
        &key_clients,
        &words,
        &sounds,
        &terms.iter().map(|(term, _)| term.kind.to_owned()).collect::<Vec<_>>(),
        &terms.iter().map(|(term, _)| term.term.clone()).collect::<Vec<_>>(),
        &terms.iter().map(|(term, _)| term.shown.clone()).collect::<Vec<_>>(),
        &terms.iter().map(|(_, client)| *client).collect::<Vec<_>>()
    )
    .execute(connection)
    .await?;
    Ok(())
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

/// As [`client_of`] for many ids of one source; unknown ones are left out.
pub(crate) async fn clients_of(
    connection: &mut PgConnection,
    group: &str,
    source: &str,
    external_ids: &[String],
) -> sqlx::Result<BTreeMap<String, Uuid>> {
    let rows = sqlx::query!(
        "select external_id, client_id from source_records
         where group_id = $1 and source = $2 and external_id = any($3) and external_id <> '' and not withdrawn",
        group,
        source,
        external_ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.external_id, row.client_id))
        .collect())
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

/// The client of a record, and his kind.
pub(crate) async fn place_of(
    connection: &mut PgConnection,
    group: &str,
    id: Uuid,
) -> sqlx::Result<Option<(Uuid, String)>> {
    let row = sqlx::query!(
        "select c.id, c.kind from source_records r join clients c on c.group_id = r.group_id and c.id = r.client_id
         where r.group_id = $1 and r.id = $2 and not r.withdrawn",
        group,
        id
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.id, row.kind)))
}

/// Some records that a model linked and nobody moved since, with their client and his kind.
pub(crate) async fn linked_by(
    connection: &mut PgConnection,
    group: &str,
    model_version: i32,
    portion: i64,
) -> sqlx::Result<Vec<(Uuid, Uuid, String)>> {
    let rows = sqlx::query!(
        "select r.id, r.client_id, c.kind from source_records r
         join clients c on c.group_id = r.group_id and c.id = r.client_id
         where r.group_id = $1 and r.outcome = 'linked' and (r.why ->> 'model_version')::integer = $2 and not r.withdrawn
           and not exists (
               select from record_moves m where m.group_id = $1 and m.source_record_id = r.id and m.undone_at is null
           )
         limit $3",
        group,
        model_version,
        portion
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.client_id, row.kind))
        .collect())
}
