//! Blind and attended transfers of a played call.

use std::time::Duration;

use super::pbx::{Line, head, push_bridge, push_line};
use super::script::{NORMAL, Player, UP};

impl Player<'_> {
    pub(super) async fn blind(&self, mut caller: Line, mut phone: Line, bridge: &str, to: &str) {
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

    pub(super) async fn attended(&self, mut caller: Line, mut phone: Line, to: &str) {
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
}
