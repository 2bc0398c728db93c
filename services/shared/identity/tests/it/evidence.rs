//! What one piece of evidence says about two records.

use chrono::{TimeZone as _, Utc};
use edina_identity::engine::compare::{Rarity, compare};
use edina_identity::engine::place::explain;
use edina_identity::engine::train::{Answer, train, train_answered};
use edina_identity::engine::{Base, Level, Model, Profile, Trait};
use edina_identity::{Home, RecordInput, Stats, TermFrequencies, VehicleInput, normalise};

fn profile(record: RecordInput) -> Profile {
    Profile::of(&normalise(&record, &Home::default()))
}

fn car(vin: &str, plate: &str) -> Profile {
    let some = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
    profile(RecordInput {
        full_name: Some("Дорохов Степан".into()),
        vehicles: vec![VehicleInput {
            vin: some(vin),
            plate: some(plate),
            ..VehicleInput::default()
        }],
        ..RecordInput::default()
    })
}

/// How a trait comes out in a base of a hundred thousand, and how often by chance.
fn outcome(a: &Profile, b: &Profile, of: Trait) -> Option<(Level, f64)> {
    let counts = Stats::new(100_000);
    compare(a, b, &Rarity::new(&counts)).get(of)
}

#[test]
fn cars_of_one_batch_are_not_slips() {
    let level = |a: &Profile, b: &Profile| outcome(a, b, Trait::Vin).unwrap();
    // A letter in the middle: a slip, which strangers do not share.
    let (close, rare) = level(&car("XW8AC2NE7EK101147", ""), &car("XW8AC2NE7FK101147", ""));
    assert_eq!(close, Level::Close);
    // The last digit: as likely the next car of the batch.
    let (near, common) = level(&car("XW8AC2NE7EK101147", ""), &car("XW8AC2NE7EK101148", ""));
    assert_eq!(near, Level::Close);
    assert!(common > rare * 50.0, "{common} {rare}");
    // Two digits of the serial number, or two right check digits: two cars.
    for (a, b) in [
        ("XW8AC2NE7EK101147", "XW8AC2NE7EK101158"),
        ("1M8GDM9AXKP042788", "1M8GDM9A1KP042789"),
    ] {
        assert_eq!(level(&car(a, ""), &car(b, "")).0, Level::Other, "{a} {b}");
    }
    // One check digit is wrong: a slip after all.
    let (slip, rare) = level(&car("1M8GDM9AXKP042788", ""), &car("1M8GDM9AXKP042789", ""));
    assert!(slip == Level::Close && rare < 1e-4, "{slip:?} {rare}");
    // Neighbouring plates of two cars say nothing for one.
    let (a, b) = (
        car("XW8AC2NE7EK101147", "А123ВС777"),
        car("WVWZZZ1KZAW555012", "А124ВС777"),
    );
    assert_eq!(outcome(&a, &b, Trait::Plate), None);
    assert_eq!(level(&a, &b).0, Level::Other);
}

fn called(year: i32) -> Profile {
    profile(RecordInput {
        full_name: Some("Дорохов Степан".into()),
        phones: vec!["8 916 200-10-21".into()],
        occurred_at: Some(Utc.with_ymd_and_hms(year, 3, 1, 9, 0, 0).unwrap()),
        ..RecordInput::default()
    })
}

#[test]
fn a_number_is_somebodys_for_an_interval() {
    let mut early = called(2014);
    early.join(&called(2016));
    let level = |other: &Profile, of: Trait| outcome(&early, other, of).map(|(level, _)| level);
    assert_eq!(
        level(&called(2015), Trait::Turns),
        Some(Level::Exact),
        "between his calls"
    );
    assert_eq!(
        level(&called(2023), Trait::Turns),
        Some(Level::Other),
        "long after"
    );
    assert_eq!(level(&called(2023), Trait::Gap), Some(Level::Other));
    let one = outcome(&called(2014), &called(2015), Trait::Turns);
    assert_eq!(one, None, "two calls have no intervals");

    // Still a client, with another number: what counts is when this one was his.
    let mut moved = early.clone();
    let mut later = called(2023);
    later.phones.clear();
    moved.join(&later);
    let turns = outcome(&moved, &called(2022), Trait::Turns).map(|(level, _)| level);
    assert_eq!(turns, Some(Level::Other));
}

/// Somebody of a surname that calls from a number: nothing else is known.
fn caller(surname: &str, number: usize) -> Profile {
    profile(RecordInput {
        full_name: Some(surname.to_owned()),
        phones: vec![format!("8 916 200-{:02}-{:02}", number / 100, number % 100)],
        ..RecordInput::default()
    })
}

