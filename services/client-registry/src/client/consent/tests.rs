//! The rule of consents: examples as a lawyer would put them, and what holds for any ledgers.

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;

fn line(id: u128, covers: &[u128], channel: &str, granted: bool, second: i64) -> ConsentEntry {
    ConsentEntry {
        id: Uuid::from_u128(id),
        client_id: Uuid::from_u128(covers[0]),
        covers: covers.iter().map(|id| Uuid::from_u128(*id)).collect(),
        purpose: "advertising".into(),
        channel: channel.into(),
        granted,
        text_version: String::new(),
        proof: String::new(),
        source: "console".into(),
        by_employee_id: "e-1".into(),
        said_id: Uuid::from_u128(id),
        source_record_id: None,
        undone_at: None,
        undone_by: String::new(),
        at: DateTime::<Utc>::from_timestamp(second, 0).unwrap(),
    }
}

/// What counts on each channel for the card of these members.
fn of(members: &[u128], ledger: &[ConsentEntry]) -> BTreeMap<&'static str, bool> {
    let members: Vec<_> = members.iter().map(|id| Uuid::from_u128(*id)).collect();
    effective(&members, ledger)
        .into_iter()
        .map(|found| (found.channel, found.line.granted))
        .collect()
}

#[test]
fn a_merge_never_widens() {
    let ledger = [line(1, &[1], "sms", true, 30), line(2, &[2], "sms", false, 20)];
    assert!(of(&[1], &ledger)["sms"]);
    assert!(!of(&[1, 2], &ledger)["sms"]);
}

#[test]
fn a_word_for_any_channel_does_not_pass_the_refusal_of_one() {
    let ledger = [line(1, &[1], ANY, true, 30), line(2, &[2], "sms", false, 20)];
    assert_eq!(
        of(&[1, 2], &ledger),
        [("sms", false), ("email", true), ("call", true), (ANY, true)].into()
    );
    let turned = [line(1, &[1], ANY, false, 20), line(2, &[2], "sms", true, 30)];
    assert_eq!(
        of(&[1, 2], &turned),
        [("sms", false), ("email", false), ("call", false), (ANY, false)].into()
    );
}

#[test]
fn within_one_ledger_the_later_word_counts() {
    let no = [line(1, &[1], "sms", true, 10), line(2, &[1], ANY, false, 20)];
    assert!(!of(&[1], &no)["sms"], "a refusal of any channel takes all back");
    let [yes, none] = no;
    let again = [yes, none, line(3, &[1], "sms", true, 30)];
    assert_eq!(
        of(&[1], &again),
        [("sms", true), ("email", false), ("call", false), (ANY, false)].into()
    );
    let general = [line(1, &[1], "call", false, 10), line(2, &[1], ANY, true, 20)];
    assert_eq!(
        of(&[1], &general),
        [("sms", true), ("email", true), ("call", false), (ANY, true)].into()
    );
    let same_instant = [line(1, &[1], "sms", true, 10), line(2, &[1], ANY, false, 10)];
    assert!(!of(&[1], &same_instant)["sms"]);
}

#[test]
fn a_word_for_the_merged_card_counts_for_all_its_members() {
    let ledger = [
        line(1, &[1], "sms", true, 10),
        line(2, &[2], "sms", false, 20),
        line(3, &[1, 2], "sms", true, 30),
    ];
    assert!(of(&[1, 2], &ledger)["sms"]);
}

#[test]
fn a_word_that_was_taken_back_counts_for_nothing_and_is_still_told() {
    let mut ledger = [line(1, &[1], "sms", false, 10), line(2, &[1], "sms", true, 20)];
    assert!(of(&[1], &ledger)["sms"]);
    ledger[1].undone_at = Some(ledger[1].at);
    assert!(!of(&[1], &ledger)["sms"]);
    let told: Vec<Uuid> = words(&ledger).into_iter().map(|word| word.id).collect();
    assert_eq!(told, [Uuid::from_u128(2), Uuid::from_u128(1)]);
    // A refusal of two members is one word.
    ledger[1].said_id = ledger[0].said_id;
    assert_eq!(words(&ledger).len(), 1);
}

/// A ledger of the members 0..6, each word said of one of them or of some at once.
fn ledger() -> impl Strategy<Value = Vec<ConsentEntry>> {
    let said = (
        proptest::sample::subsequence((0..6u128).collect::<Vec<_>>(), 1..4),
        proptest::sample::select(&CONSENT_CHANNELS[..]),
        any::<bool>(),
        0..8i64,
    );
    proptest::collection::vec(said, 0..14).prop_map(|said| {
        let lines = (1u128..).zip(said);
        lines
            .map(|(id, (covers, channel, granted, second))| line(id, &covers, channel, granted, second))
            .collect()
    })
}

/// Lines of these members alone, as the store reads them for one card.
fn theirs(members: &[u128], ledger: &[ConsentEntry]) -> Vec<ConsentEntry> {
    let said_of = |line: &&ConsentEntry| members.iter().any(|id| line.client_id == Uuid::from_u128(*id));
    ledger.iter().filter(said_of).cloned().collect()
}

proptest! {
    #[test]
    fn whatever_is_merged_nobody_may_be_written_to_who_could_not_be(
        ledger in ledger(), split in 1..5usize,
    ) {
        // Lines that cover one member only: what was said of the sides before they met.
        let apart: Vec<ConsentEntry> = ledger.iter().filter(|line| line.covers.len() == 1).cloned().collect();
        let all: Vec<u128> = (0..6).collect();
        let (one, other) = all.split_at(split);
        let (left, right, both) = (of(one, &apart), of(other, &apart), of(&all, &apart));
        for channel in CONSENT_CHANNELS {
            let sides = [left.get(channel), right.get(channel)];
            let strictest = sides.into_iter().flatten().min();
            prop_assert_eq!(both.get(channel), strictest, "{}", channel);
        }
    }

    #[test]
    fn the_order_of_merging_does_not_matter(
        ledger in ledger(), order in Just((0..6u128).collect::<Vec<_>>()).prop_shuffle(), turned in any::<bool>(),
    ) {
        let all: Vec<u128> = (0..6).collect();
        let mut shuffled = ledger.clone();
        if turned {
            shuffled.reverse();
        }
        prop_assert_eq!(of(&order, &shuffled), of(&all, &ledger));
    }

    #[test]
    fn an_unmerge_returns_what_was_in_force(ledger in ledger(), split in 1..5usize) {
        let all: Vec<u128> = (0..6).collect();
        let (one, other) = all.split_at(split);
        let before = (of(one, &theirs(one, &ledger)), of(other, &theirs(other, &ledger)));
        let merged = theirs(&all, &ledger);
        let after = (of(one, &theirs(one, &merged)), of(other, &theirs(other, &merged)));
        prop_assert_eq!(after, before);
    }

    #[test]
    fn a_refusal_of_any_said_last_leaves_nothing(ledger in ledger()) {
        let mut ledger = ledger;
        let all: Vec<u128> = (0..6).collect();
        ledger.push(line(99, &all, ANY, false, 9));
        let left = of(&all, &ledger);
        prop_assert!(CONSENT_CHANNELS.iter().all(|channel| left.get(channel) == Some(&false)));
    }
}
