//! Looks a wording over before it is saved: every problem at once, a preview, and what an SMS of it costs.

use super::render::{problem, unknown_field, unknown_fields};
use super::{Fields, Piece, Problem, Rendered, TemplateName, Trouble, Wording, render};
use crate::channel::smpp::encoding::{self, DEFAULT_MAX_PARTS, Size};
use crate::message::Channel;
use crate::message::reason::Language;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Check {
    /// Empty: the wording may be saved.
    pub problems: Vec<Problem>,
    /// With made-up fields; missing when it cannot be rendered.
    pub preview: Option<Rendered>,
    /// For text messages: alphabet and parts of the preview.
    pub sms: Option<Size>,
}

/// Checks a wording somebody edited. `language` is that of the made-up fields in the preview.
#[must_use]
pub fn check(name: TemplateName, wording: &Wording, language: Language) -> Check {
    let mut problems = Vec::new();
    let is_mail = name.channel() == Channel::Email;
    if wording.subject.is_some() != is_mail || (wording.html.is_some() && !is_mail) {
        problems.push(Problem {
            piece: Piece::Subject,
            line: None,
            trouble: Trouble::WrongPieces,
        });
    }
    let pieces = [
        (Piece::Subject, wording.subject.as_deref()),
        (Piece::Text, Some(wording.text.as_str())),
        (Piece::Html, wording.html.as_deref()),
    ];
    for (piece, source) in pieces {
        let Some(source) = source else { continue };
        match unknown_fields(name, source) {
            Ok(unknown) => {
                problems.extend(
                    unknown
                        .into_iter()
                        .map(|field| unknown_field(name, piece, source, field)),
                );
            }
            Err(error) => problems.push(problem(piece, 0, &error)),
        }
    }
    let rendered = render(name, wording, &example(language));
    let preview = match rendered {
        Ok(preview) => Some(preview),
        Err(problem) => {
            if problems.is_empty() {
                problems.push(problem);
            }
            None
        }
    };
    let mut sms = None;
    if let Some(preview) = &preview {
        let empty_subject = preview.subject.as_deref().is_some_and(str::is_empty);
        for (piece, empty) in [
            (Piece::Subject, empty_subject),
            (Piece::Text, preview.text.is_empty()),
        ] {
            if empty {
                problems.push(Problem {
                    piece,
                    line: None,
                    trouble: Trouble::Empty,
                });
            }
        }
        if !is_mail {
            let size = encoding::measure(&preview.text);
            if size.parts > DEFAULT_MAX_PARTS {
                let trouble = Trouble::TooManyParts {
                    parts: size.parts,
                    most: DEFAULT_MAX_PARTS,
                };
                problems.push(Problem {
                    piece: Piece::Text,
                    line: None,
                    trouble,
                });
            }
            sms = Some(size);
        }
    }
    Check {
        problems,
        preview,
        sms,
    }
}

/// Made-up values for every field.
fn example(language: Language) -> Fields {
    let ru = language == Language::Ru;
    let pick = |russian: &'static str, english: &'static str| if ru { russian } else { english };
    let fields = [
        ("client_name", pick("Анна", "Anna")),
        ("employee_name", pick("Пётр Соколов", "Peter Falcon")),
        ("branch_name", pick("Автоцентр «Север»", "North Motors")),
        ("branch_phone", "+7 495 555-01-00"),
        ("vehicle", pick("«Ладу Весту»", "a Lada Vesta")),
        ("source", pick("сайт", "website")),
        ("lead_id", "0193f3c0-0000-7000-8000-000000000001"),
        ("console_url", "https://console.example/leads/1"),
        ("caller", "+7 916 555-01-01"),
        ("time_left", pick("14 минут", "14 minutes")),
    ];
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
