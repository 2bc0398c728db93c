//! Every scenario of the played PBX through the real client and tracker, and its faithfulness to a capture.

use call_tracking::ami::event::Event;
use call_tracking::call::{Call, Direction, Outcome, TransferKind};
use call_tracking::replay::{Kind, Scenario, Speed};

use crate::client::Rig;

async fn play(kind: Kind) -> (Call, Vec<String>) {
    let mut rig = Rig::up().await;
    let scenario =
        Scenario::new(kind, "89161234567", "78432000001", &["201", "202"]).at_speed(Speed::AT_ONCE);
    let call = rig.play(scenario).await;
    (call, rig.story())
}

#[tokio::test]
async fn inbound_calls_end_as_they_were_played() {
    for (kind, outcome) in [
        (Kind::QueueAnswered, Outcome::Answered),
        (Kind::QueueAbandoned, Outcome::Abandoned),
        (Kind::QueueTimeout, Outcome::Missed),
        (Kind::DirectAnswered, Outcome::Answered),
        (Kind::DirectBusy, Outcome::Busy),
        (Kind::DirectNoAnswer, Outcome::Missed),
    ] {
        let (call, story) = play(kind.clone()).await;
        assert_eq!(call.outcome, Some(outcome), "{kind:?}: {story:?}");
        assert_eq!(call.direction, Direction::Inbound);
        assert_eq!(call.client_number.as_deref(), Some("89161234567"));
        assert_eq!(call.line.as_deref(), Some("78432000001"));
        let answered = (outcome == Outcome::Answered).then_some("201");
        assert_eq!(call.answered_by.as_deref(), answered, "{kind:?}");
    }
}

#[tokio::test]
async fn outbound_calls_end_as_they_were_played() {
    for (kind, outcome, originated) in [
        (Kind::Outbound, Outcome::Answered, false),
        (Kind::OutboundNoAnswer, Outcome::Missed, false),
        (Kind::ClickToCall, Outcome::Answered, true),
    ] {
        let (call, story) = play(kind.clone()).await;
        assert_eq!(call.outcome, Some(outcome), "{kind:?}: {story:?}");
        assert_eq!(
            (call.direction, call.originated),
            (Direction::Outbound, originated)
        );
        assert_eq!(call.client_number.as_deref(), Some("89161234567"));
        assert_eq!(call.placed_by.as_deref(), Some("201"));
        assert_eq!(call.line.as_deref(), Some("78432000001"));
    }
}

#[tokio::test]
async fn a_blind_transfer_moves_the_client_on() {
    let (call, story) = play(Kind::BlindTransfer { to: "203".into() }).await;
    let transfer = &call.transfers[0];
    assert_eq!(
        (transfer.kind, transfer.from.as_deref(), transfer.to.as_deref()),
        (TransferKind::Blind, Some("201"), Some("203"))
    );
    assert_eq!(
        (call.answered_by.as_deref(), call.talking.as_deref()),
        (Some("201"), Some("203"))
    );
    let tail = &story[story.len() - 5..];
    assert_eq!(
        tail,
        [
            "Blind 201 to 203",
            "ringing 203",
            "stopped 203 Answered",
            "answered 203",
            "ended Answered"
        ]
    );
}

#[tokio::test]
async fn an_attended_transfer_moves_the_client_on() {
    let (call, story) = play(Kind::AttendedTransfer { to: "203".into() }).await;
    let transfer = &call.transfers[0];
    assert_eq!(
        (transfer.kind, transfer.from.as_deref(), transfer.to.as_deref()),
        (TransferKind::Attended, Some("201"), Some("203")),
        "{story:?}"
    );
    assert_eq!(
        (call.answered_by.as_deref(), call.talking.as_deref()),
        (Some("201"), Some("203"))
    );
    assert_eq!((call.holds, call.transfers.len()), (1, 1));
}

/// What the tracker reads of an event, without the values that differ from call to call.
fn shape(event: &Event) -> Option<String> {
    let text = format!("{event:?}");
    match event {
        // A real PBX tells these of dialplan steps, or in another order each time; the tracker does not need them.
        Event::NewExten { .. } | Event::Cdr | Event::FullyBooted | Event::AgentComplete { .. } => None,
        _ => text.split(['(', ' ']).next().map(str::to_owned),
    }
}

#[tokio::test]
async fn the_played_queue_call_is_the_captured_one() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let rig = Rig::up().await;
    let mut wire = tokio::net::TcpStream::connect(rig.server.address())
        .await
        .unwrap();
    wire.write_all(b"Action: Login\r\nUsername: edina\r\nSecret: s3cret\r\n\r\n")
        .await
        .unwrap();
    let mut bytes = Vec::new();
    while !String::from_utf8_lossy(&bytes).contains("FullyBooted") {
        wire.read_buf(&mut bytes).await.unwrap();
    }
    let scenario = Scenario::new(Kind::QueueAnswered, "79031234567", "78432000001", &["201", "202"])
        .at_speed(Speed::AT_ONCE);
    rig.server.play(&scenario).await;
    wire.write_all(b"Action: Logoff\r\n\r\n").await.unwrap();
    wire.read_to_end(&mut bytes).await.unwrap();
    let shapes = |bytes: &[u8]| {
        let mut shapes: Vec<String> = crate::feed::events(bytes).iter().filter_map(shape).collect();
        // Members are called one after the other; whether the second's Newchannel or the first's DialBegin comes
        // first, and when the losers hang up, is a race on a real PBX.
        shapes.sort();
        shapes
    };
    assert_eq!(shapes(&bytes), shapes(crate::feed::capture("queue_answered")));
}
