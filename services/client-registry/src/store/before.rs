//! What is known before a record is decided, asked at once: for one record every statement costs about as much as what it
//! reads.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{
    keys::{self, Holders},
    vehicles::{Spoken, statement},
};

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
    /// Vehicles of which everything said is wanted.
    pub(crate) vehicles: Vec<String>,
}

/// What is known.
#[derive(Default)]
pub(crate) struct Before {
    /// Records that came before, by place.
    pub(crate) same: BTreeMap<usize, Stored>,
    pub(crate) holders: HashMap<i64, Holders>,
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
struct Said {
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
    let row = sqlx::query!(
        r#"select coalesce(current_setting('edina.taken', true), '') = 'true' as "taken!",
             exists (select from kept_refusals where group_id = $1) as "refusals!",
             (
                 select coalesce(json_agg(json_build_object('place', asked.place, 'id', r.id, 'root_id', c.root_id,
                     'outcome', r.outcome, 'leaving_with', i.id)), '[]')
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
             ) as "same!: Json<Vec<Same>>",
             holder.keys as "keys: Vec<i64>", holder.clients as "clients: Vec<Uuid>",
             (
                 select coalesce(json_agg(json_build_object('key', v.key, 'vehicle_id', v.id,
                     'source_record_id', said.source_record_id, 'root_id', said.root_id, 'role', said.role,
                     'at', said.at, 'family', said.family)), '[]')
                 from unnest($8::text[]) as wanted (key)
                 cross join lateral (select key, id from vehicles where group_id = $1 and key = wanted.key limit 1) v
                 left join lateral (
                     select s.source_record_id, c.root_id, s.role, s.at, s.family from vehicle_statements s
                     cross join lateral (
                         select root_id from clients where group_id = $1 and id = s.client_id limit 1
                     ) c
                     where s.group_id = $1 and s.vehicle_id = v.id offset 0
                 ) said on true
             ) as "said!: Json<Vec<Said>>"
         from (
             select array_agg(key.key) as keys, array_agg(found.client_id) as clients
             from unnest($6::bigint[]) as key (key)
             cross join lateral (
                 select client_id from client_keys where group_id = $1 and client_keys.key = key.key
                 limit $7::bigint + 1
             ) found
         ) holder"#,
        group,
        &places,
        &texts(|identity| identity.source.to_owned()),
        &texts(|identity| identity.external_id.to_owned()),
        &hashes,
        &along.keys,
        i64::try_from(along.most_holders).unwrap_or(i64::MAX),
        &along.vehicles
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
    let same = row.same.0.into_iter();
    Ok(Before {
        same: same.map(|same| (same.place, same.stored)).collect(),
        holders: keys::gathered(held, along.most_holders),
        spoken,
        taken: row.taken,
        refusals: row.refusals,
    })
}
