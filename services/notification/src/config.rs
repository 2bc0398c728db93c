//! Settings of notification.

use chrono_tz::Tz;
use edina_runtime::config::ServiceConfig;
use secrecy::SecretString;
use serde::Deserialize;

use crate::message::{gate::SendPolicy, quiet::SendingHours};

/// Typed settings; see the service's README.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// What every service has.
    #[serde(flatten)]
    pub common: ServiceConfig,
    /// gRPC address of client-registry: today's number, name and consent.
    pub registry_url: String,
    /// gRPC address of lead-intake: the vehicle and source of a lead.
    pub intake_url: String,
    /// gRPC address of call-tracking: the number that called.
    pub calls_url: String,
    /// `smpp://…` of the SMS provider.
    #[serde(default)]
    pub smpp_url: Option<SecretString>,
    /// `smtp://…` or `smtps://…` of the mail relay.
    #[serde(default)]
    pub smtp_url: Option<SecretString>,
    /// For a local run: channels without a provider deliver to an own sandbox.
    #[serde(default)]
    pub sandbox: bool,
    /// Where links in messages to employees lead.
    #[serde(default = "default_console_url")]
    pub console_url: String,
    /// Sender of text messages, unless the provider's URL names one.
    #[serde(default = "default_sms_sender")]
    pub sms_sender: String,
    /// Sender of mails, unless the provider's URL names one.
    #[serde(default = "default_mail_from")]
    pub mail_from: String,
    /// First hour of the recipient's day when messages may arrive.
    #[serde(default = "default_sending_from")]
    pub sending_from_hour: u32,
    /// First hour when they may not any more.
    #[serde(default = "default_sending_to")]
    pub sending_to_hour: u32,
    /// Put even answers to the client's own action off in quiet hours.
    #[serde(default)]
    pub defer_answers: bool,
    /// Apply the hours to mail as well.
    #[serde(default)]
    pub quiet_mail: bool,
    /// The recipient's clock where no branch is known.
    #[serde(default = "default_zone")]
    pub default_zone: Tz,
}

impl Config {
    /// Settings with the defaults for everything else.
    pub fn new(common: ServiceConfig, registry_url: String, intake_url: String, calls_url: String) -> Self {
        Self {
            common,
            registry_url,
            intake_url,
            calls_url,
            smpp_url: None,
            smtp_url: None,
            sandbox: false,
            console_url: default_console_url(),
            sms_sender: default_sms_sender(),
            mail_from: default_mail_from(),
            sending_from_hour: default_sending_from(),
            sending_to_hour: default_sending_to(),
            defer_answers: false,
            quiet_mail: false,
            default_zone: default_zone(),
        }
    }

    /// The dealership's rules for the gate.
    pub(crate) fn policy(&self) -> anyhow::Result<SendPolicy> {
        for (name, hour) in [
            ("sending_from_hour", self.sending_from_hour),
            ("sending_to_hour", self.sending_to_hour),
        ] {
            anyhow::ensure!(hour <= 23, "{name}: an hour from 0 to 23 is expected, not {hour}");
        }
        Ok(SendPolicy {
            hours: SendingHours::hours(self.sending_from_hour, self.sending_to_hour),
            defer_answers: self.defer_answers,
            quiet_mail: self.quiet_mail,
        })
    }
}

fn default_console_url() -> String {
    "http://127.0.0.1:8080".to_owned()
}

fn default_sms_sender() -> String {
    "EDINA".to_owned()
}

fn default_mail_from() -> String {
    "Edina <no-reply@localhost.localdomain>".to_owned()
}

const fn default_sending_from() -> u32 {
    9
}

const fn default_sending_to() -> u32 {
    21
}

const fn default_zone() -> Tz {
    chrono_tz::Europe::Moscow
}
