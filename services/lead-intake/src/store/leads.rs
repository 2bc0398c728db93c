//! Leads, their arrivals and moves. One statement a function, so it is longer than most files.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::{
    intake::Close,
    lead::{
        Lead, Topic, Vehicle,
        status::Status,
        step::{DealFacts, Step},
    },
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

/// A move along the steps.
#[derive(Debug, Serialize, Deserialize)]
pub struct MoveRow {
    pub from_step: String,
    pub to_step: String,
    pub at: DateTime<Utc>,
    pub actor_employee_id: String,
}

/// Serialises leads of a source that share a name (a fingerprint, an id of the sender) until the transaction ends.
///
/// Taken in one order, so that two documents with the same leads cannot wait for each other in a circle; and from 64
/// locks a source, so that a long document does not fill the server's table of locks.
pub async fn lock(
    connection: &mut PgConnection,
    group: &GroupId,
    source: &str,
    names: &[String],
) -> sqlx::Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(key) as locked from (
             select distinct hashtextextended($1, 2) # (hashtextextended(name, 3) & 63) as key
             from unnest($2::text[]) as name order by key) as locks",
        format!("{group}|{source}"),
        names
    )
    .fetch_all(connection)
    .await?;
    Ok(())
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

/// Leads that may be the one that comes now.
#[derive(Debug)]
pub struct Alike {
    /// The one that carries one of the sender's numbers.
    pub by_number: Option<Uuid>,
    /// What that one says.
    pub content: Option<Json<Lead>>,
    /// One with the same content, received since.
    pub by_content: Option<Uuid>,
}

/// Leads of a source with one of these numbers or this fingerprint.
pub async fn alike(
    connection: &mut PgConnection,
    group: &GroupId,
    source: &str,
    numbers: &[String],
    fingerprint: &[u8],
    since: DateTime<Utc>,
) -> sqlx::Result<Alike> {
    sqlx::query_as!(
        Alike,
        r#"select numbered.lead_id as "by_number?", lead.content as "content?: Json<Lead>", same.id as "by_content?"
           from (values (1)) as one
           left join lateral (
               select lead_id from lead_source_ids
               where group_id = $1 and source_name = $2 and source_id = any($3) limit 1) as numbered on true
           left join leads as lead on lead.group_id = $1 and lead.id = numbered.lead_id
           left join lateral (
               select id from leads
               where group_id = $1 and source_name = $2 and fingerprint = $4 and received_at > $5
               order by received_at desc limit 1) as same on true"#,
        group.as_str(),
        source,
        numbers,
        fingerprint,
        since
    )
    .fetch_one(connection)
    .await
}

/// Another arrival of a known lead.
pub async fn arrive_again(
    connection: &mut PgConnection,
    group: &GroupId,
    lead_id: Uuid,
    input_id: Uuid,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    insert_arrival(connection, group, lead_id, input_id, at).await?;
    sqlx::query!(
        "update leads set arrivals = arrivals + 1, version = version + 1 where group_id = $1 and id = $2",
        group.as_str(),
        lead_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that an input carried the lead.
pub async fn insert_arrival(
    connection: &mut PgConnection,
    group: &GroupId,
    lead_id: Uuid,
    input_id: Uuid,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into arrivals (group_id, lead_id, input_id, at) values ($1, $2, $3, $4) on conflict do nothing",
        group.as_str(),
        lead_id,
        input_id,
        at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The leads of an input with their fingerprints.
pub async fn of_input(
    connection: &mut PgConnection,
    group: &GroupId,
    input_id: Uuid,
) -> sqlx::Result<Vec<(Uuid, Vec<u8>)>> {
    let rows = sqlx::query!(
        "select distinct leads.id, leads.fingerprint from arrivals
         join leads on leads.group_id = arrivals.group_id and leads.id = arrivals.lead_id
         where arrivals.group_id = $1 and arrivals.input_id = $2 order by leads.id",
        group.as_str(),
        input_id
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.fingerprint)).collect())
}

/// One lead.
pub async fn get(connection: &mut PgConnection, group: &GroupId, id: Uuid) -> sqlx::Result<Option<LeadRow>> {
    sqlx::query_as!(
        LeadRow,
        r#"select id, source_name, channel, topic, department, branch_id, content as "content: Json<Lead>", step, status,
               owner_employee_id, client_id, call_id, contact_kind, occurred_at, received_at, answer_due_at, answered_at,
               answered_by, overdue, close_reason, close_note, closed_at, amount_minor, amount_currency,
               sold_vehicle as "sold_vehicle: Json<Vehicle>", arrivals, version
           from leads where group_id = $1 and id = $2"#,
        group.as_str(),
        id
    )
    .fetch_optional(connection)
    .await
}

/// Several leads.
pub async fn get_all(
    connection: &mut PgConnection,
    group: &GroupId,
    ids: &[Uuid],
) -> sqlx::Result<Vec<LeadRow>> {
    sqlx::query_as!(
        LeadRow,
        r#"select id, source_name, channel, topic, department, branch_id, content as "content: Json<Lead>", step, status,
               owner_employee_id, client_id, call_id, contact_kind, occurred_at, received_at, answer_due_at, answered_at,
               answered_by, overdue, close_reason, close_note, closed_at, amount_minor, amount_currency,
               sold_vehicle as "sold_vehicle: Json<Vehicle>", arrivals, version
           from leads where group_id = $1 and id = any($2)"#,
        group.as_str(),
        ids
    )
    .fetch_all(connection)
    .await
}

/// One lead, locked until the transaction ends.
pub async fn get_for_update(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
) -> sqlx::Result<Option<LeadRow>> {
    sqlx::query!(
        "select id from leads where group_id = $1 and id = $2 for update",
        group.as_str(),
        id
    )
    .fetch_optional(&mut *connection)
    .await?;
    get(connection, group, id).await
}

/// A lead as it is when its client becomes known.
#[derive(Debug)]
pub struct Resolved {
    pub version: i64,
    pub status: String,
    pub owner_employee_id: String,
}

/// Whose a lead is.
#[derive(Debug)]
pub struct Card<'a> {
    pub lead_id: Uuid,
    pub client_id: &'a str,
    pub source_record_id: &'a str,
}

