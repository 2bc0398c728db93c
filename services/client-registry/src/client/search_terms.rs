//! What a record can be found by: folded terms, looked up by prefix.

use std::{collections::BTreeSet, iter};

use edina_identity::normalise::{name, phone::format_display};
use edina_identity::text::{digits, phonetic, script::fold_word};
use edina_identity::{Normalised, PersonName, record::Contact};

use super::{evidence::VehicleRead, record::Said};

/// One term under which a client is found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    /// phone, email, messenger, vin, plate, inn (or OGRN), name (a word of it), full (all of it, in an order in which it is
    /// typed), company
    pub kind: &'static str,
    pub term: String,
    /// The value to show as what matched; of somebody at a company with who that is: see [`Told`].
    pub shown: String,
}

/// Parts the value that matched from whose it is.
const OF: char = '\u{1f}';

/// What matched, and who at the company it is that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told<'a> {
    pub value: &'a str,
    /// Name and position.
    pub person: Option<(&'a str, &'a str)>,
}

impl<'a> Told<'a> {
    /// Reads the [`shown`](Term::shown) of a term.
    pub fn read(shown: &'a str) -> Self {
        let mut parts = shown.splitn(3, OF);
        let value = parts.next().unwrap_or_default();
        let person = parts.next().map(|name| (name, parts.next().unwrap_or_default()));
        Self { value, person }
    }

    fn of(value: &str, person: &Contact) -> String {
        format!("{value}{OF}{}{OF}{}", person.name, person.position)
    }
}

/// Fewest digits of a phone that are worth looking for.
pub const SHORTEST_PHONE_PART: usize = 4;

/// Letters of a word whose slips are kept; `store::records` and the migrations say the same in SQL.
const SLIPPING: std::ops::RangeInclusive<usize> = 4..=32;

/// All terms of a record, sorted and without repeats.
pub fn terms(said: &Said, n: &Normalised, vehicles: &[VehicleRead]) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut add = |kind: &'static str, term: String, shown: &str| {
        if !term.is_empty() {
            terms.push(Term {
                kind,
                term,
                shown: shown.to_owned(),
            });
        }
    };
    let own = n.phones.iter().map(|phone| (phone, None));
    let of_people = n
        .contacts
        .iter()
        .flat_map(|person| person.phones.iter().map(move |phone| (phone, Some(person))));
    for (phone, person) in own.chain(of_people) {
        let number = digits(&phone.e164);
        let shown = told(format_display(&phone.e164), person);
        for end in ends(&number) {
            add("phone", end.to_owned(), &shown);
        }
    }
    for local in &n.phone_tails {
        let shown = format_display(local);
        for end in ends(local) {
            add("phone", end.to_owned(), &shown);
        }
    }
    let own = n.emails.iter().map(|email| (email, None));
    let of_people = n
        .contacts
        .iter()
        .flat_map(|person| person.emails.iter().map(move |email| (email, Some(person))));
    for (email, person) in own.chain(of_people) {
        let shown = told(email.address.clone(), person);
        add("email", email.address.clone(), &shown);
        add("email", email.match_key.clone(), &shown);
    }
    // Those that are held by a number are found by it.
    let accounts = said
        .profiles
        .iter()
        .filter(|account| !account.handle.starts_with('+'));
    for account in accounts {
        add("messenger", handle(&account.handle), &account.handle);
    }
    for vehicle in vehicles {
        let vin = &vehicle.description.vin;
        add("vin", backwards(vin), vin);
        add("plate", vehicle.plate.clone(), &vehicle.description.plate);
    }
    // Their lengths tell them apart.
    for number in n.inn.iter().map(|inn| &inn.value).chain(&n.ogrn) {
        add("inn", number.clone(), number);
    }
    // Who is listed with his numbers is told with them.
    let spoken_to = n.contact.iter().filter(|_| n.contacts.is_empty());
    for name in n.name.iter().chain(spoken_to) {
        let shown = name.display();
        let canonical = match n.name_match.given_names.first() {
            Some(full) if n.name.as_ref() == Some(name) && n.name_match.given_names.len() == 1 => Some(full),
            _ => None,
        };
        for (kind, term) in named(name, canonical) {
            add(kind, term, &shown);
        }
    }
    for person in &n.contacts {
        let shown = Told::of(&person.name, person);
        for (kind, term) in named(&name::parse(&person.name), None) {
            add(kind, term, &shown);
        }
    }
    if let Some(company) = &n.company {
        for word in company.core.split(' ') {
            add("company", word.to_owned(), &company.display);
        }
    }
    // What a company and one of its people both have is told as the company's.
    terms.sort();
    terms.dedup_by(|a, b| a.kind == b.kind && a.term == b.term);
    terms
}

