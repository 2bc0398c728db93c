//! Web forms, JSON, form-encoded or multipart, with whatever field names the site's owner chose.
//!
//! `fields` makes a flat list of the body, `names` tells what each name means; here the list becomes a lead. Fields of
//! unknown meaning are kept as they are. What is refused is refused by the field's own name.

mod fields;
mod multipart;
mod names;
mod refusal;
mod synonyms;

use chrono_tz::Tz;

use super::adf::date;
use super::{Rejection, words};
use crate::lead::contact::{looks_like_email, looks_like_phone};
use crate::lead::vehicle::{read_mileage_km, read_year};
use crate::lead::{
    Address, Consent, ContactChannel, Handle, Lead, Phone, Provider, SourceId, Topic, Vehicle, WarningCode,
};
pub use fields::FormLimits;
use names::Meaning;

/// Most values kept of a repeatable kind.
const MAX_EACH: usize = 10;

/// What a form turned out to be.
#[derive(Debug)]
pub enum Form {
    /// The site builder tries the address out (`test=test`): answer 200, keep nothing.
    Ping,
    Lead(Box<Lead>),
}

/// Reads a form. Dates without a zone are taken in `zone`.
///
/// # Errors
/// The body cannot be read, is too large, or tells no way to reach the client.
pub fn read(
    body: &[u8],
    content_type: Option<&str>,
    zone: Tz,
    limits: &FormLimits,
) -> Result<Form, Rejection> {
    let fields = fields::read(body, content_type, limits)?;
    if matches!(fields.as_slice(), [(name, value)] if name == "test" && value == "test") {
        return Ok(Form::Ping);
    }
    let mut reading = Reading {
        lead: Lead::default(),
        car: Vehicle::default(),
        address: Address::default(),
        bad: None,
        zone,
    };
    for (name, value) in &fields {
        if !value.is_empty() {
            reading.take(name, value);
        }
    }
    reading.finish()
}

struct Reading {
    lead: Lead,
    car: Vehicle,
    address: Address,
    /// The first field meant to reach the client by, and unfit for it.
    bad: Option<(String, Meaning)>,
    zone: Tz,
}

impl Reading {
    fn take(&mut self, name: &str, value: &str) {
        let one_line = value.split_whitespace().collect::<Vec<_>>().join(" ");
        let meaning = names::meaning(name);
        match meaning {
            Meaning::FullName => set(&mut self.lead.contact.name.full, one_line),
            Meaning::FirstName => set(&mut self.lead.contact.name.first, one_line),
            Meaning::MiddleName => set(&mut self.lead.contact.name.middle, one_line),
            Meaning::LastName => set(&mut self.lead.contact.name.last, one_line),
            Meaning::Phone => self.phone(name, one_line),
            Meaning::Email => self.email(name, &one_line),
            Meaning::Messenger(network) => self.messenger(network, one_line),
            Meaning::Company => set(&mut self.lead.contact.company, one_line),
            Meaning::Inn => set(&mut self.lead.contact.company_inn, one_line),
            Meaning::Address => set(&mut self.address.street, one_line),
            Meaning::City => set(&mut self.address.city, one_line),
            Meaning::Comment => self.lead.comments.push(value.to_owned()),
            Meaning::Vin => set(&mut self.car.vin, one_line.to_uppercase()),
            Meaning::Plate => set(&mut self.car.plate, one_line),
            Meaning::Make => set(&mut self.car.make, one_line),
            Meaning::Model => set(&mut self.car.model, one_line),
            Meaning::Car => set(&mut self.car.description, one_line),
            Meaning::Year => self.car.year = self.car.year.or(read_year(&one_line)),
            Meaning::Mileage => {
                self.car.mileage_km = self.car.mileage_km.or(read_mileage_km(&one_line, false))
            }
            Meaning::TradeIn => self.trade_in(name, one_line),
            Meaning::Branch => set(&mut self.lead.branch_hint, one_line),
            Meaning::Topic => self.topic(name, one_line),
            Meaning::PreferredChannel => {
                self.lead.contact.preferred_channel = ContactChannel::from_words(&one_line)
            }
            Meaning::PreferredTime => set(&mut self.lead.contact.preferred_time, one_line),
            Meaning::Language => set(
                &mut self.lead.contact.language,
                one_line.chars().take(2).collect::<String>().to_lowercase(),
            ),
            Meaning::RequestedAt => self.requested_at(name, &one_line),
            Meaning::Id => self.id(name, one_line),
            Meaning::Consent => self.consent(name, one_line),
            Meaning::Marketing => {
                self.lead.marketing.insert(name.to_lowercase(), one_line);
            }
            Meaning::Noise => {}
            Meaning::Unknown => self.extra(name, value),
        }
    }

    fn extra(&mut self, name: &str, value: &str) {
        let kept = self.lead.extra.entry(name.to_owned()).or_default();
        if !kept.is_empty() {
            kept.push_str(", ");
        }
        kept.push_str(value);
    }

    fn unusable(&mut self, name: &str, meaning: Meaning, value: &str) {
        self.lead.warn(WarningCode::ContactUnusable, name);
        self.bad.get_or_insert((name.to_owned(), meaning));
        self.extra(name, value);
    }

