//! Who is what to a vehicle, and from when to when: computed from dated statements, never stored.
//!
//! A new owner ends the old one's span by date. The two stay apart: a car sold on says nothing about who they are.
//!
//! Who buys a car or is said to own it is its owner. Who brings it to service, or is listed with it, and says no more `uses`
//! it: whoever does so first counts as the owner until somebody is, but husband and wife who bring one car in turn do not sell
//! it to each other each time. That it was sold nobody may ever tell us, so visits say so at last: those of one person, two
//! that lie [`APART`] from each other, without a word of the owner or of his family between or after. A year's service has one
//! visit or two: so long an owner rarely stays away. Where one of the two surnames is not known it takes three. Cars of
//! companies are brought by their drivers, and companies send mechanics with others' cars: there only a document tells. Nor
//! do visits of whoever is known to drive the car or to pay for it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use edina_identity::{Normalised, Party};
use edina_proto::registry::v1::VehicleRoute;
use uuid::Uuid;

use super::history::Statement;

/// The role of who brings a car, or is listed with it, and says no more.
pub const USES: &str = "uses";
/// The family of a company.
const COMPANY: &str = "=";
/// Between the first and the last visit that make somebody the owner.
const APART: TimeDelta = TimeDelta::days(60);

/// What tells strangers from relatives: how the surname sounds without its gender; empty when there is none.
pub fn family(n: &Normalised) -> &str {
    match n.party {
        Party::Company => COMPANY,
        _ => &n.name_match.surname_sound,
    }
}

/// One client's role over a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub vehicle_id: Uuid,
    pub root_id: Uuid,
    pub role: String,
    pub from: DateTime<Utc>,
    /// None while it lasts.
    pub to: Option<DateTime<Utc>>,
    pub source_record_id: Uuid,
}

/// All spans, by vehicle and time.
pub fn spans(statements: &[Statement]) -> Vec<Span> {
    let mut by_vehicle: BTreeMap<Uuid, Vec<&Statement>> = BTreeMap::new();
    for statement in statements {
        by_vehicle
            .entry(statement.vehicle_id)
            .or_default()
            .push(statement);
    }
    by_vehicle.into_values().flat_map(of_vehicle).collect()
}

/// Who is to be asked, told or billed about a vehicle, now, and by which role: `invoice` goes to who pays, `reminder` to who
/// drives, `recall` to who owns; without a payer or driver to the owner.
pub fn receiver<'a>(spans: &'a [Span], vehicle_id: Uuid, what: &str) -> Option<&'a Span> {
    let present = |role: &str| {
        spans
            .iter()
            .rfind(|span| span.vehicle_id == vehicle_id && span.role == role && span.to.is_none())
    };
    let first = match what {
        "invoice" => present("payer"),
        "reminder" => present("driver"),
        _ => None,
    };
    first.or_else(|| present("owner"))
}

/// Whom everything about a vehicle goes to now; names are filled in by the caller.
pub fn routes(spans: &[Span], vehicle_id: Uuid) -> Vec<VehicleRoute> {
    let route = |what: &str| {
        let span = receiver(spans, vehicle_id, what)?;
        Some(VehicleRoute {
            what: what.to_owned(),
            role: span.role.clone(),
            client_id: span.root_id.to_string(),
            display_name: String::new(),
        })
    };
    RECEIVED.into_iter().filter_map(route).collect()
}

/// What may be sent about a vehicle.
pub const RECEIVED: [&str; 3] = ["invoice", "reminder", "recall"];

/// Who owns each vehicle now, by these statements; vehicles without an owner are left out.
pub fn present_owners(statements: &[Statement]) -> BTreeMap<Uuid, Uuid> {
    spans(statements)
        .into_iter()
        .filter(|span| span.role == "owner" && span.to.is_none())
        .map(|span| (span.vehicle_id, span.root_id))
        .collect()
}

/// Visits of somebody who is not the owner.
struct Visits<'a> {
    first: &'a Statement,
    times: usize,
}

