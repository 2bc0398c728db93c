//! The cards that records may belong to, and the deciding. What is decided for one record holds for the next, so that many
//! records of one transaction see each other as if they had come one by one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use edina_identity::{
    Party, Profile, Stats,
    engine::{
        Level, Trait, base, keys,
        place::{Goes, Members, Placed, Why, explain, place},
        rulings::Rulings,
    },
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    decisions::{Decided, Decisions, Merge, Repair},
    junk::JunkKeys,
    reading::Reading,
    shared::SharedKeys,
};
use crate::{
    client::why::{self, Explained},
    registry::models::Trained,
    store::{self, profiles},
};

/// Kinds of values whose frequency among the candidates is asked for, too: names are written in many ways.
const NAMES: [&str; 3] = ["surname", "given", "patronymic"];

#[derive(Clone)]
struct Member {
    record_id: Uuid,
    client_id: Uuid,
    profile: Profile,
}

/// The cards in reach of some records.
pub(super) struct Neighbourhood {
    cards: BTreeMap<Uuid, Vec<Member>>,
    root_of: HashMap<Uuid, Uuid>,
    keys: SharedKeys,
    apart: BTreeSet<(Uuid, Uuid)>,
    together: Vec<Uuid>,
    pinned: HashSet<Uuid>,
    counts: Stats,
}

