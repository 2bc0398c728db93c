//! The customer of a prospect: names, phones, e-mails, address, wishes, and the remarks around them.

use super::text::{line, prose};
use super::tree::Element;
use crate::channel::words;
use crate::lead::contact::{looks_like_email, looks_like_phone};
use crate::lead::{Address, Contact, ContactChannel, Lead, PersonName, Phone, PhoneKind, WarningCode};

/// Most phones and most e-mails taken.
const MAX_EACH: usize = 10;
/// Longest short value, in characters.
const SHORT: usize = 200;
/// Longest comment, in characters.
const LONG: usize = 20_000;

/// Fills the contact; the vendor's and the provider's own phones are never the client's.
pub(super) fn read_customer(prospect: &Element, lead: &mut Lead) {
    let customers: Vec<&Element> = prospect.all("customer").collect();
    let contacts: Vec<&Element> = customers
        .iter()
        .flat_map(|customer| customer.all("contact"))
        .chain(prospect.all("contact"))
        .chain(
            customers
                .iter()
                .copied()
                .filter(|customer| customer.first("contact").is_none()),
        )
        .collect();
    let primary = contacts
        .iter()
        .position(|contact| contact.attribute("primarycontact") == Some("1"));
    let chosen = primary
        .or_else(|| contacts.iter().position(|contact| has_contact(contact)))
        .unwrap_or(0);
    for (at, element) in contacts.iter().enumerate() {
        if at == chosen {
            lead.contact = read_contact(element, lead);
        } else if let Some(summary) = summary(element) {
            lead.warn(WarningCode::SecondContact, "customer/contact");
            lead.comments.push(summary);
        }
    }
    read_comments(prospect, lead);
    for customer in customers {
        if let Some(language) = customer
            .first("language")
            .and_then(|language| line(&language.text, 20))
        {
            lead.contact.language.get_or_insert(language_code(&language));
        }
        if let Some(timeframe) = customer
            .first("timeframe")
            .and_then(|frame| frame.first("description"))
        {
            lead.comments.extend(prose(&timeframe.text, LONG));
        }
    }
}

fn has_contact(element: &Element) -> bool {
    element.children.iter().any(|child| {
        (child.name == "phone" && looks_like_phone(&child.text))
            || (child.name == "email" && child.text.contains('@'))
    })
}

fn read_contact(element: &Element, lead: &mut Lead) -> Contact {
    let mut contact = Contact {
        name: read_name(element),
        ..Contact::default()
    };
    for phone in element.all("phone") {
        read_phone(phone, &mut contact, lead);
    }
    for email in element.all("email") {
        read_email(email, &mut contact, lead);
    }
    contact.address = element
        .first("address")
        .map(read_address)
        .filter(|address| !address.is_empty());
    contact.language = element
        .attribute("lang")
        .map(str::to_owned)
        .or_else(|| {
            element
                .first("language")
                .and_then(|language| line(&language.text, 20))
        })
        .map(|language| language_code(&language));
    contact
}

fn read_name(element: &Element) -> PersonName {
    let mut name = PersonName::default();
    for part in element.all("name") {
        let Some(text) = line(&part.text, SHORT) else {
            continue;
        };
        let place = match part.attribute("part").unwrap_or("full").to_lowercase().as_str() {
            "first" | "given" => &mut name.first,
            "last" | "surname" | "family" => &mut name.last,
            "middle" | "mi" | "patronymic" => &mut name.middle,
            "suffix" => continue,
            _ => &mut name.full,
        };
        place.get_or_insert(text);
    }
    name
}

fn read_phone(element: &Element, contact: &mut Contact, lead: &mut Lead) {
    let Some(number) = line(&element.text, SHORT) else {
        return;
    };
    if element.cut_off || !looks_like_phone(&number) {
        lead.warn(WarningCode::ContactUnusable, "customer/contact/phone");
        lead.comments.push(number);
        return;
    }
    if element.attribute("preferredcontact") == Some("1") {
        contact.preferred_channel = Some(ContactChannel::Phone);
    }
    let time = element
        .attribute("time")
        .filter(|time| !time.eq_ignore_ascii_case("nopreference"))
        .map(str::to_owned);
    if contact.preferred_time.is_none() {
        contact.preferred_time.clone_from(&time);
    }
    if contact.phones.iter().any(|known| known.number == number) {
        return;
    }
    if contact.phones.len() < MAX_EACH {
        contact.phones.push(Phone {
            number,
            kind: element.attribute("type").and_then(PhoneKind::from_words),
            time,
        });
    } else {
        lead.warn(WarningCode::TooMany, "customer/contact/phone");
    }
}

