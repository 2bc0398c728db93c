//! The card: a pure function of source records and corrections. Every datum knows where it comes from.

use std::collections::BTreeMap;

use edina_identity::normalise::Gender;
use edina_proto::{
    common::v1::Money,
    registry::v1::{Card, ConsentState, ConsentWord, CorrectionLine, MarketingFact, Owner, Purchase},
    time::to_proto,
};
use uuid::Uuid;

use super::{
    company, completeness,
    consent::{self, InForce},
    contacts, display_name, evidence,
    freshness::Present,
    history::{ConsentEntry, Correction, History, OwnerEntry, Record},
    marks, relations,
    survivorship::{Claim, winner, winner_with_past},
    vehicles, worth,
};

/// Most purchases, marketing facts and words of consent on a card; the timeline has them all.
const MOST_LINES: usize = 200;
/// Most corrections shown.
const MOST_CORRECTIONS: usize = 50;

/// Makes the card. `vehicle_ids` maps vehicle keys to ids. Merges, reviews, sharing and the names of related clients are
/// filled in by the caller.
pub fn assemble(history: &History, vehicle_ids: &BTreeMap<String, Uuid>, present: &Present) -> Card {
    let member_ids: Vec<Uuid> = history.members.iter().map(|member| member.id).collect();
    let segment = segment(history);
    let with_past = |name: &str| winner_with_past(&name_claims(history, name));
    let worth: f64 = history
        .records
        .iter()
        .map(|record| worth::of_record(&record.said, record.occurred_at))
        .sum();
    let brief = brief(history, vehicle_ids, present);
    let mut card = Card {
        last_name: with_past("last_name"),
        first_name: with_past("first_name"),
        middle_name: with_past("middle_name"),
        birth_date: winner_with_past(&person_claims(history, "birth_date", &|record| {
            Some((
                record.normalised.birth_date?.to_string(),
                record.said.birth_date.clone(),
            ))
        })),
        gender: winner_with_past(&person_claims(history, "gender", &|record| {
            let gender = match record.normalised.gender? {
                Gender::Male => "male",
                Gender::Female => "female",
            };
            Some((gender.to_owned(), record.said.gender.clone()))
        })),
        addresses: contacts::addresses(history, segment, present),
        consents: consent::effective(&member_ids, &history.consents)
            .into_iter()
            .map(consent_state)
            .collect(),
        consent_words: consent::words(&history.consents)
            .into_iter()
            .take(MOST_LINES)
            .map(consent_word)
            .collect(),
        purchases: purchases(history),
        marketing: marketing(history),
        created_at: history
            .members
            .iter()
            .map(|member| member.created_at)
            .min()
            .map(to_proto),
        source_record_count: u32::try_from(history.records.len()).unwrap_or(u32::MAX),
        merged_ids: member_ids.iter().skip(1).map(Uuid::to_string).collect(),
        contacts: contacts::contacts(history, segment, present, true),
        version: history
            .members
            .first()
            .map_or(0, |member| member.version.unsigned_abs()),
        hints: vehicles::hints(history, &brief),
        decision_makers: company::decision_makers(history),
        company_names: company::names(history),
        company_data: company::data(history),
        relations: history
            .relations
            .iter()
            .map(|entry| relations::shown(entry, &member_ids))
            .collect(),
        corrections: corrections(history),
        worth: worth::at(worth, present.now),
        ..brief
    };
    vehicles::tell_sources(&mut card, history, vehicle_ids);
    let complete = completeness::of(&card);
    card.completeness = complete.score;
    card.completeness_detail = Some(complete);
    card.missing_minimum = completeness::minimums(&card);
    card
}

/// What its short form shows of a card; the rest is left empty.
pub fn brief(history: &History, vehicle_ids: &BTreeMap<String, Uuid>, present: &Present) -> Card {
    let root = history.root_id().unwrap_or_default();
    let kind = segment(history);
    let name = |name: &str| winner(&name_claims(history, name));
    let mut card = Card {
        client_id: root.to_string(),
        kind: kind.to_owned(),
        last_name: name("last_name"),
        first_name: name("first_name"),
        middle_name: name("middle_name"),
        contacts: contacts::contacts(history, kind, present, false),
        company: company::company(history),
        liquidated_at: company::liquidated_at(history).map(to_proto),
        vehicles: vehicles::vehicles(history, root, vehicle_ids),
        owners: history.present_owners().into_iter().map(owner).collect(),
        marks: marks::marks(history),
        last_activity_at: history
            .records
            .iter()
            .map(|record| record.occurred_at)
            .chain(history.last_activity_at)
            .max()
            .map(to_proto),
        ..Card::default()
    };
    card.display_name = display_name::of(&card, history);
    card
}

/// person or company
pub fn segment(history: &History) -> &'static str {
    if history.members.iter().any(|member| member.kind == "company") {
        "company"
    } else {
        "person"
    }
}

