//! Who a row is about: a person or a company, and where to find them.

use edina_identity::normalise::company;
use edina_proto::registry::v1::{Company, SourceRecord};

use super::Said;
use crate::field::Field;

/// Puts a name that may be a person's or a company's where it belongs; answers the company.
pub(super) fn name_and_company(said: &Said<'_>, record: &mut SourceRecord) -> Option<Company> {
    let mut found = Company {
        name: said.one(Field::CompanyName),
        inn: said.one(Field::Inn),
        kpp: said.one(Field::Kpp),
        ogrn: said.one(Field::Ogrn),
    };
    // 1C writes both into one cell.
    if let Some((inn, kpp)) = found.inn.clone().split_once('/') {
        found.inn = inn.trim().to_owned();
        if found.kpp.is_empty() {
            found.kpp = kpp.trim().to_owned();
        }
    }
    let name = said.one(Field::Name);
    if !name.is_empty() {
        let typed = said.one(Field::ClientType).to_lowercase();
        let says_company =
            typed.starts_with('ю') || typed.starts_with("компан") || typed.starts_with("company");
        let says_person = typed.starts_with("физ") || typed.starts_with("фл") || typed.starts_with("контакт");
        let company =
            says_company || found.inn.len() == 10 || (!says_person && company::looks_like_company(&name));
        let person_is_named = [&record.full_name, &record.last_name, &record.first_name]
            .iter()
            .any(|text| !text.is_empty());
        if company && found.name.is_empty() {
            found.name = name;
        } else if !company && !person_is_named {
            // A person of 1C has his full name where companies have theirs.
            let full = std::mem::take(&mut found.name);
            let same_person = said.mapping.kind == crate::Kind::OneC && !full.is_empty();
            if same_person && !company::looks_like_company(&full) {
                record.full_name = full;
            } else {
                found.name = full;
                record.full_name = name;
            }
        }
    }
    (found != Company::default()).then_some(found)
}

/// The address in one line, from a column of its own or from its parts.
pub(super) fn address(said: &Said<'_>) -> String {
    let whole = said.one(Field::Address);
    let before = [
        Field::PostalCode,
        Field::Country,
        Field::Region,
        Field::District,
        Field::City,
    ];
    let after = [Field::Street, Field::House, Field::Flat];
    let mut parts: Vec<String> = before.iter().map(|field| said.one(*field)).collect();
    parts.push(whole.clone());
    parts.extend(after.iter().map(|field| said.one(*field)));
    let lower = whole.to_lowercase();
    parts.retain(|part| !part.is_empty() && (*part == whole || !lower.contains(&part.to_lowercase())));
    parts.join(", ")
}
