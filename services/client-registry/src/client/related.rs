//! What records show two clients to be to each other: a person and his sole proprietorship, somebody and where he works, a
//! household. Pure; `registry::relating` finds whom to look at.
//!
//! Never by a number alone: families, offices and reissued numbers share them. Two signs make a relation, and what one sign
//! only suggests is proposed to a person.

use std::collections::BTreeSet;

use edina_identity::{
    Normalised, Party,
    engine::keys::{number_of, number_of_phone},
    normalise::{
        address::Address,
        name::{self, NameMatch},
        tax_id::InnKind,
    },
    text::phonetic,
};

/// A relation that records show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// sole_proprietorship, employer, household
    pub kind: &'static str,
    /// Said of the other client towards this one: the other is the person.
    pub turned: bool,
    /// To be asked of a person first.
    pub proposed: bool,
    /// Codes of the signs.
    pub because: &'static str,
    pub position: String,
    /// Which of the other's records shows it.
    pub other: usize,
}

/// Keys under which those lie that a record may be related to, beside its own.
pub fn keys(n: &Normalised) -> Vec<i64> {
    let mut keys = Vec::new();
    let own = ways(n);
    match n.party {
        Party::Person => {
            keys.extend(own.iter().map(|way| number_of("person", way)));
            if let Some(home) = home(n).filter(|home| !home.flat.is_empty()) {
                let place = format!("{}|{}|{}", home.street, home.house, home.flat);
                keys.push(number_of("flat", &place));
            }
            if home(n).is_some() {
                keys.extend(n.phones.iter().map(|phone| number_of_phone(&phone.e164)));
            }
        }
        Party::Company | Party::SoleProprietor => {
            let people = n.contacts.iter().flat_map(|person| {
                let numbers = person.phones.iter().map(|phone| number_of_phone(&phone.e164));
                let addresses = person.emails.iter();
                numbers.chain(addresses.map(|email| number_of("email", &email.match_key)))
            });
            keys.extend(people);
            if n.party == Party::SoleProprietor {
                keys.extend(n.phones.iter().map(|phone| number_of_phone(&phone.e164)));
                keys.extend(n.emails.iter().map(|email| number_of("email", &email.match_key)));
                let m = &n.name_match;
                let named = m.given_names.iter().filter(|_| !m.surname.is_empty());
                keys.extend(named.map(|given| {
                    number_of("name", &format!("{}|{}", m.surname_sound, phonetic::key(given)))
                }));
            }
        }
        Party::Unknown => {}
    }
    keys
}

/// The INN of a person or a sole proprietorship: the two bear one number.
pub fn person_inn(n: &Normalised) -> Option<&str> {
    let inn = n
        .inn
        .as_ref()
        .filter(|inn| inn.kind == InnKind::Person && inn.checksum_ok)?;
    Some(&inn.value)
}

/// What a record and those of another client show the two to be.
pub fn between(n: &Normalised, others: &[&Normalised]) -> Option<Shown> {
    let mut shown = others
        .iter()
        .enumerate()
        .filter_map(|(at, other)| pair(n, other, at))
        .collect::<Vec<_>>();
    shown.sort_by_key(|shown| shown.proposed);
    shown.into_iter().next()
}

fn pair(n: &Normalised, other: &Normalised, at: usize) -> Option<Shown> {
    use Party::{Company, Person, SoleProprietor};
    let turn = |shown: Shown| Shown {
        turned: true,
        ..shown
    };
    let shown = match (n.party, other.party) {
        (Person, Person) => household(n, other),
        (Person, Company) => employer(n, other),
        (Company, Person) => employer(other, n).map(turn),
        (Person, SoleProprietor) => own_business(n, other).or_else(|| employer(n, other)),
        (SoleProprietor, Person) => own_business(other, n).or_else(|| employer(other, n)).map(turn),
        _ => None,
    };
    shown.map(|shown| Shown { other: at, ..shown })
}

