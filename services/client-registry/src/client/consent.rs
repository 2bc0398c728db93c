//! Consent per purpose and channel: the newest word of each member, the strictest of all members.
//!
//! A merge never widens: a member's refusal stands until somebody consents *for the merged card*, which the ledger
//! knows by the members that a line covers.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::history::ConsentEntry;

/// The lines in force, one per purpose and channel.
pub fn effective<'a>(members: &[Uuid], ledger: &'a [ConsentEntry]) -> Vec<&'a ConsentEntry> {
    let pairs: BTreeSet<(&str, &str)> = ledger
        .iter()
        .map(|line| (line.purpose.as_str(), line.channel.as_str()))
        .collect();
    pairs
        .into_iter()
        .filter_map(|(purpose, channel)| of_pair(members, ledger, purpose, channel))
        .collect()
}

fn of_pair<'a>(
    members: &[Uuid],
    ledger: &'a [ConsentEntry],
    purpose: &str,
    channel: &str,
) -> Option<&'a ConsentEntry> {
    let mut newest: BTreeMap<Uuid, &ConsentEntry> = BTreeMap::new();
    for line in ledger
        .iter()
        .filter(|line| line.purpose == purpose && line.channel == channel)
    {
        for member in members.iter().filter(|member| line.covers.contains(member)) {
            let present = newest.entry(*member).or_insert(line);
            // Of two lines of one instant the refusal is the later one.
            if (line.at, !line.granted, line.id) > (present.at, !present.granted, present.id) {
                *present = line;
            }
        }
    }
    newest
        .into_values()
        .min_by_key(|line| (line.granted, std::cmp::Reverse((line.at, line.id))))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    fn line(id: u128, client: u128, covers: &[u128], granted: bool, second: i64) -> ConsentEntry {
        ConsentEntry {
            id: Uuid::from_u128(id),
            client_id: Uuid::from_u128(client),
            covers: covers.iter().map(|id| Uuid::from_u128(*id)).collect(),
            purpose: "advertising".into(),
            channel: "sms".into(),
            granted,
            text_version: String::new(),
            proof: String::new(),
            source: "console".into(),
            at: DateTime::<Utc>::from_timestamp(second, 0).unwrap(),
        }
    }

    fn granted(members: &[u128], ledger: &[ConsentEntry]) -> bool {
        let members: Vec<_> = members.iter().map(|id| Uuid::from_u128(*id)).collect();
        effective(&members, ledger)[0].granted
    }

    #[test]
    fn a_merge_never_widens() {
        let ledger = [line(1, 1, &[1], true, 30), line(2, 2, &[2], false, 20)];
        assert!(granted(&[1], &ledger));
        assert!(!granted(&[1, 2], &ledger));
    }

    #[test]
    fn a_word_for_the_merged_card_counts_for_all_its_members() {
        let ledger = [
            line(1, 1, &[1], true, 10),
            line(2, 2, &[2], false, 20),
            line(3, 1, &[1, 2], true, 30),
        ];
        assert!(granted(&[1, 2], &ledger));
    }
}
