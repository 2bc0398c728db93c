//! Who is what to a vehicle, and from when to when: computed from dated statements, never stored.
//!
//! A new owner ends the old one's span by date. The two stay apart: a car sold on says nothing about who they are.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::history::Statement;

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

/// Who is to be asked, told or billed about a vehicle, now: `invoice` goes to who pays, `reminder` to who drives, `recall`
/// to who owns; without a payer or driver to the owner.
pub fn receiver(spans: &[Span], vehicle_id: Uuid, what: &str) -> Option<Uuid> {
    let present = |role: &str| {
        spans
            .iter()
            .rfind(|span| span.vehicle_id == vehicle_id && span.role == role && span.to.is_none())
            .map(|span| span.root_id)
    };
    let first = match what {
        "invoice" => present("payer"),
        "reminder" => present("driver"),
        _ => None,
    };
    first.or_else(|| present("owner"))
}

/// What may be sent about a vehicle.
pub const RECEIVED: [&str; 3] = ["invoice", "reminder", "recall"];

/// Who owns the vehicle now, by these statements.
pub fn present_owner(statements: &[Statement], vehicle_id: Uuid) -> Option<Uuid> {
    spans(statements)
        .into_iter()
        .rfind(|span| span.vehicle_id == vehicle_id && span.role == "owner" && span.to.is_none())
        .map(|span| span.root_id)
}

fn of_vehicle(mut statements: Vec<&Statement>) -> Vec<Span> {
    statements.sort_by_key(|statement| (statement.at, statement.source_record_id));
    let mut owned: Vec<Span> = Vec::new();
    let mut others: Vec<Span> = Vec::new();
    for statement in statements {
        let open = owned.last_mut().filter(|span| span.to.is_none());
        match statement.role.as_str() {
            "owner" => {
                if open
                    .as_ref()
                    .is_some_and(|span| span.root_id == statement.root_id)
                {
                    continue;
                }
                if let Some(previous) = open {
                    previous.to = Some(statement.at);
                }
                owned.push(span(statement));
            }
            "former_owner" => match open {
                Some(present) if present.root_id == statement.root_id => present.to = Some(statement.at),
                _ => others.push(Span {
                    to: Some(statement.at),
                    ..span(statement)
                }),
            },
            role => {
                let known = |span: &&mut Span| {
                    span.root_id == statement.root_id && span.role == role && span.to.is_none()
                };
                if others.iter_mut().find(known).is_none() {
                    others.push(span(statement));
                }
            }
        }
        // Who paid for the former owner's car or drove it does not do so for the new one, unless somebody says so again.
        if statement.role == "owner" && owned.len() > 1 {
            for span in others
                .iter_mut()
                .filter(|span| span.to.is_none() && matches!(span.role.as_str(), "payer" | "driver"))
            {
                span.to = Some(statement.at);
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
mod tests {
    use super::*;

    fn said(record: u128, root: u128, role: &str, second: i64) -> Statement {
        Statement {
            vehicle_id: Uuid::from_u128(7),
            source_record_id: Uuid::from_u128(record),
            root_id: Uuid::from_u128(root),
            role: role.into(),
            at: DateTime::from_timestamp(second, 0).unwrap(),
        }
    }

    #[test]
    fn a_new_owner_ends_the_old_ones_span_whenever_the_records_arrive() {
        let mut statements = vec![
            said(1, 1, "owner", 10),
            said(2, 1, "owner", 20),
            said(3, 2, "owner", 30),
            said(4, 1, "driver", 25),
        ];
        let forward = spans(&statements);
        statements.reverse();
        assert_eq!(spans(&statements), forward);
        assert_eq!(forward[0].to.unwrap().timestamp(), 30);
        assert_eq!(forward[1].root_id, Uuid::from_u128(2));
        assert_eq!(
            present_owner(&statements, Uuid::from_u128(7)),
            Some(Uuid::from_u128(2))
        );
    }

    #[test]
    fn each_thing_goes_to_whom_it_concerns_and_nothing_to_the_former_owner() {
        let vehicle = Uuid::from_u128(7);
        let to = |statements: &[Statement], what| {
            receiver(&spans(statements), vehicle, what).map(|root| root.as_u128())
        };
        let mut statements = vec![
            said(1, 1, "owner", 10),
            said(2, 2, "payer", 11),
            said(3, 3, "driver", 12),
        ];
        assert_eq!(
            RECEIVED.map(|what| to(&statements, what)),
            [Some(2), Some(3), Some(1)]
        );
        statements.push(said(4, 4, "owner", 20));
        assert_eq!(RECEIVED.map(|what| to(&statements, what)), [Some(4); 3]);
        statements.push(said(5, 3, "driver", 30));
        assert_eq!(to(&statements, "reminder"), Some(3));
        assert_eq!(to(&statements, "recall"), Some(4));
    }
}
