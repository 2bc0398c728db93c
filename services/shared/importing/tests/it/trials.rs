//! A dry run counts what an import would, however far apart the rows of a client stand.

use std::{collections::HashMap, fmt::Write as _, ops::ControlFlow};

use edina_importing::{Closeness, Kind, MOST_TOGETHER, Portion, Trial};
use edina_proto::registry::v1::{
    ImportBatch, ImportRowsReply, ImportRowsRequest, Refusal, ResolveSourceReply, ResolvedRecord,
    import_row::Content, resolved_record::Answer,
};

use crate::support::open;

const TRIAL: &str = "01900000-0000-7000-8000-000000000000";

/// Weighs the rows of a request together and forgets them: who has a number that another has is the same client.
#[derive(Default)]
struct Registry {
    next_row: u64,
    ids: u64,
    requests: usize,
    largest: usize,
    /// Rows stored before the trial, by content.
    before: Vec<String>,
}

impl Registry {
    fn answer(&mut self, request: &ImportRowsRequest) -> ImportRowsReply {
        assert_eq!(request.first_row, self.next_row);
        self.next_row += request.rows.len() as u64;
        self.requests += 1;
        self.largest = self.largest.max(request.rows.len());
        let mut client_of: HashMap<String, String> = HashMap::new();
        let mut record_of: HashMap<String, (String, String)> = HashMap::new();
        let rows = request.rows.iter().map(|row| {
            let record = match row.content.as_ref().unwrap() {
                Content::Rejected(_) => {
                    return ResolvedRecord {
                        answer: Some(Answer::Refusal(Refusal::default())),
                    };
                }
                Content::Record(record) => record,
            };
            let content = format!("{} {:?} {}", record.full_name, record.phones, record.comment);
            self.ids += 1;
            let own = if self.before.contains(&content) {
                "018fffff-0000-7000-8000-000000000000".to_owned()
            } else {
                format!("01900000-0001-7000-8000-{:012}", self.ids)
            };
            let known = record
                .phones
                .iter()
                .find_map(|phone| client_of.get(phone))
                .cloned();
            let outcome = if known.is_some() { "linked" } else { "created" };
            let client_id = known.unwrap_or_else(|| format!("client-{}", self.ids));
            for phone in &record.phones {
                client_of.insert(phone.clone(), client_id.clone());
            }
            let (source_record_id, outcome) = record_of
                .entry(content)
                .or_insert((own, outcome.to_owned()))
                .clone();
            ResolvedRecord {
                answer: Some(Answer::Resolved(ResolveSourceReply {
                    source_record_id,
                    client_id,
                    outcome,
                    ..Default::default()
                })),
            }
        });
        let rows = rows.collect();
        ImportRowsReply {
            rows,
            batch: Some(ImportBatch {
                next_row: self.next_row,
                ..Default::default()
            }),
        }
    }
}

fn portions(text: String) -> Vec<Portion> {
    let mut portions = Vec::new();
    let mut file = open(text, "a.csv", Kind::Contacts).unwrap();
    file.portions(0, MOST_TOGETHER, &mut |portion| {
        portions.push(portion);
        ControlFlow::Continue(())
    })
    .unwrap();
    portions
}

/// Created, linked, rejected, known.
fn run(trial: &mut Trial, registry: &mut Registry, text: String) -> (u64, u64, u64, u64) {
    for portion in portions(text) {
        let mut from = 0;
        while let Some(asked) = trial.ask(TRIAL, &portion, from, MOST_TOGETHER).unwrap() {
            let mut reply = registry.answer(&asked.request);
            assert!(trial.answered(&portion, from, &asked, &mut reply).unwrap());
            assert_eq!(reply.rows.len(), asked.rows, "only its own rows are answered");
            from += asked.rows;
        }
        assert_eq!(from, portion.rows.len());
    }
    let counts = trial.counts();
    (counts.created, counts.linked, counts.rejected, counts.known)
}

const SURNAMES: [&str; 8] = [
    "Соколов",
    "Гусев",
    "Ткаченко",
    "Абдуллин",
    "Филатов",
    "Беляков",
    "Жданов",
    "Рыбин",
];
const CODES: [&str; 8] = ["903", "905", "906", "909", "910", "912", "916", "917"];
const GIVEN: [&str; 5] = ["Пётр", "Анна", "Олег", "Марат", "Юлия"];

/// People by number, each with a telephone of his own; names come again.
fn table(people: impl Iterator<Item = usize>) -> String {
    let mut text = String::from("ФИО;Телефон;Комментарий\n");
    for (line, person) in people.enumerate() {
        let (surname, given) = (SURNAMES[person % 8], GIVEN[person / 8 % 5]);
        writeln!(
            text,
            "{surname} {given};+7{}{:07};{line}",
            CODES[person % 8],
            (person + 1) * 4_001
        )
        .unwrap();
    }
    text
}

