//! The decoder against every split and arbitrary bytes.

use call_tracking::ami::event::Event;
use call_tracking::call::NumberingPlan;
use proptest::prelude::*;

use crate::feed::{CAPTURES, Fed, check_consistent, frames_in_chunks, messages};

#[test]
fn every_split_of_every_capture_gives_the_same_frames() {
    for (name, bytes) in CAPTURES {
        let whole = frames_in_chunks([bytes]);
        assert!(whole.len() > 20, "{name} has messages");
        assert_eq!(frames_in_chunks(bytes.chunks(1)), whole, "{name} byte by byte");
        // Two-way splits at every byte of the first 4 KiB, where banner, answer and events meet.
        let head = &bytes[..4096];
        let whole = frames_in_chunks([head]);
        for at in 0..=head.len() {
            let (a, b) = head.split_at(at);
            assert_eq!(frames_in_chunks([a, b]), whole, "{name} split at {at}");
        }
    }
}

#[test]
fn line_feeds_alone_give_the_same_messages() {
    for (name, bytes) in CAPTURES {
        let bare: Vec<u8> = bytes.iter().copied().filter(|b| *b != b'\r').collect();
        assert_eq!(messages(&bare), messages(bytes), "{name}");
    }
}

fn soup() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..12),
        proptest::sample::select(vec![
            "Event: ",
            "Newchannel",
            "DialBegin",
            "BridgeEnter",
            "Hangup",
            "Newstate",
            "AttendedTransfer",
            "Result: Success",
            "OrigTransfererUniqueid: 1",
            "OrigTransfererChannel: PJSIP/201-1",
            "SecondTransfererUniqueid: 2",
            "SecondTransfererChannel: PJSIP/202-2",
            "Uniqueid: 1",
            "Uniqueid: 2",
            "Linkedid: 1",
            "Linkedid: 2",
            "Channel: PJSIP/201-1",
            "Channel: PJSIP/trunk-2",
            "Channel: Local/201@x-3;1",
            "DestUniqueid: 2",
            "DestChannel: PJSIP/202-2",
            "ChannelState: 5",
            "ChannelState: 6",
            "BridgeUniqueid: b",
            "\r\n",
            "\n",
            "\r\n\r\n",
            "\n\n",
            "Asterisk Call Manager/9\r\n",
        ])
        .prop_map(|s| s.as_bytes().to_vec()),
    ];
    proptest::collection::vec(token, 0..120).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic_and_splits_do_not_matter(bytes in soup(), size in 1usize..40) {
        prop_assert_eq!(frames_in_chunks(bytes.chunks(size)), frames_in_chunks([bytes.as_slice()]));
    }

    #[test]
    fn arbitrary_events_never_break_the_tracker(bytes in soup()) {
        let events: Vec<Event> = messages(&bytes).iter().map(Event::read).collect();
        let mut fed = Fed::new(NumberingPlan::default()).all(&events);
        let later = fed.now + chrono::TimeDelta::days(1);
        let expired = fed.tracker.expire(later);
        fed.updates.extend(expired);
        prop_assert_eq!(fed.tracker.live_count(), 0);
    }

    /// The events of all captures in any order, some missing and some twice.
    #[test]
    fn shuffled_events_keep_the_updates_consistent(picks in proptest::collection::vec((0usize..5, any::<prop::sample::Index>()), 0..200)) {
        let all: Vec<Vec<Event>> = CAPTURES.iter().map(|(_, bytes)| crate::feed::events(bytes)).collect();
        let events: Vec<Event> = picks.iter().map(|(c, i)| all[*c][i.index(all[*c].len())].clone()).collect();
        let fed = Fed::new(NumberingPlan::default()).all(&events);
        let mut first_lives = fed.updates.clone();
        // A call may come back under its linkedid after its end: only the first life is checked here.
        let mut ended = std::collections::HashSet::new();
        first_lives.retain(|u| {
            let keep = !ended.contains(&u.call.linkedid);
            if u.call.outcome.is_some() {
                ended.insert(u.call.linkedid.clone());
            }
            keep
        });
        check_consistent(&first_lives);
    }
}
