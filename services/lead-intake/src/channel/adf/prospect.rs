//! One `<prospect>` to one lead, or the reason why not.

use chrono_tz::Tz;

use super::tree::Element;
use super::{contact, date, text::line, vehicle};
use crate::channel::{Position, Rejection, RejectionCode};
use crate::lead::{Lead, Provider, SourceId, Topic, WarningCode};

/// Most ids taken.
const MAX_IDS: usize = 20;
/// Longest short value, in characters.
const SHORT: usize = 200;

/// Reads the prospect; `document` is the text it stands in, `zone` the one for dates that name none.
pub(super) fn read(prospect: &Element, document: &str, zone: Tz) -> Result<Lead, Rejection> {
    let status = prospect.attribute("status").unwrap_or_default();
    let mut lead = Lead {
        resend: status.eq_ignore_ascii_case("resend"),
        ..Lead::default()
    };
    read_ids(prospect, &mut lead);
    read_date(prospect, &mut lead, zone);
    read_vendor_and_provider(prospect, &mut lead);
    contact::read_customer(prospect, &mut lead);
    vehicle::read_vehicles(prospect, &mut lead);
    settle_topic(prospect, &mut lead);
    contact::complete_from_text(&mut lead);
    vehicle::complete_from_text(&mut lead);
    vehicle::settle_mirrored(&mut lead);
    note_damage(prospect, &mut lead);
    if lead
        .contact
        .address
        .as_ref()
        .is_some_and(|address| !address.is_deliverable())
        && !has_direct_contact(&lead)
    {
        return Err(no_contact(prospect, document));
    }
    if lead.contact.is_reachable() {
        Ok(lead)
    } else {
        Err(no_contact(prospect, document))
    }
}

fn has_direct_contact(lead: &Lead) -> bool {
    !lead.contact.phones.is_empty() || !lead.contact.emails.is_empty()
}

fn no_contact(prospect: &Element, document: &str) -> Rejection {
    let position = Position::of(document, prospect.start);
    if prospect.cut_off {
        return Rejection::new(
            RejectionCode::Truncated,
            "Документ оборвался раньше, чем появились телефон или e-mail клиента. Отправьте документ целиком.",
            "The document breaks off before any phone or e-mail of the client. Send it whole.",
        )
        .field("prospect")
        .expected("</prospect></adf>")
        .at(position);
    }
    Rejection::new(
        RejectionCode::NoContact,
        "Не с кем связаться: нет ни телефона, ни e-mail, ни почтового адреса клиента.",
        "Nobody to answer: the client has no phone, no e-mail and no postal address.",
    )
    .field("customer/contact")
    .expected(
        "<customer><contact><name part=\"full\">…</name><phone>+7 916 123-45-67</phone></contact></customer>",
    )
    .at(position)
}

fn read_ids(prospect: &Element, lead: &mut Lead) {
    for id in prospect.all("id") {
        let Some(value) = line(&id.text, SHORT) else {
            continue;
        };
        if lead.source_ids.len() == MAX_IDS {
            lead.warn(WarningCode::TooMany, "id");
            return;
        }
        lead.source_ids.push(SourceId {
            source: id
                .attribute("source")
                .and_then(|source| line(source, SHORT))
                .unwrap_or_default(),
            sequence: id
                .attribute("sequence")
                .and_then(|sequence| sequence.parse().ok()),
            value,
        });
    }
}

fn read_date(prospect: &Element, lead: &mut Lead, zone: Tz) {
    let Some(text) = prospect
        .all("requestdate")
        .find_map(|element| line(&element.text, SHORT))
    else {
        return;
    };
    match date::read(&text, zone) {
        Some(read) => {
            lead.requested_at = Some(read.at);
            if read.guessed {
                lead.warn(WarningCode::DateGuessed, "requestdate");
            }
        }
        None => lead.warn(WarningCode::DateUnreadable, "requestdate"),
    }
}

/// The vendor is the branch meant; the provider may stand beside it or, wrongly, inside it.
fn read_vendor_and_provider(prospect: &Element, lead: &mut Lead) {
    let vendor = prospect.first("vendor");
    let value = |element: &Element, name: &str| element.all(name).find_map(|child| line(&child.text, SHORT));
    lead.branch_hint = vendor.and_then(|vendor| {
        value(vendor, "vendorname")
            .or_else(|| vendor.first("contact").and_then(|contact| value(contact, "name")))
            .or_else(|| value(vendor, "name"))
            .or_else(|| value(vendor, "id"))
    });
    lead.provider = prospect
        .first("provider")
        .or_else(|| vendor.and_then(|vendor| vendor.first("provider")))
        .map(|provider| Provider {
            name: value(provider, "name").or_else(|| {
                provider
                    .first("contact")
                    .and_then(|contact| value(contact, "name"))
            }),
            service: value(provider, "service"),
            url: value(provider, "url"),
        })
        .filter(|provider| *provider != Provider::default());
}

/// Without an interest on a car, the sender's own words for the kind of lead tell the topic, then the client's.
fn settle_topic(prospect: &Element, lead: &mut Lead) {
    let stated = prospect
        .all("vehicle")
        .any(|vehicle| vehicle.attribute("interest").is_some());
    if stated && lead.topic != Topic::Other {
        return;
    }
    let mut kinds = Vec::new();
    prospect.walk(&mut |element| {
        if element.name == "leadtype" {
            kinds.push(element.text.clone());
        }
    });
    kinds.extend(
        lead.provider
            .iter()
            .filter_map(|provider| provider.service.clone()),
    );
    let from_comments = || lead.comments.iter().find_map(|text| Topic::from_words(text));
    let found = kinds
        .iter()
        .find_map(|text| Topic::from_words(text))
        .or_else(from_comments);
    if let Some(topic) = found {
        lead.topic = topic;
    }
}

fn note_damage(prospect: &Element, lead: &mut Lead) {
    let (mut cut, mut repaired) = (false, false);
    prospect.walk(&mut |element| {
        cut |= element.cut_off;
        repaired |= element.repaired;
    });
    if cut {
        lead.warn(WarningCode::Truncated, "prospect");
    }
    if repaired {
        lead.warn(WarningCode::MarkupRepaired, "prospect");
    }
}
