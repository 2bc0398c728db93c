//! Fathers, sons and brothers: much in common, and two clients.

use edina_identity::engine::place::{Goes, Members, Placed, place};
use edina_identity::engine::{Base, Model, Profile, Rulings};
use edina_identity::{Home, RecordInput, normalise};

use super::decisions::{born, named, outcome};

const PHONE: &str = "89165554567";

#[test]
fn initials_of_a_father_are_his_sons_exchanged() {
    let card = |name| vec![named(name, PHONE)];
    assert_eq!(
        outcome(&named("Ермолаев С.В.", PHONE), &[card("Ермолаев В.С.")]),
        Err("create")
    );
    assert_eq!(
        outcome(
            &named("Ермолаев С.В.", PHONE),
            &[card("Ермолаев Виктор Степанович")]
        ),
        Err("review")
    );
    let both = [
        card("Ермолаев Виктор Степанович"),
        card("Ермолаев Степан Викторович"),
    ];
    assert_eq!(outcome(&named("Ермолаев С.В.", PHONE), &both), Ok(1));
    assert_eq!(outcome(&named("Ермолаев В.С.", PHONE), &both), Ok(0));
}

#[test]
fn two_men_of_other_surnames_are_two_whatever_their_birthday() {
    let card = [vec![born(
        named("Вахрушев Арсений Львович", "89161112233"),
        "1974-05-17",
    )]];
    let other = |name, phone| outcome(&born(named(name, phone), "1974-05-17"), &card);
    assert!(other("Молоствов Арсений Львович", "89164445566").is_err());
    assert_eq!(other("Вахрушев Арсений Львович", "89164445566"), Ok(0));
    // Who has the same telephone, too, may have taken another surname.
    assert_eq!(other("Молоствов Арсений Львович", "89161112233"), Ok(0));
}

#[test]
fn a_son_of_his_fathers_name_was_born_a_generation_later() {
    let home = |name| {
        let mut input = named(name, PHONE);
        input.address = Some("г. Казань, ул. Баумана, д. 5, кв. 7".into());
        input
    };
    let father = vec![born(home("Ложкин Пётр Петрович"), "1950-03-04"); 3];
    let son = born(home("Ложкин Пётр Петрович"), "1976-08-09");
    let card = std::slice::from_ref(&father);
    assert!(outcome(&son, card).is_err());
    let slip = born(home("Ложкин Пётр Петрович"), "1950-04-04");
    assert_eq!(outcome(&slip, card), Ok(0));
}

fn placed(record: &RecordInput, cards: &[Vec<RecordInput>]) -> Placed<usize> {
    let mut base = Base::default();
    let members: Vec<Members<usize>> = cards
        .iter()
        .enumerate()
        .map(|(card, records)| {
            let read: Vec<_> = records.iter().map(|r| normalise(r, &Home::default())).collect();
            read.iter().for_each(|record| {
                base.add(record);
            });
            Members::new(card, read.iter().map(Profile::of).collect())
        })
        .collect();
    let record = Profile::of(&normalise(record, &Home::default()));
    place(
        &record,
        &members,
        &Rulings::default(),
        &base.counts,
        &Model::default(),
    )
}

/// An initial of two brothers: it was one's while nobody knew the other.
#[test]
fn what_a_repair_leaves_open_is_asked() {
    let one = |name| born(named(name, PHONE), "1980-05-06");
    let card = vec![one("Боярцев Максим Ильич"), one("Боярцев М.И.")];
    let placed = placed(&one("Боярцев Марк Ильич"), &[card]);
    let [(0, 1, apart)] = placed.moved.as_slice() else {
        panic!("{placed:?}");
    };
    assert!(
        matches!(placed.card, Goes::New(_)) && placed.card != *apart,
        "{placed:?}"
    );
    let mut asked: Vec<[Goes<usize>; 2]> = placed.parted.iter().map(|two| [two.one, two.other]).collect();
    asked.iter_mut().for_each(|two| two.sort_unstable());
    asked.sort_unstable();
    let mut expected = [[placed.card, *apart], [Goes::To(0), *apart]];
    expected.iter_mut().for_each(|two| two.sort_unstable());
    expected.sort_unstable();
    assert_eq!(asked, expected, "{placed:?}");
}

/// A fleet, a call centre, a broker: by its number and a first name nobody is known; by surname and name somebody is.
#[test]
fn a_first_name_on_a_number_of_many_names_is_nobody() {
    let names = [
        "Анна",
        "Ольга",
        "Сергей",
        "Иван",
        "Мария",
        "Пётр",
        "Елена",
        "Олег",
        "Вера",
        "Юрий",
    ];
    let mut cards: Vec<Vec<RecordInput>> = names.iter().map(|name| vec![named(name, PHONE)]).collect();
    assert_eq!(outcome(&named("Вера", PHONE), &cards), Err("create"));
    cards.push(vec![named("Кравцова Вера Юрьевна", PHONE)]);
    assert_eq!(outcome(&named("Кравцова Вера Юрьевна", PHONE), &cards), Ok(10));
    // A family's number is a family's.
    cards.truncate(4);
    assert_eq!(outcome(&named("Иван", PHONE), &cards), Ok(3));
}