#[test]
fn rows_of_a_client_meet_however_far_apart_they_stand() {
    let (mut trial, mut registry) = (Trial::new().unwrap(), Registry::default());
    let text = table((0..3_500).map(|n| n % 1_700));
    assert_eq!(run(&mut trial, &mut registry, text), (1_700, 1_800, 0, 0));
    assert_eq!(trial.closeness(), Closeness::Near);
    assert!(registry.largest <= MOST_TOGETHER, "{}", registry.largest);
    assert!(registry.requests < 12, "{} requests", registry.requests);
    assert_eq!(trial.sent(), registry.next_row);
}

#[test]
fn a_row_meets_the_whole_card_it_belongs_to() {
    let (mut trial, mut registry) = (Trial::new().unwrap(), Registry::default());
    let mut text = table(0..1);
    let filler = |from: usize| {
        let table = table(from..from + 1_000);
        table.split_once('\n').unwrap().1.to_owned()
    };
    // The first number is his by the second row only, which comes after a thousand others.
    text.push_str(&filler(100));
    text.push_str("Соколов Пётр;+79030004001, +79171234501;b\n");
    text.push_str(&filler(1_100));
    text.push_str("С. П.;+79171234501;c\nС. П.;+79030004001;d\n");
    assert_eq!(run(&mut trial, &mut registry, text), (2_001, 3, 0, 0));
}

#[test]
fn up_to_a_thousand_rows_are_one_request_and_exact() {
    let (mut trial, mut registry) = (Trial::new().unwrap(), Registry::default());
    let text = table((0..1_000).map(|n| n % 400));
    assert_eq!(run(&mut trial, &mut registry, text), (400, 600, 0, 0));
    assert_eq!((trial.closeness(), registry.requests), (Closeness::Exact, 1));
}

#[test]
fn rows_that_stand_twice_or_were_there_before_are_known() {
    // One that stands at both ends, one that cannot be read, and one of before.
    let same = "Гусев Анна;+79171234502;x\n";
    let text = table(0..1_500).replacen('\n', &format!("\n{same};;никто\n"), 1) + same;
    let before = format!("Соколов Пётр {:?} 0", vec!["+79030004001"]);
    let (mut trial, mut registry) = (Trial::new().unwrap(), Registry::default());
    registry.before.push(before);
    assert_eq!(run(&mut trial, &mut registry, text), (1_500, 0, 1, 2));
}

#[test]
fn what_cannot_be_remembered_is_said() {
    let (mut trial, mut registry) = (Trial::within(3_000).unwrap(), Registry::default());
    let text = table((0..3_000).map(|n| n % 1_500));
    let (created, linked, ..) = run(&mut trial, &mut registry, text);
    assert_eq!(created + linked, 3_000);
    assert!(created > 1_500, "{created} counted once each");
    assert_eq!(trial.closeness(), Closeness::AtMost);
}

#[test]
fn what_belongs_to_very_many_does_not_flood_a_request() {
    let (mut trial, mut registry) = (Trial::new().unwrap(), Registry::default());
    // One number for all: nobody's.
    let mut text = String::from("ФИО;Телефон;Комментарий\n");
    for n in 0..2_500 {
        let (surname, given) = (SURNAMES[n % 8], GIVEN[n / 8 % 5]);
        writeln!(text, "{surname} {given};+79161112233;{n}").unwrap();
    }
    run(&mut trial, &mut registry, text);
    assert!(registry.largest <= MOST_TOGETHER && registry.requests < 20);
}

#[test]
fn an_answer_that_was_lost_is_asked_for_again() {
    let (mut trial, mut registry) = (Trial::new().unwrap(), Registry::default());
    let portions = portions(table(0..50));
    let asked = trial.ask(TRIAL, &portions[0], 0, MOST_TOGETHER).unwrap().unwrap();
    registry.answer(&asked.request);
    // Sent again the registry has the rows, and leaves them out.
    let mut late = ImportRowsReply {
        rows: Vec::new(),
        batch: Some(ImportBatch {
            next_row: registry.next_row,
            ..Default::default()
        }),
    };
    assert!(!trial.answered(&portions[0], 0, &asked, &mut late).unwrap());
    let asked = trial.ask(TRIAL, &portions[0], 0, MOST_TOGETHER).unwrap().unwrap();
    let mut reply = registry.answer(&asked.request);
    assert!(trial.answered(&portions[0], 0, &asked, &mut reply).unwrap());
    assert_eq!((trial.counts().created, trial.sent()), (50, 100));
}
