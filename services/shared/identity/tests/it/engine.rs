//! Properties of the engine, whatever the records and the order they come in.

use std::collections::BTreeMap;

use edina_identity::engine::cluster::{cluster, cluster_ruled};
use edina_identity::engine::compare::{Rarity, compare};
use edina_identity::engine::place::{Arrivals, Goes, Members, place};
use edina_identity::engine::{Base, Model, Profile, Rulings};
use edina_identity::{Home, Normalised, RecordInput, Stats, VehicleInput, normalise};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

const NAMES: [&str; 8] = [
    "Абрамцев Олег Петрович",
    "Белкина Мария Олеговна",
    "Вершинин Тимур Маратович",
    "Гордеева Анна Львовна",
    "Дорохов Степан Ильич",
    "Ежова Вера Юрьевна",
    "Жданов Лев Андреевич",
    "Зимина Юлия Романовна",
];

/// What one of eight people says on one of three occasions.
fn visit(who: usize, occasion: usize) -> RecordInput {
    let name = NAMES[who];
    let short: Vec<&str> = name.split(' ').collect();
    RecordInput {
        full_name: Some(match occasion {
            0 => name.to_owned(),
            1 => format!("{} {}", short[1], short[0]),
            _ => name.to_uppercase(),
        }),
        phones: vec![format!("8 916 {}00-10-2{who}", who + 1)],
        birth_date: (occasion != 1).then(|| format!("1{who}.04.197{who}")),
        vehicles: vec![VehicleInput {
            vin: (occasion == 2).then(|| format!("XW8AC2NE7EK10{who}{who}47")),
            ..VehicleInput::default()
        }],
        ..RecordInput::default()
    }
}

fn pick(values: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    of(prop_oneof![6 => select(values).prop_map(str::to_owned), 1 => any::<String>()])
}

prop_compose! {
    fn record()(
        full_name in pick(&["Иванов Иван Иванович", "Иванова Мария", "Маша", "Иванов И.", "ИП Иванов И.И.", "Ivanov Ivan", "ООО Ромашка"]),
        birth_date in pick(&["05.03.1981", "06.03.1981", "17.09.1990"]),
        phone in pick(&["89165554567", "+7 916 555-45-68", "555-45-67"]),
        email in pick(&["ivan@gmail.com", "ivanov81@mail.ru"]),
        address in pick(&["ул. Полевая, д. 44, кв. 2", "Полевая 44"]),
        vin in pick(&["WP0ZZZ99ZTS392124", "392124"]),
    ) -> RecordInput {
        RecordInput {
            full_name, birth_date, address,
            phones: phone.into_iter().collect(),
            emails: email.into_iter().collect(),
            vehicles: vec![VehicleInput { vin, ..VehicleInput::default() }],
            ..RecordInput::default()
        }
    }
}

fn normalised(inputs: &[RecordInput]) -> Vec<Normalised> {
    inputs.iter().map(|r| normalise(r, &Home::default())).collect()
}

fn base_of(records: &[Normalised]) -> Base {
    let mut base = Base::default();
    for record in records {
        base.add(record);
    }
    base
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_order_of_arrival_gives_the_same_cards(
        order in Just((0..24usize).collect::<Vec<_>>()).prop_shuffle()
    ) {
        let model = Model::default();
        let mut arrivals = Arrivals::default();
        for at in &order {
            arrivals.take(&normalise(&visit(at % 8, at / 8), &Home::default()), &model);
        }
        let mut card_of: BTreeMap<usize, u32> = BTreeMap::new();
        for (at, card) in order.iter().zip(arrivals.cards()) {
            let known = *card_of.entry(at % 8).or_insert(*card);
            prop_assert_eq!(known, *card, "person {} is on two cards", at % 8);
        }
        let mut cards: Vec<u32> = card_of.into_values().collect();
        cards.sort_unstable();
        cards.dedup();
        prop_assert_eq!(cards.len(), 8, "nobody shares a card");
    }

    #[test]
    fn two_records_on_one_card_do_not_contradict(inputs in prop::collection::vec(record(), 2..12)) {
        let records = normalised(&inputs);
        let base = base_of(&records);
        let found = cluster(&base, &Model::default());
        let rarity = Rarity::new(&base.counts);
        let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (at, card) in found.cards.iter().enumerate() {
            members.entry(*card).or_default().push(at);
        }
        for pair in members.values().filter(|m| m.len() == 2) {
            let c = compare(&base.profiles[pair[0]], &base.profiles[pair[1]], &rarity);
            prop_assert_eq!(c.conflict, None);
        }
    }

    #[test]
    fn the_reasons_sum_to_the_verdict(a in record(), b in record()) {
        let home = Home::default();
        let (p, q) = (Profile::of(&normalise(&a, &home)), Profile::of(&normalise(&b, &home)));
        let stats = Stats::new(10_000);
        let rarity = Rarity::new(&stats);
        let model = Model::default();
        let table = model.table(p.party, q.party);
        let c = compare(&p, &q, &rarity);
        let verdict = model.weigh(&c, table, rarity.records());
        let sum: f64 = model.reasons(&c, table, rarity.records()).iter().map(|r| r.bits).sum();
        prop_assert!(sum.is_finite());
        prop_assert!(c.conflict.is_some() || (sum - verdict.bits).abs() < 1e-6, "{sum} {}", verdict.bits);
        let back = model.weigh(&compare(&q, &p, &rarity), table, rarity.records());
        prop_assert!((back.bits - verdict.bits).abs() < 1e-6, "the other way round: {} {}", back.bits, verdict.bits);
    }
}

