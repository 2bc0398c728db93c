//! Calls from a number, in a base where a number alone is too little to link by: they lie on the card they were given to.

use chrono::{NaiveDate, NaiveTime};
use edina_identity::engine::place::{Goes, Members, Placed, place};
use edina_identity::engine::{Model, Profile, Rulings};
use edina_identity::{Home, RecordInput, Stats, normalise};

const NUMBER: &str = "+79165554567";

fn said(full_name: &str, day: &str) -> Profile {
    let input = RecordInput {
        full_name: Some(full_name.to_owned()).filter(|name| !name.is_empty()),
        phones: vec![NUMBER.into()],
        occurred_at: day
            .parse::<NaiveDate>()
            .ok()
            .map(|day| day.and_time(NaiveTime::MIN).and_utc()),
        ..RecordInput::default()
    };
    Profile::of(&normalise(&input, &Home::default()))
}

fn arrive(record: &Profile, cards: &[Members<u32>]) -> Placed<u32> {
    let base = Stats::new(1_000_000);
    place(record, cards, &Rulings::default(), &base, &Model::default())
}

fn owner_with_calls(calls: usize) -> Members<u32> {
    let mut records = vec![said("Петрова Мария Сергеевна", "2024-03-01")];
    records.extend((0..calls).map(|call| said("", &format!("2026-09-{:02}", call + 1))));
    Members::new(1, records)
}

#[test]
fn a_call_sends_no_call_before_it_away() {
    for calls in 0..6 {
        let placed = arrive(&said("", "2026-10-01"), &[owner_with_calls(calls)]);
        assert_eq!(placed.card, Goes::New(0), "a number alone links nobody here");
        assert_eq!(placed.asks.len(), 1, "after {calls}: {placed:?}");
        assert_eq!(placed.moved, [], "after {calls}");
        assert_eq!(placed.merged, [], "after {calls}");
    }
}

#[test]
fn who_gives_her_name_finds_her_calls_where_they_were() {
    let placed = arrive(&said("Петрова Мария", "2026-10-01"), &[owner_with_calls(3)]);
    assert_eq!(placed.card, Goes::To(1));
    assert_eq!((placed.moved, placed.merged), (Vec::new(), Vec::new()));
}

#[test]
fn calls_of_somebody_else_go_with_him_and_leave_the_card_its_name() {
    let placed = arrive(
        &said("Жуков Аркадий Львович", "2026-09-10"),
        &[owner_with_calls(3)],
    );
    let own = placed.card;
    assert!(matches!(own, Goes::New(_)), "{placed:?}");
    // The number has passed on: whoever called last week was he. Her own record stays under its id.
    assert!(
        placed
            .moved
            .iter()
            .all(|(card, at, to)| *card == 1 && *at > 0 && *to == own),
        "{placed:?}"
    );
    assert_eq!(placed.merged, []);
}
