//! People who come while things are done and taken back, each unlike anybody else.

use std::collections::{BTreeMap, BTreeSet};

use edina_proto::registry::v1::{ListRecordsRequest, ResolveSourcesRequest, SourceRecord};
use rand::{Rng as _, rngs::StdRng};

use crate::{
    random_histories::Question,
    support::{Group, record},
    taking_back::import,
};

const PEOPLE: [(&str, &str); 5] = [
    ("Беляков Аркадий Львович", "1961-05-11"),
    ("Жукова Инна Павловна", "1972-06-12"),
    ("Мещеряков Ефим Ильич", "1983-07-13"),
    ("Носова Тамара Глебовна", "1994-08-14"),
    ("Рябов Захар Фомич", "1955-09-15"),
];

/// What one of them says; and who it is.
pub fn said(random: &mut StdRng, name: &str) -> (usize, SourceRecord) {
    let who = random.random_range(0..PEOPLE.len());
    let (full_name, birth_date) = PEOPLE[who];
    let said = SourceRecord {
        full_name: full_name.into(),
        birth_date: birth_date.into(),
        phones: vec![format!("7985{}", 4_100_237 + who * 1_234_567)],
        ..record("sales_dms", name, "sale", random.random_range(0..90))
    };
    (who, said)
}

/// What they said so far.
#[derive(Default)]
pub struct Newcomers {
    /// Records by who said them: the record's id, as it came.
    records: BTreeMap<usize, BTreeMap<String, SourceRecord>>,
    /// Clients they were given to.
    pub clients: Vec<String>,
    came: usize,
}

impl Newcomers {
    /// Perhaps somebody comes: alone, with others, or in a file.
    pub async fn come(&mut self, group: &Group, random: &mut StdRng) {
        let way = random.random_range(0..6);
        let count = [1, 3, 2].get(way).copied().unwrap_or_default();
        let mut said = Vec::new();
        for _ in 0..count {
            self.came += 1;
            said.push(self::said(random, &format!("new-{}", self.came)));
        }
        let records: Vec<SourceRecord> = said.iter().map(|(_, record)| record.clone()).collect();
        match way {
            0 => drop(group.resolve(records[0].clone()).await),
            1 => {
                let request = ResolveSourcesRequest { records };
                group.client().resolve_sources(group.ask(request)).await.unwrap();
            }
            2 => drop(import(group, &format!("new-{}", self.came), records).await),
            _ => {}
        }
        for (who, record) in said {
            // Known by now: the same record answers the same.
            let answer = group.resolve(record.clone()).await;
            self.records
                .entry(who)
                .or_default()
                .insert(answer.source_record_id, record);
            self.clients.push(answer.client_id);
        }
    }

    /// Whether it is about them only.
    pub fn are_asked_about(&self, (_, sides, _): &Question) -> bool {
        sides.iter().all(|side| self.clients.contains(side))
    }

    /// Every record is there, known, and on a card of nobody else's.
    pub async fn are_themselves(&self, group: &Group, seed: u64) {
        for (who, records) in &self.records {
            for (record_id, said) in records {
                let answer = group.resolve(said.clone()).await;
                assert_eq!(
                    &answer.source_record_id, record_id,
                    "seed {seed}: {}",
                    PEOPLE[*who].0
                );
                let request = ListRecordsRequest {
                    client_id: answer.client_id,
                    page: None,
                };
                let listed = group.client().list_records(group.ask(request)).await.unwrap();
                let listed = listed.into_inner().records.into_iter();
                let there: BTreeSet<String> = listed.map(|record| record.source_record_id).collect();
                assert!(there.contains(record_id), "seed {seed}: {record_id}");
                let his: BTreeSet<String> = records.keys().cloned().collect();
                let others: Vec<_> = there.difference(&his).collect();
                assert!(
                    others.is_empty(),
                    "seed {seed}: {} with {others:?}",
                    PEOPLE[*who].0
                );
            }
        }
    }
}
