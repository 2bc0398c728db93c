//! What to do with a record once its candidates are scored.

use serde::{Deserialize, Serialize};

use crate::score::Score;

/// Where linking and asking begin, in bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Thresholds {
    /// From here on a record is linked: 2 bits are 80 %.
    pub link: f64,
    /// From here on a human is asked.
    pub review: f64,
    /// The best must lead the second best by so much, else a human is asked.
    pub margin: f64,
    /// A record with nothing but a phone joins the only client who has it, from here on: keeps the numbers of
    /// switchboards and of our own branches out.
    pub contact_only: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            link: 2.0,
            review: -2.0,
            margin: 3.0,
            contact_only: -3.0,
        }
    }
}

/// What becomes of a record. `K` is whatever the caller knows clients by.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision<K> {
    /// It is this client's.
    Link { client: K, score: Score },
    /// Make a client of its own and ask a human about these, the likeliest first.
    Review { candidates: Vec<(K, Score)> },
    /// Nobody we know.
    Create,
}

/// Most candidates shown to a human.
const MAX_REVIEWED: usize = 10;

/// Decides. `candidates` must hold every client fetched by the record's keys, each once: that somebody else
/// has the same phone matters even where he is no match.
pub fn decide<K>(mut candidates: Vec<(K, Score)>, thresholds: &Thresholds) -> Decision<K> {
    candidates.sort_by(|(_, p), (_, q)| q.bits.total_cmp(&p.bits));
    let phone_holders = candidates.iter().filter(|(_, s)| s.shares_phone).count();
    let second = candidates.get(1).map_or(f64::NEG_INFINITY, |(_, s)| s.bits);
    let Some((_, best)) = candidates.first() else {
        return Decision::Create;
    };
    let clear = best.bits >= thresholds.link && !best.contradicted && best.bits - second >= thresholds.margin;
    let only_holder = best.contact_only
        && phone_holders == 1
        && best.bits >= thresholds.contact_only
        && best.bits < thresholds.link
        && second < thresholds.review;
    if clear || only_holder {
        let (client, score) = candidates.swap_remove(0);
        return Decision::Link { client, score };
    }
    // Somebody of a family calls again and says no name: one card for that unknown caller, not one for every call.
    if let Some(unknown) = candidates
        .iter()
        .position(|(_, s)| s.nameless && s.bits >= thresholds.contact_only)
    {
        let (client, score) = candidates.swap_remove(unknown);
        return Decision::Link { client, score };
    }
    candidates.retain(|(_, s)| s.bits >= thresholds.review && !s.contradicted);
    candidates.truncate(MAX_REVIEWED);
    if candidates.is_empty() {
        Decision::Create
    } else {
        Decision::Review { candidates }
    }
}
