//! The lead itself: what a person asked for, through whichever channel it came.
//!
//! Pure: no database, network or clock in here. `channel` makes a [`Lead`] out of bytes, `intake` stores it, hands
//! it to a seller ([`assignment`]) and follows it through the seven steps ([`step`]) to won or lost ([`status`]),
//! while the response clock runs ([`response_clock`]).

pub mod assignment;
pub mod contact;
pub mod fingerprint;
pub mod response_clock;
pub mod status;
pub mod step;
pub mod topic;
pub mod vehicle;

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use contact::{Address, Contact, ContactChannel, Handle, PersonName, Phone, PhoneKind};
pub use topic::Topic;
pub use vehicle::{Condition, Vehicle};

/// One request of one person, normalised only as far as the channel could; the bytes it was read from are kept beside it.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lead {
    /// What it is about.
    pub topic: Topic,
    /// The source says that it sent this lead before.
    pub resend: bool,
    /// Who asks and how to reach them.
    pub contact: Contact,
    /// Cars the client wants, best first; empty when none was named.
    pub wanted: Vec<Vehicle>,
    /// Cars the client has and would sell or give in exchange. Never mixed with `wanted`.
    pub offered: Vec<Vehicle>,
    /// Free text in the order it came, mark-up removed.
    pub comments: Vec<String>,
    /// The numbers other systems gave this lead.
    pub source_ids: Vec<SourceId>,
    /// When the client asked, by the source's own word; `None` when it said nothing readable.
    pub requested_at: Option<DateTime<Utc>>,
    /// Which branch it is meant for, in the source's words.
    pub branch_hint: Option<String>,
    /// Who sent it and through what service, in the source's words.
    pub provider: Option<Provider>,
    /// What the client agreed to or refused, with the words it was asked in.
    pub consents: Vec<Consent>,
    /// Campaign marks (`utm_source` and the like).
    pub marketing: BTreeMap<String, String>,
    /// A line of the showroom journal has these (R2, R3).
    pub showroom: Option<ShowroomContact>,
    /// Fields nobody knew the meaning of, as they came.
    pub extra: BTreeMap<String, String>,
    /// What was odd about the input. Codes and field names only, no personal data.
    pub warnings: Vec<Warning>,
}

impl Lead {
    /// Without NUL characters: they mean nothing in a lead, and PostgreSQL stores none in text or JSON.
    #[must_use]
    pub fn storable(self) -> Self {
        let Ok(mut value) = serde_json::to_value(&self) else {
            return self;
        };
        if strip_nul(&mut value) {
            serde_json::from_value(value).unwrap_or(self)
        } else {
            self
        }
    }

    /// Notes an oddity once.
    pub fn warn(&mut self, code: WarningCode, field: &str) {
        let warning = Warning {
            code,
            field: field.to_owned(),
        };
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

/// Takes NUL out of every text and name; true if there was one.
fn strip_nul(value: &mut serde_json::Value) -> bool {
    use serde_json::Value;
    let strip = |text: &mut String| {
        let length = text.len();
        text.retain(|c| c != '\0');
        text.len() != length
    };
    match value {
        Value::String(text) => strip(text),
        Value::Array(items) => items
            .iter_mut()
            .fold(false, |found, item| strip_nul(item) | found),
        Value::Object(fields) => {
            let mut found = false;
            *fields = std::mem::take(fields)
                .into_iter()
                .map(|(mut name, mut value)| {
                    found |= strip(&mut name) | strip_nul(&mut value);
                    (name, value)
                })
                .collect();
            found
        }
        _ => false,
    }
}

impl fmt::Debug for Lead {
    /// Shapes only: a lead is personal data from end to end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lead")
            .field("topic", &self.topic)
            .field("phones", &self.contact.phones.len())
            .field("emails", &self.contact.emails.len())
            .field("wanted", &self.wanted.len())
            .field("offered", &self.offered.len())
            .field("requested_at", &self.requested_at)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

/// A number some system gave the lead: ADF `<id sequence= source=>`, Tilda's `tranid`, …
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceId {
    /// The system's name for itself, empty when not given.
    pub source: String,
    /// Position in the chain of systems the lead went through, when given as a number.
    pub sequence: Option<u32>,
    /// The id; never empty.
    pub value: String,
}

/// Who sent the lead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    pub name: Option<String>,
    pub service: Option<String>,
    pub url: Option<String>,
}

/// What a consent is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentPurpose {
    /// Processing of personal data.
    Processing,
    /// Advertising.
    Advertising,
}

/// One tick (or missing tick) of the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    pub purpose: ConsentPurpose,
    /// The channel it was given for; `None` means any.
    pub channel: Option<ContactChannel>,
    pub given: bool,
    /// The words as the client saw them, or the field that carried the tick: the proof.
    pub text: String,
}

/// How a person met the showroom (R3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShowroomKind {
    Visit,
    Call,
}

/// The columns only the showroom journal has (R2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowroomContact {
    pub kind: ShowroomKind,
    /// Years, as told or estimated.
    pub age: Option<u8>,
    /// Length of stay in minutes.
    pub stay_minutes: Option<u16>,
}

/// An oddity that did not stop the lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    pub code: WarningCode,
    /// The field it concerns, by the channel's own name for it.
    pub field: String,
}

/// Kinds of oddities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// Charset was guessed, or differs from the declared one.
    CharsetGuessed,
    /// The document broke off; what came before was taken.
    Truncated,
    /// The date could not be understood and was left out.
    DateUnreadable,
    /// The date could be read in two ways, or was repaired.
    DateGuessed,
    /// A value was longer than allowed and was cut.
    ValueCut,
    /// More values than allowed; the rest was left out.
    TooMany,
    /// A phone or an e-mail that cannot be one; kept among the comments.
    ContactUnusable,
    /// The contact was found in free text only.
    ContactFromText,
    /// The vehicle was found in free text only.
    VehicleFromText,
    /// The same car was given as wanted and as offered.
    VehicleMirrored,
    /// Vehicle word (year, interest, mileage) that could not be understood.
    VehicleUnclear,
    /// The mark-up was broken and was repaired.
    MarkupRepaired,
    /// A second person was named; kept among the comments.
    SecondContact,
}
