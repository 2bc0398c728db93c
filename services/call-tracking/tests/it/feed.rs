//! Captures to call updates, with a clock that steps a tenth of a second per event.

use bytes::BytesMut;
use call_tracking::ami::codec::{AmiCodec, Frame};
use call_tracking::ami::event::Event;
use call_tracking::ami::message::Message;
use call_tracking::call::{Call, CallTracker, CallUpdate, Change, Limits, NumberingPlan};
use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::codec::Decoder;

pub const CAPTURES: [(&str, &[u8]); 5] = [
    (
        "direct_busy",
        include_bytes!("captures/asterisk16_direct_busy.raw"),
    ),
    (
        "originate_outbound",
        include_bytes!("captures/asterisk16_originate_outbound.raw"),
    ),
    (
        "queue_abandon",
        include_bytes!("captures/asterisk16_queue_abandon.raw"),
    ),
    (
        "queue_answered",
        include_bytes!("captures/asterisk16_queue_answered_caller_hangup.raw"),
    ),
    (
        "queue_blind_transfer",
        include_bytes!("captures/asterisk16_queue_blind_transfer.raw"),
    ),
];

pub fn capture(name: &str) -> &'static [u8] {
    CAPTURES
        .iter()
        .find(|(n, _)| *n == name)
        .map(|(_, bytes)| *bytes)
        .expect("a capture of that name")
}

pub fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).expect("a valid time")
}

pub fn frames_in_chunks<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Frame> {
    let mut codec = AmiCodec::default();
    let mut buffer = BytesMut::new();
    let mut frames = Vec::new();
    for chunk in chunks {
        buffer.extend_from_slice(chunk);
        while let Some(frame) = codec.decode(&mut buffer).expect("decoding does no I/O") {
            frames.push(frame);
        }
    }
    while let Some(frame) = codec.decode_eof(&mut buffer).expect("decoding does no I/O") {
        frames.push(frame);
    }
    frames
}

pub fn messages(bytes: &[u8]) -> Vec<Message> {
    let frames = frames_in_chunks([bytes]);
    frames
        .into_iter()
        .filter_map(|f| if let Frame::Message(m) = f { Some(m) } else { None })
        .collect()
}

pub fn events(bytes: &[u8]) -> Vec<Event> {
    messages(bytes)
        .iter()
        .map(Event::read)
        .filter(|e| *e != Event::Other)
        .collect()
}

pub struct Fed {
    pub tracker: CallTracker,
    pub updates: Vec<CallUpdate>,
    pub now: DateTime<Utc>,
}

impl Fed {
    pub fn new(plan: NumberingPlan) -> Self {
        Self {
            tracker: CallTracker::new(plan, Limits::default()),
            updates: Vec::new(),
            now: start(),
        }
    }

    pub fn all(mut self, events: &[Event]) -> Self {
        for event in events {
            self.one(event);
        }
        self
    }

    pub fn one(&mut self, event: &Event) {
        self.now += TimeDelta::milliseconds(100);
        self.updates.extend(self.tracker.handle(event, self.now));
    }

    /// What changed about the calls, shortly: `ringing 201`, `answered 201`, `ended Answered`.
    pub fn story(&self) -> Vec<String> {
        self.updates.iter().map(|u| tell(&u.change)).collect()
    }

    pub fn last(&self) -> &Call {
        &self.updates.last().expect("at least one update").call
    }
}

pub fn tell(change: &Change) -> String {
    match change {
        Change::Started => "started".into(),
        Change::Ringing { extension } => format!("ringing {extension}"),
        Change::StoppedRinging { extension, end } => format!("stopped {extension} {end:?}"),
        Change::Answered { extension } => format!("answered {}", extension.as_deref().unwrap_or("-")),
        Change::Transferred { transfer } => format!(
            "{:?} {} to {}",
            transfer.kind,
            transfer.from.as_deref().unwrap_or("-"),
            transfer.to.as_deref().unwrap_or("-")
        ),
        Change::Held { on } => format!("held {on}"),
        Change::Ended { outcome } => format!("ended {outcome:?}"),
    }
}

/// What holds of every sequence of updates, whatever the PBX did.
pub fn check_consistent(updates: &[CallUpdate]) {
    use std::collections::HashMap;
    let mut seen: HashMap<&str, Vec<&CallUpdate>> = HashMap::new();
    for update in updates {
        seen.entry(&update.call.linkedid).or_default().push(update);
    }
    for (linkedid, updates) in seen {
        assert_eq!(
            updates[0].change,
            Change::Started,
            "{linkedid}: starts with Started"
        );
        let starts = updates.iter().filter(|u| u.change == Change::Started).count();
        assert_eq!(starts, 1, "{linkedid}: starts once");
        let mut ringing: Vec<&str> = Vec::new();
        for (index, update) in updates.iter().enumerate() {
            let call = &update.call;
            assert!(
                call.wait_seconds >= 0 && call.talk_seconds >= 0,
                "{linkedid}: no negative times"
            );
            match &update.change {
                Change::Ringing { extension } => {
                    assert!(
                        !ringing.contains(&extension.as_str()),
                        "{linkedid}: {extension} rings twice at once"
                    );
                    ringing.push(extension);
                }
                Change::StoppedRinging { extension, .. } => ringing.retain(|e| e != extension),
                Change::Ended { outcome } => {
                    assert_eq!(index, updates.len() - 1, "{linkedid}: nothing after the end");
                    assert_eq!(call.outcome, Some(*outcome));
                    assert!(call.ringing.is_empty(), "{linkedid}: nothing rings after the end");
                    assert_eq!(
                        call.answered_at.is_some(),
                        *outcome == call_tracking::call::Outcome::Answered
                    );
                    assert!(call.talk_seconds == 0 || call.answered_at.is_some());
                }
                _ => {}
            }
        }
    }
}