fn read_email(element: &Element, contact: &mut Contact, lead: &mut Lead) {
    let Some(text) = line(&element.text, SHORT) else {
        return;
    };
    let found = if looks_like_email(&text) {
        vec![text.clone()]
    } else {
        words::emails_in(&text, MAX_EACH)
    };
    if element.cut_off || found.is_empty() {
        lead.warn(WarningCode::ContactUnusable, "customer/contact/email");
        lead.comments.push(text);
        return;
    }
    if element.attribute("preferredcontact") == Some("1") {
        contact.preferred_channel = Some(ContactChannel::Email);
    }
    for email in found {
        if contact.emails.len() < MAX_EACH && !contact.emails.contains(&email) {
            contact.emails.push(email);
        }
    }
}

fn read_address(element: &Element) -> Address {
    let value = |name: &str| element.all(name).find_map(|child| line(&child.text, SHORT));
    let streets: Vec<String> = element
        .all("street")
        .chain(element.all("apartment"))
        .filter_map(|child| line(&child.text, SHORT))
        .collect();
    Address {
        street: (!streets.is_empty()).then(|| streets.join(", ")),
        city: value("city"),
        region: value("regioncode"),
        postal_code: value("postalcode"),
        country: value("country"),
    }
}

/// Comments of the prospect, the customer or the contact, wherever they were put; the cars keep their own.
fn read_comments(prospect: &Element, lead: &mut Lead) {
    let places = std::iter::once(prospect).chain(
        prospect
            .all("customer")
            .chain(prospect.all("contact"))
            .flat_map(|outer| std::iter::once(outer).chain(outer.all("contact"))),
    );
    for place in places {
        for element in place
            .children
            .iter()
            .filter(|child| matches!(child.name.as_str(), "comments" | "comment"))
        {
            let Some(text) = prose(&element.text, LONG) else {
                continue;
            };
            if element.text.chars().count() > LONG {
                lead.warn(WarningCode::ValueCut, "comments");
            }
            if !lead.comments.contains(&text) {
                lead.comments.push(text);
            }
        }
    }
}

/// What only the free text tells: wishes, consents, and, when nothing else was given, a phone, an e-mail, a name.
pub(super) fn complete_from_text(lead: &mut Lead) {
    let text = lead.comments.join("\n");
    let pairs = words::pairs(&text);
    if lead.contact.phones.is_empty() && lead.contact.emails.is_empty() {
        let phones = words::phones_in(&text, 3);
        lead.contact.phones.extend(phones.into_iter().map(|number| Phone {
            number,
            kind: None,
            time: None,
        }));
        lead.contact.emails.extend(words::emails_in(&text, 3));
        if !lead.contact.phones.is_empty() || !lead.contact.emails.is_empty() {
            lead.warn(WarningCode::ContactFromText, "comments");
        }
    }
    if lead.contact.name.is_empty() {
        lead.contact.name.full = words::value_of(&pairs, &["name", "full name", "имя", "фио", "клиент"]);
        lead.contact.name.first = words::value_of(&pairs, &["first name"]);
        lead.contact.name.last = words::value_of(&pairs, &["last name", "фамилия"]);
    }
    if lead.contact.preferred_channel.is_none() {
        lead.contact.preferred_channel = words::value_of(
            &pairs,
            &["preferred contact method", "preferred contact", "способ связи"],
        )
        .and_then(|words| ContactChannel::from_words(&words));
    }
    if lead.contact.language.is_none() {
        lead.contact.language =
            words::value_of(&pairs, &["language", "язык"]).map(|text| language_code(&text));
    }
    lead.consents.extend(words::consents_in(&pairs));
}

fn summary(element: &Element) -> Option<String> {
    let mut parts: Vec<String> = vec![read_name(element).display()];
    for child in element
        .children
        .iter()
        .filter(|child| matches!(child.name.as_str(), "phone" | "email"))
    {
        parts.extend(line(&child.text, SHORT));
    }
    parts.retain(|part| !part.is_empty());
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `RU-ru`, `Russian`, `русский` to `ru`.
pub(super) fn language_code(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    if lower.starts_with("рус") {
        "ru".to_owned()
    } else if lower.starts_with("анг") {
        "en".to_owned()
    } else {
        lower
            .chars()
            .take_while(|c| c.is_ascii_alphabetic())
            .take(2)
            .collect()
    }
}
