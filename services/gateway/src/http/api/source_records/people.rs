//! The people of a company and the accounts of a client within a record.

use edina_proto::{
    registry::v1::{CompanyContact, SocialProfile},
    words::BUYER_ROLES,
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