#[test]
fn a_stored_model_is_the_same_model() {
    let model = Model::default();
    let stored = serde_json::to_string(&model).unwrap();
    assert_eq!(serde_json::from_str::<Model>(&stored).unwrap(), model);
}

#[test]
fn a_stored_profile_is_the_profile() {
    let read = edina_identity::normalise(
        &edina_identity::RecordInput {
            full_name: Some("Иванова Мария Петровна".into()),
            birth_date: Some("05.03.1985".into()),
            phones: vec!["8 916 123-45-67".into()],
            emails: vec!["m.ivanova@mail.ru".into()],
            ..edina_identity::RecordInput::default()
        },
        &edina_identity::Home::default(),
    );
    let profile = edina_identity::engine::Profile::of(&read);
    let stored = serde_json::to_string(&profile).unwrap();
    assert!(stored.len() < 700, "{} bytes: {stored}", stored.len());
    assert_eq!(
        serde_json::from_str::<edina_identity::engine::Profile>(&stored).unwrap(),
        profile
    );
}

/// Pairs of records somebody ruled on; no pair is ruled both ways, and none the other way through a third.
fn rulings(pairs: &[(u32, u32, bool)], count: u32) -> Rulings<u32> {
    let mut ruled = Rulings::default();
    for (a, b, same) in pairs {
        let (a, b) = (a % count, b % count);
        if a == b {
            continue;
        }
        let list = if *same {
            &mut ruled.together
        } else {
            &mut ruled.apart
        };
        list.push((a, b));
    }
    let groups = joined(&ruled.together, count);
    ruled
        .apart
        .retain(|(a, b)| groups[*a as usize] != groups[*b as usize]);
    ruled
}

/// The lowest member of everybody's group.
fn joined(pairs: &[(u32, u32)], count: u32) -> Vec<u32> {
    let mut group: Vec<u32> = (0..count).collect();
    for _ in 0..count {
        for (a, b) in pairs {
            let low = group[*a as usize].min(group[*b as usize]);
            group[*a as usize] = low;
            group[*b as usize] = low;
        }
    }
    group
}

fn obeyed(cards: &[u32], ruled: &Rulings<u32>) -> Result<(), TestCaseError> {
    for (a, b) in &ruled.apart {
        prop_assert_ne!(
            cards[*a as usize],
            cards[*b as usize],
            "{} and {} are two clients",
            a,
            b
        );
    }
    for (a, b) in &ruled.together {
        prop_assert_eq!(
            cards[*a as usize],
            cards[*b as usize],
            "{} and {} are one client",
            a,
            b
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_goes_against_what_people_said(
        inputs in prop::collection::vec(record(), 2..14),
        pairs in prop::collection::vec((0..14u32, 0..14u32, any::<bool>()), 0..8),
    ) {
        let records = normalised(&inputs);
        let ruled = rulings(&pairs, u32::try_from(records.len()).unwrap());
        let model = Model::default();
        obeyed(&cluster_ruled(&base_of(&records), &ruled, &model).cards, &ruled)?;
        let mut arrivals = Arrivals::ruled(&ruled);
        for record in &records {
            arrivals.take(record, &model);
        }
        obeyed(arrivals.cards(), &ruled)?;
    }

    #[test]
    fn a_placed_record_leaves_cards_as_people_made_them(
        inputs in prop::collection::vec(record(), 3..14),
        cuts in prop::collection::vec((1..4usize, any::<bool>()), 6),
        apart in prop::collection::vec((0..6u32, 0..6u32), 0..4),
    ) {
        let profiles: Vec<Profile> = normalised(&inputs).iter().map(Profile::of).collect();
        let mut rest = &profiles[1..];
        let mut cards: Vec<Members<u32>> = Vec::new();
        for (number, (size, pinned)) in (0u32..).zip(cuts) {
            let (now, later) = rest.split_at(size.min(rest.len()));
            rest = later;
            if !now.is_empty() {
                let pinned = if pinned { (0..now.len().div_ceil(2)).collect() } else { Vec::new() };
                cards.push(Members { pinned, ..Members::new(number, now.to_vec()) });
            }
        }
        let ruled = Rulings { apart, ..Rulings::default() };
        let placed = place(&profiles[0], &cards, &ruled, &Stats::new(10_000), &Model::default());
        for (card, at, _) in &placed.moved {
            prop_assert!(!cards[*card as usize].pinned.contains(at), "a pinned record left alone");
        }
        let now = |card: u32| placed.merged.iter().find(|(k, _)| *k == card).map_or(Goes::To(card), |(_, to)| *to);
        for (a, b) in ruled.apart.iter().filter(|(a, b)| a != b && (*a.max(b) as usize) < cards.len()) {
            prop_assert_ne!(now(*a), now(*b));
            for (card, _, to) in &placed.moved {
                prop_assert!((card, *to) != (a, now(*b)) && (card, *to) != (b, now(*a)));
            }
        }
        if let (Goes::To(_), Some(why)) = (placed.card, &placed.why) {
            let sum: f64 = why.reasons.iter().map(|r| r.bits).sum();
            prop_assert!(why.conflict.is_some() || (sum - why.bits).abs() < 1e-6);
        }
        prop_assert_eq!(matches!(placed.card, Goes::To(_)), placed.why.is_some());
    }
}
