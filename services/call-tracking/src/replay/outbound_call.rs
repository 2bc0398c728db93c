//! Played calls to a client: dialled at the phone, or by click.

use super::pbx::Line;
use super::scenario::Kind;
use super::script::{BEAT, Player, RINGING, UP};

impl Player<'_> {
    /// Dials the client from an employee's channel that is up or calling.
    pub(super) async fn dial_client(&self, mut phone: Line, answers: bool) {
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

    pub(super) async fn outbound(&self) -> String {
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
