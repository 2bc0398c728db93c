//! Clients by what they are to the group, without anything else to look for: partners as people marked them, the others among
//! the newest clients. Marks are computed from whole cards, so that only so many are looked at.

use std::collections::BTreeSet;

use edina_proto::registry::v1::SearchHit;
use edina_runtime::caller::Caller;
use uuid::Uuid;

use super::{Registry, RegistryError, card};
use crate::{
    client::{freshness::Present, marks},
    store::{self, reading},
};

/// Cards read at once.
const PORTION: usize = 200;
/// Newest clients that are looked at.
const MOST_LOOKED_AT: usize = 1_000;

impl Registry {
    /// Cards with a mark, the newest first.
    pub(super) async fn marked(
        &self,
        caller: &Caller,
        mark: &str,
        limit: usize,
        include_liquidated: bool,
        present: &Present,
    ) -> Result<Vec<SearchHit>, RegistryError> {
        let group = caller.group.as_str();
        let most = i64::try_from(MOST_LOOKED_AT).unwrap_or(i64::MAX);
        let mut tx = self.begin(caller).await?;
        let candidates = if mark == marks::PARTNER {
            store::corrections::clients_with(&mut tx, group, marks::PARTNER, "yes", most).await?
        } else {
            store::clients::newest(&mut tx, group, most).await?
        };
        tx.rollback().await?;
        let mut seen: BTreeSet<Uuid> = BTreeSet::new();
        let mut hits = Vec::new();
        for portion in candidates.chunks(PORTION) {
            let gathered = reading::of(self.database.readers(), group, portion).await?;
            let roots = portion.iter().filter_map(|id| gathered.root_of.get(id).copied());
            for root in roots.filter(|root| seen.insert(*root)) {
                let client = card::summary_of(&gathered, root, present);
                let wanted = client.filter(|client| {
                    client.marks.iter().any(|of| of == mark) && (include_liquidated || !client.liquidated)
                });
                hits.extend(wanted.map(|client| SearchHit {
                    client: Some(client),
                    matched_by: "mark".to_owned(),
                    matched_value: mark.to_owned(),
                    ..SearchHit::default()
                }));
            }
            if hits.len() >= limit {
                break;
            }
        }
        hits.truncate(limit);
        Ok(hits)
    }
}
