//! Who owns a car, from what was said of it.

use super::*;

const CAR: Uuid = Uuid::from_u128(7);

fn said(record: u128, root: u128, role: &str, day: i64) -> Statement {
    Statement {
        vehicle_id: CAR,
        source_record_id: Uuid::from_u128(record),
        root_id: Uuid::from_u128(root),
        role: role.into(),
        at: DateTime::from_timestamp(day * 86_400, 0).unwrap(),
        family: Some(String::new()),
    }
}

fn of(family: &str, statement: Statement) -> Statement {
    Statement {
        family: Some(family.to_owned()),
        ..statement
    }
}

fn owner(statements: &[Statement]) -> Option<u128> {
    present_owners(statements).get(&CAR).map(Uuid::as_u128)
}

/// Visits of clients, by turns, of whom each is of the family of his number.
fn visits(families: &[&str], roots: &[u128], days: i64) -> Vec<Statement> {
    (1..)
        .zip(roots)
        .map(|(at, root)| {
            let family = families[usize::try_from(*root).unwrap() - 1];
            of(family, said(u128::try_from(at).unwrap(), *root, USES, at * days))
        })
        .collect()
}

#[test]
fn a_new_owner_ends_the_old_ones_span_whenever_the_records_arrive() {
    let mut statements = vec![
        said(1, 1, "owner", 10),
        said(2, 1, "owner", 20),
        said(3, 2, "owner", 30),
        said(4, 1, "driver", 25),
    ];
    let forward = spans(&statements);
    statements.reverse();
    assert_eq!(spans(&statements), forward);
    assert_eq!(forward[0].to.unwrap().timestamp(), 30 * 86_400);
    assert_eq!(forward[1].root_id, Uuid::from_u128(2));
    assert_eq!(owner(&statements), Some(2));
}

#[test]
fn each_thing_goes_to_whom_it_concerns_and_nothing_to_the_former_owner() {
    let to = |statements: &[Statement], what| {
        receiver(&spans(statements), CAR, what).map(|span| span.root_id.as_u128())
    };
    let mut statements = vec![
        said(1, 1, "owner", 10),
        said(2, 2, "payer", 11),
        said(3, 3, "driver", 12),
    ];
    assert_eq!(
        RECEIVED.map(|what| to(&statements, what)),
        [Some(2), Some(3), Some(1)]
    );
    statements.push(said(4, 4, "owner", 20));
    assert_eq!(RECEIVED.map(|what| to(&statements, what)), [Some(4); 3]);
    statements.push(said(5, 3, "driver", 30));
    assert_eq!(to(&statements, "reminder"), Some(3));
    assert_eq!(to(&statements, "recall"), Some(4));
    statements.push(said(6, 3, "former_driver", 40));
    assert_eq!(to(&statements, "reminder"), Some(4));
    statements.push(said(7, 4, "former_owner", 50));
    assert_eq!(RECEIVED.map(|what| to(&statements, what)), [None; 3]);
}

#[test]
fn husband_and_wife_who_bring_a_car_by_turns_do_not_sell_it_each_time() {
    let bought = of("иванав", said(90, 1, "owner", 1));
    for turns in [&[1, 2, 1, 2, 1, 2][..], &[1, 2, 2, 2, 2]] {
        let mut statements = visits(&["иванав", "иванав"], turns, 180);
        assert_eq!(owner(&statements), Some(1), "whoever comes first");
        statements.push(bought.clone());
        assert_eq!(owner(&statements), Some(1));
        let used = spans(&statements);
        assert!(
            used.iter()
                .any(|span| span.role == USES && span.root_id.as_u128() == 2)
        );
    }
    // Of other surnames: as long as both come.
    let mut statements = visits(&["иванав", "питрав"], &[1, 2, 1, 2, 1, 2], 180);
    statements.push(bought);
    assert_eq!(owner(&statements), Some(1));
}

#[test]
fn a_stranger_who_comes_again_and_again_has_bought_it() {
    let bought = of("иванав", said(90, 1, "owner", 1));
    let after = |turns: &[u128], families: &[&str], days| {
        let mut statements = visits(families, turns, days);
        statements.push(bought.clone());
        owner(&statements)
    };
    let strangers = ["иванав", "питрав"];
    assert_eq!(after(&[2], &strangers, 180), Some(1), "one visit says nothing");
    assert_eq!(after(&[2, 2], &strangers, 180), Some(2));
    assert_eq!(
        after(&[2, 2], &strangers, 20),
        Some(1),
        "one repair in two visits"
    );
    assert_eq!(after(&[2, 2], &["иванав", ""], 180), Some(1), "a mere number");
    assert_eq!(after(&[2, 2, 2], &["иванав", ""], 180), Some(2));
    assert_eq!(
        after(&[2, 2, 2, 2], &["иванав", "="], 180),
        Some(1),
        "a company's mechanic"
    );
    let mut fleet = visits(&["=", "питрав"], &[2, 2, 2], 180);
    fleet.push(of("=", said(90, 1, "owner", 1)));
    assert_eq!(owner(&fleet), Some(1), "a company's driver");
    // From his first visit on; and a document decides at once.
    let mut statements = visits(&strangers, &[2, 2], 180);
    statements.push(bought.clone());
    let spans = spans(&statements);
    let his = spans.iter().find(|span| span.root_id.as_u128() == 2).unwrap();
    assert_eq!((his.role.as_str(), his.from), ("owner", statements[0].at));
    assert!(!spans.iter().any(|span| span.role == USES));
    statements.push(of("сидарав", said(91, 3, "owner", 400)));
    assert_eq!(owner(&statements), Some(3));
    // A known driver is no owner however often he comes.
    let mut driven = visits(&strangers, &[2, 2, 2], 180);
    driven.extend([bought.clone(), said(92, 2, "driver", 2)]);
    assert_eq!(owner(&driven), Some(1));
}
