//! Wordings with named fields. PURE: fields in, text out.
//!
//! A wording is what a person may edit; [`check`](check::check) tells them what is wrong with it and shows a preview,
//! [`render`] fills it in. Rendering is bounded in work and output, an unknown field is an error and never an empty
//! hole, and fields are escaped in the HTML body only.

mod builtin;
mod check;
mod problem;
mod render;

pub use builtin::wording as builtin_wording;
pub use check::{Check, check};
pub use problem::{Piece, Problem, Trouble};
pub use render::{Rendered, render};

use crate::message::{Channel, Occasion};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The messages this service knows how to word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateName {
    LeadReceivedSms,
    LeadReceivedEmail,
    LeadAssignedEmail,
    LeadOverdueEmail,
    CallMissedSms,
}

impl TemplateName {
    pub const ALL: [Self; 5] = [
        Self::LeadReceivedSms,
        Self::LeadReceivedEmail,
        Self::LeadAssignedEmail,
        Self::LeadOverdueEmail,
        Self::CallMissedSms,
    ];

    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::LeadReceivedSms => "lead_received_sms",
            Self::LeadReceivedEmail => "lead_received_email",
            Self::LeadAssignedEmail => "lead_assigned_email",
            Self::LeadOverdueEmail => "lead_overdue_email",
            Self::CallMissedSms => "call_missed_sms",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.code() == code)
    }

    #[must_use]
    pub const fn channel(self) -> Channel {
        match self {
            Self::LeadReceivedSms | Self::CallMissedSms => Channel::Sms,
            Self::LeadReceivedEmail | Self::LeadAssignedEmail | Self::LeadOverdueEmail => Channel::Email,
        }
    }

    /// What the gate is told about it.
    #[must_use]
    pub const fn occasion(self) -> Occasion {
        match self {
            Self::LeadReceivedSms | Self::LeadReceivedEmail | Self::CallMissedSms => Occasion::AnswersClient,
            Self::LeadAssignedEmail | Self::LeadOverdueEmail => Occasion::ToEmployee,
        }
    }

    /// Fields a wording may use. Those not given when rendering are empty.
    #[must_use]
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::LeadReceivedSms | Self::LeadReceivedEmail => &[
                "client_name",
                "employee_name",
                "branch_name",
                "branch_phone",
                "vehicle",
                "source",
                "lead_id",
            ],
            Self::CallMissedSms => &["client_name", "branch_name", "branch_phone", "caller"],
            Self::LeadAssignedEmail | Self::LeadOverdueEmail => &[
                "client_name",
                "employee_name",
                "branch_name",
                "branch_phone",
                "vehicle",
                "source",
                "lead_id",
                "console_url",
                "time_left",
            ],
        }
    }
}

/// The text of a template before fields are filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wording {
    /// Mail only, one line.
    pub subject: Option<String>,
    pub text: String,
    /// Mail only.
    pub html: Option<String>,
}

/// Field name to value; values are personal data and stay out of logs.
pub type Fields = BTreeMap<String, String>;
