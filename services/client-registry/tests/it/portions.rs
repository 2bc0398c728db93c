//! Portions of an import that are on their way together make the cards that they make one after another: the next looks at
//! the cards it needs while the one before still changes them.

use std::collections::BTreeMap;

use edina_proto::registry::v1::{
    BeginImportRequest, ImportRow, ImportRowsRequest, ResolveSourcesRequest, SourceRecord, import_row,
    resolved_record::Answer,
};
use rand::{SeedableRng as _, rngs::StdRng};

use crate::{
    support::{self, Group},
    taking_back::said,
};

const ROWS: usize = 240;
const PORTION: usize = 16;

async fn begin(group: &Group) -> String {
    let request = BeginImportRequest {
        key: "portions".into(),
        ..Default::default()
    };
    let begun = group.client().begin_import(group.ask(request)).await.unwrap();
    begun.into_inner().import_id
}

async fn take(group: &Group, import_id: &str, rows: &[SourceRecord], portion: usize) {
    let first = portion * PORTION;
    let request = ImportRowsRequest {
        import_id: import_id.to_owned(),
        first_row: first as u64,
        rows: rows[first..first + PORTION]
            .iter()
            .map(|record| ImportRow {
                line: 0,
                content: Some(import_row::Content::Record(record.clone())),
            })
            .collect(),
    };
    group.client().import_rows(group.ask(request)).await.unwrap();
}

/// The rows of each card, by the first of them.
async fn cards(group: &Group, rows: &[SourceRecord]) -> Vec<Vec<String>> {
    let mut cards: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for records in rows.chunks(100) {
        // They are known: the answer is whose they are now.
        let request = ResolveSourcesRequest {
            records: records.to_vec(),
        };
        let reply = group.client().resolve_sources(group.ask(request)).await.unwrap();
        for (record, one) in records.iter().zip(reply.into_inner().records) {
            let Some(Answer::Resolved(resolved)) = one.answer else {
                panic!("a row of an import is not known");
            };
            let card = cards.entry(resolved.client_id).or_default();
            card.push(record.external_id.clone());
        }
    }
    let mut cards: Vec<Vec<String>> = cards.into_values().collect();
    cards.sort();
    cards
}

#[test]
fn portions_on_their_way_together_make_the_cards_of_portions_one_after_another() {
    for seed in [5, 55, 555, 5_555] {
        let mut random = StdRng::seed_from_u64(seed);
        let rows: Vec<SourceRecord> = (0..ROWS)
            .map(|n| said(&mut random, &format!("row-{n}")))
            .collect();
        let mut made = Vec::new();
        // The last ones arrive before those whose turn comes first.
        for (at_once, backwards) in [(1, false), (2, false), (3, false), (3, true)] {
            support::run(async |group| {
                let import_id = begin(&group).await;
                let portions: Vec<usize> = (0..ROWS / PORTION).collect();
                for together in portions.chunks(at_once) {
                    let (group, import_id, rows) = (&group, &import_id, &rows);
                    let mut together = together.to_vec();
                    if backwards {
                        together.reverse();
                    }
                    let under_way = together
                        .into_iter()
                        .map(|portion| take(group, import_id, rows, portion));
                    futures::future::join_all(under_way).await;
                }
                made.push(cards(&group, &rows).await);
            });
        }
        assert!(made[0].len() > 5, "seed {seed}: {} cards", made[0].len());
        for one in &made[1..] {
            assert_eq!(one, &made[0], "seed {seed}");
        }
    }
}