fn of_vehicle(mut statements: Vec<&Statement>) -> Vec<Span> {
    statements.sort_by_key(|statement| (statement.at, statement.source_record_id));
    let families = families(&statements);
    let family = |root: &Uuid| families.get(root).copied();
    let mut owned: Vec<Span> = Vec::new();
    let mut others: Vec<Span> = Vec::new();
    // Since the present owner's last word.
    let mut visits: BTreeMap<Uuid, Visits<'_>> = BTreeMap::new();
    for statement in statements {
        let root = statement.root_id;
        let open = owned
            .last()
            .filter(|span| span.to.is_none())
            .map(|span| span.root_id);
        let known = |role: &str, others: &[Span]| {
            let same = |span: &Span| span.root_id == root && span.role == role && span.to.is_none();
            others.iter().position(same)
        };
        if open == Some(root)
            || open
                .and_then(|owner| family(&owner))
                .is_some_and(|own| own != COMPANY && family(&root) == Some(own))
        {
            visits.clear();
        }
        match statement.role.as_str() {
            "owner" if open == Some(root) => {}
            "owner" => {
                hand_over(&mut owned, &mut others, statement, statement.at);
                visits.clear();
            }
            USES if open == Some(root) => {}
            // Who gave it away and brings it once more has not bought it back.
            USES if open.is_none() && owned.last().is_none_or(|span| span.root_id != root) => {
                hand_over(&mut owned, &mut others, statement, statement.at);
                visits.clear();
            }
            USES => {
                if known(USES, &others).is_none() {
                    others.push(span(statement));
                }
                let may_own = open.is_some_and(|owner| {
                    let strangers = [family(&owner), family(&root)];
                    strangers[0] != strangers[1] || strangers[0].is_none()
                }) && ![open.as_ref().and_then(family), family(&root)].contains(&Some(COMPANY))
                    && known("driver", &others).is_none()
                    && known("payer", &others).is_none();
                if !may_own || statement.family.is_none() {
                    continue;
                }
                let seen = visits.entry(root).or_insert(Visits {
                    first: statement,
                    times: 0,
                });
                seen.times += 1;
                let both_known = open.as_ref().and_then(family).is_some() && family(&root).is_some();
                let enough = if both_known { 2 } else { 3 };
                if seen.times >= enough && statement.at - seen.first.at >= APART {
                    let first = seen.first;
                    hand_over(&mut owned, &mut others, first, first.at);
                    visits.clear();
                }
            }
            "former_owner" if open == Some(root) => {
                if let Some(present) = owned.last_mut() {
                    present.to = Some(statement.at);
                }
            }
            "former_owner" => others.push(Span {
                to: Some(statement.at),
                ..span(statement)
            }),
            "former_payer" | "former_driver" => {
                let role = statement.role.trim_start_matches("former_");
                if let Some(ended) = known(role, &others).and_then(|at| others.get_mut(at)) {
                    ended.to = Some(statement.at.max(ended.from));
                }
            }
            role => {
                if known(role, &others).is_none() {
                    others.push(span(statement));
                }
            }
        }
    }
    // Who wanted a car and got it wants it no more.
    for wish in others.iter_mut().filter(|span| span.role == "wants") {
        wish.to = owned
            .iter()
            .find(|span| span.root_id == wish.root_id && span.from >= wish.from)
            .map(|span| span.from);
    }
    others.retain(|other| {
        other.role != "former_owner" || !owned.iter().any(|span| span.root_id == other.root_id)
    });
    owned.extend(others);
    owned
}

/// The families of those of whom one is known.
fn families<'a>(statements: &[&'a Statement]) -> BTreeMap<Uuid, &'a str> {
    let known = statements.iter().filter_map(|statement| {
        let family = statement.family.as_deref().filter(|family| !family.is_empty())?;
        Some((statement.root_id, family))
    });
    known.collect()
}

/// Makes whom a statement speaks of the owner.
fn hand_over(owned: &mut Vec<Span>, others: &mut Vec<Span>, statement: &Statement, at: DateTime<Utc>) {
    if let Some(previous) = owned.last_mut().filter(|span| span.to.is_none()) {
        previous.to = Some(at);
    }
    // He used it as its owner.
    others.retain(|span| !(span.root_id == statement.root_id && span.role == USES && span.from >= at));
    // Who paid for the former owner's car, drove or used it does not do so for the new one, unless somebody says so again.
    let is_first = owned.is_empty();
    for span in others
        .iter_mut()
        .filter(|span| !is_first && span.to.is_none() && span.from <= at)
    {
        if matches!(span.role.as_str(), "payer" | "driver" | USES) {
            span.to = Some(at);
        }
    }
    owned.push(Span {
        role: "owner".to_owned(),
        ..span(statement)
    });
}

fn span(statement: &Statement) -> Span {
    Span {
        vehicle_id: statement.vehicle_id,
        root_id: statement.root_id,
        role: statement.role.clone(),
        from: statement.at,
        to: None,
        source_record_id: statement.source_record_id,
    }
}

#[cfg(test)]
#[path = "ownership_test.rs"]
mod tests;
