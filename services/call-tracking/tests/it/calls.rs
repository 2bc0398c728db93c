//! What the tracker says about the real captures that ship with the tree.

use call_tracking::call::{Direction, NumberingPlan, Outcome, TransferKind};

use crate::feed::{Fed, capture, check_consistent, events};

fn follow(name: &str) -> Fed {
    let fed = Fed::new(NumberingPlan::default()).all(&events(capture(name)));
    check_consistent(&fed.updates);
    fed
}

#[test]
fn a_queue_call_is_answered_by_one_of_two_ringing_phones() {
    let fed = follow("queue_answered");
    assert_eq!(
        fed.story(),
        [
            "started",
            "ringing 201",
            "ringing 202",
            "stopped 201 Answered",
            "stopped 202 Cancelled",
            "answered 201",
            "ended Answered"
        ]
    );
    let call = fed.last();
    assert_eq!(call.direction, Direction::Inbound);
    assert_eq!(call.client_number.as_deref(), Some("79031234567"));
    assert_eq!(call.line.as_deref(), Some("78432000001"));
    assert_eq!(call.queue.as_deref(), Some("sales"));
    assert_eq!(call.answered_by.as_deref(), Some("201"));
    assert_eq!(call.cause, 16);
    assert!(call.wait_seconds > 0);
    assert_eq!(fed.tracker.live_count(), 0);
}

#[test]
fn a_caller_who_gives_up_in_the_queue_abandons() {
    let fed = follow("queue_abandon");
    assert_eq!(
        fed.story(),
        [
            "started",
            "ringing 201",
            "ringing 202",
            "stopped 201 Cancelled",
            "stopped 202 Cancelled",
            "ended Abandoned"
        ]
    );
    let call = fed.last();
    assert_eq!(call.client_number.as_deref(), Some("+79172223344"));
    assert_eq!((call.answered_at, call.talk_seconds), (None, 0));
    assert_eq!(call.rings.len(), 2);
}

#[test]
fn a_busy_phone_makes_a_busy_call_and_never_rings() {
    let fed = follow("direct_busy");
    assert_eq!(fed.story(), ["started", "ended Busy"]);
    assert_eq!(fed.last().line.as_deref(), Some("78432000002"));
    assert_eq!(fed.last().outcome, Some(Outcome::Busy));
}

#[test]
fn click_to_call_rings_the_employee_first_and_is_answered_by_the_client() {
    let fed = follow("originate_outbound");
    assert_eq!(
        fed.story(),
        [
            "started",
            "ringing 201",
            "stopped 201 Answered",
            "answered 201",
            "ended Answered"
        ]
    );
    let call = fed.last();
    assert_eq!(call.direction, Direction::Outbound);
    assert!(call.originated);
    assert_eq!(call.client_number.as_deref(), Some("89172223344"));
    assert_eq!(call.placed_by.as_deref(), Some("201"));
    assert_eq!(call.line.as_deref(), Some("78432000001"));
}

#[test]
fn a_blind_transfer_is_in_the_chain() {
    let fed = follow("queue_blind_transfer");
    let live = fed.tracker.live(fed.now);
    // The capture ends while two phones still talk; the transfer in it was made from the trunk's side.
    let call = &live[0];
    assert_eq!(call.answered_by.as_deref(), Some("201"));
    let transfer = &call.transfers[0];
    assert_eq!(
        (transfer.kind, transfer.from.as_deref(), transfer.to.as_deref()),
        (TransferKind::Blind, None, Some("203"))
    );
}
