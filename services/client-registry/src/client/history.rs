//! Everything a card is made of: what the store hands to the pure side.

use chrono::{DateTime, Utc};
use edina_identity::Normalised;
use uuid::Uuid;

use super::record::Said;

/// All evidence about one card: the members of its component and what is attached to each.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Oldest first; the first is the surviving id.
    pub members: Vec<Member>,
    pub records: Vec<Record>,
    /// Every owner-like statement about the card's vehicles, also of other clients.
    pub statements: Vec<Statement>,
    pub corrections: Vec<Correction>,
    pub confirmations: Vec<Confirmation>,
    pub owners: Vec<OwnerEntry>,
    /// To and from other clients; those undone are left out.
    pub relations: Vec<RelationEntry>,
    pub consents: Vec<ConsentEntry>,
    /// Newest activity in the timeline, merges aside.
    pub last_activity_at: Option<DateTime<Utc>>,
}

/// A client of the component.
#[derive(Debug, Clone)]
pub struct Member {
    pub id: Uuid,
    pub kind: String,
    pub created_at: DateTime<Utc>,
    pub version: i64,
}

/// A source record with its two faces.
#[derive(Debug, Clone)]
pub struct Record {
    pub id: Uuid,
    pub client_id: Uuid,
    pub occurred_at: DateTime<Utc>,
    pub said: Said,
    pub normalised: Normalised,
}

/// What a record says a client is to a vehicle.
#[derive(Debug, Clone)]
pub struct Statement {
    pub vehicle_id: Uuid,
    pub source_record_id: Uuid,
    /// Surviving id of the client it is said of.
    pub root_id: Uuid,
    pub role: String,
    pub at: DateTime<Utc>,
    /// See [`super::ownership::family`].
    pub family: Option<String>,
}

/// What a person corrected.
#[derive(Debug, Clone)]
pub struct Correction {
    pub id: Uuid,
    pub field: String,
    pub value: String,
    pub at: DateTime<Utc>,
    /// Not gathered for short forms.
    pub by_employee_id: String,
}

/// A contact that proved to reach the client.
#[derive(Debug, Clone)]
pub struct Confirmation {
    pub kind: String,
    pub value: String,
    pub at: DateTime<Utc>,
    pub by_what: String,
    /// The call, message or click. Not gathered for short forms.
    pub ref_id: String,
    /// Not gathered for short forms.
    pub by_employee_id: String,
}

/// What one client is to another, by whom it was said.
#[derive(Debug, Clone)]
pub struct RelationEntry {
    pub id: Uuid,
    pub kind: String,
    pub from_client_id: Uuid,
    pub to_client_id: Uuid,
    pub position: String,
    pub buyer_role: String,
    pub since: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
    pub source: String,
    pub source_record_id: Option<Uuid>,
    pub by_employee_id: String,
    pub at: DateTime<Utc>,
    pub undone_at: Option<DateTime<Utc>>,
    /// The correction that it goes with: that the company ended.
    pub correction_id: Option<Uuid>,
    /// Records suggest it; a person is asked.
    pub proposed: bool,
    /// Codes of the signs by which records show it.
    pub because: String,
    /// The other client's record that shows it.
    pub other_record_id: Option<Uuid>,
}

/// A change of owner; an empty employee takes the owner away.
#[derive(Debug, Clone)]
pub struct OwnerEntry {
    pub id: Uuid,
    pub department: String,
    pub employee_id: String,
    pub branch_id: String,
    pub at: DateTime<Utc>,
    /// The record of the lead that he was given; none when a person said so. Not gathered for short forms.
    pub source_record_id: Option<Uuid>,
}

/// A line of the consent ledger.
#[derive(Debug, Clone)]
pub struct ConsentEntry {
    pub id: Uuid,
    pub client_id: Uuid,
    /// Members of the card when it was said.
    pub covers: Vec<Uuid>,
    pub purpose: String,
    pub channel: String,
    pub granted: bool,
    pub text_version: String,
    pub proof: String,
    pub source: String,
    pub at: DateTime<Utc>,
    pub by_employee_id: String,
    /// What was said at once of several members: the first line's id.
    pub said_id: Uuid,
    /// The record that said it; none when a person or another service did.
    pub source_record_id: Option<Uuid>,
    pub undone_at: Option<DateTime<Utc>>,
    pub undone_by: String,
}

impl ConsentEntry {
    /// Whether a person wrote it down, who may have been mistaken.
    pub fn by_hand(&self) -> bool {
        self.source_record_id.is_none() && !self.by_employee_id.is_empty()
    }
}

impl History {
    /// The surviving id.
    pub fn root_id(&self) -> Option<Uuid> {
        self.members.first().map(|member| member.id)
    }

    /// Adds a statement, once.
    pub fn add_statement(&mut self, statement: Statement) {
        let same = |s: &Statement| {
            s.vehicle_id == statement.vehicle_id
                && s.source_record_id == statement.source_record_id
                && s.role == statement.role
        };
        if !self.statements.iter().any(same) {
            self.statements.push(statement);
        }
    }

    /// Owner per department now: the newest change wins.
    pub fn present_owners(&self) -> Vec<&OwnerEntry> {
        let mut newest: std::collections::BTreeMap<&str, &OwnerEntry> = std::collections::BTreeMap::new();
        for entry in &self.owners {
            let present = newest.entry(&entry.department).or_insert(entry);
            if (entry.at, entry.id) > (present.at, present.id) {
                *present = entry;
            }
        }
        newest
            .into_values()
            .filter(|entry| !entry.employee_id.is_empty())
            .collect()
    }
}
