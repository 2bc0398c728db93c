//! New records, with what they add to the indexes.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use edina_identity::engine::profile::PROFILE_VERSION;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::client::{
    brief,
    record::Said,
    search_terms::{Term, dictionary},
    texts::Texts,
};

/// A record to be stored, with what it adds to the indexes.
pub(crate) struct NewRecord<'a> {
    pub(crate) id: Uuid,
    pub(crate) client_id: Uuid,
    /// Kind of the client that the record makes; none when the client is there.
    pub(crate) new_client: Option<&'a str>,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) received_at: DateTime<Utc>,
    pub(crate) outcome: &'a str,
    pub(crate) said: &'a Said,
    pub(crate) texts: &'a Texts,
    /// By what other records find it.
    pub(crate) keys: &'a [i64],
    /// By what people find its client.
    pub(crate) terms: Vec<&'a Term>,
    pub(crate) why: Option<serde_json::Value>,
    pub(crate) import_id: Option<Uuid>,
}

/// Search terms by columns.
#[derive(Default)]
struct TermColumns {
    kinds: Vec<String>,
    terms: Vec<String>,
    shown: Vec<String>,
    clients: Vec<Uuid>,
}

impl TermColumns {
    fn of(rows: Vec<((&str, &str, Uuid), &str)>) -> Self {
        let mut columns = Self::default();
        for ((kind, term, client), shown) in rows {
            columns.kinds.push(kind.to_owned());
            columns.terms.push(term.to_owned());
            columns.shown.push(shown.to_owned());
            columns.clients.push(client);
        }
        columns
    }
}

/// By what new clients are found.
#[derive(Default)]
struct Found {
    keys: Vec<i64>,
    key_clients: Vec<Uuid>,
    terms: TermColumns,
}

impl Found {
    async fn insert(&self, connection: &mut PgConnection, group: &str) -> sqlx::Result<()> {
        sqlx::query!(
            "with keys as (
                 insert into client_keys (group_id, key, client_id)
                 select $1, key.key, key.client_id from unnest($2::bigint[], $3::uuid[]) as key (key, client_id)
             )
             insert into search_terms (group_id, kind, term, client_id, shown)
             select $1, t.kind, t.term, t.client_id, t.shown
             from unnest($4::text[], $5::text[], $6::text[], $7::uuid[]) as t (kind, term, shown, client_id)",
            group,
            &self.keys,
            &self.key_clients,
            &self.terms.kinds,
            &self.terms.terms,
            &self.terms.shown,
            &self.terms.clients
        )
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// Stores records with their keys and search terms, and the clients that are new: one statement, since it runs for every
/// lead and every call. With another connection, what new clients are found by is stored by that at the same time; until the
/// clients are there nobody finds them by it.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    group: &str,
    records: &[NewRecord<'_>],
    beside: Option<&mut PgConnection>,
) -> sqlx::Result<()> {
    let texts =
        |read: &dyn Fn(&NewRecord<'_>) -> String| -> Vec<String> { records.iter().map(read).collect() };
    let ids: Vec<Uuid> = records.iter().map(|record| record.id).collect();
    let clients: Vec<Uuid> = records.iter().map(|record| record.client_id).collect();
    let new_clients: Vec<Option<String>> = records
        .iter()
        .map(|record| record.new_client.map(str::to_owned))
        .collect();
    let hashes: Vec<Vec<u8>> = records
        .iter()
        .map(|record| record.texts.content_hash.clone())
        .collect();
    let occurred: Vec<DateTime<Utc>> = records.iter().map(|record| record.occurred_at).collect();
    let received: Vec<DateTime<Utc>> = records.iter().map(|record| record.received_at).collect();
    let whys: Vec<Option<serde_json::Value>> = records.iter().map(|record| record.why.clone()).collect();
    let imports: Vec<Option<Uuid>> = records.iter().map(|record| record.import_id).collect();
    // Of a client that is made here nothing can be in the indexes; asking for each row whether it is takes as long as to
    // insert it.
    let made: HashSet<Uuid> = records
        .iter()
        .filter(|record| record.new_client.is_some())
        .map(|record| record.client_id)
        .collect();
    // Sorted, so that two transactions with the same new rows never wait for each other in a ring.
    let keys: BTreeSet<(i64, Uuid)> = records
        .iter()
        .flat_map(|record| record.keys.iter().map(|key| (*key, record.client_id)))
        .collect();
    let (new_keys, keys): (Vec<_>, Vec<_>) = keys.into_iter().partition(|(_, client)| made.contains(client));
    let (new_keys, new_key_clients): (Vec<i64>, Vec<Uuid>) = new_keys.into_iter().unzip();
    let (keys, key_clients): (Vec<i64>, Vec<Uuid>) = keys.into_iter().unzip();
    let terms: BTreeMap<(&str, &str, Uuid), &str> = records
        .iter()
        .flat_map(|record| {
            let terms = record.terms.iter();
            terms.map(|term| {
                (
                    (term.kind, term.term.as_str(), record.client_id),
                    term.shown.as_str(),
                )
            })
        })
        .collect();
    let (new_terms, terms): (Vec<_>, Vec<_>) = terms
        .into_iter()
        .partition(|((_, _, client), _)| made.contains(client));
    let mut new = Found {
        keys: new_keys,
        key_clients: new_key_clients,
        terms: TermColumns::of(new_terms),
    };
    let terms = TermColumns::of(terms);
    let words: BTreeMap<String, String> = records
        .iter()
        .flat_map(|record| {
            let (words, sounds) = dictionary(record.terms.iter().copied());
            words.into_iter().zip(sounds)
        })
        .collect();
    let (words, sounds): (Vec<String>, Vec<String>) = words.into_iter().unzip();
    let elsewhere = beside.map(|beside| (beside, std::mem::take(&mut new)));
    let of_new = async {
        match elsewhere {
            Some((beside, new)) => new.insert(beside, group).await,
            None => Ok(()),
        }
    };
    let all = sqlx::query!(
        "with said as (
             select * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::text[],
                 $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
                 $16::text[], $17::text[], $18::jsonb[], $19::uuid[])
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
                 department, outcome, raw::jsonb, normalised::jsonb, brief::jsonb, $20, profile, $21, why, import_id
             from said
         ), keys as (
             insert into client_keys (group_id, key, client_id)
             select $1, key.key, key.client_id from unnest($22::bigint[], $23::uuid[]) as key (key, client_id)
             on conflict do nothing
         ), new_keys as (
             insert into client_keys (group_id, key, client_id)
             select $1, key.key, key.client_id from unnest($30::bigint[], $31::uuid[]) as key (key, client_id)
         ), new_terms as (
             insert into search_terms (group_id, kind, term, client_id, shown)
             select $1, t.kind, t.term, t.client_id, t.shown
             from unnest($32::text[], $33::text[], $34::text[], $35::uuid[]) as t (kind, term, shown, client_id)
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
        &texts(&|record| record.texts.raw.clone()),
        &texts(&|record| record.texts.normalised.clone()),
        &texts(&|record| record.texts.brief.clone()),
        &texts(&|record| record.texts.profile.clone()),
        &whys as _,
        &imports as _,
        brief::VERSION,
        PROFILE_VERSION,
        &keys,
        &key_clients,
        &words,
        &sounds,
        &terms.kinds,
        &terms.terms,
        &terms.shown,
        &terms.clients,
        &new.keys,
        &new.key_clients,
        &new.terms.kinds,
        &new.terms.terms,
        &new.terms.shown,
        &new.terms.clients
    )
    .execute(connection);
    tokio::try_join!(all, of_new)?;
    Ok(())
}
