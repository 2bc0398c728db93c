//! What a set of records says about its client: every value once, with how many records say it.

mod mail;
mod said;

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::normalise::Gender;
use crate::normalise::address::Address;
use crate::normalise::phone::{PhoneKind, is_short_mobile};
use crate::record::{Normalised, Party};

pub use said::{Days, Given, Held, Patronymic, PlateSaid, Said, Surname, VinSaid};
use said::{add, add_held, both, given, hold, model_words, note, surname};

/// Most different values of one kind kept; a card with more is a switchboard or a fleet.
const MAX_VALUES: usize = 24;

/// Layout and reading of [`Profile`]: stored profiles of another version are made anew from their records.
pub const PROFILE_VERSION: i32 = 7;

/// What a set of records says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    pub party: Party,
    /// Records in the set.
    pub records: u32,
    /// The source of all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub surnames: Vec<Said<Surname>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub givens: Vec<Said<Given>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patronymics: Vec<Said<Patronymic>>,
    /// Records that show each gender: (male, female), by the name and by the field.
    pub gender_by_name: (u32, u32),
    pub gender_by_field: (u32, u32),
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub birth_dates: Vec<Said<NaiveDate>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<Held<Arc<str>>>,
    /// City numbers without a code.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phone_tails: Vec<Held<Arc<str>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<Said<Arc<str>>>,
    /// By sound: surnames an e-mail may be made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mail_surnames: Vec<Arc<str>>,
    /// Last two digits of years e-mails end with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mail_years: Vec<i32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vins: Vec<Held<VinSaid>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plates: Vec<Held<PlateSaid>>,
    /// Words of make and model, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<Said<Arc<[Arc<str>]>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Said<Arc<Address>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cities: Vec<Said<Arc<str>>>,
    /// Parts of addresses said apart: number of the house, letters of the street lines, postcode, region.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub houses: Vec<Said<Arc<str>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub streets: Vec<Said<Arc<str>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub postcodes: Vec<Said<Arc<str>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Said<Arc<str>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<Said<Arc<str>>>,
    /// Words of the name proper.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub companies: Vec<Said<Arc<str>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inns: Vec<Said<Arc<str>>>,
    /// OGRNs and OGRNIPs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ogrns: Vec<Said<Arc<str>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Said<Arc<str>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contact_givens: Vec<Said<Given>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contact_surnames: Vec<Said<Surname>>,
    /// Numbers and addresses of a company's people: by them somebody who says nothing else is found, never compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contact_ways: Vec<Arc<str>>,
    /// Days since the epoch of the first and last record.
    pub days: Option<Days>,
}

