//! Who said no is not written to because his record came to lie elsewhere.

use edina_proto::registry::v1::{
    ConsentStatement, MoveRecordRequest, RecordConsentRequest, SourceRecord, UndoMoveRequest,
};

use crate::{
    support::{self, Group, record},
    taking_back::{import, take_back_import},
};

async fn say(group: &Group, client_id: &str, granted: bool) {
    let request = RecordConsentRequest {
        client_id: client_id.into(),
        consent: Some(ConsentStatement {
            purpose: "advertising".into(),
            channel: "sms".into(),
            granted,
            proof: "said on the phone".into(),
            ..Default::default()
        }),
    };
    group.client().record_consent(group.ask(request)).await.unwrap();
}

/// What counts on this card for advertising by SMS; none: nothing was said.
async fn sms(group: &Group, client_id: &str) -> Option<bool> {
    let card = group.card(client_id).await;
    let mut consents = card.consents.into_iter();
    consents
        .find(|consent| consent.purpose == "advertising" && consent.channel == "sms")
        .map(|consent| consent.granted)
}

fn sale(id: &str, name: &str) -> SourceRecord {
    SourceRecord {
        full_name: name.into(),
        phones: vec!["89161234505".into()],
        ..record("import", id, "contact", 3)
    }
}

#[test]
fn a_refusal_comes_back_with_an_import_that_is_done_again() {
    support::run(async |group| {
        let (wrong, went) = import(&group, "wrong columns", vec![sale("c-1:a", "Кротов Семён")]).await;
        assert_eq!(sms(&group, &went[0]).await, None);
        say(&group, &went[0], false).await;
        take_back_import(&group, &wrong).await;

        // The columns were put right, so the rows have other ids and say other things.
        let right = vec![sale("c-1:b", "Кротов Семён Ильич"), record_of_another()];
        let (import_id, went) = import(&group, "right columns", right.clone()).await;
        assert_eq!(sms(&group, &went[0]).await, Some(false));
        assert_eq!(sms(&group, &went[1]).await, None);

        // He changed his mind, and that is newer; also after the import is done once more.
        say(&group, &went[0], true).await;
        assert_eq!(sms(&group, &went[0]).await, Some(true));
        take_back_import(&group, &import_id).await;
        let (_, went) = import(&group, "once more", right).await;
        assert_eq!(sms(&group, &went[0]).await, None, "a consent is not carried");
    });
}

fn record_of_another() -> SourceRecord {
    SourceRecord {
        full_name: "Гусева Анна".into(),
        phones: vec!["89161234999".into()],
        ..record("import", "c-2", "contact", 3)
    }
}

#[test]
fn a_refusal_goes_along_with_a_record_that_was_there_when_it_was_said() {
    support::run(async |group| {
        let first = group.resolve(sale("c-1", "Кротов Семён")).await;
        say(&group, &first.client_id, false).await;
        let second = group.resolve(sale("c-2", "Кротов Семён")).await;
        assert_eq!(second.client_id, first.client_id);
        let part = async |record_id: &str| {
            let request = MoveRecordRequest {
                source_record_id: record_id.into(),
                to_client_id: String::new(),
            };
            group
                .client()
                .move_record(group.ask(request))
                .await
                .unwrap()
                .into_inner()
        };
        // It came later, and nobody said anything of it.
        let parted = part(&second.source_record_id).await;
        assert_eq!(sms(&group, &parted.to_client_id).await, None);
        // Said when both were there: nobody knows which of them it was.
        let undo = async |move_id: String| {
            let request = UndoMoveRequest { move_id };
            group.client().undo_move(group.ask(request)).await.unwrap();
        };
        undo(parted.move_id).await;
        say(&group, &first.client_id, false).await;
        let parted = part(&second.source_record_id).await;
        assert_eq!(sms(&group, &parted.to_client_id).await, Some(false));
        assert_eq!(sms(&group, &first.client_id).await, Some(false));
        undo(parted.move_id).await;
        assert_eq!(group.card(&first.client_id).await.consent_words.len(), 2);

        // A consent does not go along.
        say(&group, &first.client_id, true).await;
        let parted = part(&second.source_record_id).await;
        assert_eq!(sms(&group, &parted.to_client_id).await, None);
        assert_eq!(sms(&group, &first.client_id).await, Some(true));
    });
}
