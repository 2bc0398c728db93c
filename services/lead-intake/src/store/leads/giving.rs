//! Whose client a lead is of, whose turn it is, and to whom it is given.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use sqlx::PgConnection;
use uuid::Uuid;

/// A lead as it is before its client is known.
#[derive(Debug)]
pub struct Unresolved {
    pub version: i64,
    pub status: String,
    pub owner_employee_id: String,
}

/// Those of the leads that have no client, by id, locked until the transaction ends; in one order for everybody.
pub async fn lock_unresolved(
    connection: &mut PgConnection,
    group: &GroupId,
    ids: &[Uuid],
) -> sqlx::Result<HashMap<Uuid, Unresolved>> {
    let rows = sqlx::query!(
        "select id, version, status, owner_employee_id from leads
         where group_id = $1 and id = any($2) and client_id = '' order by id for update",
        group.as_str(),
        ids
    )
    .fetch_all(connection)
    .await?;
    let unresolved = rows.into_iter().map(|row| {
        let unresolved = Unresolved {
            version: row.version,
            status: row.status,
            owner_employee_id: row.owner_employee_id,
        };
        (row.id, unresolved)
    });
    Ok(unresolved.collect())
}

/// Whose a lead is.
#[derive(Debug)]
pub struct Card<'a> {
    pub lead_id: Uuid,
    pub client_id: &'a str,
    pub source_record_id: &'a str,
    /// Who gets it at the same time.
    pub employee_id: Option<&'a str>,
}

/// Sets the clients of leads that [`lock_unresolved`] found, gives them to employees, and remembers whose turns it was
/// last: a lead has many indexes, so it is written once. Each of the two counts the lead's version up.
pub async fn resolve_all(
    connection: &mut PgConnection,
    group: &GroupId,
    cards: &[Card<'_>],
    turns: &BTreeMap<Place, String>,
) -> sqlx::Result<()> {
    let texts = |read: for<'a> fn(&Card<'a>) -> &'a str| -> Vec<String> {
        cards.iter().map(|card| read(card).to_owned()).collect()
    };
    let ids: Vec<Uuid> = cards.iter().map(|card| card.lead_id).collect();
    let turns = Turns::of(turns);
    sqlx::query!(
        "with turn as (
             update turns set last_employee_id = last.employee_id
             from unnest($6::text[], $7::text[], $8::text[]) as last (branch_id, department, employee_id)
             where group_id = $1 and turns.branch_id = last.branch_id and turns.department = last.department
         )
         update leads set client_id = card.client_id, source_record_id = card.source_record_id,
             owner_employee_id = case when card.employee_id = '' then owner_employee_id else card.employee_id end,
             version = version + case when card.employee_id = '' then 1 else 2 end
         from unnest($2::uuid[], $3::text[], $4::text[], $5::text[])
             as card (lead_id, client_id, source_record_id, employee_id)
         where leads.group_id = $1 and leads.id = card.lead_id",
        group.as_str(),
        &ids,
        &texts(|card| card.client_id),
        &texts(|card| card.source_record_id),
        &texts(|card| card.employee_id.unwrap_or_default()),
        &turns.branches,
        &turns.departments,
        &turns.last
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives the lead to an employee and remembers whose turns it was last; answers the new version.
pub async fn give_in_turn(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    employee_id: &str,
    turns: &BTreeMap<Place, String>,
) -> sqlx::Result<i64> {
    let turns = Turns::of(turns);
    sqlx::query_scalar!(
        "with turn as (
             update turns set last_employee_id = last.employee_id
             from unnest($4::text[], $5::text[], $6::text[]) as last (branch_id, department, employee_id)
             where group_id = $1 and turns.branch_id = last.branch_id and turns.department = last.department
         )
         update leads set owner_employee_id = $3, version = version + 1
         where group_id = $1 and id = $2 returning version",
        group.as_str(),
        id,
        employee_id,
        &turns.branches,
        &turns.departments,
        &turns.last
    )
    .fetch_one(connection)
    .await
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

/// Last turns as columns.
struct Turns {
    branches: Vec<String>,
    departments: Vec<String>,
    last: Vec<String>,
}

impl Turns {
    fn of(turns: &BTreeMap<Place, String>) -> Self {
        Self {
            branches: turns.keys().map(|place| place.branch_id.clone()).collect(),
            departments: turns.keys().map(|place| place.department.clone()).collect(),
            last: turns.values().cloned().collect(),
        }
    }
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