impl Profile {
    /// The profile of one record.
    pub fn of(n: &Normalised) -> Self {
        let day = n
            .occurred_at
            .and_then(|at| i32::try_from(at.timestamp() / 86_400).ok())
            .map(|d| (d, d));
        let mut p = Self {
            party: n.party,
            records: 1,
            source: n.source.as_deref().map(Arc::from),
            days: day,
            ..Self::default()
        };
        p.take_name(n);
        if let Some(born) = n.birth_date {
            note(&mut p.birth_dates, born, 1);
        }
        for phone in &n.phones {
            if phone.plausible || phone.kind_hint != PhoneKind::Unknown || is_short_mobile(&phone.e164) {
                hold(&mut p.phones, phone.e164.as_str().into(), 1, day);
            }
        }
        for tail in &n.phone_tails {
            hold(&mut p.phone_tails, tail.as_str().into(), 1, day);
        }
        for email in n.emails.iter().filter(|e| !e.placeholder) {
            note(&mut p.emails, email.match_key.as_str().into(), 1);
            let (surnames, year) = mail::said_by(&email.match_key);
            for sound in surnames {
                if !p.mail_surnames.contains(&sound) {
                    p.mail_surnames.push(sound);
                }
            }
            p.mail_years.extend(year);
        }
        for vehicle in &n.vehicles {
            if let Some(vin) = &vehicle.vin {
                let value = vin.value.as_str().into();
                let partial = vin.partial;
                hold(&mut p.vins, VinSaid { value, partial }, 1, day);
            }
            if let Some(plate) = &vehicle.plate {
                let whole = plate.region.is_some() || !plate.standard;
                let value = plate.value.as_str().into();
                hold(&mut p.plates, PlateSaid { value, whole }, 1, day);
            }
            let words = model_words(vehicle.make.as_deref(), vehicle.model.as_deref());
            if !words.is_empty() {
                note(&mut p.models, words.into(), 1);
            }
        }
        if let Some(address) = &n.address {
            note(&mut p.addresses, Arc::new(address.clone()), 1);
        }
        if let Some(city) = &n.city {
            note(&mut p.cities, city.as_str().into(), 1);
        }
        for (list, part) in [
            (&mut p.houses, &n.house),
            (&mut p.streets, &n.street),
            (&mut p.postcodes, &n.postcode),
            (&mut p.regions, &n.region),
        ] {
            if let Some(part) = part {
                note(list, part.as_str().into(), 1);
            }
        }
        if let Some(branch) = &n.branch {
            note(&mut p.branches, branch.as_str().into(), 1);
        }
        if n.party != Party::Person
            && let Some(company) = &n.company
        {
            note(&mut p.companies, company.core.as_str().into(), 1);
        }
        for document in &n.documents {
            note(&mut p.documents, document.as_str().into(), 1);
        }
        if let Some(inn) = &n.inn {
            note(&mut p.inns, inn.value.as_str().into(), 1);
        }
        if let Some(ogrn) = &n.ogrn {
            note(&mut p.ogrns, ogrn.as_str().into(), 1);
        }
        if matches!(p.party, Party::Company | Party::SoleProprietor) {
            for person in &n.contacts {
                let numbers = person.phones.iter().map(|phone| phone.e164.as_str());
                let addresses = person.emails.iter().map(|email| email.match_key.as_str());
                for way in numbers.chain(addresses) {
                    p.add_way(way.into());
                }
            }
        }
        p
    }

    fn add_way(&mut self, way: Arc<str>) {
        if self.contact_ways.len() < MAX_VALUES && !self.contact_ways.contains(&way) {
            self.contact_ways.push(way);
        }
    }

    /// Whether it says nothing but numbers or addresses to write to, as a call does.
    pub fn says_no_name(&self) -> bool {
        self.surnames.is_empty()
            && self.givens.is_empty()
            && self.companies.is_empty()
            && self.inns.is_empty()
            && self.ogrns.is_empty()
            && self.birth_dates.is_empty()
            && self.vins.is_empty()
            && self.plates.is_empty()
            && self.documents.is_empty()
    }

    /// Whether it says a name, or has an e-mail that one may be read in: otherwise how common names are does not matter to it.
    pub fn hints_at_name(&self) -> bool {
        !self.says_no_name() || !self.mail_surnames.is_empty()
    }

    /// The numbers and addresses it has of its own.
    pub fn own_ways(&self) -> impl Iterator<Item = &Arc<str>> {
        let addresses = self.emails.iter().map(|email| &email.value);
        self.phones.iter().map(|phone| &phone.value).chain(addresses)
    }

    /// Whether a number or address of its own is the other's, too.
    pub fn shares_way(&self, other: &Self) -> bool {
        self.own_ways()
            .any(|way| other.own_ways().any(|theirs| theirs == way))
    }

