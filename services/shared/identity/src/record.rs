//! A record as typed, and the same record made comparable. The registry stores both side by side.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::normalise::address::Address;
use crate::normalise::company::CompanyName;
use crate::normalise::email::Email;
use crate::normalise::name::{NameMatch, PersonName};
use crate::normalise::phone::{self, Phone};
use crate::normalise::plate::Plate;
use crate::normalise::tax_id::Inn;
use crate::normalise::vin::Vin;
use crate::normalise::{Gender, Home, phone_field::split_extension};
use crate::text;

/// Version of the comparable form; a stored one with another version must be made anew from the raw record.
pub const NORMALISED_VERSION: u16 = 7;

/// What somebody said, as typed. Everything may be missing; unknown JSON fields are ignored.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordInput {
    pub full_name: Option<String>,
    pub last_name: Option<String>,
    pub first_name: Option<String>,
    pub middle_name: Option<String>,
    pub birth_date: Option<String>,
    pub gender: Option<String>,
    /// Each may hold several numbers.
    pub phones: Vec<String>,
    pub emails: Vec<String>,
    /// Numbers of passports, licences, social security and the like.
    pub documents: Vec<String>,
    /// Where the client lives, when it is said apart from the address.
    pub city: Option<String>,
    pub address: Option<String>,
    /// Where the parts of an address stand apart: the number of the house.
    pub house: Option<String>,
    /// Street, estate, village, in whatever order they were filled in.
    pub street_lines: Vec<String>,
    pub postcode: Option<String>,
    /// State, province, region.
    pub region: Option<String>,
    /// `физ`, `ЮЛ`, … as typed; sometimes wrong.
    pub client_type: Option<String>,
    /// Free text; only the phones in it are used.
    pub comment: Option<String>,
    pub company: Option<CompanyInput>,
    /// Person to speak to at the company; not the client.
    pub contact_name: Option<String>,
    /// People of the company with their own numbers; not the client.
    pub contacts: Vec<ContactInput>,
    pub vehicles: Vec<VehicleInput>,
    pub occurred_at: Option<DateTime<Utc>>,
    pub source: Option<String>,
    pub branch: Option<String>,
    /// `sale`, `repair_order`, `contact`, `lead`, `call`, …
    pub kind: Option<String>,
}

/// A company as typed.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CompanyInput {
    pub name: Option<String>,
    pub inn: Option<String>,
    pub kpp: Option<String>,
    pub ogrn: Option<String>,
}

/// Somebody at a company, as typed. Empty: not said.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactInput {
    pub name: String,
    pub position: String,
    /// May hold several numbers.
    pub phone: String,
    pub email: String,
}

/// A vehicle as typed.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VehicleInput {
    pub vin: Option<String>,
    pub plate: Option<String>,
    pub make: Option<String>,
    pub model: Option<String>,
    pub year: Option<i32>,
    /// `owner`, `driver`, `payer`, …
    pub role: Option<String>,
}

/// What kind of client a record speaks of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    Person,
    Company,
    /// ИП: trades under a person's name, yet a client apart from that person.
    SoleProprietor,
    /// Nothing but a phone, say.
    #[default]
    Unknown,
}

/// The comparable form of a record. Absent means not said or not readable (then there is a warning).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Normalised {
    pub version: u16,
    pub party: Party,
    /// The person, or the trading person of a sole proprietorship.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    pub name_match: NameMatch,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// The name itself shows the gender; a typed gender field is trusted less.
    pub gender_by_name: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<Phone>,
    /// Whose national writing was meant, where that was not Russia's or a city code was put before a number: by it the
    /// record is read the same again, whatever is set by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<Home>,
    /// City numbers without a code: 5 to 7 digits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phone_tails: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<Email>,
    /// Letters and digits only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<String>,
    /// Folded, without `г.`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Number of a house, letters of its street lines, postcode and region, where they were said apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub house: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// E.164 numbers said to be a relative's: `(жена)`, `тел. сына`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub relative_phones: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<CompanyName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inn: Option<Inn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kpp: Option<String>,
    /// Its check digit holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ogrn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<PersonName>,
    /// People of the company. Their numbers say nothing about whose the record is: who buys a car for himself is another
    /// client than the company he works for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vehicles: Vec<Vehicle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

impl Normalised {
    /// Where it was read, for reading the same record anew. Versions before 4 did not say it, and versions before 5 not where
    /// only people of a company had a short number: there it shows in a whole number of which less was typed.
    pub fn read_at(&self, input: &RecordInput) -> Home {
        if let Some(home) = &self.home {
            return home.clone();
        }
        let mut home = Home::default();
        let own = input.phones.iter().filter(|_| self.version < 4);
        let of_people = input.contacts.iter().filter(|_| self.version < 5);
        let typed: Vec<String> = own
            .chain(of_people.map(|person| &person.phone))
            .flat_map(|typed| phone::pieces(typed))
            .collect();
        let read: Vec<&str> = self
            .phones
            .iter()
            .chain(self.contacts.iter().flat_map(|person| &person.phones))
            .map(|phone| phone.e164.as_str())
            .collect();
        home.area_code = typed
            .iter()
            .filter(|piece| phone::is_short(piece, &home))
            .map(|piece| text::digits(split_extension(piece).0))
            .find_map(|short| {
                let whole = read.iter().find(|number| number.ends_with(&short))?;
                let code = whole.strip_prefix("+7")?.strip_suffix(&short)?;
                Some(code.to_owned())
            });
        home
    }
}

/// Somebody at a company, made comparable.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// As typed, without doubled blanks.
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub position: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<Phone>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<Email>,
}

/// A vehicle made comparable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Vehicle {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vin: Option<Vin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plate: Option<Plate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub make: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// Something typed that could not be used, or was repaired. Never holds the typed value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Field of the input, `phones`.
    pub field: String,
    /// Stable code, `phone_unreadable`.
    pub code: String,
    /// English.
    pub message: String,
    pub message_ru: String,
}

/// Personal data stays out of logs: only counts are printed.
macro_rules! redacted_debug {
    ($name:ident, $($field:ident),+) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))$(.field(stringify!($field), &self.$field.len()))+.finish_non_exhaustive()
            }
        }
    };
}
redacted_debug!(RecordInput, phones, emails, vehicles);
redacted_debug!(Normalised, phones, emails, vehicles, warnings);

impl std::fmt::Debug for CompanyInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CompanyInput").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ContactInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContactInput").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contact").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for VehicleInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VehicleInput").finish_non_exhaustive()
    }
}
