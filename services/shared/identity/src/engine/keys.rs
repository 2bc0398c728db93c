//! Where to look for candidates: cheap keys, each of which two records of one client may share. An equal key means
//! "compare these", never "these are one"; keys met by too many cards are junk and are not followed.
//!
//! Every key is looked up and stored for every record, so one is here only if it brings together what no other does. On the
//! sets of `tests/bench` the whole number beside its end, house and flat without the street, and the beginning of a VIN
//! bring nothing; name and mail provider bring two pairs of every five that are compared, and next to none that are one.

use std::sync::Arc;

use super::profile::{Profile, Said};
use crate::normalise::email::is_free_provider;
use crate::record::Party;
use crate::text::phonetic;

/// Digits of a number without country code that a slip elsewhere leaves whole.
const HALF: usize = 5;
/// Digits of a number's end by which it is looked up.
const END: usize = 7;
/// Shortest VIN end worth looking up.
const VIN_END: usize = 6;

/// Keys of one kind and value, as `kind:value`.
pub fn keys(p: &Profile) -> Vec<String> {
    let mut out = Vec::new();
    contacts(p, &mut out);
    vehicles(p, &mut out);
    if p.party == Party::Company || p.party == Party::SoleProprietor {
        company(p, &mut out);
    }
    if p.party != Party::Company {
        names(p, &mut out);
        // A person's is rare: no more than the whole of it is worth a look.
        out.extend(p.inns.iter().map(|inn| format!("inn:{}", inn.value)));
    }
    addresses(p, &mut out);
    parts(p, &mut out);
    // A number of somebody at a company leads to it whoever says nothing but that number.
    out.extend(p.contact_ways.iter().map(|way| format!("person:{way}")));
    if p.says_no_name() {
        out.extend(p.own_ways().map(|way| format!("person:{way}")));
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// The keys as stable 64-bit numbers, sorted: what an index stores. Two keys that happen to have one number only bring
/// strangers together to be weighed.
pub fn numbers(p: &Profile) -> Vec<i64> {
    let mut out: Vec<i64> = keys(p).iter().map(|key| number(key)).collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// The number of one key, for who looks others up by less than a whole record.
pub fn number_of(kind: &str, value: &str) -> i64 {
    number(&format!("{kind}:{value}"))
}

/// As [`number_of`] for a phone number.
pub fn number_of_phone(e164: &str) -> i64 {
    number_of("tail", tail(e164, END))
}

/// FNV-1a, which stays what it is between builds and versions; the last mixing spreads short texts over all bits.
fn number(key: &str) -> i64 {
    let mut hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    (hash ^ (hash >> 32)).cast_signed()
}

/// How a given name is looked up: one key per name it may stand for.
fn given_keys(p: &Profile) -> Vec<String> {
    let mut out: Vec<String> = p
        .givens
        .iter()
        .flat_map(|g| g.value.names.iter())
        .map(|n| phonetic::key(n))
        .collect();
    out.sort_unstable();
    out.dedup();
    out
}

fn contacts(p: &Profile, out: &mut Vec<String>) {
    let who: Vec<String> = given_keys(p)
        .into_iter()
        .chain(p.surnames.iter().map(|s| s.value.sound.to_string()))
        .chain(
            p.companies
                .iter()
                .filter_map(|c| c.value.split(' ').next().map(phonetic::key)),
        )
        .collect();
    for phone in p.phones.iter().map(|s| &s.value) {
        // The number itself is its end, whatever the code.
        out.push(format!("tail:{}", tail(phone, END)));
        // One half of the number and the name: a digit may be wrong or missing in the other half.
        let head = phone
            .strip_prefix("+7")
            .unwrap_or(phone)
            .get(..HALF)
            .unwrap_or_default();
        for name in &who {
            out.push(format!("half:{head}|{name}"));
            out.push(format!("half:{}|{name}", tail(phone, HALF)));
        }
    }
    towns(p, out);
    for document in p.documents.iter().map(|s| &s.value) {
        out.push(format!("document:{document}"));
        for name in &who {
            out.push(format!("document_half:{}|{name}", tail(document, 4)));
            out.push(format!(
                "document_half:{}|{name}",
                document.get(..4).unwrap_or_default()
            ));
        }
    }
    for email in p.emails.iter().map(|s| &s.value) {
        out.push(format!("email:{email}"));
        let (local, domain) = email.split_once('@').unwrap_or((email, ""));
        out.push(format!("local:{local}"));
        if !is_free_provider(domain) {
            out.push(format!("office:{domain}"));
        }
    }
}

/// City numbers whose code nobody said. One of seven digits is rare in the whole country; a shorter one is every town's, and
/// leads to those alone who were met in the same branch, also to a whole number that ends so.
fn towns(p: &Profile, out: &mut Vec<String>) {
    let mut local = |short: &str| {
        for branch in &p.branches {
            out.push(format!("town:{}|{short}", branch.value));
        }
        if p.branches.is_empty() {
            out.push(format!("town:|{short}"));
        }
    };
    for phone in p
        .phones
        .iter()
        .map(|s| &s.value)
        .filter(|phone| is_landline(phone))
    {
        local(tail(phone, 6));
        local(tail(phone, 5));
    }
    for short in p
        .phone_tails
        .iter()
        .map(|s| &s.value)
        .filter(|short| short.len() < 7)
    {
        local(short);
    }
    let long = p.phone_tails.iter().filter(|short| short.value.len() >= 7);
    out.extend(long.map(|short| format!("tail:{}", tail(&short.value, 7))));
}

/// A Russian number of a town.
fn is_landline(e164: &str) -> bool {
    e164.len() == 12 && matches!(e164.get(..3), Some("+73" | "+74" | "+78"))
}

fn vehicles(p: &Profile, out: &mut Vec<String>) {
    for vin in p.vins.iter().map(|s| &s.value) {
        if vin.value.len() >= VIN_END {
            out.push(format!("vin_end:{}", tail(&vin.value, VIN_END)));
        }
    }
    for plate in p.plates.iter().map(|s| &s.value) {
        out.push(format!("plate:{}", plate.value.get(..6).unwrap_or(&plate.value)));
    }
}

fn company(p: &Profile, out: &mut Vec<String>) {
    for inn in p.inns.iter().map(|s| &s.value) {
        out.push(format!("inn:{inn}"));
        out.push(format!("inn_start:{}", inn.get(..5).unwrap_or_default()));
        out.push(format!("inn_end:{}", tail(inn, 5)));
    }
    out.extend(p.ogrns.iter().map(|ogrn| format!("ogrn:{}", ogrn.value)));
    for name in p.companies.iter().map(|s| &s.value) {
        let sounds: Vec<String> = name.split(' ').map(phonetic::key).collect();
        out.push(format!("company:{}", sounds.concat()));
        if let Some(first) = sounds.first() {
            out.push(format!("company_word:{first}"));
        }
    }
}

fn names(p: &Profile, out: &mut Vec<String>) {
    let given = given_keys(p);
    let fathers: Vec<&str> = p
        .patronymics
        .iter()
        .map(|s| &*s.value.sound)
        .filter(|s| !s.is_empty())
        .collect();
    let in_mail = p.mail_surnames.iter().filter(|_| p.surnames.is_empty());
    for surname in p.surnames.iter().map(|s| &s.value.sound).chain(in_mail) {
        for name in &given {
            out.push(format!("name:{surname}|{name}"));
        }
        for born in &p.birth_dates {
            out.push(format!("born:{}|{surname}", born.value));
        }
        for initial in p.givens.iter().filter_map(|g| g.value.initial) {
            for city in p.cities.iter().map(|s| &s.value) {
                out.push(format!("initial:{surname}|{initial}|{city}"));
            }
        }
    }
    for born in &p.birth_dates {
        for name in &given {
            out.push(format!("born:{}|{name}", born.value));
        }
    }
    for name in &given {
        for father in &fathers {
            for city in p.cities.iter().chain(&p.branches).map(|s| &s.value) {
                out.push(format!("father:{name}|{father}|{city}"));
            }
        }
    }
}

fn addresses(p: &Profile, out: &mut Vec<String>) {
    for a in p
        .addresses
        .iter()
        .map(|s| &s.value)
        .filter(|a| !a.house.is_empty())
    {
        if !a.flat.is_empty() {
            out.push(format!("flat:{}|{}|{}", a.street, a.house, a.flat));
        }
        for name in given_keys(p) {
            out.push(format!("house:{}|{}|{name}", a.street, a.house));
        }
    }
}

/// Parts of an address said apart, any of which may be wrong: each with another or with who lives there.
fn parts(p: &Profile, out: &mut Vec<String>) {
    let values =
        |list: &[Said<Arc<str>>]| -> Vec<Arc<str>> { list.iter().map(|s| s.value.clone()).collect() };
    let (houses, streets, postcodes) = (values(&p.houses), values(&p.streets), values(&p.postcodes));
    if postcodes.is_empty() && streets.is_empty() {
        return;
    }
    let mut who: Vec<String> = given_keys(p);
    who.extend(p.surnames.iter().map(|s| s.value.sound.to_string()));
    who.extend(p.birth_dates.iter().map(|d| d.value.to_string()));
    for house in &houses {
        for postcode in &postcodes {
            out.push(format!("post:{postcode}|{house}"));
        }
        for who in &who {
            out.push(format!("number:{house}|{who}"));
        }
    }
    for street in &streets {
        out.push(format!("street:{street}"));
    }
    for place in postcodes.iter().chain(&values(&p.cities)) {
        for who in &who {
            out.push(format!("place:{place}|{who}"));
        }
    }
}

/// Last `count` bytes of an ASCII string, all of it when shorter.
pub(super) fn tail(s: &str, count: usize) -> &str {
    s.get(s.len().saturating_sub(count)..).unwrap_or(s)
}
