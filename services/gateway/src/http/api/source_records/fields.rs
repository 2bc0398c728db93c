//! Reading the fields of a JSON record one by one, so that every wrong one gets its own reason.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};

use crate::http::problem::FieldError;

const LONGEST_TEXT: usize = 4000;

/// An object being read; collects what is wrong.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    prefix: String,
    pub(super) errors: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    /// Reads `object`; `known` are the fields it may have, any other is an error (a misspelt field must not be lost).
    pub(super) fn new(object: &'a Map<String, Value>, prefix: &str, known: &[&str]) -> Self {
        let mut fields = Self {
            object,
            prefix: prefix.to_owned(),
            errors: Vec::new(),
        };
        for name in object.keys() {
            if !known.contains(&name.as_str()) {
                fields.wrong(name, "is not known here", format!("one of {}", known.join(", ")));
            }
        }
        fields
    }

    pub(super) fn wrong(&mut self, name: &str, detail: &str, expected: impl Into<String>) {
        self.errors.push(FieldError::new(
            format!("{}{name}", self.prefix),
            detail,
            expected,
        ));
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// A text up to `longest` characters, trimmed; empty when missing.
    pub(super) fn text(&mut self, name: &str, longest: usize) -> String {
        match self.get(name) {
            None => String::new(),
            Some(Value::String(text)) if text.chars().count() <= longest.min(LONGEST_TEXT) => {
                text.trim().replace('\0', "")
            }
            // Exports write numbers where texts are meant.
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => {
                self.wrong(
                    name,
                    "is no text or too long",
                    format!("a text of up to {longest} characters"),
                );
                String::new()
            }
        }
    }

    /// One of a closed list; empty when missing.
    pub(super) fn choice(&mut self, name: &str, allowed: &[&str]) -> String {
        let given = self.text(name, 64);
        if !given.is_empty() && !allowed.contains(&given.as_str()) {
            self.wrong(
                name,
                "is none of the known values",
                format!("one of {}", allowed.join(", ")),
            );
        }
        given
    }

    /// A list of texts; a single text stands for a list of one.
    pub(super) fn texts(&mut self, name: &str, most: usize) -> Vec<String> {
        let given = match self.get(name) {
            None => return Vec::new(),
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(items)) => items
                .iter()
                .filter_map(|item| match item {
                    Value::String(text) => Some(text.clone()),
                    Value::Number(number) => Some(number.to_string()),
                    _ => None,
                })
                .collect(),
            Some(_) => {
                self.wrong(name, "is no list", "a list of texts");
                return Vec::new();
            }
        };
        if given.len() > most || given.iter().any(|text| text.chars().count() > 254) {
            self.wrong(
                name,
                "has too many or too long entries",
                format!("up to {most} texts of up to 254 characters"),
            );
            return Vec::new();
        }
        given
            .into_iter()
            .map(|text| text.trim().replace('\0', ""))
            .filter(|text| !text.is_empty())
            .collect()
    }

    /// A whole number within bounds; zero when missing.
    pub(super) fn number(&mut self, name: &str, from: i64, to: i64) -> i64 {
        let given = match self.get(name) {
            None => return 0,
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        match given {
            Some(number) if (from..=to).contains(&number) => number,
            _ => {
                self.wrong(name, "is no whole number in range", format!("{from} to {to}"));
                0
            }
        }
    }

    /// An instant: RFC 3339, or a plain date (its noon).
    pub(super) fn instant(&mut self, name: &str) -> Option<DateTime<Utc>> {
        let given = self.text(name, 64);
        if given.is_empty() {
            return None;
        }
        let read = DateTime::parse_from_rfc3339(&given)
            .map(|at| at.with_timezone(&Utc))
            .ok()
            .or_else(|| {
                let noon = given.parse::<NaiveDate>().ok()?.and_hms_opt(12, 0, 0)?;
                Some(noon.and_utc())
            });
        if read.is_none() {
            self.wrong(
                name,
                "is no instant",
                "RFC 3339, for instance 2026-11-21T14:05:00+03:00, or a date",
            );
        }
        read
    }

    /// A date of birth: `YYYY-MM-DD` and `DD.MM.YYYY` as ISO, another writing as it is. The registry reads more of them, and
    /// one that it cannot read is a remark: it is no reason to lose the record.
    pub(super) fn birth_date(&mut self, name: &str) -> String {
        let given = self.text(name, 64);
        let read = given
            .parse::<NaiveDate>()
            .or_else(|_| NaiveDate::parse_from_str(&given, "%d.%m.%Y"));
        read.map_or(given, |date| date.to_string())
    }

    /// An object.
    pub(super) fn object(&mut self, name: &str) -> Option<&'a Map<String, Value>> {
        match self.get(name) {
            None => None,
            Some(Value::Object(object)) => Some(object),
            Some(_) => {
                self.wrong(name, "is no object", "an object");
                None
            }
        }
    }

    /// A list of objects.
    pub(super) fn objects(&mut self, name: &str, most: usize) -> Vec<&'a Map<String, Value>> {
        match self.get(name) {
            None => Vec::new(),
            Some(Value::Array(items)) if items.len() <= most && items.iter().all(Value::is_object) => {
                items.iter().filter_map(Value::as_object).collect()
            }
            Some(_) => {
                self.wrong(
                    name,
                    "is no list of objects or too long",
                    format!("up to {most} objects"),
                );
                Vec::new()
            }
        }
    }

    /// Whether a field was given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A yes or no.
    pub(super) fn flag(&mut self, name: &str) -> bool {
        match self.get(name) {
            Some(Value::Bool(flag)) => *flag,
            _ => {
                self.wrong(name, "is missing or no yes or no", "true or false");
                false
            }
        }
    }
}
