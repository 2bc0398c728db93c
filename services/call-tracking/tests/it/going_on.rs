//! Processes die and connections break in mid-call; the call stays one call.

use std::time::Duration;

use call_tracking::replay::{Kind, Scenario, Speed};
use edina_proto::calls::v1::{Call, CallAnswered, CallEnded, CallStarted};

use crate::world::{self, Office, until};

/// A call that goes on for a while after it was answered.
fn long() -> Scenario {
    let mut scenario = world::scenario(Kind::QueueAnswered, world::CLIENT).at_speed(Speed::times(20));
    scenario.talk = Duration::from_secs(160);
    scenario
}

async fn talking(office: &Office) -> Call {
    until("somebody talks", async || {
        office.calls().await.iter().any(|call| call.state == "talking")
    })
    .await;
    office.calls().await.remove(0)
}

async fn is_one_call(office: &Office, before: &Call) {
    let call = office.settled(&before.linked_id).await;
    office.until_fact::<CallEnded>(&call.call_id).await;
    let calls = office.calls().await;
    assert_eq!(calls.len(), 1, "one row: {calls:?}");
    assert_eq!(
        (call.outcome.as_str(), call.answered_extension.as_str()),
        ("answered", "201")
    );
    assert_eq!(
        (call.started_at, call.answered_at),
        (before.started_at, before.answered_at)
    );
    assert_eq!(
        (call.number.as_str(), call.line.as_str()),
        (before.number.as_str(), before.line.as_str())
    );
    assert_eq!(call.direction, "inbound");
    assert_eq!(office.facts::<CallStarted>(&call.call_id).len(), 1);
    assert_eq!(office.facts::<CallAnswered>(&call.call_id).len(), 1);
    assert_eq!(office.facts::<CallEnded>(&call.call_id).len(), 1);
}

#[test]
fn a_call_outlives_the_process_that_followed_it() {
    world::run(async || {
        let mut office = Office::open().await;
        let pbx = office.pbx.clone();
        let playing = tokio::spawn(async move { pbx.play(&long()).await });
        let before = talking(&office).await;
        office.kill();
        office.start().await;
        playing.await.unwrap();
        is_one_call(&office, &before).await;
    });
}

#[test]
fn a_call_that_ended_while_nobody_watched_is_settled() {
    world::run(async || {
        let mut office = Office::open().await;
        let pbx = office.pbx.clone();
        let playing = tokio::spawn(async move { pbx.play(&long()).await });
        let before = talking(&office).await;
        office.kill();
        playing.await.unwrap();
        office.start().await;
        let call = office.settled(&before.linked_id).await;
        assert!(call.resynchronised && call.ended_at.is_some());
        is_one_call(&office, &before).await;
    });
}

#[test]
fn a_cut_connection_in_mid_call_changes_nothing() {
    world::run(async || {
        let office = Office::open().await;
        let pbx = office.pbx.clone();
        let playing = tokio::spawn(async move { pbx.play(&long()).await });
        let before = talking(&office).await;
        office.pbx.cut_connections();
        playing.await.unwrap();
        is_one_call(&office, &before).await;
    });
}

#[test]
fn the_calls_of_an_exchange_that_crashed_are_ended() {
    world::run(async || {
        let office = Office::open().await;
        let pbx = office.pbx.clone();
        let playing = tokio::spawn(async move { pbx.play(&long()).await });
        let before = talking(&office).await;
        office.pbx.crash();
        let call = office.settled(&before.linked_id).await;
        assert!(call.resynchronised);
        playing.await.unwrap();
        is_one_call(&office, &before).await;
    });
}
