//! Which consent is in force, per purpose and channel: the one rule, by which the card shows it and the send gate is
//! answered. The neighbours ask here and reckon nothing themselves.
//!
//! Each member of a card has its own ledger, of which what was taken back is left out. Within one, a later word replaces an earlier one of the same channel; a word
//! for `any` channel counts where there is none for the channel itself; a refusal of `any` also takes back what was said
//! of single channels before it, and a later yes to one channel is newer for that channel only. A general yes does not
//! lift the refusal of a single channel: who asked for no calls did not change his mind by ticking a box under a form.
//!
//! Of several members the strictest counts. So a merge never widens: a member's refusal stands until somebody consents
//! *for the merged card*, which the ledger knows by the members that a line covers.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use edina_proto::words::CONSENT_CHANNELS;
use uuid::Uuid;

use super::history::ConsentEntry;

/// The word for all channels; as a channel of its own it stands for those that have no name yet.
pub const ANY: &str = "any";

/// What counts on one channel.
#[derive(Debug, Clone, Copy)]
pub struct InForce<'a> {
    /// One of [`CONSENT_CHANNELS`].
    pub channel: &'static str,
    /// The word that decides, which may be one for [`ANY`] channel.
    pub line: &'a ConsentEntry,
}

/// What is in force: per purpose that was spoken of, every channel on which something counts.
pub fn effective<'a>(members: &[Uuid], ledger: &'a [ConsentEntry]) -> Vec<InForce<'a>> {
    let members: BTreeSet<Uuid> = members.iter().copied().collect();
    let mut said: BTreeMap<&str, BTreeMap<Uuid, Words<'a>>> = BTreeMap::new();
    for line in ledger.iter().filter(|line| line.undone_at.is_none()) {
        let of_purpose = said.entry(&line.purpose).or_default();
        for member in line.covers.iter().filter(|member| members.contains(member)) {
            of_purpose.entry(*member).or_default().take(line);
        }
    }
    let mut found = Vec::new();
    for words in said.values() {
        for channel in CONSENT_CHANNELS {
            let strictest = words
                .values()
                .filter_map(|words| words.on(channel))
                .min_by_key(|line| (line.granted, Reverse((line.at, line.id))));
            found.extend(strictest.map(|line| InForce { channel, line }));
        }
    }
    found
}

/// Every word, the newest first, those taken back too: a refusal that was noted for each member is one.
pub fn words(ledger: &[ConsentEntry]) -> Vec<&ConsentEntry> {
    let mut said: BTreeMap<Uuid, &ConsentEntry> = BTreeMap::new();
    for line in ledger {
        said.entry(line.said_id).or_insert(line);
    }
    let mut words: Vec<&ConsentEntry> = said.into_values().collect();
    words.sort_by_key(|line| Reverse((line.at, line.id)));
    words
}

/// The newest word of one member about one purpose, by the channel it names.
#[derive(Default)]
struct Words<'a> {
    newest: BTreeMap<&'a str, &'a ConsentEntry>,
}

/// Of two words of one instant the refusal is the later one.
fn order(line: &ConsentEntry) -> impl Ord {
    (line.at, !line.granted, line.id)
}

impl<'a> Words<'a> {
    fn take(&mut self, line: &'a ConsentEntry) {
        let present = self.newest.entry(&line.channel).or_insert(line);
        if order(line) > order(present) {
            *present = line;
        }
    }

    fn on(&self, channel: &str) -> Option<&'a ConsentEntry> {
        let own = self.newest.get(channel).copied();
        let general = self.newest.get(ANY).copied();
        let (Some(own), Some(general)) = (own, general) else {
            return own.or(general);
        };
        let general_counts = order(general) > order(own) && (own.granted || !general.granted);
        Some(if general_counts { general } else { own })
    }
}

#[cfg(test)]
mod tests;
