//! The queue's part of a played call: members ring, one serves, or nobody does.

use std::time::Duration;

use super::pbx::Line;
use super::scenario::Kind;
use super::script::{BEAT, MAX_PHONES, NORMAL, Player, UP};

impl Player<'_> {
    pub(super) fn queue_event(&self, name: &str, caller: &Line, extra: &[(&str, &str)]) {
        let mut fields = vec![("Queue", self.scenario.queue.as_str())];
        fields.extend_from_slice(extra);
        self.pbx.tell(name, "agent", &[("", caller)], &fields);
    }

    pub(super) fn agent_event(&self, name: &str, caller: &Line, phone: &Line, extra: &[(&str, &str)]) {
        let interface = format!("PJSIP/{}", phone.number);
        let mut fields = vec![
            ("Queue", self.scenario.queue.as_str()),
            ("Interface", interface.as_str()),
            ("MemberName", phone.number.as_str()),
        ];
        fields.extend_from_slice(extra);
        self.pbx
            .tell(name, "agent", &[("", caller), ("Dest", phone)], &fields);
    }

    pub(super) async fn queue(&self) -> String {
        let s = self.scenario;
        let mut caller = self.arrive().await;
        let call = caller.linkedid.clone();
        self.pbx.new_state(&mut caller, UP);
        caller.queue = Some(s.queue.clone());
        self.pbx.keep(&caller);
        self.queue_event("QueueCallerJoin", &caller, &[("Position", "1"), ("Count", "1")]);
        let mut phones = Vec::new();
        for extension in s.extensions.iter().take(MAX_PHONES) {
            let phone = self.dial(&caller, extension);
            self.agent_event("AgentCalled", &caller, &phone, &[]);
            self.dial_begin(&caller, &phone, &format!("PJSIP/{extension}"));
            phones.push(phone);
        }
        self.pause(BEAT).await;
        for phone in &mut phones {
            self.rings(&caller, phone);
        }
        self.pause(s.ring).await;
        match s.kind {
            Kind::QueueAbandoned => self.abandon(&mut caller, &phones),
            Kind::QueueTimeout => self.time_out(&mut caller, &phones).await,
            _ => self.served(caller, phones).await,
        }
        call
    }

    pub(super) fn leave_queue(&self, caller: &mut Line) {
        caller.queue = None;
        self.pbx.keep(caller);
        self.queue_event("QueueCallerLeave", caller, &[("Position", "1"), ("Count", "0")]);
    }

    pub(super) fn abandoned(&self, caller: &mut Line) {
        let held = self.scenario.ring.as_secs().to_string();
        let fields = [
            ("Position", "1"),
            ("OriginalPosition", "1"),
            ("HoldTime", held.as_str()),
        ];
        self.queue_event("QueueCallerAbandon", caller, &fields);
        self.leave_queue(caller);
    }

    pub(super) fn abandon(&self, caller: &mut Line, phones: &[Line]) {
        self.pbx
            .tell("HangupRequest", "call", &[("", caller)], &[("Cause", "16")]);
        // Asterisk tells the end of each dial twice here.
        for _ in 0..2 {
            for phone in phones {
                self.dial_end(caller, phone, "CANCEL");
            }
        }
        self.abandoned(caller);
        for phone in phones {
            self.pbx.hangup(phone, 0, "Unknown");
        }
        self.pbx.hangup(caller, NORMAL.0, NORMAL.1);
    }

    pub(super) async fn time_out(&self, caller: &mut Line, phones: &[Line]) {
        for phone in phones {
            self.agent_event("AgentRingNoAnswer", caller, phone, &[("RingTime", "6000")]);
        }
        for _ in 0..2 {
            for phone in phones {
                self.dial_end(caller, phone, "NOANSWER");
            }
        }
        for phone in phones {
            self.pbx.hangup(phone, 0, "Unknown");
        }
        self.abandoned(caller);
        self.pause(Duration::from_secs(4)).await;
        self.pbx.hangup(caller, NORMAL.0, NORMAL.1);
    }

    pub(super) async fn served(&self, mut caller: Line, mut phones: Vec<Line>) {
        if phones.is_empty() {
            return self.abandon(&mut caller, &phones);
        }
        let mut phone = phones.remove(0);
        self.pbx.new_state(&mut phone, UP);
        self.dial_end(&caller, &phone, "ANSWER");
        for loser in &phones {
            self.dial_end(&caller, loser, "CANCEL");
        }
        caller.connected.clone_from(&phone.number);
        for loser in &phones {
            self.dial_end(&caller, loser, "CANCEL");
        }
        for loser in &phones {
            self.pbx.hangup(loser, 26, "Answered elsewhere");
        }
        self.leave_queue(&mut caller);
        let held = self.scenario.ring.as_secs().to_string();
        self.agent_event(
            "AgentConnect",
            &caller,
            &phone,
            &[("HoldTime", &held), ("RingTime", &held)],
        );
        let bridge = self.connect(&mut phone, &mut caller);
        self.pause(self.scenario.talk).await;
        match &self.scenario.kind {
            Kind::BlindTransfer { to } => self.blind(caller, phone, &bridge, to).await,
            Kind::AttendedTransfer { to } => self.attended(caller, phone, to).await,
            _ => {
                self.pbx
                    .tell("HangupRequest", "call", &[("", &caller)], &[("Cause", "16")]);
                self.agent_complete(&caller, &phone, "caller");
                self.part(caller, phone);
            }
        }
    }

    pub(super) fn agent_complete(&self, caller: &Line, phone: &Line, reason: &str) {
        let (held, talked) = (
            self.scenario.ring.as_secs().to_string(),
            self.scenario.talk.as_secs().to_string(),
        );
        self.agent_event(
            "AgentComplete",
            caller,
            phone,
            &[("HoldTime", &held), ("TalkTime", &talked), ("Reason", reason)],
        );
    }
}
