//! Fills a wording in, within bounds.

use super::{Fields, Piece, Problem, TemplateName, Trouble, Wording};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, filters};
use std::io;

/// Steps of the template engine per piece; the built-in wordings take under a hundred.
const FUEL: u64 = 20_000;
const MAX_SUBJECT: usize = 500;
const MAX_TEXT: usize = 32 * 1024;
const MAX_HTML: usize = 128 * 1024;
/// Longest source of one piece.
const MAX_SOURCE: usize = 64 * 1024;

/// A message ready to be cleared and sent.
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
pub struct Rendered {
    pub subject: Option<String>,
    pub text: String,
    pub html: Option<String>,
}

impl std::fmt::Debug for Rendered {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Rendered").finish_non_exhaustive()
    }
}

/// Fills `fields` into `wording`. Known fields that are not given are empty.
///
/// # Errors
/// The first problem, with its place: an unknown field, bad syntax, too much work or output.
pub fn render(name: TemplateName, wording: &Wording, fields: &Fields) -> Result<Rendered, Problem> {
    let mut context: Fields = name
        .fields()
        .iter()
        .map(|field| ((*field).to_owned(), String::new()))
        .collect();
    for (field, value) in fields {
        if let Some(slot) = context.get_mut(field) {
            value.clone_into(slot);
        }
    }
    let piece = |piece, source: &str| piece_of(name, piece, source, &context);
    let subject = wording
        .subject
        .as_deref()
        .map(|source| piece(Piece::Subject, source))
        .transpose()?;
    let text = piece(Piece::Text, &wording.text)?;
    let html = wording
        .html
        .as_deref()
        .map(|source| piece(Piece::Html, source))
        .transpose()?;
    let one_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(Rendered {
        subject: subject.map(one_line),
        text: text.trim().to_owned(),
        html,
    })
}

/// Names a piece uses that the template does not have.
pub(super) fn unknown_fields(name: TemplateName, source: &str) -> Result<Vec<String>, Error> {
    let engine = engine();
    let template = engine.template_from_named_str("text.txt", source)?;
    let used = template.undeclared_variables(false);
    let mut unknown: Vec<String> = used
        .into_iter()
        .filter(|used| !name.fields().contains(&used.as_str()))
        .collect();
    unknown.sort();
    Ok(unknown)
}

fn piece_of(name: TemplateName, piece: Piece, source: &str, context: &Fields) -> Result<String, Problem> {
    let (file, most) = match piece {
        Piece::Subject => ("subject.txt", MAX_SUBJECT),
        Piece::Text => ("text.txt", MAX_TEXT),
        Piece::Html => ("body.html", MAX_HTML),
    };
    if source.len() > MAX_SOURCE {
        return Err(Problem {
            piece,
            line: None,
            trouble: Trouble::TooLong { most: MAX_SOURCE },
        });
    }
    let unknown = unknown_fields(name, source).map_err(|error| problem(piece, most, &error))?;
    if let Some(unknown) = unknown.into_iter().next() {
        return Err(unknown_field(name, piece, source, unknown));
    }
    let engine = engine();
    let mut out = Bounded {
        octets: Vec::new(),
        most,
    };
    engine
        .template_from_named_str(file, source)
        .and_then(|template| template.render_captured_to(context, &mut out).map(|_| ()))
        .map_err(|error| problem(piece, most, &error))?;
    String::from_utf8(out.octets).map_err(|_| Problem {
        piece,
        line: None,
        trouble: Trouble::Syntax {
            detail: "the result is not text".into(),
        },
    })
}

pub(super) fn unknown_field(name: TemplateName, piece: Piece, source: &str, field: String) -> Problem {
    let line = source
        .lines()
        .position(|line| line.contains(&field))
        .map(|at| at + 1);
    let known = name.fields().iter().map(|field| (*field).to_owned()).collect();
    Problem {
        piece,
        line,
        trouble: Trouble::UnknownField { name: field, known },
    }
}

pub(super) fn problem(piece: Piece, most: usize, error: &Error) -> Problem {
    let trouble = match error.kind() {
        ErrorKind::OutOfFuel => Trouble::TooMuchWork,
        ErrorKind::WriteFailure => Trouble::TooLong { most },
        kind => Trouble::Syntax {
            detail: error.detail().map_or_else(|| kind.to_string(), str::to_owned),
        },
    };
    Problem {
        piece,
        line: error.line(),
        trouble,
    }
}

/// An engine with nothing in it but conditions, loops and a few filters: no includes, no functions.
fn engine() -> Environment<'static> {
    let mut engine = Environment::empty();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|name| {
        if name.ends_with(".html") {
            AutoEscape::Html
        } else {
            AutoEscape::None
        }
    });
    engine.set_fuel(Some(FUEL));
    engine.set_recursion_limit(20);
    engine.add_filter("upper", filters::upper);
    engine.add_filter("lower", filters::lower);
    engine.add_filter("trim", filters::trim);
    engine.add_filter("default", filters::default);
    engine
}

struct Bounded {
    octets: Vec<u8>,
    most: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        if self.octets.len() + octets.len() > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.octets.extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
