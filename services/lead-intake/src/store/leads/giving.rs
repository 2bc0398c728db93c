//! Whose client a lead is of, whose turn it is, and to whom it is given.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use sqlx::PgConnection;
use uuid::Uuid;

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
