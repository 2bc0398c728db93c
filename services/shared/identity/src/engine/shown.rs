//! What a profile says about a trait, as text for a person.

use super::profile::{Given, Held, Profile, Said, Surname};
use super::traits::Trait;

/// Values a profile states about a trait, the most frequent first; empty when it says nothing of it.
pub fn shown(p: &Profile, of: Trait) -> String {
    match of {
        Trait::Given | Trait::GivenShort | Trait::GivenInitial => listed(&p.givens, given),
        Trait::Patronymic | Trait::PatronymicInitial => listed(&p.patronymics, |father| {
            if father.stem.is_empty() {
                father.initial.map(String::from).unwrap_or_default()
            } else {
                father.stem.to_string()
            }
        }),
        Trait::Surname | Trait::SurnameWoman => listed(&p.surnames, surname),
        Trait::BirthDate => listed(&p.birth_dates, |born| born.to_string()),
        Trait::Gender => p
            .gender()
            .map(|(gender, _)| format!("{gender:?}").to_lowercase())
            .unwrap_or_default(),
        Trait::Phone => held(&p.phones, |phone| phone.to_string()),
        Trait::PhoneTail => {
            let tails = held(&p.phone_tails, |phone| phone.to_string());
            if tails.is_empty() {
                held(&p.phones, |phone| phone.to_string())
            } else {
                tails
            }
        }
        Trait::Email | Trait::MailSurname | Trait::MailYear => listed(&p.emails, |email| email.to_string()),
        Trait::Vin | Trait::VinTail => held(&p.vins, |vin| vin.value.to_string()),
        Trait::Plate => held(&p.plates, |plate| plate.value.to_string()),
        Trait::CarModel => listed(&p.models, |words| words.join(" ")),
        Trait::Address | Trait::House => listed(&p.addresses, |address| address.display.clone()),
        Trait::HouseNumber => listed(&p.houses, |house| house.to_string()),
        Trait::Street => listed(&p.streets, |street| street.to_string()),
        Trait::Postcode => listed(&p.postcodes, |postcode| postcode.to_string()),
        Trait::Region => listed(&p.regions, |region| region.to_string()),
        Trait::City => listed(&p.cities, |city| city.to_string()),
        Trait::Branch => listed(&p.branches, |branch| branch.to_string()),
        Trait::CompanyName => listed(&p.companies, |name| name.to_string()),
        Trait::Inn => {
            let numbers = [&p.inns, &p.ogrns].map(|list| listed(list, |number| number.to_string()));
            numbers.join(" ").trim().to_owned()
        }
        Trait::Document => listed(&p.documents, |document| document.to_string()),
        Trait::Contact => {
            let surnames = listed(&p.contact_surnames, surname);
            let givens = listed(&p.contact_givens, given);
            format!("{surnames} {givens}").trim().to_owned()
        }
        Trait::Gap | Trait::Turns => String::new(),
    }
}

fn surname(said: &Surname) -> String {
    said.stem.to_string()
}

fn given(said: &Given) -> String {
    if said.word.is_empty() {
        said.initial.map(String::from).unwrap_or_default()
    } else {
        said.word.to_string()
    }
}

fn listed<T>(values: &[Said<T>], text: impl Fn(&T) -> String) -> String {
    ranked(
        values
            .iter()
            .map(|said| (said.times, text(&said.value)))
            .collect(),
    )
}

fn held<T>(values: &[Held<T>], text: impl Fn(&T) -> String) -> String {
    ranked(
        values
            .iter()
            .map(|held| (held.times, text(&held.value)))
            .collect(),
    )
}

fn ranked(mut values: Vec<(u32, String)>) -> String {
    values.sort_by_key(|(times, _)| std::cmp::Reverse(*times));
    let mut texts: Vec<String> = values.into_iter().map(|(_, text)| text).collect();
    texts.dedup();
    texts.join(", ")
}
