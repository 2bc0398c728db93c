//! Which column is which field: guessed from the names, edited by people, kept as JSON.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    Kind, Reason, Refused,
    field::Field,
    kind::plain,
    table::{Cell, RawRow},
};

/// Columns and their fields. As JSON: `{"kind": "1c", "columns": [{"column": "ИНН", "field": "inn"}], …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    pub kind: Kind,
    pub columns: Vec<Column>,
    /// ISO 4217, for amounts that do not say theirs.
    #[serde(default = "roubles")]
    pub currency: String,
    /// Sheet of a workbook; the first with a header when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sheet: String,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name in the file.
    pub column: String,
    /// What it is; none: nothing is known about it and it is left out.
    pub field: Option<Field>,
    /// Which of several of that field it is, from 1: the second car's VIN belongs to the second car's plate.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub nth: usize,
}

fn roubles() -> String {
    "RUB".to_owned()
}

fn first() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
fn is_first(nth: &usize) -> bool {
    *nth == 1
}

/// How many names before this one are the same.
fn earlier(names: &[String], at: usize) -> usize {
    let before = names.iter().take(at);
    before
        .filter(|name| !name.is_empty() && Some(*name) == names.get(at))
        .count()
}

impl Mapping {
    /// Guesses by the names of columns.
    pub fn guess(kind: Kind, headers: &[String]) -> Self {
        let fields: Vec<Option<(Field, usize)>> =
            headers.iter().map(|header| kind.field_of(header)).collect();
        let people = fields
            .iter()
            .flatten()
            .filter(|(field, _)| *field == Field::ContactName)
            .count();
        let names: Vec<String> = headers.iter().map(|header| plain(header)).collect();
        let columns = headers
            .iter()
            .zip(&fields)
            .enumerate()
            .map(|(at, (header, found))| {
                // `VIN`, `Госномер`, `VIN`, `Госномер`: the second ones are of the second car.
                let several = |field: &Field| field.of_vehicle() || field.of_contact() && people > 1;
                let before = found.map_or(
                    0,
                    |(field, _)| {
                        if several(&field) { earlier(&names, at) } else { 0 }
                    },
                );
                Column {
                    column: header.clone(),
                    field: found.map(|(field, _)| field),
                    nth: found.map_or(1, |(_, nth)| nth) + before,
                }
            })
            .collect();
        Self {
            kind,
            columns,
            currency: roubles(),
            sheet: String::new(),
        }
    }

    /// Reads a kept mapping.
    pub fn from_json(text: &str) -> Result<Self, Refused> {
        serde_json::from_str(text).map_err(|error| Refused(Reason::UnknownField(error.to_string())))
    }