#[test]
fn answers_move_where_linking_begins() {
    let base = Base::default();
    let answered = |same: bool| {
        let answers: Vec<Answer> = (0..60)
            .map(|n| Answer {
                a: caller("Дорохов Степан Ильич", n),
                b: caller("Дорохов", n),
                same,
            })
            .collect();
        train_answered(&base, &Model::default(), &answers).thresholds
    };
    let usual = train(&base, &Model::default()).thresholds;
    let (refused, confirmed) = (answered(false), answered(true));
    assert!(refused.link > usual.link + 1.0, "{refused:?} {usual:?}");
    assert!(confirmed.link < usual.link, "{confirmed:?} {usual:?}");
    // What is asked about moves along, so that as much of what is likely is asked.
    assert!((refused.ask - usual.ask - (refused.link - usual.link)).abs() < 1e-9);
}

/// People who came twice: to a workshop that copies papers, and by a call in which every other surname is misheard.
fn heard_and_copied() -> Base {
    const SURNAMES: [(&str, &str); 5] = [
        ("Морозов", "Марозов"),
        ("Петухов", "Питухов"),
        ("Соколов", "Сокалов"),
        ("Белоусов", "Билоусов"),
        ("Терентьев", "Тирентьев"),
    ];
    const GIVEN: [&str; 4] = ["Иван", "Павел", "Олег", "Степан"];
    let mut base = Base::default();
    let mut add = |source: &str, name: String, phone: String| {
        let record = RecordInput {
            full_name: Some(name),
            phones: vec![phone],
            source: Some(source.into()),
            ..RecordInput::default()
        };
        base.add(&normalise(&record, &Home::default()));
    };
    for person in 0..4_000_usize {
        let (surname, misheard) = SURNAMES[person % SURNAMES.len()];
        let given = GIVEN[person / SURNAMES.len() % GIVEN.len()];
        let phone = format!("+7916{:07}", 1_000_000 + person * 1_999);
        add("service_dms", format!("{surname} {given}"), phone.clone());
        add("sales_dms", format!("{surname} {given}"), phone.clone());
        let heard = if person % 2 == 0 { misheard } else { surname };
        add("call_log", format!("{heard} {given}"), phone);
    }
    base
}

#[test]
fn what_a_source_is_worth_is_learned() {
    let base = heard_and_copied();
    let model = train(&base, &Model::default());
    let surname = |source: &str| *model.persons.sources.of(source, Trait::Surname).expect("leans");
    let [heard_exact, heard_close, ..] = surname("call_log");
    let [copied_exact, copied_close, ..] = surname("sales_dms");
    assert!(heard_exact < copied_exact && heard_close > copied_close);
    // A slip between two papers speaks more against one client than a slip of somebody who listened.
    let said = |source: &str, name: &str| {
        profile(RecordInput {
            full_name: Some(name.into()),
            phones: vec!["+79161000000".into()],
            source: Some(source.into()),
            ..RecordInput::default()
        })
    };
    let rarity = Rarity::new(&base.counts);
    let bits = |source: &str| {
        let (one, other) = (said("service_dms", "Морозов Иван"), said(source, "Марозов Иван"));
        explain(&one, &other, &rarity, &model).bits
    };
    assert!(
        bits("call_log") > bits("sales_dms") + 0.5,
        "{} {}",
        bits("call_log"),
        bits("sales_dms")
    );
    // A stored model tells the same.
    let stored = serde_json::to_string(&model).unwrap();
    let read: Model = serde_json::from_str(&stored).unwrap();
    let [exact, ..] = read.persons.sources.of("call_log", Trait::Surname).unwrap();
    assert!((exact - heard_exact).abs() < 1e-9);
}

/// Counts that nobody may ask how common a name is.
struct NoNames(Stats);

impl TermFrequencies for NoNames {
    fn records(&self) -> u64 {
        self.0.records()
    }

    fn count(&self, kind: &str, value: &str) -> Option<u64> {
        assert!(
            !["surname", "given", "patronymic"].contains(&kind),
            "{kind} {value}"
        );
        self.0.count(kind, value)
    }
}

#[test]
fn names_are_not_weighed_against_who_hints_at_none() {
    let client = profile(RecordInput {
        full_name: Some("Соколова Анна Петровна".into()),
        phones: vec!["+79161234567".into()],
        emails: vec!["sokolova@mail.ru".into(), "anna1980@mail.ru".into()],
        city: Some("Казань".into()),
        ..RecordInput::default()
    });
    let call = |email: &str| {
        profile(RecordInput {
            phones: vec!["89161234567".into()],
            emails: Some(email.to_owned())
                .filter(|text| !text.is_empty())
                .into_iter()
                .collect(),
            city: Some("Казань".into()),
            comment: Some("перезвонить Анне".into()),
            ..RecordInput::default()
        })
    };
    let counts = NoNames(Stats::new(1_000_000));
    for email in ["", "77@mail.ru"] {
        let call = call(email);
        assert!(!call.hints_at_name());
        assert_ne!(
            compare(&client, &call, &Rarity::new(&counts)).get(Trait::Phone),
            None
        );
    }
    assert!(call("sokolova@mail.ru").hints_at_name());
}