fn name_claims(history: &History, name: &str) -> Vec<Claim> {
    person_claims(history, name, &|record| {
        let read = record
            .normalised
            .name
            .as_ref()
            .or(record.normalised.contact.as_ref())?;
        let (value, raw) = match name {
            "last_name" => (&read.surname, &record.said.last_name),
            "first_name" => (&read.given, &record.said.first_name),
            _ => (&read.patronymic, &record.said.middle_name),
        };
        Some((value.clone()?, raw.clone()))
    })
}

fn person_claims(
    history: &History,
    name: &str,
    of: &dyn Fn(&Record) -> Option<(String, String)>,
) -> Vec<Claim> {
    let corrected = history
        .corrections
        .iter()
        .filter(|correction| correction.field == name);
    let said = history
        .records
        .iter()
        .filter_map(|record| of(record).map(|(value, raw)| Claim::of_person(record, value, &raw)));
    said.chain(corrected.map(Claim::of_correction)).collect()
}

/// What people corrected, the newest first.
fn corrections(history: &History) -> Vec<CorrectionLine> {
    let mut lines: Vec<&Correction> = history.corrections.iter().collect();
    lines.sort_by_key(|line| std::cmp::Reverse((line.at, line.id)));
    let line = |line: &&Correction| CorrectionLine {
        correction_id: line.id.to_string(),
        field: line.field.clone(),
        value: line.value.clone(),
        at: Some(to_proto(line.at)),
        actor_employee_id: line.by_employee_id.clone(),
    };
    lines.iter().take(MOST_CORRECTIONS).map(line).collect()
}

fn purchases(history: &History) -> Vec<Purchase> {
    let mut records: Vec<&Record> = history
        .records
        .iter()
        .filter(|record| record.said.is_purchase())
        .collect();
    records.sort_by_key(|record| std::cmp::Reverse((record.occurred_at, record.id)));
    let purchase = |record: &&Record| Purchase {
        source_record_id: record.id.to_string(),
        at: Some(to_proto(record.occurred_at)),
        kind: record.said.kind.clone(),
        vehicle: evidence::vehicles(&record.said, record.id)
            .into_iter()
            .next()
            .map(|vehicle| vehicle.description),
        amount: record.said.amount.as_ref().map(|m| Money {
            minor: m.minor,
            currency: m.currency.clone(),
        }),
        branch_id: record.said.branch_id.clone(),
        comment: record.said.comment.clone(),
    };
    records.iter().take(MOST_LINES).map(purchase).collect()
}

/// What, where, when, from whom (R33).
fn marketing(history: &History) -> Vec<MarketingFact> {
    let mut records: Vec<&Record> = history
        .records
        .iter()
        .filter(|record| !record.said.channel.is_empty())
        .collect();
    records.sort_by_key(|record| std::cmp::Reverse((record.occurred_at, record.id)));
    let fact = |record: &&Record| {
        let vehicle = record
            .said
            .vehicles
            .first()
            .map(|v| format!("{} {}", v.make, v.model).trim().to_owned());
        MarketingFact {
            what: vehicle
                .filter(|text| !text.is_empty())
                .unwrap_or_else(|| record.said.kind.clone()),
            channel: record.said.channel.clone(),
            at: Some(to_proto(record.occurred_at)),
            from_whom: ["campaign", "utm_campaign", "source_name", "provider", "from_whom"]
                .iter()
                .find_map(|key| record.said.extra.get(*key).cloned())
                .unwrap_or_else(|| record.said.source.clone()),
        }
    };
    records.iter().take(MOST_LINES).map(fact).collect()
}

/// What counts on a channel, for the wire.
pub fn consent_state(found: InForce<'_>) -> ConsentState {
    let line = found.line;
    ConsentState {
        purpose: line.purpose.clone(),
        channel: found.channel.to_owned(),
        said_channel: line.channel.clone(),
        granted: line.granted,
        at: Some(to_proto(line.at)),
        proof: line.proof.clone(),
        text_version: line.text_version.clone(),
        source: line.source.clone(),
        actor_employee_id: line.by_employee_id.clone(),
        consent_id: line.said_id.to_string(),
    }
}

fn consent_word(line: &ConsentEntry) -> ConsentWord {
    ConsentWord {
        consent_id: line.said_id.to_string(),
        purpose: line.purpose.clone(),
        channel: line.channel.clone(),
        granted: line.granted,
        at: Some(to_proto(line.at)),
        proof: line.proof.clone(),
        text_version: line.text_version.clone(),
        source: line.source.clone(),
        actor_employee_id: line.by_employee_id.clone(),
        undone_at: line.undone_at.map(to_proto),
        undone_by_employee_id: line.undone_by.clone(),
        by_hand: line.by_hand(),
    }
}

/// A present owner, for the wire.
pub fn owner(entry: &OwnerEntry) -> Owner {
    Owner {
        department: entry.department.clone(),
        employee_id: entry.employee_id.clone(),
        since: Some(to_proto(entry.at)),
        branch_id: entry.branch_id.clone(),
    }
}
