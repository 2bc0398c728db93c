//! What no capture shows: merged calls, an old PBX without linkedids, bounds, silence, announcements after a queue.

use call_tracking::ami::event::Event;
use call_tracking::call::{CallTracker, Direction, Limits, LiveList, NumberingPlan, Outcome};
use chrono::TimeDelta;

use crate::feed::{Fed, check_consistent, events, start};

fn fed(text: &str) -> Fed {
    let events = events(text.as_bytes());
    assert!(!events.is_empty());
    Fed::new(NumberingPlan::default()).all(&events)
}

/// One event from `Name Key=Value …`; `c=` is short for a channel and its identifiers.
fn script(lines: &str) -> String {
    let mut text = String::new();
    for line in lines.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let mut words = line.split(' ');
        text += &format!("Event: {}\n", words.next().unwrap_or_default());
        for (key, value) in words.filter_map(|w| w.split_once('=')) {
            text += &format!("{key}: {value}\n");
        }
        text.push('\n');
    }
    text
}

const ARRIVES: &str = "Newchannel Channel=PJSIP/mts-1 Uniqueid=1 Linkedid=1 ChannelState=4 CallerIDNum=89161112233 Exten=78432000001";

#[test]
fn a_consultation_call_of_its_own_becomes_part_of_the_clients_call() {
    let fed = fed(&script(&format!(
        "{ARRIVES}
        Newchannel Channel=PJSIP/201-2 Uniqueid=2 Linkedid=1
        BridgeEnter BridgeUniqueid=a Channel=PJSIP/201-2 Uniqueid=2 Linkedid=1
        BridgeEnter BridgeUniqueid=a Channel=PJSIP/mts-1 Uniqueid=1 Linkedid=1
        Hold Channel=PJSIP/201-2 Uniqueid=2 Linkedid=1
        Newchannel Channel=PJSIP/201-3 Uniqueid=3 Linkedid=3 ChannelState=4 Exten=203
        Newchannel Channel=PJSIP/203-4 Uniqueid=4 Linkedid=3
        BridgeEnter BridgeUniqueid=b Channel=PJSIP/203-4 Uniqueid=4 Linkedid=3
        BridgeEnter BridgeUniqueid=b Channel=PJSIP/201-3 Uniqueid=3 Linkedid=3
        AttendedTransfer Result=Success OrigTransfererChannel=PJSIP/201-2 OrigTransfererUniqueid=2 OrigTransfererLinkedid=1 SecondTransfererChannel=PJSIP/201-3 SecondTransfererUniqueid=3 SecondTransfererLinkedid=3
        BridgeLeave BridgeUniqueid=b Channel=PJSIP/201-3 Uniqueid=3 Linkedid=3
        BridgeLeave BridgeUniqueid=a Channel=PJSIP/201-2 Uniqueid=2 Linkedid=1
        BridgeLeave BridgeUniqueid=a Channel=PJSIP/mts-1 Uniqueid=1 Linkedid=1
        BridgeEnter BridgeUniqueid=b Channel=PJSIP/mts-1 Uniqueid=1 Linkedid=1
        Hangup Channel=PJSIP/201-2 Uniqueid=2 Linkedid=1 Cause=16
        Hangup Channel=PJSIP/201-3 Uniqueid=3 Linkedid=3 Cause=16
        Newstate Channel=PJSIP/203-4 Uniqueid=4 Linkedid=1 ChannelState=6
        Hangup Channel=PJSIP/203-4 Uniqueid=4 Linkedid=1 Cause=16
        Hangup Channel=PJSIP/mts-1 Uniqueid=1 Linkedid=1 Cause=16"
    )));
    check_consistent(&fed.updates);
    assert_eq!(fed.tracker.live_count(), 0);
    let call = fed.last();
    assert_eq!(
        (call.linkedid.as_str(), call.direction, call.outcome),
        ("1", Direction::Inbound, Some(Outcome::Answered))
    );
    assert_eq!(
        (call.answered_by.as_deref(), call.talking.as_deref()),
        (Some("201"), Some("203"))
    );
    assert_eq!(call.transfers[0].to.as_deref(), Some("203"));
    let consultation = fed
        .updates
        .iter()
        .find(|u| u.call.merged_into.is_some())
        .expect("the consultation ends");
    assert_eq!(
        (
            consultation.call.linkedid.as_str(),
            consultation.call.merged_into.as_deref()
        ),
        ("3", Some("1"))
    );
}

#[test]
fn a_pbx_without_linkedids_joins_the_legs_by_the_dial() {
    let fed = fed(&script(
        "Newchannel Channel=SIP/mts-1 Uniqueid=1 ChannelState=4 CallerIDNum=89161112233 Exten=78432000001
        Newchannel Channel=SIP/201-2 Uniqueid=2 ChannelState=0
        DialBegin Channel=SIP/mts-1 Uniqueid=1 DestChannel=SIP/201-2 DestUniqueid=2
        Newstate Channel=SIP/201-2 Uniqueid=2 ChannelState=5
        DialEnd Channel=SIP/mts-1 Uniqueid=1 DestChannel=SIP/201-2 DestUniqueid=2 DialStatus=NOANSWER
        Hangup Channel=SIP/201-2 Uniqueid=2
        Hangup Channel=SIP/mts-1 Uniqueid=1",
    ));
    let inbound = fed.last();
    assert_eq!(
        (inbound.linkedid.as_str(), inbound.outcome),
        ("1", Some(Outcome::Missed))
    );
    assert_eq!(inbound.rings.len(), 1);
    assert_eq!(fed.tracker.live_count(), 0);
}