    /// As kept.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    fn find(&self, header: &str) -> Option<&Column> {
        let name = plain(header);
        self.columns.iter().find(|column| plain(&column.column) == name)
    }

    /// How many cells of a row are names of columns this mapping knows.
    pub(crate) fn names_in(&self, row: &RawRow) -> usize {
        let known = |text: &String| !text.is_empty() && self.find(text).is_some();
        row.cells.iter().flatten().filter(|text| known(text)).count()
    }

    /// Whether a row says nothing but the names of the columns, as where pages of a report follow one another.
    pub(crate) fn is_header(&self, cells: &[Cell]) -> bool {
        let mut filled = self
            .columns
            .iter()
            .zip(cells)
            .filter(|(_, cell)| cell.as_ref().is_ok_and(|text| !text.is_empty()))
            .peekable();
        filled.peek().is_some()
            && cells.iter().all(Result::is_ok)
            && filled.all(|(column, cell)| {
                let name = plain(&column.column);
                !name.is_empty() && cell.as_ref().is_ok_and(|text| plain(text) == name)
            })
    }

    /// This mapping for the columns a file has, in their order. Of columns with one name the first is the first here, the second
    /// the second.
    pub(crate) fn applied(&self, headers: &[String]) -> Result<Self, Refused> {
        let there: Vec<String> = headers.iter().map(|header| plain(header)).collect();
        let own: Vec<String> = self.columns.iter().map(|column| plain(&column.column)).collect();
        let columns = headers
            .iter()
            .zip(&there)
            .enumerate()
            .map(|(at, (header, name))| {
                let mut same = self.columns.iter().zip(&own).filter(|(_, own)| *own == name);
                let first = same.next();
                let found = match earlier(&there, at) {
                    0 => first,
                    before => same.nth(before - 1).or(first),
                };
                let found = found.map(|(column, _)| column);
                // Columns of a card are ours: what a mapping of before does not name yet is what we take it for.
                let ours = || {
                    let (field, _) = self.kind.field_of(header).filter(|_| self.kind == Kind::Vcard)?;
                    Some(field)
                };
                Column {
                    column: header.clone(),
                    field: found.map_or_else(ours, |column| column.field),
                    nth: found.map_or(1, |column| column.nth),
                }
            });
        let wanted = |column: &&Column| !matches!(column.field, None | Some(Field::Ignore));
        let missing = self
            .columns
            .iter()
            .filter(wanted)
            .find(|column| !there.contains(&plain(&column.column)));
        if let Some(column) = missing {
            return Err(Refused(Reason::MissingColumn(column.column.clone())));
        }
        Ok(Self {
            columns: columns.collect(),
            ..self.clone()
        })
    }

    /// Whether a client can be known by what is mapped.
    pub(crate) fn check(&self) -> Result<(), Refused> {
        let named = self
            .columns
            .iter()
            .filter_map(|column| column.field)
            .any(Field::names_client);
        if named {
            Ok(())
        } else {
            Err(Refused(Reason::NothingToKnowBy))
        }
    }

    /// Says what a column is. A field that another column has already gets the next number.
    pub fn set(&mut self, at: usize, field: Option<Field>) {
        let others = self.columns.iter().enumerate().filter(|(other, _)| *other != at);
        let taken: Vec<usize> = others
            .filter(|(_, column)| column.field == field)
            .map(|(_, column)| column.nth)
            .collect();
        if let Some(column) = self.columns.get_mut(at).filter(|column| column.field != field) {
            column.field = field;
            column.nth = (1..).find(|nth| !taken.contains(nth)).unwrap_or(1);
        }
    }

    /// The same for files of the same columns, whatever they are taken for. SHA-256 in hex.
    pub fn columns_key(&self) -> String {
        let mut hash = Sha256::new();
        for column in &self.columns {
            let name = plain(&column.column);
            hash.update((name.len() as u64).to_le_bytes());
            hash.update(name);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The column that a field of the registry's record was read from; empty when the row as a whole is meant.
    pub fn header_of(&self, field: &str) -> &str {
        let (whole, part) = field.split_once('.').unwrap_or((field, ""));
        let read_from: &[Field] = match (whole, part) {
            ("external_id", _) => &[Field::Id],
            ("occurred_at", _) => &[Field::OccurredAt],
            ("full_name", _) => &[Field::FullName, Field::Name],
            ("birth_date", _) => &[Field::BirthDate],
            ("phones", _) => &[Field::Phone],
            ("emails", _) => &[Field::Email],
            ("address", _) => &[Field::Address, Field::Street],
            ("comment", _) => &[Field::Comment],
            ("company", "inn") => &[Field::Inn],
            ("company", "kpp") => &[Field::Kpp],
            ("company", _) => &[Field::CompanyName, Field::Name],
            ("vehicles", "role") => &[Field::VehicleRole],
            ("vehicles", "vin") => &[Field::Vin, Field::Car],
            ("vehicles", "plate") => &[Field::Plate, Field::Car],
            ("profiles", _) => &[Field::Messenger, Field::Telegram, Field::Whatsapp],
            ("consent" | "consents", _) => &[
                Field::ConsentPersonalData,
                Field::ConsentAdvertising,
                Field::ConsentSms,
                Field::ConsentEmail,
                Field::ConsentCall,
            ],
            _ => &[],
        };
        read_from
            .iter()
            .find_map(|field| self.columns.iter().find(|column| column.field == Some(*field)))
            .map_or("", |column| column.column.as_str())
    }

    /// Columns that are left out since nothing is known about them.
    pub fn unmapped(&self) -> impl Iterator<Item = &str> {
        let unknown = self.columns.iter().filter(|column| column.field.is_none());
        unknown
            .map(|column| column.column.as_str())
            .filter(|name| !name.is_empty())
    }
}
