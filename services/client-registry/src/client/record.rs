//! What somebody said at some moment, as received; and the same for the identity crate.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use edina_identity::{
    CompanyInput, ContactInput, RecordInput, VehicleInput,
    normalise::account::{self, Account},
};
use serde::{Deserialize, Serialize};

/// A source record as received. Stored as is and never changed. Empty strings mean "not said".
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Said {
    /// lead_intake, call_tracking, sales_dms, service_dms, console, import
    pub source: String,
    /// The source's own id; empty: a content hash stands in.
    pub external_id: String,
    /// lead, call, sale, repair_order, contact
    pub kind: String,
    /// When it was said; none: when it arrived.
    pub occurred_at: Option<DateTime<Utc>>,
    pub branch_id: String,
    pub department: String,
    pub full_name: String,
    pub last_name: String,
    pub first_name: String,
    pub middle_name: String,
    pub birth_date: String,
    pub gender: String,
    pub phones: Vec<String>,
    pub emails: Vec<String>,
    pub address: String,
    pub company: Option<CompanySaid>,
    pub vehicles: Vec<VehicleSaid>,
    pub amount: Option<Money>,
    pub consents: Vec<ConsentSaid>,
    pub comment: String,
    pub channel: String,
    pub extra: BTreeMap<String, String>,
    // Left out when empty: the content hash of a record that has none stays what it was before there were any.
    /// People to speak to at a company.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<ContactSaid>,
    /// Social networks and messengers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<ProfileSaid>,
    /// What the source calls a phone or an e-mail, by the value as typed: mobile, work, home.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

impl Said {
    /// Whether it says of a document what another record of the same document says: whose it is, of which car, for how much.
    pub fn repeats(&self, other: &Self) -> bool {
        let who = |said: &Self| {
            let names = [
                &said.full_name,
                &said.last_name,
                &said.first_name,
                &said.middle_name,
            ];
            let names = names.map(|name| name.trim().to_lowercase());
            (names, said.birth_date.clone(), said.company.clone())
        };
        who(self) == who(other)
            && self.phones == other.phones
            && self.emails == other.emails
            && self.vehicles == other.vehicles
            && self.amount == other.amount
    }
}

/// Personal data stays out of logs.
impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Said")
            .field("source", &self.source)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// A person to speak to at a company, as said.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactSaid {
    pub name: String,
    pub position: String,
    /// financial_buyer, technical_buyer, user; empty: not known
    pub buyer_role: String,
    pub phone: String,
    pub email: String,
}

/// An account in a social network or messenger.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProfileSaid {
    /// telegram, whatsapp, …
    pub network: String,
    /// Without @ and without the network's address.
    pub handle: String,
}

impl ProfileSaid {
    /// As typed: `@anna`, `https://t.me/anna`, `vk.com/id1`, a number; of the network that the link leads to, if it does.
    pub fn read(network: &str, typed: &str) -> Option<Self> {
        let Account { network, handle } = account::read(network, typed)?;
        Some(Self { network, handle })
    }

    /// The telephone number by which it is held.
    fn phone(&self) -> Option<String> {
        account::read(&self.network, &self.handle)?.phone()
    }
}

/// A company as said.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CompanySaid {
    pub name: String,
    pub inn: String,
    pub kpp: String,
    // Left out when empty, as below.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ogrn: String,
}

/// A vehicle as said.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VehicleSaid {
    pub vin: String,
    pub plate: String,
    pub make: String,
    pub model: String,
    pub year: i32,
    pub mileage_km: i32,
    pub role: String,
    pub condition: String,
}

/// Minor units with a currency.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Money {
    pub minor: i64,
    pub currency: String,
}

/// A consent or its refusal, as said.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConsentSaid {
    /// personal_data, advertising
    pub purpose: String,
    /// sms, email, call, any
    pub channel: String,
    pub granted: bool,
    pub text_version: String,
    pub proof: String,
    pub at: Option<DateTime<Utc>>,
    /// One of [`CONSENT_SOURCES`](edina_proto::words::CONSENT_SOURCES); empty: not said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
}

/// Facts beside the fields that number a person's documents.
const DOCUMENTS: [&str; 4] = ["document", "passport", "driving_licence", "snils"];

fn said(text: &str) -> Option<String> {
    Some(text.trim())
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

impl Said {
    /// The record in the shape the identity crate reads.
    pub fn input(&self, occurred_at: DateTime<Utc>) -> RecordInput {
        RecordInput {
            full_name: said(&self.full_name),
            last_name: said(&self.last_name),
            first_name: said(&self.first_name),
            middle_name: said(&self.middle_name),
            birth_date: said(&self.birth_date),
            gender: said(&self.gender),
            phones: self.numbers(),
            emails: self.emails.clone(),
            address: said(&self.address),
            company: self.company.as_ref().map(|company| CompanyInput {
                name: said(&company.name),
                inn: said(&company.inn),
                kpp: said(&company.kpp),
                ogrn: said(&company.ogrn),
            }),
            vehicles: self.vehicles.iter().map(vehicle_input).collect(),
            documents: DOCUMENTS.iter().filter_map(|key| self.beside(key)).collect(),
            city: self.beside("city"),
            client_type: self.beside("client_type"),
            comment: said(&self.comment),
            contact_name: self
                .contacts
                .iter()
                .find_map(|contact| said(&contact.name))
                .or_else(|| self.beside("contact_name")),
            contacts: self.contacts.iter().map(contact_input).collect(),
            occurred_at: Some(occurred_at),
            source: said(&self.source),
            branch: said(&self.branch_id),
            kind: said(&self.kind),
            ..RecordInput::default()
        }
    }

    /// The phones, and the numbers by which messengers are held: those are the person's own.
    fn numbers(&self) -> Vec<String> {
        let held = self.profiles.iter().filter_map(ProfileSaid::phone);
        self.phones.iter().cloned().chain(held).collect()
    }

    /// A fact kept beside the fields, by its name.
    fn beside(&self, name: &str) -> Option<String> {
        self.extra.get(name).and_then(|text| said(text))
    }

    /// Whether it is a deal or a visit that belongs among the purchases.
    pub fn is_purchase(&self) -> bool {
        matches!(self.kind.as_str(), "sale" | "repair_order")
    }

    /// What the client is to a vehicle of this record when it does not say.
    ///
    /// Who buys a car is its owner; who brings one or is listed with it uses it, which may make him the owner: see
    /// [`super::ownership`]; who asks about one wants it.
    pub fn default_role(&self) -> &'static str {
        match self.kind.as_str() {
            "sale" => "owner",
            "repair_order" | "contact" => super::ownership::USES,
            _ => "wants",
        }
    }
}

fn contact_input(contact: &ContactSaid) -> ContactInput {
    ContactInput {
        name: contact.name.clone(),
        position: contact.position.clone(),
        phone: contact.phone.clone(),
        email: contact.email.clone(),
    }
}

fn vehicle_input(vehicle: &VehicleSaid) -> VehicleInput {
    VehicleInput {
        vin: said(&vehicle.vin),
        plate: said(&vehicle.plate),
        make: said(&vehicle.make),
        model: said(&vehicle.model),
        year: Some(vehicle.year).filter(|year| *year != 0),
        role: said(&vehicle.role),
    }
}