#[test]
fn hanging_up_in_the_announcement_after_the_queue_is_still_missed() {
    let fed = fed(&script(&format!(
        "{ARRIVES}
        QueueCallerJoin Channel=PJSIP/mts-1 Uniqueid=1 Linkedid=1 Queue=sales
        Newchannel Channel=PJSIP/201-2 Uniqueid=2 Linkedid=1
        DialBegin Channel=PJSIP/mts-1 Uniqueid=1 Linkedid=1 DestChannel=PJSIP/201-2 DestUniqueid=2 DestLinkedid=1
        Newstate Channel=PJSIP/201-2 Uniqueid=2 Linkedid=1 ChannelState=5
        AgentRingNoAnswer Channel=PJSIP/mts-1 Uniqueid=1 Linkedid=1 Queue=sales
        DialEnd Channel=PJSIP/mts-1 Uniqueid=1 Linkedid=1 DestChannel=PJSIP/201-2 DestUniqueid=2 DestLinkedid=1 DialStatus=CANCEL
        QueueCallerAbandon Channel=PJSIP/mts-1 Uniqueid=1 Linkedid=1 Queue=sales
        Hangup Channel=PJSIP/201-2 Uniqueid=2 Linkedid=1
        HangupRequest Channel=PJSIP/mts-1 Uniqueid=1 Linkedid=1
        Hangup Channel=PJSIP/mts-1 Uniqueid=1 Linkedid=1 Cause=16"
    )));
    assert_eq!(fed.last().outcome, Some(Outcome::Missed));
}

#[test]
fn a_call_that_reaches_the_mailbox_is_voicemail() {
    let fed = fed(&script(&format!(
        "{ARRIVES}
        Newexten Channel=PJSIP/mts-1 Uniqueid=1 Linkedid=1 Application=VoiceMail
        HangupRequest Channel=PJSIP/mts-1 Uniqueid=1 Linkedid=1
        Hangup Channel=PJSIP/mts-1 Uniqueid=1 Linkedid=1 Cause=16"
    )));
    assert_eq!(fed.last().outcome, Some(Outcome::Voicemail));
}

#[test]
fn live_calls_are_bounded_and_silent_ones_expire() {
    let limits = Limits {
        live_calls: 3,
        silence: TimeDelta::hours(1),
        gone_channels: 4,
    };
    let mut tracker = CallTracker::new(NumberingPlan::default(), limits);
    let mut updates = Vec::new();
    for n in 0..10 {
        let text = format!(
            "Event: Newchannel\nChannel: PJSIP/mts-{n}\nUniqueid: {n}\nLinkedid: {n}\nChannelState: 4\n\n"
        );
        updates.extend(
            events(text.as_bytes())
                .iter()
                .flat_map(|e| tracker.handle(e, start())),
        );
    }
    assert_eq!(tracker.live_count(), 3);
    assert_eq!(updates.iter().filter(|u| u.call.expired).count(), 7);
    assert!(tracker.expire(start() + TimeDelta::minutes(59)).is_empty());
    let expired = tracker.expire(start() + TimeDelta::minutes(61));
    assert_eq!((expired.len(), tracker.live_count()), (3, 0));
}

#[test]
fn a_late_event_does_not_bring_an_ended_call_back() {
    let mut fed = fed(&script(&format!(
        "{ARRIVES}\nHangup Channel=PJSIP/mts-1 Uniqueid=1 Linkedid=1 Cause=16"
    )));
    let late = script("Newstate Channel=PJSIP/mts-1 Uniqueid=1 Linkedid=1 ChannelState=6");
    let before = fed.updates.len();
    events(late.as_bytes()).iter().for_each(|e| fed.one(e));
    assert_eq!((fed.updates.len(), fed.tracker.live_count()), (before, 0));
}

#[test]
fn a_resynchronisation_without_news_says_nothing() {
    let mut fed = fed(&script(ARRIVES));
    let listed = events(
        script("CoreShowChannel Channel=PJSIP/mts-1 Uniqueid=1 Linkedid=1 ChannelState=4 Duration=00:00:03")
            .as_bytes(),
    );
    assert!(matches!(listed[0], Event::LiveChannel { age_seconds: 3, .. }));
    let list = LiveList {
        channels: listed,
        queue_entries: vec![],
    };
    assert!(fed.tracker.resync(&list, fed.now).is_empty());
    assert_eq!(fed.tracker.resync(&LiveList::default(), fed.now).len(), 1);
}
