//! Source records: stored once, never changed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use edina_identity::{MatchKey, Normalised};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::client::{
    brief,
    record::Said,
    search_terms::{Term, dictionary},
};

/// A record that was stored before.
pub(crate) struct Stored {
    pub(crate) id: Uuid,
    pub(crate) root_id: Uuid,
    pub(crate) outcome: String,
}

/// The same record, if it came before: by the source's own id, else by content.
pub(crate) async fn find_same(
    connection: &mut PgConnection,
    group: &str,
    said: &Said,
    content_hash: &[u8],
) -> sqlx::Result<Option<Stored>> {
    if said.external_id.is_empty() {
        return sqlx::query_as!(
            Stored,
            "select r.id, c.root_id, r.outcome from source_records r
             join clients c on c.group_id = r.group_id and c.id = r.client_id
             where r.group_id = $1 and r.source = $2 and r.external_id = '' and r.content_hash = $3",
            group,
            said.source,
            content_hash
        )
        .fetch_optional(connection)
        .await;
    }
    sqlx::query_as!(
        Stored,
        "select r.id, c.root_id, r.outcome from source_records r
         join clients c on c.group_id = r.group_id and c.id = r.client_id
         where r.group_id = $1 and r.source = $2 and r.external_id = $3 and r.external_id <> ''",
        group,
        said.source,
        said.external_id
    )
    .fetch_optional(connection)
    .await
}

/// A record to be stored.
pub(crate) struct NewRecord<'a> {
    pub(crate) id: Uuid,
    pub(crate) client_id: Uuid,
    pub(crate) content_hash: &'a [u8],
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) received_at: DateTime<Utc>,
    pub(crate) outcome: &'a str,
    pub(crate) said: &'a Said,
    pub(crate) normalised: &'a Normalised,
}

/// What a record adds to the indexes.
pub(crate) struct Indexed<'a> {
    /// By what other records find it.
    pub(crate) keys: &'a [MatchKey],
    /// By what people find its client.
    pub(crate) terms: &'a [Term],
}

/// Stores the record with its match keys and search terms, and its client when that is new: one statement, since it runs
/// for every lead and every call.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    group: &str,
    record: &NewRecord<'_>,
    new_client: Option<&str>,
    indexed: &Indexed<'_>,
) -> sqlx::Result<()> {
    let key_kinds: Vec<String> = indexed.keys.iter().map(|key| key.kind.to_owned()).collect();
    let key_values: Vec<String> = indexed.keys.iter().map(|key| key.value.clone()).collect();
    let term_kinds: Vec<String> = indexed.terms.iter().map(|term| term.kind.to_owned()).collect();
    let words: Vec<String> = indexed.terms.iter().map(|term| term.term.clone()).collect();
    let shown: Vec<String> = indexed.terms.iter().map(|term| term.shown.clone()).collect();
    // Sorted, so that two records with the same new words never wait for each other.
    let (dictionary_words, sounds) = dictionary(indexed.terms);
    sqlx::query!(
        "with client as (
             insert into clients (group_id, id, kind, root_id, created_at)
             select $1, $3, $15, $3, $9 where $15::text is not null
         ), record as (
             insert into source_records (group_id, id, client_id, source, external_id, content_hash, kind, occurred_at,
                 received_at, branch_id, department, outcome, raw, normalised, brief, brief_version)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $23, $24)
         ), keys as (
             insert into match_keys (group_id, kind, value, source_record_id, client_id)
             select $1, key.kind, key.value, $2, $3 from unnest($16::text[], $17::text[]) as key (kind, value)
             on conflict do nothing
         ), words as (
             insert into name_words (group_id, word, sound)
             select $1, w.word, w.sound from unnest($21::text[], $22::text[]) as w (word, sound)
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
         select $1, t.kind, t.term, $3, t.shown
         from unnest($18::text[], $19::text[], $20::text[]) as t (kind, term, shown)
         on conflict do nothing",
        group,
        record.id,
        record.client_id,
        record.said.source,
        record.said.external_id,
        record.content_hash,
        record.said.kind,
        record.occurred_at,
        record.received_at,
        record.said.branch_id,
        record.said.department,
        record.outcome,
        Json(record.said) as _,
        Json(record.normalised) as _,
        new_client,
        &key_kinds,
        &key_values,
        &term_kinds,
        &words,
        &shown,
        &dictionary_words,
        &sounds,
        brief::of(record.said, record.normalised),
        brief::VERSION
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
         where group_id = $1 and source = $2 and external_id = $3 and external_id <> ''",
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
         where group_id = $1 and source = $2 and external_id = any($3) and external_id <> ''",
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
         where group_id = $1 and source = $2 and external_id = $3 and external_id <> ''"#,
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
