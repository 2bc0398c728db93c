//! What is wrong with a wording, for the person who edits it.

use crate::message::reason::Language;
use serde::Serialize;

/// The piece of a wording a problem is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    Subject,
    Text,
    Html,
}

/// One problem, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{piece:?}, line {line:?}: {trouble:?}")]
pub struct Problem {
    pub piece: Piece,
    /// From 1, when known.
    pub line: Option<usize>,
    pub trouble: Trouble,
}

/// Kinds of problems.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    UnknownField {
        name: String,
        known: Vec<String>,
    },
    /// The template language does not read it; the detail is the engine's, in English.
    Syntax {
        detail: String,
    },
    /// Rendering does too much work.
    TooMuchWork,
    /// The result is longer than this many octets.
    TooLong {
        most: usize,
    },
    TooManyParts {
        parts: usize,
        most: usize,
    },
    Empty,
    /// A mail without a subject, or a text message with one.
    WrongPieces,
}

impl Problem {
    /// A sentence for the editor's page.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let ru = language == Language::Ru;
        let what = match &self.trouble {
            Trouble::UnknownField { name, known } => {
                let known = known.join(", ");
                if ru {
                    format!("нет поля «{name}»; есть: {known}")
                } else {
                    format!("there is no field “{name}”; known are {known}")
                }
            }
            Trouble::Syntax { detail } => {
                if ru {
                    format!("ошибка в шаблоне: {detail}")
                } else {
                    format!("the template is not valid: {detail}")
                }
            }
            Trouble::TooMuchWork => (if ru {
                "шаблон слишком сложен"
            } else {
                "the template does too much"
            })
            .to_owned(),
            Trouble::TooLong { most } => {
                if ru {
                    format!("текст длиннее {most} байт")
                } else {
                    format!("the text is longer than {most} bytes")
                }
            }
            Trouble::TooManyParts { parts, most } => {
                if ru {
                    format!("сообщение займёт {parts} SMS, допустимо не больше {most}")
                } else {
                    format!("the message takes {parts} SMS parts, at most {most} are allowed")
                }
            }
            Trouble::Empty => (if ru {
                "текст пуст"
            } else {
                "the text is empty"
            })
            .to_owned(),
            Trouble::WrongPieces => (if ru {
                "у письма должна быть тема, у SMS — только текст"
            } else {
                "a mail needs a subject, a text message has only a text"
            })
            .to_owned(),
        };
        let place = match (self.piece, ru) {
            (Piece::Subject, true) => "тема",
            (Piece::Text, true) => "текст",
            (Piece::Html, true) => "HTML",
            (Piece::Subject, false) => "subject",
            (Piece::Text, false) => "text",
            (Piece::Html, false) => "HTML",
        };
        match self.line {
            Some(line) if ru => format!("{place}, строка {line}: {what}"),
            Some(line) => format!("{place}, line {line}: {what}"),
            None => format!("{place}: {what}"),
        }
    }
}
