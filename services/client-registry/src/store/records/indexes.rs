//! What records add to the indexes.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use sqlx::PgConnection;
use uuid::Uuid;

use super::NewRecord;
use crate::client::search_terms::dictionary;

/// Search terms by columns.
#[derive(Default)]
pub(super) struct TermColumns {
    pub(super) kinds: Vec<String>,
    pub(super) terms: Vec<String>,
    pub(super) shown: Vec<String>,
    pub(super) clients: Vec<Uuid>,
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

/// By what clients are found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) keys: Vec<i64>,
    pub(super) key_clients: Vec<Uuid>,
    pub(super) terms: TermColumns,
}

impl Found {
    /// Stores by what new clients are found.
    pub(super) async fn insert_new(&self, connection: &mut PgConnection, group: &str) -> sqlx::Result<()> {
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

/// What records add.
pub(super) struct Indexes {
    /// For clients that are made with them.
    pub(super) new: Found,
    /// For clients that are there.
    pub(super) known: Found,
    /// Words of names, with how they sound.
    pub(super) words: Vec<String>,
    pub(super) sounds: Vec<String>,
}

impl Indexes {
    pub(super) fn of(records: &[NewRecord<'_>]) -> Self {
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
        let (new_keys, keys): (Vec<_>, Vec<_>) =
            keys.into_iter().partition(|(_, client)| made.contains(client));
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
        let new = Found {
            keys: new_keys,
            key_clients: new_key_clients,
            terms: TermColumns::of(new_terms),
        };
        let known = Found {
            keys,
            key_clients,
            terms: TermColumns::of(terms),
        };
        let words: BTreeMap<String, String> = records
            .iter()
            .flat_map(|record| {
                let (words, sounds) = dictionary(record.terms.iter().copied());
                words.into_iter().zip(sounds)
            })
            .collect();
        let (words, sounds): (Vec<String>, Vec<String>) = words.into_iter().unzip();
        Self {
            new,
            known,
            words,
            sounds,
        }
    }
}
