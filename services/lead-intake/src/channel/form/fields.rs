//! The body of a form to a flat list of names and values, in the order they came.

use serde_json::Value;

use super::multipart;
use crate::channel::{Position, Rejection, RejectionCode, charset};

/// Bounds of one form.
#[derive(Clone, Copy, Debug)]
pub struct FormLimits {
    /// Largest body, in bytes.
    pub max_bytes: usize,
    /// Most fields.
    pub max_fields: usize,
    /// Longest value kept, in characters.
    pub max_value_chars: usize,
}

impl Default for FormLimits {
    fn default() -> Self {
        Self {
            max_bytes: 256 * 1024,
            max_fields: 200,
            max_value_chars: 10_000,
        }
    }
}

/// Deepest nesting of a JSON form.
const MAX_DEPTH: usize = 4;
/// Longest field name, in characters.
const MAX_NAME: usize = 100;

/// Forms whatever their first byte.
const FORMS: [&str; 2] = ["application/x-www-form-urlencoded", "multipart/form-data"];

/// Reads the fields. The content type decides; without one, a body that begins with `{` or `[` is JSON.
pub(super) fn read(
    body: &[u8],
    content_type: Option<&str>,
    limits: &FormLimits,
) -> Result<Vec<(String, String)>, Rejection> {
    if body.len() > limits.max_bytes {
        let limit = limits.max_bytes;
        return Err(Rejection::new(
            RejectionCode::TooLarge,
            format!("Форма больше {limit} байт."),
            format!("The form is larger than {limit} bytes."),
        )
        .expected(format!("<= {limit} bytes")));
    }
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(
            Rejection::new(RejectionCode::Empty, "Форма пустая.", "The form is empty.")
                .expected("name=…&phone=+7 916 123-45-67"),
        );
    }
    let media = content_type
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let label = content_type.and_then(|kind| {
        kind.to_ascii_lowercase()
            .split("charset=")
            .nth(1)
            .map(|rest| rest.trim_matches('"').to_owned())
    });
    let starts_like_json = body
        .iter()
        .find(|byte| !byte.is_ascii_whitespace())
        .is_some_and(|b| matches!(b, b'{' | b'['));
    let fields = if media.ends_with("json") || (starts_like_json && !FORMS.contains(&media.as_str())) {
        read_json(body, label.as_deref(), limits)?
    } else if media == "multipart/form-data" {
        multipart::read(body, content_type.unwrap_or_default(), limits)?
    } else if matches!(
        media.as_str(),
        "" | "application/x-www-form-urlencoded" | "text/plain"
    ) {
        read_urlencoded(body, label.as_deref(), limits)?
    } else {
        return Err(Rejection::new(
            RejectionCode::UnsupportedMediaType,
            "Такой тип содержимого форма не читает.",
            "A form of this content type cannot be read.",
        )
        .field("Content-Type")
        .expected("application/json, application/x-www-form-urlencoded, multipart/form-data"));
    };
    Ok(fields)
}

fn too_many(limit: usize) -> Rejection {
    Rejection::new(
        RejectionCode::TooMany,
        format!("В форме больше {limit} полей."),
        format!("The form has more than {limit} fields."),
    )
    .expected(format!("<= {limit}"))
}

/// Adds a field within the limits.
pub(super) fn push(
    fields: &mut Vec<(String, String)>,
    name: &str,
    value: &str,
    limits: &FormLimits,
) -> Result<(), Rejection> {
    if fields.len() >= limits.max_fields {
        return Err(too_many(limits.max_fields));
    }
    let name: String = name
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_NAME)
        .collect();
    let keep = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let value: String = value
        .trim()
        .chars()
        .filter(keep)
        .take(limits.max_value_chars)
        .collect();
    if !name.is_empty() {
        fields.push((name, value));
    }
    Ok(())
}

fn read_urlencoded(
    body: &[u8],
    label: Option<&str>,
    limits: &FormLimits,
) -> Result<Vec<(String, String)>, Rejection> {
    let mut fields = Vec::new();
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let name = charset::decode(&percent_decode(&pair[..at]), label).text;
        let value = charset::decode(&percent_decode(pair.get(at + 1..).unwrap_or_default()), label).text;
        push(&mut fields, &name, &value, limits)?;
    }
    Ok(fields)
}

/// `+` is a blank, `%XX` a byte; a `%` that is neither stays.
fn percent_decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let hex = |offset: usize| {
            text.get(at + offset)
                .and_then(|byte| char::from(*byte).to_digit(16))
        };
        match (text[at], hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                at += 3;
                continue;
            }
            (b'+', ..) => out.push(b' '),
            (byte, ..) => out.push(byte),
        }
        at += 1;
    }
    out
}

fn read_json(
    body: &[u8],
    label: Option<&str>,
    limits: &FormLimits,
) -> Result<Vec<(String, String)>, Rejection> {
    let text = charset::decode(body, label).text;
    let value: Value = serde_json::from_str(&text).map_err(|error| {
        let line_start = text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum::<usize>();
        Rejection::new(
            RejectionCode::Malformed,
            "Это не JSON: ошибка в указанном месте.",
            "This is not JSON: see the position given.",
        )
        .expected("{\"name\": \"…\", \"phone\": \"+7 916 123-45-67\"}")
        .at(Position::of(&text, line_start + error.column().saturating_sub(1)))
        .excerpt(&text)
    })?;
    if !value.is_object() && !value.is_array() {
        return Err(Rejection::new(
            RejectionCode::Malformed,
            "Форма в JSON должна быть объектом.",
            "A JSON form must be an object.",
        )
        .expected("{\"name\": \"…\", \"phone\": \"…\"}"));
    }
    let mut fields = Vec::new();
    flatten(&value, "", 0, &mut fields, limits)?;
    Ok(fields)
}

/// `{"contact": {"name": …}}` gives `contact.name`; lists repeat the name; `{"name": N, "value(s)": V}` is the field N.
fn flatten(
    value: &Value,
    path: &str,
    depth: usize,
    fields: &mut Vec<(String, String)>,
    limits: &FormLimits,
) -> Result<(), Rejection> {
    match value {
        Value::Null => Ok(()),
        Value::Bool(flag) => push(fields, path, if *flag { "true" } else { "false" }, limits),
        Value::Number(number) => push(fields, path, &number.to_string(), limits),
        Value::String(text) => push(fields, path, text, limits),
        Value::Array(_) | Value::Object(_) if depth >= MAX_DEPTH => {
            push(fields, path, &value.to_string(), limits)
        }
        Value::Array(items) => items
            .iter()
            .try_for_each(|item| flatten(item, path, depth + 1, fields, limits)),
        Value::Object(object) => {
            let title = ["name", "key", "field", "title", "column_id"]
                .iter()
                .find_map(|key| object.get(*key)?.as_str());
            let content = ["value", "values", "string_value"]
                .iter()
                .find_map(|key| object.get(*key));
            if let (Some(title), Some(content), true) = (title, content, depth > 0) {
                return flatten(content, title, depth + 1, fields, limits);
            }
            object.iter().try_for_each(|(key, inner)| {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                flatten(inner, &path, depth + 1, fields, limits)
            })
        }
    }
}
