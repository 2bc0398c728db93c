//! New records, with what they add to the indexes and what follows from them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use edina_identity::engine::profile::PROFILE_VERSION;
use sqlx::PgConnection;
use uuid::Uuid;

use super::indexes::Indexes;
use crate::{
    client::{brief, history::OwnerEntry, record::Said, search_terms::Term, texts::Texts},
    store::{
        following::{Following, Touched},
        timeline::{Columns, put_entries},
    },
};

/// The version of a card with its first record.
const FIRST_VERSION: i64 = 1;

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

/// Stores records with their keys and search terms, the clients that are new, and what follows from records: one statement,
/// since it runs for every lead and every call. Answers the cards that were there, by their roots. With another connection, what new clients are found by is stored by that at the same time; until the
/// clients are there nobody finds them by it.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    group: &str,
    records: &[NewRecord<'_>],
    following: &Following,
    beside: Option<&mut PgConnection>,
) -> sqlx::Result<BTreeMap<Uuid, Touched>> {
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
    let Indexes {
        mut new,
        known,
        words,
        sounds,
    } = Indexes::of(records);
    let elsewhere = beside.map(|beside| (beside, std::mem::take(&mut new)));
    let of_new = async {
        match elsewhere {
            Some((beside, new)) => new.insert_new(beside, group).await,
            None => Ok(()),
        }
    };
    let stated = following.stated();
    // A client that is made here has no version yet that could go up.
    let made: BTreeSet<Uuid> = records
        .iter()
        .filter(|record| record.new_client.is_some())
        .map(|record| record.client_id)
        .collect();
    let versions: Vec<i64> = clients
        .iter()
        .map(|client| FIRST_VERSION + following.touched.get(client).copied().unwrap_or_default())
        .collect();
    let touched = following.touched.iter().map(|(root, times)| (*root, *times));
    let (fresh, there): (BTreeMap<Uuid, i64>, BTreeMap<Uuid, i64>) =
        touched.partition(|(root, _)| made.contains(root));
    let (roots, times): (Vec<Uuid>, Vec<i64>) = there.into_iter().unzip();
    let entries = Columns::of(&following.entries);
    let all = put_entries!(
        r#"with said as (
             select * from unnest($15::uuid[], $16::uuid[], $17::text[], $18::text[], $19::text[], $20::bytea[],
                 $21::text[], $22::timestamptz[], $23::timestamptz[], $24::text[], $25::text[], $26::text[],
                 $27::text[], $28::text[], $29::text[], $30::text[], $31::jsonb[], $32::uuid[], $57::bigint[])
                 as said (id, client_id, new_client, source, external_id, content_hash, kind, occurred_at, received_at,
                     branch_id, department, outcome, raw, normalised, brief, profile, why, import_id, version)
         ), client as (
             insert into clients (group_id, id, kind, root_id, created_at, version)
             select $1, client_id, new_client, client_id, received_at, version from said where new_client is not null
         ), record as (
             insert into source_records (group_id, id, client_id, source, external_id, content_hash, kind, occurred_at,
                 received_at, branch_id, department, outcome, raw, normalised, brief, brief_version, profile,
                 profile_version, why, import_id)
             select $1, id, client_id, source, external_id, content_hash, kind, occurred_at, received_at, branch_id,
                 department, outcome, raw::jsonb, normalised::jsonb, brief::jsonb, $33, profile, $34, why, import_id
             from said
         ), keys as (
             insert into client_keys (group_id, key, client_id)
             select $1, key.key, key.client_id from unnest($35::bigint[], $36::uuid[]) as key (key, client_id)
             on conflict do nothing
         ), new_keys as (
             insert into client_keys (group_id, key, client_id)
             select $1, key.key, key.client_id from unnest($37::bigint[], $38::uuid[]) as key (key, client_id)
         ), terms as (
             insert into search_terms (group_id, kind, term, client_id, shown)
             select $1, t.kind, t.term, t.client_id, t.shown
             from unnest($39::text[], $40::text[], $41::text[], $42::uuid[]) as t (kind, term, shown, client_id)
             on conflict do nothing
         ), new_terms as (
             insert into search_terms (group_id, kind, term, client_id, shown)
             select $1, t.kind, t.term, t.client_id, t.shown
             from unnest($43::text[], $44::text[], $45::text[], $46::uuid[]) as t (kind, term, shown, client_id)
         ), words as (
             insert into name_words (group_id, word, sound)
             select $1, w.word, w.sound from unnest($47::text[], $48::text[]) as w (word, sound)
             on conflict do nothing returning word, sound
         ), slips as (
             insert into name_slips (group_id, slip, word)
             select distinct $1,
                 s.mark || case when n = 0 then s.text else left(s.text, n - 1) || substr(s.text, n + 1) end, words.word
             from words cross join lateral (values ('', words.word), ('~', words.sound)) s (mark, text)
             cross join lateral generate_series(0, length(s.text)) n where length(words.word) between 4 and 32
             on conflict do nothing
         ), stated as (
             insert into vehicle_statements (group_id, vehicle_id, source_record_id, client_id, role, at, family)
             select $1, * from unnest($49::uuid[], $50::uuid[], $51::uuid[], $52::text[], $53::timestamptz[], $54::text[])
             on conflict do nothing
         ), touched as (
             update clients set version = version + touched.times
             from unnest($55::uuid[], $56::bigint[]) as touched (id, times)
             where clients.group_id = $1 and clients.id = touched.id
             returning clients.id, clients.version - touched.times as before
         ), told as ("#,
        r#")
         select touched.id as "root_id!", touched.before as "before!", o.id as "id?", o.department as "department?",
             o.employee_id as "employee_id?", o.branch_id as "branch_id?", o.at as "at?", o.source_record_id
         from touched
         left join lateral (
             select o.* from (
                 select id from clients where group_id = $1 and root_id = touched.id offset 0
             ) c cross join lateral (
                 select id, department, employee_id, branch_id, at, source_record_id from owners
                 where group_id = $1 and client_id = c.id offset 0
             ) o
         ) o on true
         order by o.id"#,
        group,
        entries,
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
        &known.keys,
        &known.key_clients,
        &new.keys,
        &new.key_clients,
        &known.terms.kinds,
        &known.terms.terms,
        &known.terms.shown,
        &known.terms.clients,
        &new.terms.kinds,
        &new.terms.terms,
        &new.terms.shown,
        &new.terms.clients,
        &words,
        &sounds,
        &stated.vehicles,
        &stated.records,
        &stated.clients,
        &stated.roles,
        &stated.times,
        &stated.families,
        &roots,
        &times,
        &versions
    )
    .fetch_all(connection);
    let (rows, ()) = tokio::try_join!(all, of_new)?;
    let fresh = fresh
        .into_keys()
        .map(|client| (client, Touched::new(FIRST_VERSION)));
    let mut cards: BTreeMap<Uuid, Touched> = fresh.collect();
    for row in rows {
        let card = cards
            .entry(row.root_id)
            .or_insert_with(|| Touched::new(row.before));
        if let (Some(id), Some(department), Some(employee_id), Some(branch_id), Some(at)) =
            (row.id, row.department, row.employee_id, row.branch_id, row.at)
        {
            card.owners.push(OwnerEntry {
                id,
                department,
                employee_id,
                branch_id,
                at,
                source_record_id: row.source_record_id,
            });
        }
    }
    Ok(cards)
}