/// Sets the clients of leads that have none; answers those by id.
pub async fn resolve_all(
    connection: &mut PgConnection,
    group: &GroupId,
    cards: &[Card<'_>],
) -> sqlx::Result<HashMap<Uuid, Resolved>> {
    let texts = |read: for<'a> fn(&Card<'a>) -> &'a str| -> Vec<String> {
        cards.iter().map(|card| read(card).to_owned()).collect()
    };
    let ids: Vec<Uuid> = cards.iter().map(|card| card.lead_id).collect();
    let rows = sqlx::query!(
        "update leads set client_id = card.client_id, source_record_id = card.source_record_id, version = version + 1
         from unnest($2::uuid[], $3::text[], $4::text[]) as card (lead_id, client_id, source_record_id)
         where leads.group_id = $1 and leads.id = card.lead_id and leads.client_id = ''
         returning leads.id, leads.version, leads.status, leads.owner_employee_id",
        group.as_str(),
        &ids,
        &texts(|card| card.client_id),
        &texts(|card| card.source_record_id)
    )
    .fetch_all(connection)
    .await?;
    let resolved = rows.into_iter().map(|row| {
        let resolved = Resolved {
            version: row.version,
            status: row.status,
            owner_employee_id: row.owner_employee_id,
        };
        (row.id, resolved)
    });
    Ok(resolved.collect())
}

/// Gives leads to employees and remembers whose turns it was last; answers the leads' new versions.
pub async fn give_all(
    connection: &mut PgConnection,
    group: &GroupId,
    gifts: &[(Uuid, &str)],
    turns: &BTreeMap<Place, String>,
) -> sqlx::Result<HashMap<Uuid, i64>> {
    let (ids, employees): (Vec<Uuid>, Vec<String>) = gifts
        .iter()
        .map(|(id, employee)| (*id, (*employee).to_owned()))
        .unzip();
    let branches: Vec<String> = turns.keys().map(|place| place.branch_id.clone()).collect();
    let departments: Vec<String> = turns.keys().map(|place| place.department.clone()).collect();
    let last: Vec<String> = turns.values().cloned().collect();
    let rows = sqlx::query!(
        "with turn as (
             update turns set last_employee_id = last.employee_id
             from unnest($4::text[], $5::text[], $6::text[]) as last (branch_id, department, employee_id)
             where group_id = $1 and turns.branch_id = last.branch_id and turns.department = last.department
         )
         update leads set owner_employee_id = gift.employee_id, version = version + 1
         from unnest($2::uuid[], $3::text[]) as gift (lead_id, employee_id)
         where leads.group_id = $1 and leads.id = gift.lead_id returning leads.id, leads.version",
        group.as_str(),
        &ids,
        &employees,
        &branches,
        &departments,
        &last
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.version)).collect())
}

/// Gives the lead to an employee; answers the new version.
pub async fn set_owner(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    employee_id: &str,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "update leads set owner_employee_id = $3, version = version + 1 where group_id = $1 and id = $2 returning version",
        group.as_str(),
        id,
        employee_id
    )
    .fetch_one(connection)
    .await
}

/// Marks it overdue; answers the new version.
pub async fn set_overdue(connection: &mut PgConnection, group: &GroupId, id: Uuid) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "update leads set overdue = true, version = version + 1 where group_id = $1 and id = $2 returning version",
        group.as_str(),
        id
    )
    .fetch_one(connection)
    .await
}

/// Stops the response clock; answers the new version.
pub async fn set_answered(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    at: DateTime<Utc>,
    by: &str,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "update leads set answered_at = $3, answered_by = $4, version = version + 1
         where group_id = $1 and id = $2 returning version",
        group.as_str(),
        id,
        at,
        by
    )
    .fetch_one(connection)
    .await
}

/// Moves to a step; answers the new version.
pub async fn set_step(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    step: &str,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "update leads set step = $3, version = version + 1 where group_id = $1 and id = $2 returning version",
        group.as_str(),
        id,
        step
    )
    .fetch_one(connection)
    .await
}

