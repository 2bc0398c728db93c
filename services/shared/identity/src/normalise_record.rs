//! A whole record through the normalisers, with a warning for everything that could not be used.

mod contacts;
mod parts;

use crate::normalise::{Gender, Home, address, birth_date, company, name, plate, tax_id, vin};
use crate::record::{NORMALISED_VERSION, Normalised, Party, RecordInput, Vehicle, VehicleInput, Warning};
use crate::text;
use parts::{bare, city_of, documents};

/// Most phones, e-mails and vehicles taken from one record.
const MAX_VALUES: usize = 16;

/// Makes a record comparable. Never fails: what cannot be read is left out and named in `warnings`.
pub fn normalise(input: &RecordInput, home: &Home) -> Normalised {
    let mut n = Normalised {
        version: NORMALISED_VERSION,
        occurred_at: input.occurred_at,
        source: input.source.as_deref().and_then(non_empty),
        branch: input.branch.as_deref().and_then(non_empty),
        kind: input.kind.as_deref().and_then(non_empty),
        contact: input
            .contact_name
            .as_deref()
            .map(name::parse)
            .filter(|c| !c.is_empty()),
        documents: documents(input),
        city: city(input),
        address: input.address.as_deref().and_then(address::parse),
        house: input.house.as_deref().and_then(bare),
        street: bare(&input.street_lines.join(" ")),
        postcode: input.postcode.as_deref().and_then(bare),
        region: input.region.as_deref().and_then(bare),
        home: Some(home)
            .filter(|home| home.country != Home::default().country)
            .cloned(),
        ..Normalised::default()
    };
    if input.address.as_deref().and_then(non_empty).is_some() && n.address.is_none() {
        n.warn(
            "address",
            "address_unreadable",
            "no street and house in the address",
            "в адресе нет улицы и дома",
        );
    }
    contacts::phones(input, home, &mut n);
    contacts::in_text(input, home, &mut n);
    contacts::emails(input, &mut n);
    contacts::of_people(input, home, &mut n);
    tax_ids(input, &mut n);
    who(input, &mut n);
    born(input, &mut n);
    for typed in input.vehicles.iter().take(MAX_VALUES) {
        let vehicle = vehicle(typed, &mut n);
        if vehicle != Vehicle::default() {
            n.vehicles.push(vehicle);
        }
    }
    n
}

/// Said apart, or named in the address.
fn city(input: &RecordInput) -> Option<String> {
    let apart = input.city.as_deref().map(city_of).filter(|c| !c.is_empty());
    apart.or_else(|| input.address.as_deref().and_then(address::town))
}

fn non_empty(raw: &str) -> Option<String> {
    Some(text::clean(raw)).filter(|t| !t.is_empty())
}

impl Normalised {
    fn warn(&mut self, field: &str, code: &str, message: &str, message_ru: &str) {
        self.warnings.push(Warning {
            field: field.to_owned(),
            code: code.to_owned(),
            message: message.to_owned(),
            message_ru: message_ru.to_owned(),
        });
    }
}

fn tax_ids(input: &RecordInput, n: &mut Normalised) {
    let Some(typed) = &input.company else { return };
    match typed.inn.as_deref().map(tax_id::inn) {
        Some(Ok(inn)) => {
            if !inn.checksum_ok {
                n.warn(
                    "company.inn",
                    "inn_checksum",
                    "the INN's check digit is wrong",
                    "контрольная цифра ИНН не сходится",
                );
            }
            n.inn = Some(inn);
        }
        None | Some(Err(tax_id::TaxIdError::Empty)) => {}
        Some(Err(reason)) => n.warn(
            "company.inn",
            "inn_unreadable",
            &reason.to_string(),
            "ИНН: 10 цифр у компании, 12 у человека",
        ),
    }
    match typed.kpp.as_deref().map(tax_id::kpp) {
        Some(Ok(kpp)) => n.kpp = Some(kpp),
        None | Some(Err(tax_id::TaxIdError::Empty)) => {}
        Some(Err(reason)) => n.warn(
            "company.kpp",
            "kpp_unreadable",
            &reason.to_string(),
            "КПП: 9 знаков",
        ),
    }
    match typed.ogrn.as_deref().map(tax_id::ogrn) {
        Some(Ok(ogrn)) => n.ogrn = Some(ogrn),
        None | Some(Err(tax_id::TaxIdError::Empty)) => {}
        Some(Err(reason)) => n.warn(
            "company.ogrn",
            "ogrn_unreadable",
            &reason.to_string(),
            "ОГРН: 13 цифр, ОГРНИП: 15, последняя контрольная",
        ),
    }
}

/// A company without its legal form in a person's field: somebody to speak to is named beside it, or the type of
/// client says so and no word is a person's.
fn is_bare_company(text: &str, first: &str, input: &RecordInput) -> bool {
    if text.is_empty() || !first.is_empty() {
        return false;
    }
    let somebody = input.contact_name.as_deref().and_then(non_empty).is_some();
    let legal = input.client_type.as_deref().is_some_and(|t| {
        let t = text::clean(t).to_lowercase();
        t.starts_with("юр") || t.starts_with("юл")
    });
    let unnamed = input
        .company
        .as_ref()
        .is_none_or(|c| c.name.as_deref().and_then(non_empty).is_none());
    unnamed && (somebody && !name::is_full_person(text) || legal && !name::has_given(text))
}