fn shown(kind: &'static str, because: &'static str, proposed: bool) -> Shown {
    Shown {
        kind,
        turned: false,
        proposed,
        because,
        position: String::new(),
        other: 0,
    }
}

/// A company lists him with a number that is his own.
fn employer(person: &Normalised, company: &Normalised) -> Option<Shown> {
    let own = ways(person);
    let found = company.contacts.iter().find(|contact| {
        let has = contact
            .phones
            .iter()
            .any(|phone| own.contains(phone.e164.as_str()))
            || contact
                .emails
                .iter()
                .any(|email| own.contains(email.match_key.as_str()));
        has && may_be_one(&name::match_form(&name::parse(&contact.name)), &person.name_match)
    })?;
    Some(Shown {
        position: found.position.clone(),
        ..shown("employer", "work_phone,name", false)
    })
}

/// One name, and one tax number, phone or address to write to. The whole name alone is only a reason to ask.
fn own_business(person: &Normalised, business: &Normalised) -> Option<Shown> {
    let kind = "sole_proprietorship";
    if !may_be_one(&person.name_match, &business.name_match) {
        return None;
    }
    if person_inn(person).is_some() && person_inn(person) == person_inn(business) {
        return Some(shown(kind, "inn,name", false));
    }
    if person_inn(person).is_some() && person_inn(business).is_some() {
        return None;
    }
    if !ways(person).is_disjoint(&ways(business)) {
        return Some(shown(kind, "phone,name", false));
    }
    let whole = |m: &NameMatch| !m.surname.is_empty() && !m.given.is_empty() && !m.patronymic.is_empty();
    (whole(&person.name_match) && whole(&business.name_match)).then(|| shown(kind, "name", true))
}

/// Two people of other given names who live at one address: of one surname, or of one phone. In a house without flats one of
/// these is a reason to ask.
fn household(one: &Normalised, other: &Normalised) -> Option<Shown> {
    let (home, theirs) = (home(one)?, home(other)?);
    let at_one = home.street == theirs.street && home.house == theirs.house && home.flat == theirs.flat;
    if !at_one || !are_two(&one.name_match, &other.name_match) {
        return None;
    }
    let (a, b) = (&one.name_match, &other.name_match);
    let related = !a.surname_sound.is_empty() && a.surname_sound == b.surname_sound;
    let phone = one
        .phones
        .iter()
        .any(|phone| other.phones.iter().any(|theirs| theirs.e164 == phone.e164));
    let flat = !home.flat.is_empty();
    match (related, phone) {
        (true, true) => Some(shown("household", "surname,address,phone", false)),
        (true, false) => Some(shown("household", "surname,address", !flat)),
        (false, true) => Some(shown("household", "address,phone", !flat)),
        (false, false) => None,
    }
}

fn home(n: &Normalised) -> Option<&Address> {
    n.address.as_ref().filter(|address| !address.house.is_empty())
}

fn ways(n: &Normalised) -> BTreeSet<&str> {
    let numbers = n.phones.iter().map(|phone| phone.e164.as_str());
    numbers
        .chain(n.emails.iter().map(|email| email.match_key.as_str()))
        .collect()
}

/// One surname, and nothing in the rest of the names that speaks against it.
fn may_be_one(one: &NameMatch, other: &NameMatch) -> bool {
    let same = |a: Option<char>, b: Option<char>| a.zip(b).is_none_or(|(a, b)| a == b);
    !one.surname_sound.is_empty()
        && one.surname_sound == other.surname_sound
        && one.given_initial.is_some()
        && other.given_initial.is_some()
        && !are_two(one, other)
        && same(one.patronymic_initial, other.patronymic_initial)
}

/// Their given names are known and other ones.
fn are_two(one: &NameMatch, other: &NameMatch) -> bool {
    match (one.given_names.is_empty(), other.given_names.is_empty()) {
        (false, false) => one.given_names.is_disjoint(&other.given_names),
        _ => one
            .given_initial
            .zip(other.given_initial)
            .is_some_and(|(a, b)| a != b),
    }
}
