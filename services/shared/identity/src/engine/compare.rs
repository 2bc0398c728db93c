//! Two profiles side by side. For every trait both speak about there is one level, the best over all values, unless
//! a value that counts speaks against it; and how often such an agreement comes about by chance.

mod cars;
mod company;
mod contact;
mod given;
mod held;
mod mail;
mod person;
mod place;

use super::crowd::Crowds;
use super::model::Sides;
use super::profile::{Days, Profile};
use super::traits::{Level, Trait};
use crate::normalise::{given_names, surnames};
use crate::record::Party;
use crate::stats::TermFrequencies;

/// How every trait came out. A trait only one side speaks about has no level.
#[derive(Debug, Clone)]
pub struct Comparison {
    levels: [Option<Level>; Trait::COUNT],
    /// Share of strangers who would agree as well as this.
    chances: [f32; Trait::COUNT],
    /// One of them is named after the father, Иван Иванович: the other may be that father.
    pub named_after_father: bool,
    /// Both are men, their surnames have nothing in common, and nothing else shows that they belong together: hardly any man
    /// changes his.
    pub another_man: bool,
    /// They were born a generation apart, by dates of which none is a slip of another.
    pub another_generation: bool,
    /// One of them bears initials of one letter, as Лев Леонидович: an initial alone may be that father's.
    pub initial_of_father: bool,
    /// Something rules out that both are one client.
    pub conflict: Option<Conflict>,
    /// The sources that speak.
    pub sides: Sides,
}

/// Why two profiles cannot be one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// A person, a company and a sole proprietorship are three clients.
    Party,
    Given,
    Gender,
    Inn,
    Company,
}

impl Default for Comparison {
    fn default() -> Self {
        Self {
            levels: [None; Trait::COUNT],
            chances: [0.0; Trait::COUNT],
            named_after_father: false,
            another_man: false,
            another_generation: false,
            initial_of_father: false,
            conflict: None,
            sides: [None, None],
        }
    }
}

impl Comparison {
    /// How a trait came out, and how often strangers agree as well.
    pub fn get(&self, t: Trait) -> Option<(Level, f64)> {
        let at = t as usize;
        Some(((*self.levels.get(at)?)?, f64::from(*self.chances.get(at)?)))
    }

    /// Whether both have a number, an address, a car, a home or a document.
    fn has_common_ground(&self) -> bool {
        [
            Trait::Phone,
            Trait::PhoneTail,
            Trait::Email,
            Trait::Vin,
            Trait::VinTail,
            Trait::Plate,
            Trait::Address,
            Trait::House,
            Trait::Inn,
            Trait::Document,
        ]
        .into_iter()
        .any(|t| self.get(t).is_some_and(|(level, _)| level != Level::Other))
    }

    /// Notes an outcome; of two for one trait the better stays.
    fn set(&mut self, t: Trait, level: Level, chance: f64) {
        let at = t as usize;
        let (Some(old), Some(kept)) = (self.levels.get_mut(at), self.chances.get_mut(at)) else {
            return;
        };
        #[expect(clippy::cast_possible_truncation, reason = "a share needs no more digits")]
        let chance = chance as f32;
        if old.is_none_or(|o| level < o || (level == o && chance < *kept)) {
            *old = Some(level);
            *kept = chance;
        }
    }

    fn clear(&mut self, t: Trait) {
        if let Some(level) = self.levels.get_mut(t as usize) {
            *level = None;
        }
    }

    fn oppose(&mut self, conflict: Conflict) {
        self.conflict.get_or_insert(conflict);
    }
}

/// Clients of a town: in a young base a stranger is one of these, not of the few seen so far.
const TOWN: f64 = 200_000.0;
/// How many records general knowledge of a value's frequency is worth.
const KNOWLEDGE: f64 = 1_000.0;

/// Records a number, mailbox or car of one household has, about.
const OWN: f64 = 8.0;

