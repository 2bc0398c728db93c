//! A card being read, and the row it becomes.

use edina_identity::normalise::account::{self, Account};
use encoding_rs::Encoding;

use super::{COLUMNS, property};
use crate::{
    Reason, limits,
    table::{Cell, RawRow},
};

/// Properties read so far.
pub(super) struct Card {
    line: u64,
    encoding: &'static Encoding,
    values: [Vec<String>; COLUMNS.len()],
    bad: Option<(usize, Reason)>,
    bytes: usize,
}

impl Card {
    pub(super) fn new(line: u64, encoding: &'static Encoding) -> Self {
        Self {
            line,
            encoding,
            values: Default::default(),
            bad: None,
            bytes: 0,
        }
    }

    /// Adds a line; what no column is for is left out.
    pub(super) fn add(&mut self, line: &[u8]) {
        let wanted = match property::name(line).as_str() {
            "N" => "N.family",
            "X-GENDER" | "SEX" => "GENDER",
            "X-PHONETIC-LAST-NAME" => return,
            "X-BIRTHDAY" => "BDAY",
            "X-SOCIALPROFILE" | "IMPP" | "URL" => "IMPP",
            // `X-TELEGRAM`, `X-SKYPE-USERNAME`.
            name if name.starts_with("X-") && account::network(name).is_some() => "IMPP",
            name => match COLUMNS.iter().find(|column| **column == name) {
                Some(column) => column,
                None => return,
            },
        };
        let Some(column) = COLUMNS.iter().position(|column| *column == wanted) else {
            return;
        };
        let Some(property) = property::read(line, self.encoding) else {
            return;
        };
        if property.is_machine {
            return;
        }
        let value = match property.value {
            Ok(value) => value,
            Err(reason) => {
                self.bad.get_or_insert((column, reason));
                return;
            }
        };
        match property.name.as_str() {
            "N" => {
                for (offset, part) in property::parts(&value).into_iter().take(3).enumerate() {
                    self.put(column + offset, part);
                }
            }
            "ADR" => {
                // Box, extended, street, town, region, code, country.
                let parts = property::parts(&value);
                let order = [5, 6, 4, 3, 2, 1, 0].iter().filter_map(|at| parts.get(*at));
                let kept: Vec<&str> = order
                    .map(String::as_str)
                    .filter(|part| !part.is_empty())
                    .collect();
                self.put(column, kept.join(", "));
            }
            "BDAY" | "X-BIRTHDAY" => self.birthday(column, &property::plain(&value), property.omitted_year),
            "EMAIL" => {
                let plain = property::plain(&value);
                let address = plain.strip_prefix("mailto:").unwrap_or(&plain);
                self.put_labelled(column, property.label, address.to_owned());
            }
            "ORG" => self.put(
                column,
                property::parts(&value).into_iter().next().unwrap_or_default(),
            ),
            "TEL" => {
                let bare = value.strip_prefix("tel:").unwrap_or(&value);
                self.put_labelled(column, property.label, property::plain(bare));
            }
            // A page of its own is no account, unless it leads to a network.
            "URL" => match account::of_link(&property::plain(&value)) {
                Some(account) => self.account(column, &account),
                None => self.put_named("URL", property::plain(&value)),
            },
            _ if wanted == "IMPP" => {
                let named = property.service.as_deref().unwrap_or(&property.name);
                let named = account::network(named).unwrap_or_default();
                if let Some(account) = account::read(named, &property::plain(&value)) {
                    self.account(column, &account);
                }
            }
            _ => self.put(column, property::plain(&value)),
        }
    }

    /// `1981-03-05`, `19810305T000000Z`; without the year `--0305`, or with one that stands for none. What has no year is no
    /// date of birth, and is kept beside it.
    fn birthday(&mut self, column: usize, value: &str, omitted: Option<String>) {
        let day = value.split(['T', 't']).next().unwrap_or_default();
        let digits: String = day.chars().filter(char::is_ascii_digit).collect();
        let without = match (omitted, day.strip_prefix("--")) {
            (Some(year), _) if digits.len() == 8 && digits.starts_with(&year) => Some(&digits[4..]),
            (_, Some(_)) if digits.len() == 4 => Some(digits.as_str()),
            (_, Some(_)) => return,
            _ => None,
        };
        match without {
            Some(day) => self.put_named("Birthday", format!("{}.{}", &day[2..], &day[..2])),
            None if digits.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => {
                self.put(column, day.to_owned());
            }
            None => self.put(column, value.to_owned()),
        }
    }

    fn account(&mut self, column: usize, account: &Account) {
        self.put(column, format!("{}:{}", account.network, account.handle));
    }

    /// Among its like in the order of the card, and again in the column of what the card calls it.
    fn put_labelled(&mut self, column: usize, label: Option<&str>, value: String) {
        if let Some(label) = label {
            self.put_named(&format!("{}.{label}", COLUMNS[column]), value.clone());
        }
        self.put(column, value);
    }

    fn put_named(&mut self, name: &str, value: String) {
        if let Some(column) = COLUMNS.iter().position(|column| *column == name) {
            self.put(column, value);
        }
    }

    fn put(&mut self, column: usize, value: String) {
        if value.is_empty() || self.values[column].contains(&value) {
            return;
        }
        self.bytes += value.len();
        if self.bytes > limits::RECORD_BYTES || self.values[column].len() >= limits::VALUES {
            self.bad.get_or_insert((column, Reason::TooMany(limits::VALUES)));
            return;
        }
        self.values[column].push(value);
    }

    pub(super) fn row(self) -> RawRow {
        let mut cells: Vec<Cell> = self.values.iter().map(|values| Ok(values.join("\n"))).collect();
        if let Some((column, reason)) = self.bad {
            cells[column] = Err(reason);
        }
        RawRow {
            line: self.line,
            broken: None,
            cells,
        }
    }

    /// The card as far as it goes, when its end is missing.
    pub(super) fn unended(self) -> RawRow {
        RawRow {
            broken: Some(Reason::CardNotEnded),
            ..self.row()
        }
    }
}
