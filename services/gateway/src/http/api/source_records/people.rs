//! The people of a company and the accounts of a client within a record, and what its numbers are called.

use std::collections::HashMap;

use edina_proto::{
    registry::v1::{CompanyContact, SocialProfile, SourceRecord},
    words::{BUYER_ROLES, CONTACT_LABELS},
};
use serde_json::{Map, Value};

use super::fields::Fields;
use crate::http::problem::FieldError;

/// A person to speak to at a company.
pub(super) fn contact(
    object: &Map<String, Value>,
    index: usize,
    errors: &mut Vec<FieldError>,
) -> CompanyContact {
    let prefix = format!("contacts[{index}].");
    let mut fields = Fields::new(object, &prefix, &["name", "position", "role", "phone", "email"]);
    let contact = CompanyContact {
        name: fields.text("name", 300),
        position: fields.text("position", 200),
        buyer_role: fields.choice("role", &BUYER_ROLES),
        phone: fields.text("phone", 100),
        email: fields.text("email", 254),
    };
    if contact.name.is_empty() {
        fields.wrong("name", "is missing", "who it is");
    }
    errors.append(&mut fields.errors);
    contact
}

/// An account in a social network or messenger.
pub(super) fn profile(
    object: &Map<String, Value>,
    index: usize,
    errors: &mut Vec<FieldError>,
) -> SocialProfile {
    let prefix = format!("profiles[{index}].");
    let mut fields = Fields::new(object, &prefix, &["network", "handle"]);
    let profile = SocialProfile {
        network: fields.text("network", 32),
        handle: fields.text("handle", 300),
    };
    for (name, value) in [("network", &profile.network), ("handle", &profile.handle)] {
        if value.is_empty() {
            fields.wrong(name, "is missing", "telegram with @name or a link, for instance");
        }
    }
    errors.append(&mut fields.errors);
    profile
}

/// What phones and e-mails of a record are called, by their values.
pub(super) fn labels(
    object: &Map<String, Value>,
    record: &SourceRecord,
    errors: &mut Vec<FieldError>,
) -> HashMap<String, String> {
    let names: Vec<&str> = object.keys().map(String::as_str).collect();
    let mut fields = Fields::new(object, "labels.", &names);
    let mut labels = HashMap::new();
    for name in names {
        let label = fields.choice(name, &CONTACT_LABELS);
        let value = name.trim().to_owned();
        if !record.phones.contains(&value) && !record.emails.contains(&value) {
            fields.wrong(
                name,
                "is no phone or e-mail of the record",
                "one of phones or emails",
            );
        } else if !label.is_empty() {
            labels.insert(value, label);
        }
    }
    errors.append(&mut fields.errors);
    labels
}
