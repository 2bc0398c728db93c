//! Why an input (or a part of it) was not taken: shared by all channels, shaped for RFC 9457 problem documents.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Longest raw excerpt shown with a rejection, in characters.
const EXCERPT_CHARS: usize = 200;
/// Most of a rejected part that is kept for correcting, in bytes.
const RAW_BYTES: usize = 64 * 1024;

/// Stable kinds, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectionCode {
    /// No bytes, or blanks only.
    Empty,
    /// More bytes than allowed.
    TooLarge,
    /// More parts, fields or levels than allowed.
    TooMany,
    /// A media type this channel does not read.
    UnsupportedMediaType,
    /// Not the format it claims to be.
    Malformed,
    /// No lead is in the document.
    NoLead,
    /// Nothing to reach the client by.
    NoContact,
    /// The document broke off before anything usable.
    Truncated,
    /// A field is missing.
    MissingField,
    /// A field holds something it cannot hold.
    InvalidField,
}

impl RejectionCode {
    /// The name used in JSON, problem types and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge => "too_large",
            Self::TooMany => "too_many",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::Malformed => "malformed",
            Self::NoLead => "no_lead",
            Self::NoContact => "no_contact",
            Self::Truncated => "truncated",
            Self::MissingField => "missing_field",
            Self::InvalidField => "invalid_field",
        }
    }
}

/// Where in the decoded text it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Bytes from the start of the document after decoding to UTF-8.
    pub offset: usize,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

impl Position {
    /// Counts lines and columns up to `offset`, which may lie anywhere.
    pub fn of(text: &str, offset: usize) -> Self {
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            offset: end,
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

/// The reason, in both languages. The excerpt may hold personal data: show it to the people entitled, never log it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    pub code: RejectionCode,
    /// The field by the source's own name, when one is to blame.
    pub field: Option<String>,
    pub message_ru: String,
    pub message_en: String,
    /// What would be right, as an example or a list.
    pub expected: Option<String>,
    pub position: Option<Position>,
    /// The beginning of the offending text.
    pub excerpt: Option<String>,
}

impl Rejection {
    pub fn new(code: RejectionCode, ru: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            code,
            field: None,
            message_ru: ru.into(),
            message_en: en.into(),
            expected: None,
            position: None,
            excerpt: None,
        }
    }

    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    pub fn at(mut self, position: Position) -> Self {
        self.position = Some(position);
        self
    }

    /// Keeps the beginning of `text`.
    pub fn excerpt(mut self, text: &str) -> Self {
        self.excerpt = Some(
            text.trim()
                .chars()
                .filter(|c| *c != '\0')
                .take(EXCERPT_CHARS)
                .collect(),
        );
        self
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection")
            .field("code", &self.code)
            .field("field", &self.field)
            .field("message", &self.message_en)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message_en)
    }
}

impl std::error::Error for Rejection {}

/// A part that was not taken, with its text, so that it can be corrected and sent again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedPart {
    pub rejection: Rejection,
    /// The part as decoded; at most 64 KiB.
    pub raw: String,
}

impl RejectedPart {
    pub fn new(rejection: Rejection, raw: &str) -> Self {
        let mut end = raw.len().min(RAW_BYTES);
        while !raw.is_char_boundary(end) {
            end -= 1;
        }
        Self {
            rejection: rejection.excerpt(raw),
            raw: raw[..end].replace('\0', ""),
        }
    }
}

impl fmt::Debug for RejectedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RejectedPart({:?}, {} bytes)", self.rejection, self.raw.len())
    }
}
