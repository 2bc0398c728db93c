//! How a file will be understood, before anything is done with it.

use std::{
    io::{Read, Seek},
    ops::ControlFlow,
};

use edina_proto::registry::v1::SourceRecord;
use serde::{Deserialize, Serialize};

use crate::{Mapping, Reason, Refused, field::Field, file::ImportFile, format::Format};

/// What was found and the first rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Preview {
    pub format: Format,
    /// Empty for workbooks.
    pub encoding: String,
    /// Empty but for CSV.
    pub delimiter: String,
    /// Visible sheets of a workbook; the one read is in the mapping.
    pub sheets: Vec<String>,
    pub columns: Vec<PreviewColumn>,
    pub mapping: Mapping,
    /// Columns nothing is known about; they are left out.
    pub unmapped: Vec<String>,
    /// Why nothing can be imported with this mapping.
    pub problem: Option<String>,
    /// The same in Russian.
    pub problem_russian: Option<String>,
    pub rows: Vec<PreviewRow>,
}

/// A column with what it is taken for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PreviewColumn {
    pub name: String,
    pub field: Option<Field>,
    /// Up to three values that stand in it.
    pub samples: Vec<String>,
}

/// A row as it will be understood: field and value, or the reason it will be rejected.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PreviewRow {
    pub line: u64,
    pub said: Vec<(String, String)>,
    pub rejected: Option<String>,
    /// The same in Russian.
    pub rejected_russian: Option<String>,
}

const SAMPLES: usize = 3;
const SAMPLE_CHARS: usize = 80;

impl<R: Read + Seek> ImportFile<R> {
    /// The first `most` rows and what is known of the file.
    pub fn preview(&mut self, most: usize) -> Result<Preview, Refused> {
        let mut columns: Vec<PreviewColumn> = self
            .mapping()
            .columns
            .iter()
            .map(|column| PreviewColumn {
                name: column.column.clone(),
                field: column.field,
                samples: Vec::new(),
            })
            .collect();
        let mut rows = Vec::new();
        self.visit(0, &mut |row| {
            for (column, text) in columns.iter_mut().zip(&row.cells) {
                if !text.is_empty() && column.samples.len() < SAMPLES {
                    column.samples.push(text.chars().take(SAMPLE_CHARS).collect());
                }
            }
            rows.push(PreviewRow {
                line: row.line,
                said: row.outcome.as_ref().map(said).unwrap_or_default(),
                rejected: row.outcome.as_ref().err().map(ToString::to_string),
                rejected_russian: row.outcome.err().map(|rejected| rejected.reason.russian()),
            });
            if rows.len() >= most {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        if rows.is_empty() && self.problem.is_none() {
            self.problem = Some(Reason::OnlyHeader);
        }
        let (encoding, delimiter, sheets) = self.layout();
        Ok(Preview {
            format: self.format(),
            encoding,
            delimiter,
            sheets,
            columns,
            unmapped: self.mapping().unmapped().map(str::to_owned).collect(),
            mapping: self.mapping().clone(),
            problem: self.problem().map(crate::Reason::english),
            problem_russian: self.problem().map(crate::Reason::russian),
            rows,
        })
    }
}

/// A record as fields and values, empty ones left out.
fn said(record: &SourceRecord) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, value: String| {
        if !value.is_empty() {
            out.push((name.to_owned(), value.chars().take(SAMPLE_CHARS * 2).collect()));
        }
    };
    add("id", record.external_id.clone());
    if let Some(at) = &record.occurred_at
        && let Some(at) = edina_proto::time::from_proto(at)
    {
        add(
            "occurred_at",
            at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        );
    }
    add("full_name", record.full_name.clone());
    add("last_name", record.last_name.clone());
    add("first_name", record.first_name.clone());
    add("middle_name", record.middle_name.clone());
    add("birth_date", record.birth_date.clone());
    add("gender", record.gender.clone());
    add("phone", record.phones.join(" · "));
    add("email", record.emails.join(" · "));
    add("address", record.address.clone());
    if let Some(company) = &record.company {
        add("company_name", company.name.clone());
        add("inn", company.inn.clone());
        add("kpp", company.kpp.clone());
        add("ogrn", company.ogrn.clone());
    }
    for person in &record.contacts {
        let parts = [&person.name, &person.position, &person.phone, &person.email];
        add("contact_name", filled(parts).join(", "));
    }
    for profile in &record.profiles {
        add("messenger", format!("{}: {}", profile.network, profile.handle));
    }
    for car in &record.vehicles {
        let year = if car.year == 0 {
            String::new()
        } else {
            car.year.to_string()
        };
        let parts = [&car.make, &car.model, &year, &car.plate, &car.vin, &car.role];
        add("car", filled(parts).join(" "));
    }
    if let Some(money) = &record.amount {
        let minor = money.minor.unsigned_abs();
        let sign = if money.minor < 0 { "-" } else { "" };
        add(
            "amount",
            format!("{sign}{}.{:02} {}", minor / 100, minor % 100, money.currency),
        );
    }
    for consent in &record.consents {
        let yes = if consent.granted { "yes" } else { "no" };
        add(
            "consent",
            format!("{}, {}: {yes}", consent.purpose, consent.channel),
        );
    }
    add("channel", record.channel.clone());
    add("comment", record.comment.clone());
    let mut extra: Vec<_> = record.extra.iter().collect();
    extra.sort();
    for (name, value) in extra {
        add("extra", format!("{name}: {value}"));
    }
    out
}

fn filled<const N: usize>(parts: [&String; N]) -> Vec<&str> {
    let parts = parts.into_iter().map(String::as_str);
    parts.filter(|part| !part.is_empty()).collect()
}