fn told(value: String, person: Option<&Contact>) -> String {
    person.map_or_else(|| value.clone(), |person| Told::of(&value, person))
}

/// The number and those of its ends that have an even number of digits: any part of it is the beginning of one of them, or is
/// but for one digit before it. A third of all terms would be the other ends.
fn ends(number: &str) -> impl Iterator<Item = &str> {
    (0..=number.len().saturating_sub(SHORTEST_PHONE_PART))
        .filter(|start| *start == 0 || (number.len() - start).is_multiple_of(2))
        .filter_map(|start| number.get(start..))
}

/// What the terms of numbers with this part of theirs begin with: see [`ends`].
pub fn beginnings(part: &str) -> Vec<String> {
    let behind = (0..10).map(|digit| format!("{digit}{part}"));
    iter::once(part.to_owned()).chain(behind).collect()
}

/// Words of a name, and the whole in every order in which people type it: surname first, given name first with and
/// without the patronymic. A surname of two parts is found by each, a diminutive under the full name, too.
fn named(name: &PersonName, canonical: Option<&String>) -> Vec<(&'static str, String)> {
    let parts = |word: &Option<String>| -> Vec<String> {
        let mut parts: Vec<String> = Vec::new();
        for part in word.iter().flat_map(|word| word.split(' ')) {
            let whole = fold_word(part);
            if whole.contains('-') {
                parts.extend(whole.split('-').map(str::to_owned));
            }
            parts.push(whole);
        }
        parts.retain(|part| !part.is_empty());
        parts
    };
    let initial = |letter: Option<char>| letter.map(|letter| fold_word(&letter.to_string()));
    let surnames = parts(&name.surname);
    let mut givens = parts(&name.given);
    givens.extend(canonical.cloned());
    let patronymics = parts(&name.patronymic);
    let mut terms: BTreeSet<(&'static str, String)> = BTreeSet::new();
    for word in surnames.iter().chain(&givens).chain(&patronymics) {
        terms.insert(("name", word.clone()));
    }
    let patronymic = patronymics
        .into_iter()
        .next()
        .or_else(|| initial(name.initials.patronymic))
        .unwrap_or_default();
    if givens.is_empty() {
        givens.extend(initial(name.initials.given));
    }
    let mut whole = |words: [&str; 3]| {
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        if words.len() > 1 {
            terms.insert(("full", words.join(" ")));
        }
    };
    for given in &givens {
        if surnames.is_empty() {
            whole([given, &patronymic, ""]);
        }
        for surname in &surnames {
            whole([surname, given, &patronymic]);
            whole([given, surname, ""]);
            whole([given, &patronymic, surname]);
        }
    }
    if givens.is_empty() {
        for surname in &surnames {
            whole([surname, &patronymic, ""]);
        }
    }
    terms.into_iter().collect()
}

/// The words of names of people and companies among the terms, each with how it sounds: what the dictionary learns from a record.
pub fn dictionary<'a>(terms: impl Iterator<Item = &'a Term>) -> (Vec<String>, Vec<String>) {
    let words: BTreeSet<&str> = terms
        .filter(|term| matches!(term.kind, "name" | "company"))
        .map(|term| term.term.as_str())
        .collect();
    words
        .into_iter()
        .map(|word| (word.to_owned(), phonetic::key(word)))
        .unzip()
}

/// A word whole and with each of its letters left out, and its sound likewise behind a tilde; nothing of words too short
/// or too long to be told apart.
pub fn slips(word: &str) -> Vec<String> {
    if !SLIPPING.contains(&word.chars().count()) {
        return Vec::new();
    }
    let sounds = without_each(&phonetic::key(word))
        .into_iter()
        .map(|sound| format!("~{sound}"));
    without_each(word).into_iter().chain(sounds).collect()
}

fn without_each(word: &str) -> Vec<String> {
    let letters = word.chars().count();
    let without = |n: usize| -> String {
        let letters = word.chars().enumerate();
        letters.filter(|(place, _)| *place != n).map(|(_, c)| c).collect()
    };
    iter::once(word.to_owned())
        .chain((0..letters).map(without))
        .collect()
}

/// A handle of a messenger or social network as it is looked for: networks ignore its case.
pub fn handle(typed: &str) -> String {
    typed.trim_matches(['@', '/', ' ']).to_lowercase()
}

/// Written from the end, so that an end is found as a beginning.
pub fn backwards(text: &str) -> String {
    text.chars().rev().collect()
}

/// Bounds `[from, to)` of all terms that begin with `prefix`, in byte order.
pub fn prefix_bounds(prefix: &str) -> (String, String) {
    (prefix.to_owned(), format!("{prefix}\u{10FFFF}"))
}
