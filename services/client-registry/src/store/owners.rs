//! Owners per department: every change is kept, the newest holds.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::client::history::OwnerEntry;

/// Notes changes of owner, each of a client.
pub(crate) async fn insert_all(
    connection: &mut PgConnection,
    group: &str,
    entries: &[(Uuid, OwnerEntry)],
    by_employee_id: &str,
) -> sqlx::Result<()> {
    let texts = |read: fn(&OwnerEntry) -> &String| -> Vec<String> {
        entries.iter().map(|(_, entry)| read(entry).clone()).collect()
    };
    let ids: Vec<Uuid> = entries.iter().map(|(_, entry)| entry.id).collect();
    let clients: Vec<Uuid> = entries.iter().map(|(client_id, _)| *client_id).collect();
    let times: Vec<DateTime<Utc>> = entries.iter().map(|(_, entry)| entry.at).collect();
    let records: Vec<Option<Uuid>> = entries.iter().map(|(_, entry)| entry.source_record_id).collect();
    sqlx::query!(
        "insert into owners (group_id, id, client_id, department, employee_id, branch_id, at, by_employee_id,
             source_record_id)
         select $1, id, client_id, department, employee_id, branch_id, at, $8, source_record_id
         from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $9::uuid[])
             as owner (id, client_id, department, employee_id, branch_id, at, source_record_id)",
        group,
        &ids,
        &clients,
        &texts(|entry| &entry.department),
        &texts(|entry| &entry.employee_id),
        &texts(|entry| &entry.branch_id),
        &times,
        by_employee_id,
        &records as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Changes of owner of the cards with these roots, the oldest first; cards without any are left out.
pub(crate) async fn of_cards(
    connection: &mut PgConnection,
    group: &str,
    roots: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, Vec<OwnerEntry>>> {
    if roots.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = sqlx::query!(
        r#"select c.root_id, o.id as "id!", o.department as "department!", o.employee_id as "employee_id!",
             o.branch_id as "branch_id!", o.at as "at!", o.source_record_id
         from unnest($2::uuid[]) as wanted (root_id)
         cross join lateral (select id, root_id from clients where group_id = $1 and root_id = wanted.root_id offset 0) c
         cross join lateral (
             select id, department, employee_id, branch_id, at, source_record_id from owners
             where group_id = $1 and client_id = c.id offset 0
         ) o
         order by o.id"#,
        group,
        roots
    )
    .fetch_all(connection)
    .await?;
    let mut by_root: BTreeMap<Uuid, Vec<OwnerEntry>> = BTreeMap::new();
    for row in rows {
        let entry = OwnerEntry {
            id: row.id,
            department: row.department,
            employee_id: row.employee_id,
            branch_id: row.branch_id,
            at: row.at,
            source_record_id: row.source_record_id,
        };
        by_root.entry(row.root_id).or_default().push(entry);
    }
    Ok(by_root)
}