/// Person or company, also when a company sits in a name field.
fn who(input: &RecordInput, n: &mut Normalised) {
    let part = |p: &Option<String>| p.as_deref().and_then(non_empty).unwrap_or_default();
    let (full, last, first, middle) = (
        part(&input.full_name),
        part(&input.last_name),
        part(&input.first_name),
        part(&input.middle_name),
    );
    let in_name = [&full, &last, &first]
        .into_iter()
        .find(|p| company::looks_like_company(p))
        .or_else(|| {
            [&full, &last]
                .into_iter()
                .find(|p| is_bare_company(p, &first, input))
        })
        .cloned();
    let given = input
        .company
        .as_ref()
        .and_then(|c| c.name.as_deref())
        .and_then(company::parse);
    n.company = given.or_else(|| in_name.as_deref().and_then(company::parse));
    let person = match (&in_name, full.is_empty()) {
        (Some(_), _) => name::PersonName::default(),
        (None, false) => name::parse(&full),
        (None, true) => name::from_parts(&last, &first, &middle),
    };
    let person = Some(person).filter(|p| !p.is_empty());
    // `Коновалова Маргарита Игоревна` as a company's name is her sole proprietorship.
    if let Some(company) = &mut n.company
        && company.form.is_none()
        && !company.sole_proprietor
        && name::is_full_person(&company.display)
    {
        company.sole_proprietor = true;
        company.person = Some(name::parse(&company.display));
    }
    let trader = n.company.as_ref().is_some_and(|c| c.sole_proprietor)
        || (n.company.is_some() && n.inn.as_ref().is_some_and(|i| i.kind == tax_id::InnKind::Person));
    let legal = n.company.is_some()
        || n.inn.as_ref().is_some_and(|i| i.kind == tax_id::InnKind::Company)
        || n.ogrn.as_ref().is_some_and(|ogrn| ogrn.len() == tax_id::OGRN);
    n.party = match (trader, legal, &person) {
        (true, _, _) => Party::SoleProprietor,
        (false, true, _) => Party::Company,
        (false, false, Some(_)) => Party::Person,
        (false, false, None) => Party::Unknown,
    };
    match n.party {
        Party::Company => n.contact = n.contact.take().or(person),
        Party::SoleProprietor => n.name = n.company.as_ref().and_then(|c| c.person.clone()).or(person),
        Party::Person | Party::Unknown => n.name = person,
    }
    if let Some(name) = &n.name {
        n.name_match = name::match_form(name);
        n.gender = name.gender_hint;
        n.gender_by_name = n.gender.is_some();
    }
    if n.gender.is_none() && n.party != Party::Company {
        n.gender = input.gender.as_deref().and_then(Gender::parse);
    }
}

fn born(input: &RecordInput, n: &mut Normalised) {
    let Some(typed) = input.birth_date.as_deref().and_then(non_empty) else {
        return;
    };
    match birth_date::parse(&typed) {
        Ok(found) if found.placeholder => {
            n.warn(
                "birth_date",
                "birth_date_placeholder",
                "the date of birth is a placeholder",
                "вместо даты рождения заглушка",
            );
        }
        Ok(found) if n.occurred_at.is_some_and(|at| found.date > at.date_naive()) => {
            n.warn(
                "birth_date",
                "birth_date_future",
                "born after the record was made",
                "дата рождения позже самой записи",
            );
        }
        Ok(found) => n.birth_date = Some(found.date),
        Err(reason) => n.warn(
            "birth_date",
            "birth_date_unreadable",
            &reason.to_string(),
            "дата рождения: день.месяц.год",
        ),
    }
}

fn vehicle(typed: &VehicleInput, n: &mut Normalised) -> Vehicle {
    let mut out = Vehicle {
        make: typed.make.as_deref().and_then(non_empty),
        model: typed.model.as_deref().and_then(non_empty),
        year: typed.year,
        role: typed.role.as_deref().and_then(non_empty),
        ..Vehicle::default()
    };
    match typed.vin.as_deref().map(vin::normalise) {
        Some(Ok(found)) => {
            if found.repaired {
                n.warn(
                    "vehicles.vin",
                    "vin_repaired",
                    "look-alike letters of the VIN were repaired",
                    "похожие буквы в VIN исправлены",
                );
            }
            if found.check_digit == vin::CheckDigit::Invalid {
                n.warn(
                    "vehicles.vin",
                    "vin_check_digit",
                    "the VIN's check digit is wrong",
                    "контрольный знак VIN не сходится",
                );
            }
            out.vin = Some(found);
        }
        None | Some(Err(vin::VinError::Empty)) => {}
        Some(Err(reason)) => n.warn(
            "vehicles.vin",
            "vin_unreadable",
            &reason.to_string(),
            "VIN: 17 латинских букв и цифр",
        ),
    }
    match typed.plate.as_deref().map(plate::normalise) {
        Some(Ok(found)) => out.plate = Some(found),
        None | Some(Err(plate::PlateError::Empty)) => {}
        Some(Err(reason)) => n.warn(
            "vehicles.plate",
            "plate_unreadable",
            &reason.to_string(),
            "госномер: например, А123ВС777",
        ),
    }
    out
}
