//! Properties of the engine, whatever the records and the order they come in.

use std::collections::BTreeMap;

use edina_identity::engine::compare::{Rarity, compare};
use edina_identity::engine::{Base, Model, Profile, cluster::cluster, place::Arrivals};
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