/// Counts that say how common a value is.
pub struct Rarity<'a> {
    terms: &'a dyn TermFrequencies,
    records: f64,
    crowds: Option<&'a Crowds>,
}

impl<'a> Rarity<'a> {
    pub fn new(terms: &'a dyn TermFrequencies) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a count of records")]
        let seen = terms.records() as f64;
        Self {
            terms,
            // Fades fast: a base of ten thousand knows its town.
            records: seen + TOWN * (KNOWLEDGE / (KNOWLEDGE + seen)).powi(2),
            crowds: None,
        }
    }

    /// The same where the numbers of these crowds are known.
    #[must_use]
    pub fn among(self, crowds: &'a Crowds) -> Self {
        Self {
            crowds: Some(crowds),
            ..self
        }
    }

    fn is_crowded(&self, phone: &str) -> bool {
        self.crowds.is_some_and(|crowds| crowds.has(phone))
    }

    /// Records a stranger could be one of.
    pub fn records(&self) -> f64 {
        self.records
    }

    /// Share of records of strangers that hold a number, mailbox or car. As many as a client and those at home have
    /// are theirs; only what goes beyond shows a switchboard, a shared desk or junk.
    fn shared(&self, kind: &str, value: &str, least: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a count of records")]
        let count = self.terms.count(kind, value).unwrap_or(0) as f64;
        ((count - OWN).max(0.0) / self.records).clamp(least, 0.5)
    }

    /// Share of records with this value, of those that state such a value at all (`stated`, a share). A young base has
    /// seen few names: until it has seen many, general knowledge speaks for the town around it.
    fn share(&self, kind: &str, value: &str, stated: f64, least: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a count of records")]
        let [count, records] =
            [self.terms.count(kind, value).unwrap_or(0), self.terms.records()].map(|n| n as f64);
        let usual = match kind {
            "surname" => surnames::prior_share(value),
            "given" => given_names::prior_share(value).max(2e-3),
            "patronymic" => 2e-2,
            "model" => 0.08,
            "branch" | "city" => 0.3,
            _ => least,
        };
        let seen = (count - 1.0).max(0.0);
        ((seen + KNOWLEDGE * usual) / (records * stated + KNOWLEDGE)).clamp(least, 0.5)
    }
}

/// When each side held what they share.
type SharedDays = Option<(Days, Days)>;

/// Compares two profiles. Symmetric.
pub fn compare(a: &Profile, b: &Profile, rarity: &Rarity<'_>) -> Comparison {
    compare_unless(a, b, rarity, |_| false).unwrap_or_default()
}

/// The same, given up as soon as what contradicts is enough: who they are comes first.
pub(super) fn compare_unless(
    a: &Profile,
    b: &Profile,
    rarity: &Rarity<'_>,
    enough: impl Fn(&Comparison) -> bool,
) -> Option<Comparison> {
    let mut c = Comparison {
        sides: [a.source.clone(), b.source.clone()],
        ..Comparison::default()
    };
    if a.party != b.party && a.party != Party::Unknown && b.party != Party::Unknown {
        c.oppose(Conflict::Party);
        if enough(&c) {
            return None;
        }
    }
    if a.party != Party::Company && b.party != Party::Company {
        person::compare(a, b, rarity, &mut c);
        if enough(&c) {
            return None;
        }
        mail::compare(a, b, rarity, &mut c);
    }
    let firm = |p: &Profile| matches!(p.party, Party::Company | Party::SoleProprietor);
    if firm(a) || firm(b) {
        company::compare(a, b, rarity, &mut c);
        if enough(&c) {
            return None;
        }
    } else {
        company::numbers_of_people(a, b, &mut c);
        if enough(&c) {
            return None;
        }
    }
    let number = contact::compare(a, b, rarity, &mut c);
    let car = cars::compare(a, b, rarity, &mut c);
    held::compare(number.into_iter().chain(car), &mut c);
    place::compare(a, b, rarity, &mut c);
    c.another_man &= !c.has_common_ground();
    Some(c)
}
