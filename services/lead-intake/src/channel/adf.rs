//! ADF/XML 1.0: bytes to leads, forgivingly.
//!
//! Senders of this format seldom send XML: the format's own published example is not well-formed. An XML reader stops
//! at the first stray `&`, unquoted attribute, `<https://…>` or unclosed tag, and with it every lead after that place
//! would be lost. So the tokenizer here is our own: `token` splits tags from text and never gives up, `tree` closes
//! what the format says must be closed, `prospect` (with `contact`, `vehicle`, `date`) reads the meaning, `envelope`
//! takes the document out of a mail first. Each prospect stands alone: a bad one is rejected with reason, place and
//! text, the others are taken. Entities other than the well-known and numeric ones are text; document type
//! declarations are skipped unread, so nothing expands and nothing is fetched.

mod contact;
pub mod date;
mod envelope;
mod prospect;
mod tag;
mod text;
mod token;
mod tree;
mod vehicle;

use chrono_tz::Tz;

use super::{Position, RejectedPart, Rejection, RejectionCode};
use crate::lead::{Lead, WarningCode};
use tree::Element;

/// Bounds and assumptions of the reader.
#[derive(Clone, Copy, Debug)]
pub struct AdfOptions<'a> {
    /// Largest document, in bytes.
    pub max_bytes: usize,
    /// Most prospects of one document.
    pub max_prospects: usize,
    /// The zone of dates that name none: the branch's.
    pub zone: Tz,
    /// The charset of the transport (`Content-Type: …; charset=`), if it named one.
    pub charset: Option<&'a str>,
}

impl Default for AdfOptions<'_> {
    fn default() -> Self {
        Self {
            max_bytes: 2 * 1024 * 1024,
            max_prospects: 200,
            zone: chrono_tz::Europe::Moscow,
            charset: None,
        }
    }
}

/// Reads every lead there is. Never empty: a document without any gives the reason. Never panics, never waits.
///
/// The order is that of the document. `Err` parts carry the decoded text of just that part.
pub fn read(bytes: &[u8], options: &AdfOptions<'_>) -> Vec<Result<Lead, RejectedPart>> {
    if bytes.len() > options.max_bytes {
        return vec![Err(too_large(bytes, options.max_bytes))];
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        let rejection = Rejection::new(
            RejectionCode::Empty,
            "Тело запроса пустое, а должен быть документ ADF/XML.",
            "The body is empty; an ADF/XML document is expected.",
        );
        return vec![Err(RejectedPart::new(rejection.expected(EXAMPLE), ""))];
    }
    let mut results = Vec::new();
    for document in envelope::open(bytes, options.charset) {
        read_document(&document, options, &mut results);
    }
    results
}

const EXAMPLE: &str = "<?adf version=\"1.0\"?><adf><prospect>…</prospect></adf>";

fn read_document(
    document: &envelope::Document,
    options: &AdfOptions<'_>,
    results: &mut Vec<Result<Lead, RejectedPart>>,
) {
    let text = document.text.as_str();
    let mut root = tree::build(text, false);
    if prospects(&root).is_empty() && token::has_lead(text) {
        root = tree::build(text, true);
    }
    let found = prospects(&root);
    if found.is_empty() {
        results.push(Err(no_lead(text)));
        return;
    }
    for element in found {
        if results.len() == options.max_prospects {
            results.push(Err(too_many(text, element, options.max_prospects)));
            return;
        }
        let read = prospect::read(element, text, options.zone);
        results.push(match read {
            Ok(mut lead) => {
                if document.charset_guessed {
                    lead.warn(WarningCode::CharsetGuessed, "document");
                }
                Ok(lead)
            }
            Err(rejection) => Err(RejectedPart::new(rejection, part(text, element))),
        });
    }
}

/// The prospects anywhere in the document; where there is none, an `<adf>` or the whole that holds a customer itself.
fn prospects(root: &Element) -> Vec<&Element> {
    let mut found = Vec::new();
    root.walk(&mut |element| {
        if element.name == "prospect" {
            found.push(element);
        }
    });
    if found.is_empty() {
        root.walk(&mut |element| {
            if element.first("customer").is_some() {
                found.push(element);
            }
        });
    }
    found
}

fn part<'a>(text: &'a str, element: &Element) -> &'a str {
    text.get(element.start..element.end).unwrap_or(text)
}

fn too_large(bytes: &[u8], limit: usize) -> RejectedPart {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).into_owned();
    let rejection = Rejection::new(
        RejectionCode::TooLarge,
        format!("Документ больше {limit} байт. Разделите его на части по нескольку заявок."),
        format!("The document is larger than {limit} bytes. Split it into parts of several leads each."),
    );
    RejectedPart::new(rejection.expected(format!("<= {limit} bytes")), &head)
}

fn too_many(text: &str, element: &Element, limit: usize) -> RejectedPart {
    let rejection = Rejection::new(
        RejectionCode::TooMany,
        format!("В документе больше {limit} заявок. Взяты первые {limit}, остальные пришлите отдельно."),
        format!(
            "The document holds more than {limit} prospects. The first {limit} were taken; send the rest apart."
        ),
    );
    let rest = text.get(element.start..).unwrap_or_default();
    let rejection = rejection
        .field("prospect")
        .expected(format!("<= {limit}"))
        .at(Position::of(text, element.start));
    RejectedPart::new(rejection, rest)
}

fn no_lead(text: &str) -> RejectedPart {
    let offset = text.find('<').unwrap_or(0);
    let rejection = if token::has_lead(text) {
        Rejection::new(
            RejectionCode::Truncated,
            "Документ ADF есть, но заявок (prospect) в нём нет: он пуст или оборван.",
            "There is an ADF document but no prospect in it: it is empty or cut short.",
        )
    } else {
        Rejection::new(
            RejectionCode::NoLead,
            "Это не ADF/XML: не найдено ни <adf>, ни <prospect>.",
            "This is not ADF/XML: neither <adf> nor <prospect> was found.",
        )
    };
    RejectedPart::new(
        rejection
            .field("prospect")
            .expected(EXAMPLE)
            .at(Position::of(text, offset)),
        text,
    )
}
