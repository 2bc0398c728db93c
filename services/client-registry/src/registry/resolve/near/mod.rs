//! The cards that records may belong to; `placing` decides among them, `behind` is for what was read too early.

mod behind;
mod counting;
mod helps;
mod nameless;
mod placing;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use edina_identity::{
    Profile, Stats, TermFrequencies as _,
    engine::{
        place::{Members, Why},
        rulings::Rulings,
    },
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{reading::Reading, shared::SharedKeys};
use crate::{
    client::why::{self, Explained},
    store::profiles,
};
pub(in crate::registry) use behind::Left;
use counting::names_of;
pub(super) use helps::{Helps, Known};
use nameless::is_nameless;
pub(in crate::registry) use placing::kind;

#[derive(Clone)]
struct Member {
    record_id: Uuid,
    client_id: Uuid,
    profile: Arc<Profile>,
}

/// The cards in reach of some records.
pub(in crate::registry) struct Neighbourhood {
    cards: BTreeMap<Uuid, Vec<Member>>,
    root_of: HashMap<Uuid, Uuid>,
    keys: SharedKeys,
    apart: BTreeSet<(Uuid, Uuid)>,
    together: Vec<Uuid>,
    pinned: HashSet<Uuid>,
    counts: Stats,
    /// People said something of some card.
    ruled: bool,
    /// Nobody else changes cards meanwhile, and no record has moved: what a client had when this was read he still has.
    unchanged: bool,
    /// Clients who lost a record since: of them that does not hold.
    lost: HashSet<Uuid>,
}

impl Neighbourhood {
    /// Reads every card that shares a key with one of the records, and what people said about them.
    pub(super) async fn load(
        connection: &mut PgConnection,
        group: &str,
        readings: &[&Reading<'_>],
        helps: Helps<'_>,
        alone: bool,
    ) -> sqlx::Result<Self> {
        let mut near = Self::look(connection, group, readings, helps).await?;
        near.unchanged = alone;
        if near.ruled {
            near.hear(connection, group).await?;
        }
        Ok(near)
    }

    /// As [`load`](Self::load), but for what people said.
    pub(super) async fn look(
        connection: &mut PgConnection,
        group: &str,
        readings: &[&Reading<'_>],
        helps: Helps<'_>,
    ) -> sqlx::Result<Self> {
        let Helps {
            junk,
            totals,
            known,
            mut beside,
        } = helps;
        let (keys, along) = match known {
            Some(Known { keys, cards, counts }) => (keys, Some((cards, counts))),
            None => {
                let keys = SharedKeys::load(connection, group, readings, junk, beside.as_deref_mut()).await?;
                (keys, None)
            }
        };
        let mut near = Self {
            unchanged: false,
            cards: BTreeMap::new(),
            root_of: HashMap::new(),
            keys,
            apart: BTreeSet::new(),
            together: Vec::new(),
            pinned: HashSet::new(),
            counts: Stats::default(),
            ruled: false,
            lost: HashSet::new(),
        };
        let mut clients = near.clients_near(readings);
        let mut total = totals.and_then(|totals| totals.of(group));
        let totals = totals.filter(|_| total.is_none());
        let came_along = along.is_some();
        if let Some(((kept, ruled), counts)) = along {
            near.take(kept, ruled);
            let read = near.keys.alone();
            clients.retain(|client| !read.contains(client));
            total = Some(counts.records());
            near.counts = counts;
        }
        near.read_cards(connection, group, &clients, beside).await?;
        near.read_counts(connection, group, readings, (total, came_along))
            .await?;
        if let Some(totals) = totals {
            totals.learn(group, near.counts.records());
        }
        Ok(near)
    }

    /// Clients that share keys with the records.
    fn clients_near(&self, readings: &[&Reading<'_>]) -> BTreeSet<Uuid> {
        readings
            .iter()
            .filter(|reading| reading.given.is_none())
            .flat_map(|reading| self.keys.sharing(&reading.keys))
            .collect()
    }

    /// Reads the whole cards of these clients; answers the roots of those that were not known. Clients without records are in
    /// none.
    async fn read_cards(
        &mut self,
        connection: &mut PgConnection,
        group: &str,
        clients: &BTreeSet<Uuid>,
        beside: Option<&mut PgConnection>,
    ) -> sqlx::Result<BTreeSet<Uuid>> {
        if clients.is_empty() {
            return Ok(BTreeSet::new());
        }
        let clients: Vec<Uuid> = clients.iter().copied().collect();
        let (mut kept, ruled) = match beside {
            Some(beside) => {
                let (one, other) = clients.split_at(clients.len() / 2);
                let ((mut kept, ruled), (rest, also)) = tokio::try_join!(
                    profiles::of_cards(connection, group, one),
                    profiles::of_cards(beside, group, other),
                )?;
                kept.extend(rest);
                (kept, ruled || also)
            }
            None => profiles::of_cards(connection, group, &clients).await?,
        };
        // A card may have been read by either.
        kept.sort_by_key(|kept| kept.record_id);
        kept.dedup_by_key(|kept| kept.record_id);
        Ok(self.take(kept, ruled))
    }

    /// Takes the whole cards that were read, but those that are known.
    fn take(&mut self, kept: Vec<profiles::Kept>, ruled: bool) -> BTreeSet<Uuid> {
        self.ruled |= ruled;
        let known: HashSet<Uuid> = self.cards.keys().copied().collect();
        let mut roots = BTreeSet::new();
        for kept in kept {
            self.root_of.insert(kept.client_id, kept.root_id);
            if known.contains(&kept.root_id) {
                continue;
            }
            roots.insert(kept.root_id);
            self.cards.entry(kept.root_id).or_default().push(Member {
                record_id: kept.record_id,
                client_id: kept.client_id,
                profile: Arc::new(kept.profile),
            });
        }
        roots
    }

    /// The cards of these clients, each once.
    fn cards_of(&self, clients: &[Uuid]) -> Vec<Members<Uuid>> {
        let mut seen = BTreeSet::new();
        clients
            .iter()
            .filter_map(|client| self.root_of.get(client).copied())
            .filter(|root| seen.insert(*root))
            .filter_map(|root| Some(self.members(root, self.cards.get(&root)?)))
            .collect()
    }

    /// What people said about these cards.
    async fn hear(&mut self, connection: &mut PgConnection, group: &str) -> sqlx::Result<()> {
        if self.cards.is_empty() {
            return Ok(());
        }
        let members = self.cards.values().flatten();
        let (records, clients): (Vec<Uuid>, BTreeSet<Uuid>) =
            members.map(|member| (member.record_id, member.client_id)).unzip();
        let clients: Vec<Uuid> = clients.into_iter().collect();
        let said = profiles::rulings(connection, group, &clients, &records).await?;
        self.apart = said.apart.into_iter().collect();
        self.together = said.together.into_iter().map(|(one, _)| one).collect();
        self.pinned.extend(said.pinned);
        Ok(())
    }

    /// Phone numbers of a client among those of a card.
    fn numbers_of(&self, root: Uuid, client: Uuid) -> Vec<Arc<str>> {
        let members = self.cards.get(&root).into_iter().flatten();
        members
            .filter(|member| member.client_id == client)
            .flat_map(|member| member.profile.phones.iter().map(|phone| Arc::clone(&phone.value)))
            .collect()
    }

    fn are_apart(&self, one: Uuid, other: Uuid) -> bool {
        self.apart.contains(&(one, other)) || self.apart.contains(&(other, one))
    }

    fn members(&self, root: Uuid, members: &[Member]) -> Members<Uuid> {
        let pinned = (0..)
            .zip(members)
            .filter(|(_, member)| self.pinned.contains(&member.record_id))
            .map(|(at, _)| at)
            .collect();
        Members {
            card: root,
            records: members.iter().map(|member| Arc::clone(&member.profile)).collect(),
            pinned,
        }
    }

    fn rulings(&self, cards: &[Members<Uuid>]) -> Rulings<Uuid> {
        let root = |client: &Uuid| self.root_of.get(client).copied();
        Rulings {
            apart: self
                .apart
                .iter()
                .filter_map(|(one, other)| Some((root(one)?, root(other)?)))
                .collect(),
            // A card that a person made of two is not the engine's to take apart, nor is one of which nobody knows more than
            // a number: there is nothing in it to tell one record from another.
            together: self
                .together
                .iter()
                .filter_map(|one| Some((root(one)?, root(one)?)))
                .chain(
                    cards
                        .iter()
                        .filter(|card| card.records.len() > 1 && is_nameless(card))
                        .map(|card| (card.card, card.card)),
                )
                .collect(),
            ..Rulings::default()
        }
    }

    /// The client of a card that shares most with a record: an unmerge takes the record along with him.
    fn closest(&self, root: Uuid, keys: &[i64]) -> Uuid {
        let mut shared: BTreeMap<Uuid, usize> = BTreeMap::new();
        for clients in self.keys.few(keys) {
            for client in clients
                .iter()
                .filter(|client| self.root_of.get(client) == Some(&root))
            {
                *shared.entry(*client).or_default() += 1;
            }
        }
        shared
            .into_iter()
            .max_by_key(|(client, count)| (*count, std::cmp::Reverse(*client)))
            .map_or(root, |(client, _)| client)
    }

    fn profile(&self, root: Uuid) -> Option<Profile> {
        let mut members = self.cards.get(&root)?.iter();
        let mut whole = Profile::clone(&members.next()?.profile);
        for member in members {
            whole.join(&member.profile);
        }
        Some(whole)
    }

    fn explained(&self, found: Why, record: &Profile, root: Uuid, model_version: i32) -> Explained {
        let card = self.profile(root).unwrap_or_default();
        why::explained(found, record, &card, model_version)
    }
}
