//! The wordings a new installation starts with, in both languages.

use super::{TemplateName, Wording};
use crate::message::reason::Language;

macro_rules! sms {
    ($language:literal, $name:literal) => {
        (
            None,
            include_str!(concat!("builtin/", $language, "/", $name, ".txt")),
            None,
        )
    };
}

macro_rules! mail {
    ($language:literal, $name:literal) => {
        (
            Some(include_str!(concat!(
                "builtin/",
                $language,
                "/",
                $name,
                ".subject.txt"
            ))),
            include_str!(concat!("builtin/", $language, "/", $name, ".txt")),
            Some(include_str!(concat!("builtin/", $language, "/", $name, ".html"))),
        )
    };
}

/// The built-in wording.
#[must_use]
pub fn wording(name: TemplateName, language: Language) -> Wording {
    let (subject, text, html) = match (name, language) {
        (TemplateName::LeadReceivedSms, Language::Ru) => sms!("ru", "lead_received_sms"),
        (TemplateName::LeadReceivedSms, Language::En) => sms!("en", "lead_received_sms"),
        (TemplateName::CallMissedSms, Language::Ru) => sms!("ru", "call_missed_sms"),
        (TemplateName::CallMissedSms, Language::En) => sms!("en", "call_missed_sms"),
        (TemplateName::LeadReceivedEmail, Language::Ru) => mail!("ru", "lead_received_email"),
        (TemplateName::LeadReceivedEmail, Language::En) => mail!("en", "lead_received_email"),
        (TemplateName::LeadAssignedEmail, Language::Ru) => mail!("ru", "lead_assigned_email"),
        (TemplateName::LeadAssignedEmail, Language::En) => mail!("en", "lead_assigned_email"),
        (TemplateName::LeadOverdueEmail, Language::Ru) => mail!("ru", "lead_overdue_email"),
        (TemplateName::LeadOverdueEmail, Language::En) => mail!("en", "lead_overdue_email"),
    };
    Wording {
        subject: subject.map(str::to_owned),
        text: text.to_owned(),
        html: html.map(str::to_owned),
    }
}
