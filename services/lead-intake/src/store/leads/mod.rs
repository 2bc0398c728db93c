//! Leads as stored: read, locked, and put there first.
//!
//! [`arriving`] tells whether a lead is one we have, [`giving`] whose client and whose work it becomes, [`dealing`] what
//! becomes of it; `lead_list` reads many.

mod arriving;
mod dealing;
mod giving;

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::lead::{
    Lead, Topic, Vehicle,
    status::Status,
    step::{DealFacts, Step},
};

pub use arriving::{alike, arrive_again, lock, of_input};
pub use dealing::{
    MoveRow, close, insert_move, reopen, set_answered, set_overdue, set_step, unanswered_of_client,
};
pub use giving::{
    Card, Place, give_in_turn, has_open, hasten_assignments, last_turns, lock_unresolved, resolve_all,
    set_branch, set_owner,
};

/// A stored lead.
#[derive(Debug, Clone)]
pub struct LeadRow {
    pub id: Uuid,
    pub source_name: String,
    pub channel: String,
    pub topic: String,
    pub department: String,
    pub branch_id: String,
    pub content: Json<Lead>,
    pub step: String,
    pub status: String,
    pub owner_employee_id: String,
    pub client_id: String,
    pub call_id: String,
    pub contact_kind: String,
    pub occurred_at: Option<DateTime<Utc>>,
    pub received_at: DateTime<Utc>,
    pub answer_due_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    pub answered_by: String,
    pub overdue: bool,
    pub close_reason: String,
    pub close_note: String,
    pub closed_at: Option<DateTime<Utc>>,
    pub amount_minor: Option<i64>,
    pub amount_currency: Option<String>,
    pub sold_vehicle: Option<Json<Vehicle>>,
    pub arrivals: i32,
    pub version: i64,
}

impl LeadRow {
    /// What the deal's rules look at.
    pub fn facts(&self, reason: bool) -> DealFacts {
        DealFacts {
            step: Step::from_name(&self.step).unwrap_or_default(),
            status: Status::from_name(&self.status).unwrap_or_default(),
            assigned: !self.owner_employee_id.is_empty(),
            vehicle: self.sold_vehicle.is_some()
                || self.content.0.wanted.iter().any(|vehicle| !vehicle.is_empty()),
            reason,
        }
    }

    /// Where it goes in turn.
    pub fn place(&self) -> Place {
        Place {
            branch_id: self.branch_id.clone(),
            department: self.department.clone(),
        }
    }

    /// What it is about.
    pub fn topic(&self) -> Topic {
        Topic::from_name(&self.topic).unwrap_or_default()
    }
}

/// A lead to be stored.
#[derive(Debug)]
pub struct NewLead<'a> {
    pub id: Uuid,
    pub source_name: &'a str,
    pub channel: &'a str,
    pub topic: Topic,
    pub branch_id: &'a str,
    pub content: &'a Lead,
    pub fingerprint: &'a [u8],
    pub client_id: &'a str,
    pub call_id: &'a str,
    pub received_at: DateTime<Utc>,
    pub answer_due_at: DateTime<Utc>,
}

/// Stores a new lead; with the input it came in, also its arrival and the source's own numbers of it. A number that is
/// known stays with its lead.
pub async fn insert(
    connection: &mut PgConnection,
    group: &GroupId,
    lead: &NewLead<'_>,
    came: Option<Came<'_>>,
) -> sqlx::Result<()> {
    let showroom = lead
        .content
        .showroom
        .as_ref()
        .map(|showroom| match showroom.kind {
            crate::lead::ShowroomKind::Visit => "visit",
            crate::lead::ShowroomKind::Call => "call",
        });
    sqlx::query!(
        "with lead as (
             insert into leads (group_id, id, source_name, channel, topic, department, branch_id, content, fingerprint,
                 client_id, call_id, contact_kind, occurred_at, received_at, answer_due_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ), arrival as (
             insert into arrivals (group_id, lead_id, input_id, at)
             select $1, $2, $16, $14 where $16::uuid is not null
         )
         insert into lead_source_ids (group_id, source_name, source_id, lead_id)
         select $1, $3, source_id, $2 from unnest($17::text[]) as source_id on conflict do nothing",
        group.as_str(),
        lead.id,
        lead.source_name,
        lead.channel,
        lead.topic.as_str(),
        lead.topic.department(),
        lead.branch_id,
        Json(lead.content) as _,
        lead.fingerprint,
        lead.client_id,
        lead.call_id,
        showroom.unwrap_or_default(),
        lead.content.requested_at,
        lead.received_at,
        lead.answer_due_at,
        came.as_ref().map(|came| came.input_id),
        came.map(|came| came.source_ids).unwrap_or_default()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// How a lead came.
#[derive(Debug)]
pub struct Came<'a> {
    /// The input that carried it.
    pub input_id: Uuid,
    /// The sender's own numbers of it.
    pub source_ids: &'a [String],
}

/// Reads rows of leads; the columns stand here once.
macro_rules! rows {
    ($which:tt, $($argument:expr),+) => {
        sqlx::query_as!(
            crate::store::leads::LeadRow,
            r#"select id, source_name, channel, topic, department, branch_id, content as "content: Json<Lead>", step,
                   status, owner_employee_id, client_id, call_id, contact_kind, occurred_at, received_at, answer_due_at,
                   answered_at, answered_by, overdue, close_reason, close_note, closed_at, amount_minor,
                   amount_currency, sold_vehicle as "sold_vehicle: Json<Vehicle>", arrivals, version
               from leads "# + $which,
            $($argument),+
        )
    };
}
pub(super) use rows;

/// One lead.
pub async fn get(connection: &mut PgConnection, group: &GroupId, id: Uuid) -> sqlx::Result<Option<LeadRow>> {
    rows!("where group_id = $1 and id = $2", group.as_str(), id)
        .fetch_optional(connection)
        .await
}

/// Several leads.
pub async fn get_all(
    connection: &mut PgConnection,
    group: &GroupId,
    ids: &[Uuid],
) -> sqlx::Result<Vec<LeadRow>> {
    rows!("where group_id = $1 and id = any($2)", group.as_str(), ids)
        .fetch_all(connection)
        .await
}

/// One lead, locked until the transaction ends.
pub async fn get_for_update(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
) -> sqlx::Result<Option<LeadRow>> {
    rows!("where group_id = $1 and id = $2 for update", group.as_str(), id)
        .fetch_optional(connection)
        .await
}
