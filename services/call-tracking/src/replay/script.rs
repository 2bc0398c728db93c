//! Plays a [`Scenario`]: the sequence of events a real Asterisk sends for such a call. A test holds the queue call
//! against a capture.

use std::time::Duration;

use super::pbx::{Line, Pbx, head, push_bridge};
use super::scenario::{Kind, Scenario};

pub(super) const RINGING: u8 = 5;
pub(super) const UP: u8 = 6;
pub(super) const NORMAL: (u16, &str) = (16, "Normal Clearing");
pub(super) const MAX_PHONES: usize = 50;
/// Pauses of the machine's own: between set-up steps, before a transfer's next ring.
pub(super) const BEAT: Duration = Duration::from_millis(150);

/// A call being played.
pub(super) struct Player<'a> {
    pub(super) pbx: &'a Pbx,
    pub(super) scenario: &'a Scenario,
}

impl Player<'_> {
    pub(super) async fn pause(&self, length: Duration) {
        tokio::time::sleep(self.scenario.speed.scale(length)).await;
    }

    pub(super) fn first(&self) -> &str {
        self.scenario.extensions.first().map_or("201", String::as_str)
    }

    /// Plays the call to its end and answers its `Linkedid`.
    pub(super) async fn play(&self) -> String {
        match &self.scenario.kind {
            Kind::Outbound | Kind::OutboundNoAnswer => self.outbound().await,
            Kind::ClickToCall => self.click_to_call("").await,
            Kind::DirectAnswered | Kind::DirectBusy | Kind::DirectNoAnswer => self.direct().await,
            _ => self.queue().await,
        }
    }

    pub(super) async fn arrive(&self) -> Line {
        let s = self.scenario;
        let mut caller = self.pbx.open("PJSIP/trunk", None, None, &s.caller, &s.did, 4);
        caller.caller_name.clone_from(&s.caller_name);
        self.pbx.keep(&caller);
        self.pause(BEAT).await;
        caller
    }

    pub(super) fn dial(&self, caller: &Line, extension: &str) -> Line {
        let mut phone = self.pbx.open(
            &format!("PJSIP/{extension}"),
            None,
            Some(caller),
            extension,
            "s",
            0,
        );
        phone.connected.clone_from(&caller.number);
        self.pbx.keep(&phone);
        phone
    }

    pub(super) fn dial_begin(&self, from: &Line, to: &Line, dial_string: &str) {
        self.pbx.tell(
            "DialBegin",
            "call",
            &[("", from), ("Dest", to)],
            &[("DialString", dial_string)],
        );
    }

    pub(super) fn dial_end(&self, from: &Line, to: &Line, status: &str) {
        self.pbx.tell(
            "DialEnd",
            "call",
            &[("", from), ("Dest", to)],
            &[("DialStatus", status)],
        );
    }

    pub(super) fn rings(&self, from: &Line, to: &mut Line) {
        self.pbx.new_state(to, RINGING);
        self.pbx.tell(
            "DialState",
            "call",
            &[("", from), ("Dest", to)],
            &[("DialStatus", "RINGING")],
        );
    }

    pub(super) fn connect(&self, answering: &mut Line, calling: &mut Line) -> String {
        let bridge = uuid::Uuid::now_v7().to_string();
        let mut created = head("BridgeCreate", "call");
        push_bridge(&mut created, "", &bridge, 0);
        self.pbx.send(&created);
        self.pbx.enter(answering, &bridge);
        self.pbx.enter(calling, &bridge);
        bridge
    }

    /// Both leave the bridge and hang up, the first one first.
    pub(super) fn part(&self, mut a: Line, mut b: Line) {
        self.pbx.leave(&mut a);
        self.pbx.leave(&mut b);
        self.pbx.hangup(&a, NORMAL.0, NORMAL.1);
        self.pbx.hangup(&b, NORMAL.0, NORMAL.1);
    }

    /// One phone is dialled, rings, answers, talks; then the calling side hangs up.
    pub(super) async fn ring_and_talk(&self, mut caller: Line, to: &str) {
        let mut target = self.dial(&caller, to);
        self.dial_begin(&caller, &target, to);
        self.pause(BEAT).await;
        self.rings(&caller, &mut target);
        self.pause(self.scenario.ring).await;
        self.pbx.new_state(&mut target, UP);
        self.dial_end(&caller, &target, "ANSWER");
        self.connect(&mut target, &mut caller);
        self.pause(self.scenario.talk).await;
        self.pbx
            .tell("HangupRequest", "call", &[("", &caller)], &[("Cause", "16")]);
        self.part(caller, target);
    }

    pub(super) async fn direct(&self) -> String {
        let caller = self.arrive().await;
        let call = caller.linkedid.clone();
        let to = self.first().to_owned();
        if self.scenario.kind == Kind::DirectAnswered {
            self.ring_and_talk(caller, &to).await;
            return call;
        }
        let mut phone = self.dial(&caller, &to);
        self.dial_begin(&caller, &phone, &to);
        self.pause(BEAT).await;
        let (status, cause, text) = if self.scenario.kind == Kind::DirectBusy {
            self.pbx
                .tell("HangupRequest", "call", &[("", &phone)], &[("Cause", "17")]);
            ("BUSY", 17, "User busy")
        } else {
            self.rings(&caller, &mut phone);
            self.pause(self.scenario.ring).await;
            ("NOANSWER", 0, "Unknown")
        };
        self.dial_end(&caller, &phone, status);
        self.pbx.hangup(&phone, cause, text);
        self.pbx
            .hangup(&caller, if cause == 0 { 16 } else { cause }, text);
        call
    }
}
