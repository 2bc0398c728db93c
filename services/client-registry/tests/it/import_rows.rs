//! Rows of an import come in their order, each once, whoever sends them and however often.

use edina_proto::{
    common::v1::Money,
    registry::v1::{
        BeginImportRequest, FinishImportRequest, ImportRow, ImportRowsRequest, SourceRecord, import_row,
        resolved_record,
    },
};
use rand::{SeedableRng as _, rngs::StdRng};

use crate::{
    support::{self, record},
    taking_back::said,
};

fn import_rows(records: &[SourceRecord]) -> Vec<ImportRow> {
    let row = |record: &SourceRecord| ImportRow {
        line: 0,
        content: Some(import_row::Content::Record(record.clone())),
    };
    records.iter().map(row).collect()
}

#[test]
fn rows_before_the_place_are_skipped_and_none_may_be_left_out() {
    support::run(async |group| {
        let mut random = StdRng::seed_from_u64(1);
        let rows: Vec<SourceRecord> = (0..6).map(|n| said(&mut random, &format!("row-{n}"))).collect();
        let (import_id, _) = {
            let begin = BeginImportRequest {
                key: "resumed".into(),
                ..Default::default()
            };
            let begun = group
                .client()
                .begin_import(group.ask(begin))
                .await
                .unwrap()
                .into_inner();
            (begun.import_id, ())
        };
        let portion = |first: usize, last: usize| ImportRowsRequest {
            import_id: import_id.clone(),
            first_row: first as u64,
            rows: import_rows(&rows[first..last]),
        };
        let take = async |first, last| group.client().import_rows(group.ask(portion(first, last))).await;
        assert_eq!(take(0, 3).await.unwrap().into_inner().rows.len(), 3);
        // The answer was lost: the same again, with more.
        let taken = take(0, 5).await.unwrap().into_inner();
        assert_eq!(taken.rows.len(), 2);
        assert_eq!(taken.batch.unwrap().next_row, 5);
        let gap = ImportRowsRequest {
            first_row: 6,
            ..portion(5, 6)
        };
        let refused = group.client().import_rows(group.ask(gap)).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::Aborted);
        assert!(refused.message().contains("the next row is 5"), "{refused:?}");
        let finish = FinishImportRequest {
            import_id: import_id.clone(),
            rows: 6,
        };
        let early = group.client().finish_import(group.ask(finish)).await.unwrap_err();
        assert_eq!(early.code(), tonic::Code::FailedPrecondition);
    });
}

#[test]
fn rows_sent_before_those_before_them_wait_for_these() {
    support::run(async |group| {
        let mut random = StdRng::seed_from_u64(2);
        let rows: Vec<SourceRecord> = (0..60).map(|n| said(&mut random, &format!("row-{n}"))).collect();
        let begin = BeginImportRequest {
            key: "ahead".into(),
            ..Default::default()
        };
        let begun = group.client().begin_import(group.ask(begin)).await.unwrap();
        let import_id = begun.into_inner().import_id;
        let take = async |first: usize, last: usize| {
            let request = ImportRowsRequest {
                import_id: import_id.clone(),
                first_row: first as u64,
                rows: import_rows(&rows[first..last]),
            };
            group.client().import_rows(group.ask(request)).await
        };
        // The last portion first.
        let (last, middle, first) = tokio::join!(take(40, 60), take(20, 40), take(0, 20));
        for (portion, next_row) in [(first, 20), (middle, 40), (last, 60)] {
            let taken = portion.unwrap().into_inner();
            assert_eq!(taken.rows.len(), 20);
            assert_eq!(taken.batch.unwrap().next_row, next_row);
        }
    });
}

#[test]
fn a_document_that_comes_again_and_says_something_else_is_refused_and_not_passed_over() {
    support::run(async |group| {
        let sale = |amount: i64, phone: &str| SourceRecord {
            full_name: "Лапин Борис Ильич".into(),
            phones: vec![phone.into()],
            amount: Some(Money {
                minor: amount,
                currency: "RUB".into(),
            }),
            ..record("sales_dms", "sales-dms:branch-1:А-17:2026-03-12", "sale", 70)
        };
        let take = async |key: &str, rows: &[SourceRecord]| {
            let begin = BeginImportRequest {
                key: key.into(),
                ..Default::default()
            };
            let begun = group.client().begin_import(group.ask(begin)).await.unwrap();
            let request = ImportRowsRequest {
                import_id: begun.into_inner().import_id,
                first_row: 0,
                rows: import_rows(rows),
            };
            let taken = group
                .client()
                .import_rows(group.ask(request))
                .await
                .unwrap()
                .into_inner();
            let counts = taken.batch.unwrap().counts.unwrap();
            let counts = (counts.created, counts.linked, counts.known, counts.rejected);
            let refused: Vec<String> = taken
                .rows
                .into_iter()
                .map(|row| match row.answer {
                    Some(resolved_record::Answer::Refusal(why)) => why.reason,
                    _ => String::new(),
                })
                .collect();
            (counts, refused)
        };
        // In one file and in the next: the same again, and the same with another sum.
        let first = sale(100, "89161234567");
        let other = sale(200, "89161234567");
        let (counts, refused) = take("march", &[first.clone(), first.clone(), other.clone()]).await;
        assert_eq!(counts, (1, 0, 1, 1));
        assert!(refused[2].contains("says something else"), "{refused:?}");
        let (counts, refused) = take("april", &[other, first, sale(100, "89161234568")]).await;
        assert_eq!(counts, (0, 0, 1, 2));
        assert!(refused[1].is_empty() && refused.iter().filter(|why| !why.is_empty()).count() == 2);
    });
}