    fn phone(&mut self, name: &str, value: String) {
        // People type the address into the wrong box.
        if looks_like_email(&value) {
            return self.email(name, &value);
        }
        if !looks_like_phone(&value) {
            return self.unusable(name, Meaning::Phone, &value);
        }
        let phones = &mut self.lead.contact.phones;
        if phones.len() < MAX_EACH && !phones.iter().any(|known| known.number == value) {
            phones.push(Phone {
                number: value,
                kind: None,
                time: None,
            });
        }
    }

    fn email(&mut self, name: &str, value: &str) {
        let emails = &mut self.lead.contact.emails;
        if !looks_like_email(value) {
            if looks_like_phone(value) {
                return self.phone(name, value.to_owned());
            }
            return self.unusable(name, Meaning::Email, value);
        }
        if emails.len() < MAX_EACH && !emails.iter().any(|known| known == value) {
            emails.push(value.to_owned());
        }
    }

    fn messenger(&mut self, network: &str, value: String) {
        let handles = &mut self.lead.contact.handles;
        // A ticked box "write me on WhatsApp" is a wish, not an account.
        if words::truth(&value).is_some() {
            self.lead
                .contact
                .preferred_channel
                .get_or_insert(ContactChannel::Messenger);
        } else if handles.len() < MAX_EACH {
            handles.push(Handle {
                network: network.to_owned(),
                value,
            });
        }
    }

    fn trade_in(&mut self, name: &str, value: String) {
        let car = self.lead.offered.first_mut();
        match (words::truth(&value), car) {
            (Some(true), _) if self.lead.topic == Topic::Other => self.lead.topic = Topic::TradeIn,
            (Some(_), _) => {}
            (None, Some(car)) => {
                let described = car.description.get_or_insert_default();
                described.push(' ');
                described.push_str(&value);
            }
            (None, None) if name.to_lowercase().ends_with("vin") => {
                self.lead.offered.push(Vehicle {
                    vin: Some(value.to_uppercase()),
                    ..Vehicle::default()
                });
            }
            (None, None) => self.lead.offered.push(Vehicle {
                description: Some(value),
                ..Vehicle::default()
            }),
        }
    }

    fn topic(&mut self, name: &str, value: String) {
        match Topic::from_name(&value).or_else(|| Topic::from_words(&value)) {
            Some(topic) if self.lead.topic == Topic::Other => self.lead.topic = topic,
            Some(_) => {}
            None => self.extra(name, &value),
        }
        if names::meaning(name) == Meaning::Topic && name.eq_ignore_ascii_case("formname") {
            self.lead.provider = Some(Provider {
                service: Some(value),
                ..Provider::default()
            });
        }
    }

    fn requested_at(&mut self, name: &str, value: &str) {
        match date::read(value, self.zone) {
            Some(read) => self.lead.requested_at = Some(read.at),
            None => {
                self.lead.warn(WarningCode::DateUnreadable, name);
                self.extra(name, value);
            }
        }
    }

    fn id(&mut self, name: &str, value: String) {
        if self.lead.source_ids.len() < MAX_EACH {
            self.lead.source_ids.push(SourceId {
                source: name.to_lowercase(),
                sequence: None,
                value,
            });
        }
    }

    /// A tick, or the words of the ticked box themselves.
    fn consent(&mut self, name: &str, value: String) {
        if self.lead.consents.len() >= MAX_EACH {
            return self.lead.warn(WarningCode::TooMany, "consents");
        }
        let worded = words::truth(&value).is_none();
        let text = if worded {
            format!("{name}: {value}")
        } else {
            name.to_owned()
        };
        self.lead.consents.push(Consent {
            purpose: words::purpose(&text),
            channel: ContactChannel::from_words(name)
                .filter(|_| words::purpose(&text) == crate::lead::ConsentPurpose::Advertising),
            given: words::truth(&value).unwrap_or(true),
            text,
        });
    }

    fn finish(mut self) -> Result<Form, Rejection> {
        if !self.address.is_empty() {
            self.lead.contact.address = Some(self.address.clone());
        }
        if self.lead.topic == Topic::Other {
            let from_comments = self.lead.comments.iter().find_map(|text| Topic::from_words(text));
            self.lead.topic = from_comments.unwrap_or_default();
        }
        if !self.car.is_empty() || self.car.mileage_km.is_some() {
            let own = matches!(self.lead.topic, Topic::Sell | Topic::TradeIn | Topic::Service)
                && self.lead.offered.is_empty();
            let list = if own {
                &mut self.lead.offered
            } else {
                &mut self.lead.wanted
            };
            list.push(self.car.clone());
        }
        let deliverable = self.address.is_deliverable();
        let contact = &self.lead.contact;
        if contact.phones.is_empty()
            && contact.emails.is_empty()
            && contact.handles.is_empty()
            && !deliverable
        {
            return Err(refusal::unreachable(self.bad.as_ref()));
        }
        Ok(Form::Lead(Box::new(self.lead)))
    }
}

/// The first value given stays.
fn set(place: &mut Option<String>, value: String) {
    if place.is_none() && !value.is_empty() {
        *place = Some(value);
    }
}