/// Ends the lead; answers the new version.
pub async fn close(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    status: Status,
    close: &Close,
    employee_id: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<i64> {
    let sold = close.vehicle.as_ref().map(|vehicle| {
        let text = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        Json(Vehicle {
            make: text(&vehicle.make),
            model: text(&vehicle.model),
            vin: text(&vehicle.vin),
            plate: text(&vehicle.plate),
            year: u16::try_from(vehicle.year).ok().filter(|year| *year > 0),
            ..Vehicle::default()
        })
    });
    sqlx::query_scalar!(
        "update leads set status = $3, close_reason = $4, close_note = $5, closed_at = $6, closed_by = $7,
             amount_minor = $8, amount_currency = $9, sold_vehicle = coalesce($10, sold_vehicle), version = version + 1
         where group_id = $1 and id = $2 returning version",
        group.as_str(),
        id,
        status.as_str(),
        close.reason,
        close.note,
        now,
        employee_id,
        close.amount.as_ref().map(|amount| amount.minor),
        close.amount.as_ref().map(|amount| amount.currency.clone()),
        sold as _
    )
    .fetch_one(connection)
    .await
}

/// Opens it again; answers the new version.
pub async fn reopen(connection: &mut PgConnection, group: &GroupId, id: Uuid) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "update leads set status = 'open', close_reason = '', close_note = '', closed_at = null, closed_by = '',
             version = version + 1 where group_id = $1 and id = $2 returning version",
        group.as_str(),
        id
    )
    .fetch_one(connection)
    .await
}

/// Notes a move.
#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
pub async fn insert_move(
    connection: &mut PgConnection,
    group: &GroupId,
    lead_id: Uuid,
    at: DateTime<Utc>,
    from: &str,
    to: &str,
    employee_id: &str,
    reason: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into lead_moves (group_id, lead_id, at, from_step, to_step, actor_employee_id, reason)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        group.as_str(),
        lead_id,
        at,
        from,
        to,
        employee_id,
        reason
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The open, unanswered leads of a client that had come by then, locked.
pub async fn unanswered_of_client(
    connection: &mut PgConnection,
    group: &GroupId,
    client_id: &str,
    at: DateTime<Utc>,
) -> sqlx::Result<Vec<LeadRow>> {
    let ids = sqlx::query_scalar!(
        "select id from leads where group_id = $1 and client_id = $2 and client_id <> '' and status = 'open'
             and answered_at is null and received_at <= $3 order by id for update",
        group.as_str(),
        client_id,
        at
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut leads = Vec::with_capacity(ids.len());
    for id in ids {
        leads.extend(get(connection, group, id).await?);
    }
    Ok(leads)
}

/// Whether the client has an open lead.
pub async fn has_open(connection: &mut PgConnection, group: &GroupId, client_id: &str) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists(select from leads where group_id = $1 and client_id = $2 and status = 'open') as "exists!""#,
        group.as_str(),
        client_id
    )
    .fetch_one(connection)
    .await
}

/// Where leads go in turn.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub branch_id: String,
    pub department: String,
}

/// Who had the last turns, empty if nobody had one yet; locked so that two leads do not take the same one.
pub async fn last_turns(
    connection: &mut PgConnection,
    group: &GroupId,
    places: BTreeSet<Place>,
) -> sqlx::Result<BTreeMap<Place, String>> {
    if places.is_empty() {
        return Ok(BTreeMap::new());
    }
    // In one order for everybody, so that two transactions never wait for each other.
    let (branches, departments): (Vec<String>, Vec<String>) = places
        .into_iter()
        .map(|place| (place.branch_id, place.department))
        .unzip();
    let rows = sqlx::query!(
        "insert into turns (group_id, branch_id, department, last_employee_id)
         select $1, branch_id, department, ''
         from unnest($2::text[], $3::text[]) with ordinality as place (branch_id, department, n) order by n
         on conflict (group_id, branch_id, department) do update set last_employee_id = turns.last_employee_id
         returning branch_id, department, last_employee_id",
        group.as_str(),
        &branches,
        &departments
    )
    .fetch_all(connection)
    .await?;
    let turns = rows.into_iter().map(|row| {
        let place = Place {
            branch_id: row.branch_id,
            department: row.department,
        };
        (place, row.last_employee_id)
    });
    Ok(turns.collect())
}

/// Notes the branch of a lead that came while the directory was unknown.
pub async fn set_branch(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    branch_id: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update leads set branch_id = $3 where group_id = $1 and id = $2 and branch_id = ''",
        group.as_str(),
        id,
        branch_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Leads that wait for somebody to take them are looked at again now. Needs the system scope.
pub async fn hasten_assignments(
    connection: &mut PgConnection,
    group: &GroupId,
    kind: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    let hastened = sqlx::query!(
        "update jobs set due_at = $3 where group_id = $1 and kind = $2 and leased_until is null and due_at > $3",
        group.as_str(),
        kind,
        now
    )
    .execute(connection)
    .await?;
    Ok(hastened.rows_affected())
}