impl Neighbourhood {
    /// Reads every card that shares a key with one of the records.
    pub(super) async fn load(
        connection: &mut PgConnection,
        group: &str,
        readings: &[&Reading<'_>],
        junk: &JunkKeys,
    ) -> sqlx::Result<Self> {
        let keys = SharedKeys::load(connection, group, readings, junk).await?;
        let mut near = Self {
            cards: BTreeMap::new(),
            root_of: HashMap::new(),
            keys,
            apart: BTreeSet::new(),
            together: Vec::new(),
            pinned: HashSet::new(),
            counts: Stats::default(),
        };
        let clients: BTreeSet<Uuid> = readings
            .iter()
            .filter(|reading| reading.given.is_none())
            .flat_map(|reading| near.keys.sharing(&reading.keys))
            .collect();
        let clients: Vec<Uuid> = clients.into_iter().collect();
        if !clients.is_empty() {
            near.root_of = store::clients::roots_of(connection, group, &clients)
                .await?
                .into_iter()
                .collect();
            let roots: BTreeSet<Uuid> = near.root_of.values().copied().collect();
            let roots: Vec<Uuid> = roots.into_iter().collect();
            for kept in profiles::of_cards(connection, group, &roots).await? {
                near.root_of.insert(kept.client_id, kept.root_id);
                near.cards.entry(kept.root_id).or_default().push(Member {
                    record_id: kept.record_id,
                    client_id: kept.client_id,
                    profile: kept.profile,
                });
            }
            near.hear(connection, group).await?;
        }
        near.counts = store::keys::counts(connection, group, &near.terms(readings)).await?;
        Ok(near)
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

    fn terms(&self, readings: &[&Reading<'_>]) -> Vec<(&'static str, String)> {
        let mut terms: BTreeSet<(&'static str, String)> =
            readings.iter().flat_map(|reading| reading.terms()).collect();
        for member in self.cards.values().flatten() {
            terms.extend(
                base::terms(&member.profile)
                    .into_iter()
                    .filter(|(kind, _)| NAMES.contains(kind)),
            );
        }
        terms.into_iter().collect()
    }

    /// Decides of every record in turn.
    pub(super) fn decide(&mut self, readings: &[&Reading<'_>], model: &Trained) -> Decisions {
        let mut decisions = Decisions::default();
        for reading in readings {
            let record_id = Uuid::now_v7();
            let decided = match reading.given {
                Some(client_id) => Decided {
                    id: record_id,
                    client_id,
                    new_client: None,
                    why: None,
                    doubts: Vec::new(),
                    keys: self.keys.worth_keeping(&reading.keys),
                },
                None => self.place(reading, record_id, model, &mut decisions),
            };
            decisions.records.push(decided);
        }
        decisions.roots = decisions
            .records
            .iter()
            .filter_map(|decided| Some((decided.client_id, *self.root_of.get(&decided.client_id)?)))
            .collect();
        decisions
    }

    fn place(
        &mut self,
        reading: &Reading<'_>,
        record_id: Uuid,
        model: &Trained,
        decisions: &mut Decisions,
    ) -> Decided {
        let cards = self.cards_of(&self.keys.sharing(&reading.keys));
        let mut placed = place(
            &reading.profile,
            &cards,
            &self.rulings(),
            &self.counts,
            &model.model,
        );
        if says_no_name(&reading.profile) {
            attribute(&mut placed, model);
        }
        let mut made: BTreeMap<u32, Uuid> = BTreeMap::new();
        let own = self.target(placed.card, &mut made);
        let fresh = matches!(placed.card, Goes::New(_));
        let client_id = if fresh {
            own
        } else {
            self.closest(own, &reading.keys)
        };
        let explained = |found: Why, root: Uuid| self.explained(found, &reading.profile, root, model);
        let decided = Decided {
            id: record_id,
            client_id,
            new_client: fresh.then(|| kind(reading.profile.party)),
            why: placed.why.clone().map(|found| explained(found, own)),
            doubts: placed
                .asks
                .iter()
                .map(|ask| (self.closest(ask.card, &reading.keys), ask))
                // A human has already said that the two are different.
                .filter(|(other, _)| !self.are_apart(client_id, *other))
                .map(|(other, ask)| (other, explained(ask.why.clone(), ask.card)))
                .collect(),
            keys: self.keys.worth_keeping(&reading.keys),
        };
        self.repair(&placed, record_id, model, &mut made, decisions);
        let root = self.root_of.get(&own).copied().unwrap_or(own);
        self.root_of.insert(client_id, root);
        self.cards.entry(root).or_default().push(Member {
            record_id,
            client_id,
            profile: reading.profile.clone(),
        });
        self.keys.hold(client_id, &reading.keys);
        decided
    }

    /// Joins and takes apart the cards that the record showed in another light.
    fn repair(
        &mut self,
        placed: &Placed<Uuid>,
        cause: Uuid,
        model: &Trained,
        made: &mut BTreeMap<u32, Uuid>,
        decisions: &mut Decisions,
    ) {
        // Places are those of the cards as they were, so all are looked up before any moves.
        let moves: Vec<(Member, Goes<Uuid>)> = placed
            .moved
            .iter()
            .filter_map(|(root, at, to)| Some((self.cards.get(root)?.get(*at)?.clone(), *to)))
            .collect();
        let whole = placed.merged.iter().filter(|(_, to)| matches!(to, Goes::New(_)));
        let parted = whole
            .filter_map(|(root, to)| Some(self.cards.get(root)?.iter().cloned().map(|member| (member, *to))))
            .flatten();
        for (member, to) in moves.into_iter().chain(parted.collect::<Vec<_>>()) {
            let known = made.len();
            let target = self.target(to, made);
            let is_new = matches!(to, Goes::New(_)) && made.len() > known && placed.card != to;
            if is_new {
                self.root_of.insert(target, target);
            }
            if let Some(left) = self
                .root_of
                .get(&member.client_id)
                .and_then(|root| self.cards.get_mut(root))
            {
                left.retain(|other| other.record_id != member.record_id);
            }
            decisions.repairs.push(Repair {
                record_id: member.record_id,
                from: member.client_id,
                to: target,
                new_client: is_new.then(|| kind(member.profile.party)),
                cause,
            });
            self.keys.hold(target, &keys::numbers(&member.profile));
            let moved = Member {
                client_id: target,
                ..member
            };
            let root = self.root_of.get(&target).copied().unwrap_or(target);
            self.cards.entry(root).or_default().push(moved);
        }
        for (gone, to) in &placed.merged {
            let Goes::To(kept) = to else { continue };
            let (Some(one), Some(other)) = (self.profile(*gone), self.profile(*kept)) else {
                continue;
            };
            let found = explain(
                &one,
                &other,
                &edina_identity::engine::compare::Rarity::new(&self.counts),
                &model.model,
            );
            decisions.merges.push(Merge {
                one: *kept,
                other: *gone,
                cause,
                why: why::explained(found, &one, &other, model.version),
            });
            let (root, absorbed) = (*kept.min(gone), *kept.max(gone));
            let mut members = self.cards.remove(&absorbed).unwrap_or_default();
            self.cards.entry(root).or_default().append(&mut members);
            for at in self.root_of.values_mut().filter(|at| **at == absorbed) {
                *at = root;
            }
        }
    }

    fn are_apart(&self, one: Uuid, other: Uuid) -> bool {
        self.apart.contains(&(one, other)) || self.apart.contains(&(other, one))
    }

    fn target(&self, goes: Goes<Uuid>, made: &mut BTreeMap<u32, Uuid>) -> Uuid {
        match goes {
            Goes::To(root) => root,
            Goes::New(number) => *made.entry(number).or_insert_with(Uuid::now_v7),
        }
    }

    fn members(&self, root: Uuid, members: &[Member]) -> Members<Uuid> {
        let pinned = (0..)
            .zip(members)
            .filter(|(_, member)| self.pinned.contains(&member.record_id))
            .map(|(at, _)| at)
            .collect();
        Members {
            card: root,
            records: members.iter().map(|member| member.profile.clone()).collect(),
            pinned,
        }
    }

    fn rulings(&self) -> Rulings<Uuid> {
        let root = |client: &Uuid| self.root_of.get(client).copied();
        Rulings {
            apart: self
                .apart
                .iter()
                .filter_map(|(one, other)| Some((root(one)?, root(other)?)))
                .collect(),
            // A card that a person made of two is not the engine's to take apart.
            together: self
                .together
                .iter()
                .filter_map(|one| Some((root(one)?, root(one)?)))
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
        let mut whole = members.next()?.profile.clone();
        for member in members {
            whole.join(&member.profile);
        }
        Some(whole)
    }

    fn explained(&self, found: Why, record: &Profile, root: Uuid, model: &Trained) -> Explained {
        let card = self.profile(root).unwrap_or_default();
        why::explained(found, record, &card, model.version)
    }
}

/// Whether a record says nothing but a number or an address to write to, as a call does.
fn says_no_name(p: &Profile) -> bool {
    p.surnames.is_empty()
        && p.givens.is_empty()
        && p.companies.is_empty()
        && p.inns.is_empty()
        && p.birth_dates.is_empty()
        && p.vins.is_empty()
        && p.plates.is_empty()
        && p.documents.is_empty()
}

/// A call from a number belongs to whoever has just that number, unless two could be meant; and about a mere number nobody
/// can say more than the base knows, so nobody is asked.
fn attribute(placed: &mut Placed<Uuid>, model: &Trained) {
    let asks = std::mem::take(&mut placed.asks);
    let has = |why: &Why| {
        why.reasons.iter().any(|reason| {
            matches!(reason.of, Some(Trait::Phone | Trait::PhoneTail | Trait::Email))
                && reason.level == Some(Level::Exact)
        })
    };
    let mut owners = asks.iter().filter(|ask| has(&ask.why));
    if let (Goes::New(_), Some(best)) = (placed.card, owners.next()) {
        let next = owners.next().map_or(f64::NEG_INFINITY, |ask| ask.why.bits);
        if best.why.bits - next >= model.model.thresholds.lead {
            placed.card = Goes::To(best.card);
            placed.why = Some(best.why.clone());
        }
    }
}

/// person or company
fn kind(party: Party) -> &'static str {
    match party {
        Party::Company | Party::SoleProprietor => "company",
        Party::Person | Party::Unknown => "person",
    }
}
