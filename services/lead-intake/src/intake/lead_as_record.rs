//! A lead in the words of the registry: what it says of a person becomes a source record.

use edina_proto::{
    common::v1::VehicleDescription,
    registry::v1::{Company, ConsentStatement, SocialProfile, SourceRecord},
    time::to_proto,
};

use crate::{
    lead::{Condition, ConsentPurpose, ContactChannel, Vehicle},
    store::leads::LeadRow,
};

/// Longest text that the registry is told, bytes; the whole stays with the lead. It would refuse a longer one, and the
/// person would have no card for having written much.
const LONGEST_TEXT: usize = 8 * 1024;
/// Most values of one kind that it is told.
const MOST_VALUES: usize = 32;

/// The text as far as the registry is told.
fn told(text: &str) -> String {
    text[..text.floor_char_boundary(LONGEST_TEXT)].to_owned()
}

pub(super) fn source_record(lead: &LeadRow) -> SourceRecord {
    let content = &lead.content.0;
    let contact = &content.contact;
    let text = |value: &Option<String>| value.as_deref().map(told).unwrap_or_default();
    let wanted = content.wanted.iter().map(|vehicle| describe(vehicle, "wants"));
    let offered = content
        .offered
        .iter()
        .map(|vehicle| describe(vehicle, "trades_in"));
    let consents = content.consents.iter().map(|consent| ConsentStatement {
        purpose: match consent.purpose {
            ConsentPurpose::Processing => "personal_data",
            ConsentPurpose::Advertising => "advertising",
        }
        .to_owned(),
        channel: match consent.channel {
            Some(ContactChannel::Sms) => "sms",
            Some(ContactChannel::Email) => "email",
            Some(ContactChannel::Phone) => "call",
            _ => "any",
        }
        .to_owned(),
        granted: consent.given,
        text_version: told(&consent.text),
        proof: format!("{} {}", lead.source_name, lead.id),
        at: Some(to_proto(lead.received_at)),
        source: String::new(),
    });
    let address = contact.address.as_ref().map(|address| {
        let parts = [
            &address.postal_code,
            &address.country,
            &address.region,
            &address.city,
            &address.street,
        ];
        parts
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>()
            .join(", ")
    });
    let handles = contact.handles.iter().take(MOST_VALUES);
    let profiles = handles.map(|handle| SocialProfile {
        network: handle.network.clone(),
        handle: told(&handle.value),
    });
    let marketing = content.marketing.iter();
    let extra = marketing
        .map(|(name, value)| (name.clone(), told(value)))
        .take(MOST_VALUES);
    SourceRecord {
        source: "lead_intake".to_owned(),
        external_id: lead.id.to_string(),
        kind: "lead".to_owned(),
        occurred_at: Some(to_proto(lead.received_at)),
        branch_id: lead.branch_id.clone(),
        department: lead.department.clone(),
        full_name: text(&contact.name.full),
        last_name: text(&contact.name.last),
        first_name: text(&contact.name.first),
        middle_name: text(&contact.name.middle),
        phones: contact
            .phones
            .iter()
            .take(MOST_VALUES)
            .map(|phone| phone.number.clone())
            .collect(),
        emails: contact.emails.iter().take(MOST_VALUES).cloned().collect(),
        address: told(&address.unwrap_or_default()),
        company: contact.company.as_ref().map(|name| Company {
            name: told(name),
            inn: text(&contact.company_inn),
            ..Company::default()
        }),
        vehicles: wanted.chain(offered).take(MOST_VALUES).collect(),
        consents: consents.take(MOST_VALUES).collect(),
        comment: told(&content.comments.join("\n")),
        channel: lead.source_name.clone(),
        extra: extra.collect(),
        profiles: profiles.collect(),
        ..SourceRecord::default()
    }
}

/// A vehicle in the words of the contracts.
pub(crate) fn describe(vehicle: &Vehicle, role: &str) -> VehicleDescription {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let model = vehicle
        .model
        .clone()
        .or_else(|| vehicle.description.clone())
        .unwrap_or_default();
    VehicleDescription {
        vin: text(&vehicle.vin),
        plate: text(&vehicle.plate),
        make: text(&vehicle.make),
        model,
        year: vehicle.year.map_or(0, i32::from),
        mileage_km: vehicle
            .mileage_km
            .and_then(|km| i32::try_from(km).ok())
            .unwrap_or(0),
        role: role.to_owned(),
        condition: match vehicle.condition {
            Some(Condition::New) => "new",
            Some(Condition::Used) => "used",
            None => "",
        }
        .to_owned(),
    }
}