    fn take_name(&mut self, n: &Normalised) {
        let m = &n.name_match;
        if n.party != Party::Company {
            if !m.surname.is_empty() {
                note(&mut self.surnames, surname(&m.surname), 1);
            }
            if m.given_initial.is_some() {
                note(&mut self.givens, given(m), 1);
            }
            if m.patronymic_initial.is_some() {
                let patronymic = Patronymic {
                    stem: m.patronymic.as_str().into(),
                    sound: m.patronymic_sound.as_str().into(),
                    initial: m.patronymic_initial,
                };
                note(&mut self.patronymics, patronymic, 1);
            }
        }
        let count = match n.gender_by_name {
            true => &mut self.gender_by_name,
            false => &mut self.gender_by_field,
        };
        match n.gender {
            Some(Gender::Male) => count.0 += 1,
            Some(Gender::Female) => count.1 += 1,
            None => {}
        }
        if let Some(contact) = n.contact.as_ref().map(crate::normalise::name::match_form) {
            if !contact.surname.is_empty() {
                note(&mut self.contact_surnames, surname(&contact.surname), 1);
            }
            if contact.given_initial.is_some() {
                note(&mut self.contact_givens, given(&contact), 1);
            }
        }
    }

    /// Adds what another set of records says.
    pub fn join(&mut self, other: &Self) {
        if self.party == Party::Unknown {
            self.party = other.party;
        }
        if self.records == 0 {
            self.source.clone_from(&other.source);
        } else if self.source != other.source {
            self.source = None;
        }
        self.records += other.records;
        add(&mut self.surnames, &other.surnames);
        add(&mut self.givens, &other.givens);
        add(&mut self.patronymics, &other.patronymics);
        add(&mut self.birth_dates, &other.birth_dates);
        add_held(&mut self.phones, &other.phones);
        add_held(&mut self.phone_tails, &other.phone_tails);
        add(&mut self.emails, &other.emails);
        for sound in &other.mail_surnames {
            if self.mail_surnames.len() < MAX_VALUES && !self.mail_surnames.contains(sound) {
                self.mail_surnames.push(sound.clone());
            }
        }
        for year in &other.mail_years {
            if self.mail_years.len() < MAX_VALUES && !self.mail_years.contains(year) {
                self.mail_years.push(*year);
            }
        }
        add_held(&mut self.vins, &other.vins);
        add_held(&mut self.plates, &other.plates);
        add(&mut self.models, &other.models);
        add(&mut self.addresses, &other.addresses);
        add(&mut self.cities, &other.cities);
        add(&mut self.houses, &other.houses);
        add(&mut self.streets, &other.streets);
        add(&mut self.postcodes, &other.postcodes);
        add(&mut self.regions, &other.regions);
        add(&mut self.branches, &other.branches);
        add(&mut self.companies, &other.companies);
        add(&mut self.inns, &other.inns);
        add(&mut self.ogrns, &other.ogrns);
        add(&mut self.documents, &other.documents);
        add(&mut self.contact_givens, &other.contact_givens);
        add(&mut self.contact_surnames, &other.contact_surnames);
        for way in &other.contact_ways {
            self.add_way(Arc::clone(way));
        }
        for (own, theirs) in [
            (&mut self.gender_by_name, other.gender_by_name),
            (&mut self.gender_by_field, other.gender_by_field),
        ] {
            own.0 += theirs.0;
            own.1 += theirs.1;
        }
        self.days = both(self.days, other.days);
    }

    /// The profile of a card.
    pub fn of_card<'n>(members: impl IntoIterator<Item = &'n Normalised>) -> Self {
        let mut all = Self::default();
        for member in members {
            all.join(&Self::of(member));
        }
        all
    }

    /// Gender, by the names first; `true` when the names show it.
    pub fn gender(&self) -> Option<(Gender, bool)> {
        let of = |(m, f): (u32, u32)| match m.cmp(&f) {
            std::cmp::Ordering::Greater => Some(Gender::Male),
            std::cmp::Ordering::Less => Some(Gender::Female),
            std::cmp::Ordering::Equal => None,
        };
        of(self.gender_by_name)
            .map(|g| (g, true))
            .or_else(|| of(self.gender_by_field).map(|g| (g, false)))
    }
}
