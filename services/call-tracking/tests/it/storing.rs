//! What is stored of each kind of call.

use std::time::Duration;

use call_tracking::replay::{Kind, Speed};
use edina_proto::calls::v1::{DialRequest, ListLiveCallsRequest};

use crate::world::{self, Office, until};

#[test]
fn inbound_calls_have_their_outcome_number_line_and_branch() {
    world::run(async || {
        let office = Office::open().await;
        for (kind, outcome) in [
            (Kind::QueueAnswered, "answered"),
            (Kind::QueueAbandoned, "abandoned"),
            (Kind::QueueTimeout, "missed"),
            (Kind::DirectBusy, "busy"),
            (Kind::DirectNoAnswer, "missed"),
        ] {
            let linked_id = office.play(kind.clone()).await;
            let call = office.settled(&linked_id).await;
            assert_eq!(
                (call.direction.as_str(), call.outcome.as_str()),
                ("inbound", outcome),
                "{kind:?}"
            );
            assert_eq!(
                (call.number.as_str(), call.line.as_str()),
                ("+79161234567", "+78432000001"),
                "{kind:?}"
            );
            assert_eq!(call.branch_id, "kazan", "{kind:?}");
            let answered = outcome == "answered";
            assert_eq!(call.employee_id, if answered { "e-201" } else { "" }, "{kind:?}");
            assert_eq!(
                (call.answered_at.is_some(), call.ended_at.is_some()),
                (answered, true),
                "{kind:?}"
            );
            assert!(call.ringing_extensions.is_empty(), "{kind:?}");
        }
        let calls = office.calls().await;
        assert_eq!(calls.len(), 5);
        assert_eq!(calls.iter().filter(|call| call.first_call).count(), 1);
        let live = office
            .client()
            .list_live_calls(office.ask(ListLiveCallsRequest {}))
            .await
            .unwrap();
        assert!(live.into_inner().calls.is_empty());
    });
}

#[test]
fn waiting_and_talking_are_counted() {
    world::run(async || {
        let office = Office::open().await;
        let mut scenario = world::scenario(Kind::QueueAnswered, world::CLIENT).at_speed(Speed::times(4));
        (scenario.ring, scenario.talk) = (Duration::from_secs(8), Duration::from_secs(8));
        let linked_id = office.pbx.play(&scenario).await;
        let call = office.settled(&linked_id).await;
        assert!(call.wait_seconds >= 1 && call.talk_seconds >= 1, "{call:?}");
        assert_eq!(call.queue, "sales");
    });
}

#[test]
fn transfers_are_kept_in_order() {
    world::run(async || {
        let office = Office::open().await;
        let to = || "203".to_owned();
        for (kind, name) in [
            (Kind::BlindTransfer { to: to() }, "blind"),
            (Kind::AttendedTransfer { to: to() }, "attended"),
        ] {
            let linked_id = office.play(kind).await;
            let call = office.settled(&linked_id).await;
            assert_eq!(
                (call.outcome.as_str(), call.transfers.len()),
                ("answered", 1),
                "{name}"
            );
            let transfer = &call.transfers[0];
            assert_eq!(
                (
                    transfer.kind.as_str(),
                    transfer.from_extension.as_str(),
                    transfer.to_extension.as_str()
                ),
                (name, "201", "203")
            );
            assert_eq!(
                (call.answered_extension.as_str(), call.employee_id.as_str()),
                ("201", "e-201")
            );
        }
        assert_eq!(office.calls().await.len(), 2);
    });
}

#[test]
fn outbound_calls_belong_to_who_placed_them() {
    world::run(async || {
        let office = Office::open().await;
        for (kind, outcome) in [
            (Kind::Outbound, "answered"),
            (Kind::OutboundNoAnswer, "missed"),
            (Kind::ClickToCall, "answered"),
        ] {
            let linked_id = office.play(kind.clone()).await;
            let call = office.settled(&linked_id).await;
            assert_eq!(
                (call.direction.as_str(), call.outcome.as_str()),
                ("outbound", outcome),
                "{kind:?}"
            );
            assert_eq!(
                (call.number.as_str(), call.employee_id.as_str()),
                ("+79161234567", "e-201"),
                "{kind:?}"
            );
            assert_eq!(call.branch_id, "kazan", "{kind:?}");
        }
        assert_eq!(office.calls().await.first().map(|call| call.attempts), Some(3));
    });
}

#[test]
fn a_click_places_a_call_that_is_followed() {
    world::run(async || {
        let office = Office::open().await;
        let asked = DialRequest {
            extension: "202".into(),
            number: "+7 916 123-45-67".into(),
        };
        office.client().dial(office.ask(asked)).await.unwrap();
        until("the call", async || {
            office.calls().await.iter().any(|call| call.state == "talking")
        })
        .await;
        let call = office.calls().await.remove(0);
        assert_eq!(
            (call.direction.as_str(), call.number.as_str()),
            ("outbound", "+79161234567")
        );
        assert_eq!(call.employee_id, "e-202");
        let bad = DialRequest {
            extension: "2\r\nAction: Logoff".into(),
            number: "1".into(),
        };
        assert!(office.client().dial(office.ask(bad)).await.is_err());
    });
}

#[test]
fn a_withheld_number_is_a_call_without_a_client() {
    world::run(async || {
        let office = Office::open().await;
        let linked_id = office.play_from(Kind::QueueAbandoned, "").await;
        let call = office
            .call_when(&linked_id, "ended", |call| call.state == "ended")
            .await;
        assert_eq!((call.number.as_str(), call.client_id.as_str()), ("", ""));
        office
            .until_fact::<edina_proto::calls::v1::CallMissed>(&call.call_id)
            .await;
        assert!(office.tasks().await.is_empty(), "nobody to call back");
    });
}
