//! Between the gate and the provider: what the gate is asked, and how a cleared message is handed over.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Dispatcher, recipient::Known};
use crate::{
    channel::{
        LinkState, MailProvider as _, OutgoingMail, OutgoingSms, SmsProvider as _, SubmitError, Submitted,
    },
    message::{
        Advertisement, Channel, ServiceMessage,
        gate::{self, Decision, GateToken, Recipient, Suppression},
    },
    store::messages::MessageRow,
    template::Rendered,
};

impl Dispatcher {
    /// While it is not, a message waits in our queue instead of the provider's.
    pub(super) fn sms_link_is_up(&self) -> bool {
        let link = self.links.sms.as_ref();
        link.is_some_and(|link| link.status.borrow().state == LinkState::Up)
    }

    /// What the gate says about the message now.
    pub(super) fn decide(
        &self,
        row: &MessageRow,
        channel: Channel,
        known: &Known,
        suppressions: &[Suppression],
        now: DateTime<Utc>,
    ) -> Decision {
        let to = Recipient {
            time_zone: known.zone,
            suppressions,
            consents: &known.consents,
        };
        // What is not surely a service message needs consent.
        if row.kind != "service" {
            let ad = Advertisement {
                message_id: row.id,
                channel,
                purpose: "advertising".to_owned(),
            };
            return gate::advertisement(&ad, &to, &self.policy, now);
        }
        let message = ServiceMessage {
            message_id: row.id,
            channel,
            occasion: known.template.occasion(),
        };
        gate::service(&message, &to, &self.policy, now)
    }

    /// Hands the message over; the gate's token goes with it.
    pub(super) async fn submit(
        &self,
        channel: Channel,
        message_id: Uuid,
        to: String,
        text: Rendered,
        token: GateToken,
    ) -> Result<Submitted, SubmitError> {
        let gone = || SubmitError::NotSent("no provider".to_owned());
        match channel {
            Channel::Sms => {
                let link = self.links.sms.as_ref().ok_or_else(gone)?;
                let sms = OutgoingSms {
                    message_id,
                    to_e164: to,
                    text: text.text,
                    sender: None,
                };
                let answer = link.provider.submit(sms, token).await;
                link.heard(self.clock.now());
                answer
            }
            Channel::Email => {
                let link = self.links.mail.as_ref().ok_or_else(gone)?;
                let subject = text.subject.unwrap_or_default();
                let mail = OutgoingMail {
                    message_id,
                    to,
                    subject,
                    text: text.text,
                    html: text.html,
                };
                let answer = link.provider.submit(mail, token).await;
                link.heard(self.clock.now());
                answer
            }
        }
    }
}

/// What a stored suppression means to the gate.
pub(super) fn suppression(reason: &str, scope: &str) -> Suppression {
    match (reason, scope) {
        ("wrong_number", _) => Suppression::WrongAddress,
        ("bounced", _) => Suppression::Bounces,
        ("complaint", "advertising") => Suppression::Complained,
        (_, "advertising") => Suppression::OptedOutOfAdvertising,
        _ => Suppression::OptedOutOfEverything,
    }
}
