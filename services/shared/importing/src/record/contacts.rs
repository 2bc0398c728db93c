//! People of a company, by the numbers of their columns. In a row that names nobody else they are whom it is about.

use edina_identity::normalise::name;
use edina_proto::registry::v1::{CompanyContact, SourceRecord};

use super::{Said, Wrong};
use crate::{Reason, field::Field, limits, value::list};

/// Columns that say something of the same person.
const FIELDS: [Field; 5] = [
    Field::ContactName,
    Field::ContactPosition,
    Field::ContactRole,
    Field::ContactPhone,
    Field::ContactEmail,
];

/// Puts the people of all sets of columns where they belong.
pub(super) fn read(said: &Said<'_>, record: &mut SourceRecord) -> Result<(), Wrong> {
    let mut sets: Vec<usize> = FIELDS
        .iter()
        .flat_map(|field| said.all(*field))
        .map(|(at, _)| said.mapping.columns[at].nth)
        .collect();
    if sets.is_empty() {
        return Ok(());
    }
    sets.sort_unstable();
    sets.dedup();
    if sets.len() > limits::VALUES {
        return Err((None, Reason::TooMany(limits::VALUES)));
    }
    for nth in sets {
        let text = |field| said.numbered(field, nth);
        // `Рабочий телефон …` and `Мобильный телефон …` are both his.
        let several = |field| {
            let columns = said.all(field);
            let own = columns.filter(|(at, _)| said.mapping.columns[*at].nth == nth);
            own.map(|(_, text)| text).collect::<Vec<_>>().join("; ")
        };
        let role = text(Field::ContactRole);
        let mut contact = CompanyContact {
            name: text(Field::ContactName),
            position: text(Field::ContactPosition),
            buyer_role: buyer_role(&role).to_owned(),
            phone: several(Field::ContactPhone),
            email: text(Field::ContactEmail),
        };
        // What he decides in words that nobody knows is still said of him.
        if contact.buyer_role.is_empty() && contact.position.is_empty() {
            contact.position = role;
        }
        place(contact, record);
    }
    Ok(())
}

/// A person of the company; or the client himself, where the row names neither a company nor another person.
fn place(mut contact: CompanyContact, record: &mut SourceRecord) {
    let named = [&record.full_name, &record.last_name, &record.first_name]
        .iter()
        .any(|text| !text.is_empty());
    if record.company.is_none() && !named {
        record.full_name = contact.name;
        own(record, &contact.phone, &contact.email);
        if !contact.position.is_empty() {
            record.extra.insert("position".to_owned(), contact.position);
        }
        return;
    }
    // A name in which nobody's given name is, beside which a person is named, is a company's: `Ромашка`, `Иванов`.
    let bare =
        record.last_name.is_empty() && record.first_name.is_empty() && !name::has_given(&record.full_name);
    if record.company.is_none() && (!bare || contact.name.is_empty()) {
        // Somebody beside a person: kept, and nobody's number is taken for the client's.
        if contact.name.is_empty() && !contact.position.is_empty() {
            record
                .extra
                .insert("position".to_owned(), std::mem::take(&mut contact.position));
        }
        let parts = [contact.name, contact.position, contact.phone, contact.email];
        let told: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        if !told.is_empty() {
            record.extra.insert("contact_person".to_owned(), told.join(", "));
        }
        return;
    }
    if contact.name.is_empty() {
        // `Имя`, `Фамилия`, `Компания`, `Должность`: the person of the row is whose position it is.
        let whole = [&record.last_name, &record.first_name, &record.middle_name];
        let parts: Vec<&str> = whole.iter().map(|part| part.as_str()).collect();
        contact.name = match record.full_name.as_str() {
            "" => parts.join(" ").split_whitespace().collect::<Vec<_>>().join(" "),
            full => full.to_owned(),
        };
    }
    if contact.name.is_empty() {
        own(record, &contact.phone, &contact.email);
    } else {
        record.contacts.push(contact);
    }
}

/// A number or address of nobody in particular is the client's.
fn own(record: &mut SourceRecord, phone: &str, email: &str) {
    for (values, typed) in [
        (&mut record.phones, list::phones(phone)),
        (&mut record.emails, list::emails(email)),
    ] {
        let new: Vec<String> = typed
            .into_iter()
            .filter(|value| !values.contains(value))
            .collect();
        let room = limits::VALUES.saturating_sub(values.len());
        values.extend(new.into_iter().take(room));
    }
}

/// Of these words what he decides; empty when they do not say.
fn buyer_role(typed: &str) -> &'static str {
    let typed = typed.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| typed.contains(word));
    if has(&["финанс", "лпр", "принимает решен", "financial", "decision"]) {
        "financial_buyer"
    } else if has(&["технич", "technical"]) {
        "technical_buyer"
    } else if has(&["пользоват", "эксплуат", "водител", "user"]) {
        "user"
    } else {
        ""
    }
}
