//! The cards that records may belong to, and the decision. What is decided for one record holds for the next, so that many
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

use super::reading::Reading;
use crate::{
    client::why::{self, Explained},
    registry::models::Trained,
    store::{self, profiles},
};

/// A key that more clients have identifies nobody and is not followed.
const MOST_HOLDERS: usize = 60;
/// Most cards a record is compared with, those that share most keys.
const MOST_CANDIDATES: usize = 40;
/// Kinds of values whose frequency among the candidates is asked for, too: names are written in many ways.
const NAMES: [&str; 3] = ["surname", "given", "patronymic"];

/// Where a record goes.
pub(super) struct Decided {
    pub(super) id: Uuid,
    pub(super) client_id: Uuid,
    /// Kind of the client that it makes.
    pub(super) new_client: Option<&'static str>,
    /// Why it was linked.
    pub(super) why: Option<Explained>,
    /// Clients that may be the same.
    pub(super) doubts: Vec<(Uuid, Explained)>,
}

impl Decided {
    pub(super) fn outcome(&self) -> &'static str {
        match (self.new_client.is_some(), self.doubts.is_empty()) {
            (true, false) => "to_review",
            (true, true) => "created",
            (false, _) => "linked",
        }
    }
}

/// Two cards that are one.
pub(super) struct Merge {
    pub(super) one: Uuid,
    pub(super) other: Uuid,
    pub(super) cause: Uuid,
    pub(super) why: Explained,
}

/// A record that belongs elsewhere.
pub(super) struct Repair {
    pub(super) record_id: Uuid,
    pub(super) from: Uuid,
    pub(super) to: Uuid,
    /// Kind of the client it goes to, if that has to be made.
    pub(super) new_client: Option<&'static str>,
    pub(super) cause: Uuid,
}

/// What was decided of many records, in their order.
#[derive(Default)]
pub(super) struct Decisions {
    pub(super) records: Vec<Decided>,
    pub(super) merges: Vec<Merge>,
    pub(super) repairs: Vec<Repair>,
}

impl Decisions {
    /// Whether cards that were there are joined or taken apart.
    pub(super) fn change_cards(&self) -> bool {
        !self.merges.is_empty() || !self.repairs.is_empty()
    }
}

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
    holders: HashMap<i64, BTreeSet<Uuid>>,
    apart: Vec<(Uuid, Uuid)>,
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
    ) -> sqlx::Result<Self> {
        let seeking = || readings.iter().filter(|reading| reading.given.is_none());
        let wanted: BTreeSet<i64> = seeking()
            .flat_map(|reading| reading.keys.iter().copied())
            .collect();
        let wanted: Vec<i64> = wanted.into_iter().collect();
        let found = store::keys::holders(connection, group, &wanted, MOST_HOLDERS).await?;
        let clients: BTreeSet<Uuid> = found.values().flatten().copied().collect();
        let clients: Vec<Uuid> = clients.into_iter().collect();
        let mut near = Self {
            cards: BTreeMap::new(),
            root_of: HashMap::new(),
            holders: found
                .into_iter()
                .map(|(key, clients)| (key, clients.into_iter().collect()))
                .collect(),
            apart: Vec::new(),
            together: Vec::new(),
            pinned: HashSet::new(),
            counts: Stats::default(),
        };
        if !clients.is_empty() {
            near.root_of = store::clients::roots_of(connection, group, &clients)
                .await?
                .into_iter()
                .collect();
            let roots = near.closest_of(readings);
            for kept in profiles::of_cards(connection, group, &roots).await? {
                near.root_of.insert(kept.client_id, kept.root_id);
                if kept.is_known_elsewhere {
                    near.pinned.insert(kept.record_id);
                }
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

    /// The cards that are looked at: for every record those that share most with it.
    fn closest_of(&self, readings: &[&Reading<'_>]) -> Vec<Uuid> {
        let mut roots: BTreeSet<Uuid> = BTreeSet::new();
        for reading in readings.iter().filter(|reading| reading.given.is_none()) {
            roots.extend(self.sharing(&reading.keys));
        }
        roots.into_iter().collect()
    }

    /// Cards that share keys, the closest first.
    fn sharing(&self, keys: &[i64]) -> Vec<Uuid> {
        let mut shared: BTreeMap<Uuid, usize> = BTreeMap::new();
        for holders in keys.iter().filter_map(|key| self.holders.get(key)) {
            if holders.len() > MOST_HOLDERS {
                continue;
            }
            let roots: BTreeSet<Uuid> = holders
                .iter()
                .filter_map(|client| self.root_of.get(client))
                .copied()
                .collect();
            for root in roots {
                *shared.entry(root).or_default() += 1;
            }
        }
        let mut ranked: Vec<(Uuid, usize)> = shared.into_iter().collect();
        ranked.sort_by_key(|(root, count)| (std::cmp::Reverse(*count), *root));
        ranked
            .into_iter()
            .take(MOST_CANDIDATES)
            .map(|(root, _)| root)
            .collect()
    }

    /// What people said about these cards.
    async fn hear(&mut self, connection: &mut PgConnection, group: &str) -> sqlx::Result<()> {
        let members = self.cards.values().flatten();
        let (records, clients): (Vec<Uuid>, BTreeSet<Uuid>) =
            members.map(|member| (member.record_id, member.client_id)).unzip();
        let clients: Vec<Uuid> = clients.into_iter().collect();
        let said = profiles::rulings(connection, group, &clients, &records).await?;
        self.apart = said.apart;
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
                },
                None => self.place(reading, record_id, model, &mut decisions),
            };
            decisions.records.push(decided);
        }
        decisions
    }

    fn place(
        &mut self,
        reading: &Reading<'_>,
        record_id: Uuid,
        model: &Trained,
        decisions: &mut Decisions,
    ) -> Decided {
        let cards: Vec<Members<Uuid>> = self
            .sharing(&reading.keys)
            .into_iter()
            .filter_map(|root| Some(self.members(root, self.cards.get(&root)?)))
            .collect();
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
                .map(|ask| {
                    (
                        self.closest(ask.card, &reading.keys),
                        explained(ask.why.clone(), ask.card),
                    )
                })
                .collect(),
        };
        self.repair(&placed, record_id, model, &mut made, decisions);
        let root = self.root_of.get(&own).copied().unwrap_or(own);
        if profiles::is_known_elsewhere(&reading.said.source) {
            self.pinned.insert(record_id);
        }
        self.root_of.insert(client_id, root);
        self.cards.entry(root).or_default().push(Member {
            record_id,
            client_id,
            profile: reading.profile.clone(),
        });
        for key in &reading.keys {
            self.holders.entry(*key).or_default().insert(client_id);
        }
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
            for key in keys::numbers(&member.profile) {
                self.holders.entry(key).or_default().insert(target);
            }
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
        for holders in keys.iter().filter_map(|key| self.holders.get(key)) {
            for client in holders
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
