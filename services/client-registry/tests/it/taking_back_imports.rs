//! A large import is taken back by portions: whoever asked may go away, the registry may die, and nothing that comes
//! meanwhile is joined to what is on its way out.

use std::time::Duration;

use edina_proto::registry::v1::{
    BeginImportRequest, ImportBatch, ImportRowsRequest, ListImportsRequest, SourceRecord, UndoImportRequest,
};
use rand::{SeedableRng as _, rngs::StdRng};
use tonic::Code;

use crate::{
    support::{self, Group, record, until},
    taking_back::{arrive, clients, import, one_of_two_cards, said, snapshot, take_back_import},
};

/// More than a few portions.
const ROWS: usize = 640;

async fn the_import(group: &Group) -> ImportBatch {
    let request = ListImportsRequest::default();
    let listed = group.client().list_imports(group.ask(request)).await.unwrap();
    listed.into_inner().imports.remove(0)
}

fn person(number: usize) -> SourceRecord {
    SourceRecord {
        full_name: format!("Пробный{} Иван", ["ов", "ин", "ский"][number % 3]),
        phones: vec![format!("7905{:07}", number * 7_919)],
        ..record("import", &format!("row-{number}"), "contact", 3)
    }
}

#[test]
fn it_goes_on_though_who_asked_went_away() {
    support::run(async |group| {
        let mut random = StdRng::seed_from_u64(5);
        let came = arrive(&group, &mut random, 30, "before").await;
        let ids = clients(&came);
        let before = snapshot(&group, &ids).await;
        let rows = (0..ROWS)
            .map(|n| match n % 16 {
                0 => said(&mut random, &format!("known-{n}")),
                _ => person(n),
            })
            .collect();
        let (import_id, _) = import(&group, "large", rows).await;
        let mut request = group.ask(UndoImportRequest {
            import_id: import_id.clone(),
        });
        // Long enough for it to begin, and no more.
        request.set_timeout(Duration::from_millis(150));
        drop(group.client().undo_import(request).await);
        if the_import(&group).await.state == "done" {
            // It had not even begun.
            let request = UndoImportRequest { import_id };
            group.client().undo_import(group.ask(request)).await.unwrap();
        }
        until("it is taken back", async || {
            the_import(&group).await.state == "undone"
        })
        .await;
        assert_eq!(the_import(&group).await.withdrawn, ROWS as u64);
        assert_eq!(snapshot(&group, &ids).await, before);
    });
}

/// As a registry left the import that died after it had begun to take it back; no job, so that it stays so.
async fn half_taken_back(group: &Group, import_id: &str) {
    let mut tx = group.world().database.begin(&group.caller.group).await.unwrap();
    sqlx::query("update imports set state = 'undoing' where id = $1::uuid")
        .bind(import_id)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[test]
fn who_comes_again_meanwhile_joins_the_cards_he_would_join_alone() {
    support::run(async |group| {
        let [by_mail, by_phone, whole] = one_of_two_cards();
        let one = group.resolve(by_mail).await.client_id;
        let other = group.resolve(by_phone).await.client_id;
        assert_ne!(group.card(&other).await.client_id, one, "nothing shows it yet");
        let (import_id, _) = import(&group, "joins", vec![whole.clone(), person(1)]).await;
        assert_eq!(
            group.card(&other).await.client_id,
            one,
            "the import joined the two"
        );

        half_taken_back(&group, &import_id).await;
        group.resolve(whole.clone()).await;
        let undone = take_back_import(&group, &import_id).await;
        assert_eq!((undone.state.as_str(), undone.withdrawn), ("undone", 2));
        let card = group.card(&other).await;
        assert_eq!((&card.client_id, card.source_record_count), (&one, 3));
        // And it is what came again that joins them: it is known.
        group.resolve(whole).await;
        assert_eq!(group.card(&one).await.source_record_count, 3);
    });
}

#[test]
fn what_is_on_its_way_out_takes_no_part() {
    support::run(async |group| {
        let (import_id, went) = import(&group, "half", (0..40).map(person).collect()).await;
        half_taken_back(&group, &import_id).await;

        let begin = BeginImportRequest {
            key: "half".into(),
            ..Default::default()
        };
        let refused = group.client().begin_import(group.ask(begin)).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
        let more = ImportRowsRequest {
            import_id: import_id.clone(),
            first_row: 40,
            rows: vec![],
        };
        let refused = group.client().import_rows(group.ask(more)).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
        // The same person from elsewhere is not put on a card that is about to have nothing else.
        let met = group
            .resolve(SourceRecord {
                source: "sales_dms".into(),
                external_id: "met".into(),
                ..person(7)
            })
            .await;
        assert_eq!(met.outcome, "created");
        assert!(!went.contains(&met.client_id));
        // The very record that is on its way out comes again: it is a new one, and stays.
        let again = [group.resolve(person(11)).await, group.resolve(person(11)).await];
        assert_eq!(again[0].outcome, "created");
        assert_eq!(again[0].source_record_id, again[1].source_record_id, "{again:?}");
        assert!(!went.contains(&again[0].client_id));
        assert_eq!(the_import(&group).await.withdrawn, 1);

        // Asked again it goes on, and once more it answers the same.
        for _ in 0..2 {
            let undone = take_back_import(&group, &import_id).await;
            assert_eq!((undone.state.as_str(), undone.withdrawn), ("undone", 40));
        }
        for id in &went {
            assert_eq!(group.try_card(id).await.unwrap_err().code(), Code::NotFound);
        }
        for came in [&met.client_id, &again[0].client_id] {
            assert_eq!(group.card(came).await.source_record_count, 1);
        }
        let known = group.resolve(person(11)).await;
        assert_eq!(known.source_record_id, again[0].source_record_id);
        // And the file can come again; he who was met meanwhile is known.
        let (_, again) = import(&group, "half", (0..40).map(person).collect()).await;
        assert!(again.contains(&met.client_id));
    });
}
