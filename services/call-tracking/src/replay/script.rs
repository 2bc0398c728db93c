//! Plays a [`Scenario`]: the sequence of events a real Asterisk sends for such a call. A test holds the queue call
//! against a capture.

use std::time::Duration;

use super::pbx::{Line, Pbx, head, push_bridge, push_line};
use super::scenario::{Kind, Scenario};

const RINGING: u8 = 5;
const UP: u8 = 6;
const NORMAL: (u16, &str) = (16, "Normal Clearing");
const MAX_PHONES: usize = 50;
/// Pauses of the machine's own: between set-up steps, before a transfer's next ring.
const BEAT: Duration = Duration::from_millis(150);

/// A call being played.
pub(super) struct Player<'a> {
    pub(super) pbx: &'a Pbx,
    pub(super) scenario: &'a Scenario,
}

impl Player<'_> {
    async fn pause(&self, length: Duration) {
        tokio::time::sleep(self.scenario.speed.scale(length)).await;
    }

    fn first(&self) -> &str {
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

    async fn arrive(&self) -> Line {
        let s = self.scenario;
        let mut caller = self.pbx.open("PJSIP/trunk", None, None, &s.caller, &s.did, 4);
        caller.caller_name.clone_from(&s.caller_name);
        self.pbx.keep(&caller);
        self.pause(BEAT).await;
        caller
    }

    fn dial(&self, caller: &Line, extension: &str) -> Line {
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

    fn dial_begin(&self, from: &Line, to: &Line, dial_string: &str) {
        self.pbx.tell(
            "DialBegin",
            "call",
            &[("", from), ("Dest", to)],
            &[("DialString", dial_string)],
        );
    }

    fn dial_end(&self, from: &Line, to: &Line, status: &str) {
        self.pbx.tell(
            "DialEnd",
            "call",
            &[("", from), ("Dest", to)],
            &[("DialStatus", status)],
        );
    }

    fn rings(&self, from: &Line, to: &mut Line) {
        self.pbx.new_state(to, RINGING);
        self.pbx.tell(
            "DialState",
            "call",
            &[("", from), ("Dest", to)],
            &[("DialStatus", "RINGING")],
        );
    }

    fn queue_event(&self, name: &str, caller: &Line, extra: &[(&str, &str)]) {
        let mut fields = vec![("Queue", self.scenario.queue.as_str())];
        fields.extend_from_slice(extra);
        self.pbx.tell(name, "agent", &[("", caller)], &fields);
    }

    fn agent_event(&self, name: &str, caller: &Line, phone: &Line, extra: &[(&str, &str)]) {
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

    async fn queue(&self) -> String {
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

    fn leave_queue(&self, caller: &mut Line) {
        caller.queue = None;
        self.pbx.keep(caller);
        self.queue_event("QueueCallerLeave", caller, &[("Position", "1"), ("Count", "0")]);
    }

    fn abandoned(&self, caller: &mut Line) {
        let held = self.scenario.ring.as_secs().to_string();
        let fields = [
            ("Position", "1"),
            ("OriginalPosition", "1"),
            ("HoldTime", held.as_str()),
        ];
        self.queue_event("QueueCallerAbandon", caller, &fields);
        self.leave_queue(caller);
    }

    fn abandon(&self, caller: &mut Line, phones: &[Line]) {
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

    async fn time_out(&self, caller: &mut Line, phones: &[Line]) {
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

    async fn served(&self, mut caller: Line, mut phones: Vec<Line>) {
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

    fn agent_complete(&self, caller: &Line, phone: &Line, reason: &str) {
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

    fn connect(&self, answering: &mut Line, calling: &mut Line) -> String {
        let bridge = uuid::Uuid::now_v7().to_string();
        let mut created = head("BridgeCreate", "call");
        push_bridge(&mut created, "", &bridge, 0);
        self.pbx.send(&created);
        self.pbx.enter(answering, &bridge);
        self.pbx.enter(calling, &bridge);
        bridge
    }

    /// Both leave the bridge and hang up, the first one first.
    fn part(&self, mut a: Line, mut b: Line) {
        self.pbx.leave(&mut a);
        self.pbx.leave(&mut b);
        self.pbx.hangup(&a, NORMAL.0, NORMAL.1);
        self.pbx.hangup(&b, NORMAL.0, NORMAL.1);
    }

    async fn blind(&self, mut caller: Line, mut phone: Line, bridge: &str, to: &str) {
        let mut message = head("BlindTransfer", "call");
        message.push("Result", "Success");
        push_line(&mut message, "Transferer", &phone);
        push_line(&mut message, "Transferee", &caller);
        push_bridge(&mut message, "", bridge, 2);
        message.push("IsExternal", "Yes");
        message.push("Context", "internal");
        message.push("Extension", to);
        self.pbx.send(&message);
        self.agent_complete(&caller, &phone, "transfer");
        self.pbx.leave(&mut phone);
        self.pbx.leave(&mut caller);
        self.pbx.hangup(&phone, NORMAL.0, NORMAL.1);
        to.clone_into(&mut caller.exten);
        self.pbx.keep(&caller);
        self.ring_and_talk(caller, to).await;
    }

    /// One phone is dialled, rings, answers, talks; then the calling side hangs up.
    async fn ring_and_talk(&self, mut caller: Line, to: &str) {
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

    async fn attended(&self, mut caller: Line, mut phone: Line, to: &str) {
        let s = self.scenario;
        self.pbx.tell("Hold", "call", &[("", &phone)], &[]);
        let first_bridge = phone.bridge.clone().unwrap_or_default();
        self.pbx.leave(&mut phone);
        let peer = format!("Local/{to}@internal");
        let mut one = self.pbx.open(&peer, Some(1), Some(&caller), "", to, 0);
        let mut two = self.pbx.open(&peer, Some(2), Some(&caller), &phone.number, to, 4);
        self.pbx.tell(
            "LocalBridge",
            "call",
            &[("LocalOne", &one), ("LocalTwo", &two)],
            &[("LocalOptimization", "No")],
        );
        let mut target = self.dial(&two, to);
        self.dial_begin(&two, &target, to);
        self.rings(&two, &mut target);
        self.pause(s.ring).await;
        self.pbx.new_state(&mut target, UP);
        self.dial_end(&two, &target, "ANSWER");
        self.connect(&mut target, &mut two);
        self.pbx.new_state(&mut one, UP);
        let second_bridge = self.connect(&mut one, &mut phone);
        self.pause(Duration::from_secs(5)).await;
        let mut message = head("AttendedTransfer", "call");
        message.push("Result", "Success");
        push_line(&mut message, "OrigTransferer", &phone);
        push_bridge(&mut message, "Orig", &first_bridge, 2);
        push_line(&mut message, "SecondTransferer", &phone);
        push_bridge(&mut message, "Second", &second_bridge, 2);
        message.push("DestType", "Bridge");
        message.push("DestBridgeUniqueid", &*first_bridge);
        push_line(&mut message, "Transferee", &caller);
        push_line(&mut message, "TransferTarget", &one);
        self.pbx.leave(&mut phone);
        self.pbx.leave(&mut one);
        self.pbx.tell("Unhold", "call", &[("", &phone)], &[]);
        self.pbx.enter(&mut one, &first_bridge);
        self.pbx.send(&message);
        self.agent_complete(&caller, &phone, "transfer");
        self.pbx.hangup(&phone, NORMAL.0, NORMAL.1);
        self.pause(s.talk).await;
        self.pbx
            .tell("HangupRequest", "call", &[("", &caller)], &[("Cause", "16")]);
        self.pbx.leave(&mut caller);
        self.pbx.hangup(&caller, NORMAL.0, NORMAL.1);
        self.part(one, two);
        self.pbx.leave(&mut target);
        self.pbx.hangup(&target, NORMAL.0, NORMAL.1);
    }

    async fn direct(&self) -> String {
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

    /// Dials the client from an employee's channel that is up or calling.
    async fn dial_client(&self, mut phone: Line, answers: bool) {
        let s = self.scenario;
        let mut client = self.pbx.open("PJSIP/trunk", None, Some(&phone), "", "s", 0);
        client.number.clone_from(&s.caller);
        client.connected.clone_from(&s.did);
        client.exten.clone_from(&s.caller);
        self.pbx.keep(&client);
        self.pbx.tell(
            "NewCallerid",
            "call",
            &[("", &client)],
            &[("CID-CallingPres", "0")],
        );
        self.dial_begin(&phone, &client, &format!("{}@trunk", s.caller));
        self.pause(BEAT).await;
        self.rings(&phone, &mut client);
        self.pause(s.ring).await;
        if !answers {
            self.dial_end(&phone, &client, "NOANSWER");
            self.pbx.hangup(&client, 0, "Unknown");
            self.pbx.hangup(&phone, 19, "User alerting, no answer");
            return;
        }
        self.pbx.new_state(&mut client, UP);
        self.dial_end(&phone, &client, "ANSWER");
        if phone.state != UP {
            self.pbx.new_state(&mut phone, UP);
        }
        self.connect(&mut client, &mut phone);
        self.pause(s.talk).await;
        self.part(phone, client);
    }

    async fn outbound(&self) -> String {
        let s = self.scenario;
        let mut phone = self.pbx.open(
            &format!("PJSIP/{}", self.first()),
            None,
            None,
            self.first(),
            &s.caller,
            4,
        );
        let call = phone.linkedid.clone();
        phone.number.clone_from(&s.did);
        self.pbx.keep(&phone);
        self.pause(BEAT).await;
        self.dial_client(phone, s.kind == Kind::Outbound).await;
        call
    }

    /// `action_id` is the Originate's that asked for it; empty when the PBX itself did.
    pub(super) async fn click_to_call(&self, action_id: &str) -> String {
        let s = self.scenario;
        let mut phone = self.pbx.open(
            &format!("PJSIP/{}", self.first()),
            None,
            None,
            self.first(),
            "s",
            0,
        );
        let call = phone.linkedid.clone();
        phone.number.clone_from(&s.caller);
        phone.connected.clone_from(&s.caller);
        self.pbx.keep(&phone);
        self.pbx.tell(
            "NewCallerid",
            "call",
            &[("", &phone)],
            &[("CID-CallingPres", "0")],
        );
        self.pbx.tell(
            "DialBegin",
            "call",
            &[("Dest", &phone)],
            &[("DialString", self.first())],
        );
        self.pbx.new_state(&mut phone, RINGING);
        self.pbx.tell(
            "DialState",
            "call",
            &[("Dest", &phone)],
            &[("DialStatus", "RINGING")],
        );
        self.pause(s.ring).await;
        let fields = [
            ("ActionID", action_id),
            ("Response", "Success"),
            ("Channel", &phone.name),
            ("Context", phone.context),
            ("Exten", &s.caller),
            ("Reason", "4"),
            ("Uniqueid", &phone.uniqueid),
        ];
        let fields: Vec<_> = fields.into_iter().filter(|(_, v)| !v.is_empty()).collect();
        self.pbx.tell("OriginateResponse", "call", &[], &fields);
        self.pbx.new_state(&mut phone, UP);
        self.pbx.tell(
            "DialEnd",
            "call",
            &[("Dest", &phone)],
            &[("DialStatus", "ANSWER")],
        );
        phone.number.clone_from(&s.did);
        phone.exten.clone_from(&s.caller);
        self.pbx.keep(&phone);
        self.pbx.tell(
            "NewCallerid",
            "call",
            &[("", &phone)],
            &[("CID-CallingPres", "0")],
        );
        self.dial_client(phone, true).await;
        call
    }
}
