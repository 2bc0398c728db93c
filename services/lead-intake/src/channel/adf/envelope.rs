//! Finds the document in what was sent: a mail, quoted-printable leftovers, escaped mark-up, or plainly itself.

use std::borrow::Cow;

use mail_parser::{MessageParser, MimeHeaders};

use super::text::decode_entities;
use super::token::has_lead;
use crate::channel::charset;

/// Most parts of a mail that are looked at.
const MAX_PARTS: usize = 50;

/// A text that may hold leads.
pub(super) struct Document {
    pub(super) text: String,
    pub(super) charset_guessed: bool,
}

/// The documents inside `bytes`: one, or one for each mail part that holds leads.
pub(super) fn open(bytes: &[u8], charset_label: Option<&str>) -> Vec<Document> {
    if looks_like_mail(bytes) {
        let parts = mail_parts(bytes);
        if !parts.is_empty() {
            return parts;
        }
    }
    vec![plain(bytes, charset_label)]
}

fn plain(bytes: &[u8], charset_label: Option<&str>) -> Document {
    let bytes = if has_quoted_attributes(bytes) {
        Cow::Owned(unquote_printable(bytes))
    } else {
        Cow::Borrowed(bytes)
    };
    let decoded = charset::decode(&bytes, charset_label);
    let mut text = decoded.text;
    // A page or a mail client escaped the whole document.
    if !has_lead(&text) && text.contains("&lt;") {
        let unescaped = decode_entities(&text);
        if has_lead(&unescaped) {
            text = unescaped;
        }
    }
    Document {
        text,
        charset_guessed: decoded.guessed,
    }
}

/// Header lines at the very start, one of which only mails have.
fn looks_like_mail(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(16 * 1024)]).to_ascii_lowercase();
    let head = head.trim_start();
    let first = head.lines().next().unwrap_or_default();
    let named = first.split_once(':').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    });
    let names = [
        "content-type:",
        "mime-version:",
        "received:",
        "from:",
        "message-id:",
        "content-transfer-encoding:",
    ];
    named
        && head
            .lines()
            .take_while(|line| !line.is_empty())
            .any(|line| names.iter().any(|name| line.starts_with(name)))
}

/// Decoded parts that hold leads. An alternative that only repeats an earlier part is left out.
fn mail_parts(bytes: &[u8]) -> Vec<Document> {
    let start = bytes
        .iter()
        .position(|byte| !byte.is_ascii_whitespace())
        .unwrap_or(0);
    let Some(message) = MessageParser::default().parse(&bytes[start..]) else {
        return Vec::new();
    };
    let mut found: Vec<Document> = Vec::new();
    for part in message.parts.iter().take(MAX_PARTS) {
        let label = part.content_type().and_then(|kind| kind.attribute("charset"));
        let document = match &part.body {
            mail_parser::PartType::Text(text) | mail_parser::PartType::Html(text) => {
                plain(text.as_bytes(), Some("utf-8"))
            }
            mail_parser::PartType::Binary(raw) | mail_parser::PartType::InlineBinary(raw) => {
                plain(raw, label)
            }
            _ => continue,
        };
        let repeated = found
            .iter()
            .any(|earlier| squeezed(&earlier.text) == squeezed(&document.text));
        if has_lead(&document.text) && !repeated {
            found.push(document);
        }
    }
    found
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Quoted-printable that nobody decoded shows as `=3D` before a quote.
fn has_quoted_attributes(bytes: &[u8]) -> bool {
    bytes
        .windows(4)
        .any(|window| matches!(window, b"=3D\"" | b"=3D'" | b"=3d\"" | b"=3d'"))
}

/// Decodes `=XX` and soft line ends; any other `=` stays.
fn unquote_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |offset: usize| {
            bytes
                .get(at + offset)
                .and_then(|byte| char::from(*byte).to_digit(16))
        };
        match (bytes[at], hex(1), hex(2)) {
            (b'=', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                at += 3;
            }
            (b'=', ..) if bytes[at + 1..].starts_with(b"\r\n") => at += 3,
            (b'=', ..) if bytes[at + 1..].starts_with(b"\n") => at += 2,
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}
