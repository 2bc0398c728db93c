//! Who was given a lead looks after the client the lead belongs to, wherever it goes.

use edina_proto::{
    intake::v1::{LeadAssigned, LeadResolved},
    registry::v1::{MoveRecordRequest, RecordMove, SourceRecord, UndoMoveRequest},
};
use uuid::Uuid;

use crate::{
    facts_into_timeline::{deliver, of_kind, wait_for},
    support::{self, Group, record},
};

/// Who looks after a card, by department.
async fn owners(group: &Group, client_id: &str) -> Vec<(String, String)> {
    let owners = group.card(client_id).await.owners.into_iter();
    owners
        .map(|owner| (owner.department, owner.employee_id))
        .collect()
}

async fn move_to(group: &Group, source_record_id: &str, to_client_id: &str) -> RecordMove {
    let request = MoveRecordRequest {
        source_record_id: source_record_id.into(),
        to_client_id: to_client_id.into(),
    };
    let moved = group.client().move_record(group.ask(request)).await;
    moved.unwrap().into_inner()
}

async fn take_back(group: &Group, moved: &RecordMove) {
    let move_id = moved.move_id.clone();
    let undo = UndoMoveRequest { move_id };
    group.client().undo_move(group.ask(undo)).await.unwrap();
}

#[test]
fn who_was_given_a_lead_goes_where_the_lead_goes() {
    support::run(async |group| {
        let said = |source: &str, id: &str, kind: &str, name: &str, phone: &str| SourceRecord {
            full_name: name.into(),
            phones: vec![phone.into()],
            ..record(source, id, kind, 1)
        };
        let lead = group
            .resolve(said(
                "lead_intake",
                "lead-1",
                "lead",
                "Олег Громов",
                "89161234567",
            ))
            .await;
        let call = group
            .resolve(said("call_tracking", "call-1", "call", "", "89167654321"))
            .await;
        // Of a client's own lead, and of one that a call became; the second is given when it is known already.
        let given = |lead_id: &str, client_id: &str, employee_id: &str| LeadAssigned {
            lead_id: lead_id.into(),
            client_id: client_id.into(),
            department: "sales".into(),
            employee_id: employee_id.into(),
            ..Default::default()
        };
        deliver(&group, Uuid::now_v7(), &given("lead-1", &lead.client_id, "e-7")).await;
        let became = LeadResolved {
            lead_id: "lead-2".into(),
            client_id: call.client_id.clone(),
            call_id: "call-1".into(),
            ..Default::default()
        };
        deliver(&group, Uuid::now_v7(), &became).await;
        deliver(&group, Uuid::now_v7(), &given("lead-2", &call.client_id, "e-8")).await;
        wait_for(&group, &call.client_id, "owner_changed").await;
        for (came, employee_id) in [(&lead, "e-7"), (&call, "e-8")] {
            let his = vec![("sales".to_owned(), employee_id.to_owned())];
            let before = (
                group.card(&came.client_id).await.owners,
                group.timeline(&came.client_id).await,
            );
            assert_eq!(owners(&group, &came.client_id).await, his);
            let moved = move_to(&group, &came.source_record_id, "").await;
            assert_eq!(
                owners(&group, &moved.to_client_id).await,
                his,
                "the owner goes along"
            );
            assert_eq!(
                of_kind(&group.timeline(&moved.to_client_id).await, "owner_changed").len(),
                1
            );
            let left = group.try_card(&came.client_id).await;
            assert!(left.is_err(), "nothing is left of the other card");
            take_back(&group, &moved).await;
            let after = (
                group.card(&came.client_id).await.owners,
                group.timeline(&came.client_id).await,
            );
            assert_eq!(after, before);
        }

        // Whoever looks after the other client stays, and what a person said stays with whom it was said of.
        let other = group
            .resolve(said("sales_dms", "s-1", "sale", "Яна Белова", "89031112233"))
            .await
            .client_id;
        support::own(&group, &other, "sales", "e-9").await;
        let rest = said("sales_dms", "s-2", "sale", "Олег Громов", "89161234567");
        assert_eq!(group.resolve(rest).await.client_id, lead.client_id);
        let moved = move_to(&group, &lead.source_record_id, &other).await;
        let of = async |id: &str| owners(&group, id).await.pop().map(|(_, employee)| employee);
        assert_eq!(of(&other).await.as_deref(), Some("e-9"));
        take_back(&group, &moved).await;
        assert_eq!(
            (of(&other).await.as_deref(), of(&lead.client_id).await.as_deref()),
            (Some("e-9"), Some("e-7"))
        );
        support::own(&group, &lead.client_id, "sales", "e-7").await;
        let moved = move_to(&group, &lead.source_record_id, "").await;
        assert_eq!(
            of(&lead.client_id).await.as_deref(),
            Some("e-7"),
            "a person has said so since"
        );
        take_back(&group, &moved).await;
        assert_eq!(of(&lead.client_id).await.as_deref(), Some("e-7"));
    });
}
