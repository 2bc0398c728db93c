//! People who answer truthfully what the engine asks.

use std::collections::{BTreeMap, BTreeSet};

use edina_identity::engine::cluster::{Clustering, cluster_ruled};
use edina_identity::engine::{Base, Model, Rulings};

/// Each answer may make another question clear or needless, so they are put in so many parts.
const PARTS: usize = 6;

/// Cards after people have answered.
pub(super) struct Asked {
    pub(super) cards: Vec<u32>,
    pub(super) questions: usize,
}

/// Asks at most `budget` questions, what an answer is worth most first.
pub(super) fn ask(
    base: &Base,
    model: &Model,
    mut found: Clustering,
    owners: &[usize],
    budget: usize,
) -> Asked {
    let mut ruled: Rulings<u32> = Rulings::default();
    let mut asked: BTreeSet<(u32, u32)> = BTreeSet::new();
    for part in 1..=PARTS {
        let until = budget * part / PARTS;
        let client = |card: u32| client_of(card, &found.cards, owners);
        for q in &found.questions {
            if asked.len() >= until {
                break;
            }
            if asked.insert((q.a, q.b)) {
                let list = match client(q.a) == client(q.b) {
                    true => &mut ruled.together,
                    false => &mut ruled.apart,
                };
                list.push((q.a, q.b));
            }
        }
        found = cluster_ruled(base, &ruled, model);
    }
    Asked {
        cards: found.cards,
        questions: asked.len(),
    }
}

/// The client most of a card's records are of.
fn client_of(card: u32, cards: &[u32], owners: &[usize]) -> Option<usize> {
    let mut records: BTreeMap<usize, usize> = BTreeMap::new();
    for (_, owner) in cards.iter().zip(owners).filter(|(c, _)| **c == card) {
        *records.entry(*owner).or_default() += 1;
    }
    records
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map(|(owner, _)| owner)
}
