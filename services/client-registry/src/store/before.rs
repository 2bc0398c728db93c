//! What is known before a record is decided, asked at once: for one record every statement costs about as much as what it
//! reads.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use edina_identity::{Normalised, Stats};
use serde::Deserialize;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{
    keys::{self, Holders},
    profiles::{Columns, Kept, cards_of},
    vehicles::{Spoken, statement},
};
use crate::client::record::Said;

/// A record that was stored before.
#[derive(Debug, Clone, Deserialize)]
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

/// What is asked besides for few records; many ask for it apart, by two connections.
#[derive(Debug, Default)]
pub(crate) struct Along {
    /// Keys whose holders are wanted, unless more than so many clients have one.
    pub(crate) keys: Vec<i64>,
    pub(crate) most_holders: usize,
    /// The cards of clients who have a key that no more than so many have are wanted at once.
    pub(crate) few_holders: usize,
    /// Values whose counts are wanted, by kinds and values, and how many records there are if that is known.
    pub(crate) counted: (Vec<String>, Vec<String>),
    pub(crate) total: Option<u64>,
    /// Vehicles of which everything said is wanted.
    pub(crate) vehicles: Vec<String>,
}

/// What is known.
#[derive(Default)]
pub(crate) struct Before {
    /// Records that came before, by place.
    pub(crate) same: BTreeMap<usize, Stored>,
    pub(crate) holders: HashMap<i64, Holders>,
    /// The records of cards, oldest first, and whether people said anything of any card.
    pub(crate) cards: (Vec<Kept>, bool),
    pub(crate) counts: Stats,
    pub(crate) spoken: Spoken,
    /// Whether the transaction has the lock that it was begun to take if nobody had it.
    pub(crate) taken: bool,
    /// Whether refusals are kept for whoever comes again.
    pub(crate) refusals: bool,
}

#[derive(Debug, Deserialize)]
struct Same {
    place: usize,
    #[serde(flatten)]
    stored: Stored,
}

#[derive(Debug, Deserialize)]
struct Spoke {
    key: String,
    vehicle_id: Uuid,
    /// None of a vehicle of which nothing is said.
    source_record_id: Option<Uuid>,
    root_id: Option<Uuid>,
    role: Option<String>,
    at: Option<DateTime<Utc>>,
    family: Option<String>,
}

/// Looks up which of these records came before, and what else is asked for.
pub(crate) async fn look(
    connection: &mut PgConnection,
    group: &str,
    identities: &[Identity<'_>],
    along: &Along,
) -> sqlx::Result<Before> {
    let places: Vec<i64> = (0..).take(identities.len()).collect();
    let texts = |read: fn(&Identity<'_>) -> String| -> Vec<String> { identities.iter().map(read).collect() };
    let hashes: Vec<Vec<u8>> = identities
        .iter()
        .map(|identity| identity.content_hash.to_vec())
        .collect();
    let (kinds, values) = &along.counted;
    let bound = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let row = cards_of!(
        r#"with held as materialized (
             select key.key, found.clients from unnest($8::bigint[]) as key (key)
             cross join lateral (
                 select array_agg(client_id) as clients from (
                     select client_id from client_keys where group_id = $1 and client_keys.key = key.key
                     limit $9::bigint + 1
                 ) one
             ) found
         )
         select coalesce(current_setting('edina.taken', true), '') = 'true' as "taken!",
             exists (select from kept_refusals where group_id = $1) as "refusals!",
             (
                 select coalesce(json_agg(json_build_object('place', asked.place, 'id', r.id, 'root_id', c.root_id,
                     'outcome', r.outcome, 'leaving_with', i.id)), '[]')
                 from unnest($4::bigint[], $5::text[], $6::text[], $7::bytea[])
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
             ) as "same!: Json<Vec<Same>>",
             holder.keys as "keys: Vec<i64>", holder.clients as "clients: Vec<Uuid>",
             (
                 select coalesce(json_agg(json_build_object('key', v.key, 'vehicle_id', v.id,
                     'source_record_id', said.source_record_id, 'root_id', said.root_id, 'role', said.role,
                     'at', said.at, 'family', said.family)), '[]')
                 from unnest($11::text[]) as wanted (key)
                 cross join lateral (select key, id from vehicles where group_id = $1 and key = wanted.key limit 1) v
                 left join lateral (
                     select s.source_record_id, c.root_id, s.role, s.at, s.family from vehicle_statements s
                     cross join lateral (
                         select root_id from clients where group_id = $1 and id = s.client_id limit 1
                     ) c
                     where s.group_id = $1 and s.vehicle_id = v.id offset 0
                 ) said on true
             ) as "said!: Json<Vec<Spoke>>",
             counted.kinds as "kinds: Vec<String>", counted.counted as "counted: Vec<String>",
             counted.times as "times: Vec<i64>",
             card.roots as "roots: Vec<Uuid>", card.clients as "members: Vec<Uuid>", card.records as "records: Vec<Uuid>",
             card.profiles as "profiles: Vec<Option<String>>", card.occurred as "occurred: Vec<DateTime<Utc>>",
             card.raw as "raw: Vec<Option<Json<Said>>>", card.normalised as "normalised: Vec<Option<Json<Normalised>>>",
             card.ruled as "ruled!"
         from (
             select array_agg(held.key) as keys, array_agg(client.id) as clients
             from held cross join lateral unnest(held.clients) as client (id)
         ) holder
         cross join (
             select array_agg(k.kind) as kinds, array_agg(k.value) as counted, array_agg(k.records) as times
             from unnest($12::text[], $13::text[]) as t (kind, value)
             cross join lateral (
                 select kind, value, records from key_counts c
                 where c.group_id = $1 and c.kind = t.kind and c.value = t.value limit 1
             ) k
         ) counted
         cross join ("#,
        "select client.id from held cross join lateral unnest(held.clients) as client (id)
         where cardinality(held.clients) <= $10::bigint",
        ") card",
        group,
        &places,
        &texts(|identity| identity.source.to_owned()),
        &texts(|identity| identity.external_id.to_owned()),
        &hashes,
        &along.keys,
        bound(along.most_holders),
        bound(along.few_holders),
        &along.vehicles,
        kinds,
        values
    )
    .fetch_one(connection)
    .await?;
    let held = row.keys.into_iter().flatten();
    let held = held.zip(row.clients.into_iter().flatten());
    let mut spoken = Spoken::default();
    for said in row.said.0 {
        let (key, id) = (said.key, said.vehicle_id);
        let by = (said.source_record_id, said.root_id);
        spoken.take(key, id, statement(id, by, (said.role, said.at), said.family));
    }
    let counted = row
        .kinds
        .into_iter()
        .flatten()
        .zip(row.counted.into_iter().flatten());
    let counted = counted.zip(row.times.into_iter().flatten());
    let counted = counted.map(|((kind, value), times)| (kind, value, times));
    let cards = Columns {
        roots: row.roots.unwrap_or_default(),
        clients: row.members.unwrap_or_default(),
        records: row.records.unwrap_or_default(),
        profiles: row.profiles.unwrap_or_default(),
        occurred: row.occurred.unwrap_or_default(),
        raw: row.raw.unwrap_or_default(),
        normalised: row.normalised.unwrap_or_default(),
        ruled: row.ruled,
    };
    let same = row.same.0.into_iter();
    Ok(Before {
        same: same.map(|same| (same.place, same.stored)).collect(),
        holders: keys::gathered(held, along.most_holders),
        cards: cards.into_kept(),
        counts: keys::gathered_counts(counted, along.total),
        spoken,
        taken: row.taken,
        refusals: row.refusals,
    })
}
