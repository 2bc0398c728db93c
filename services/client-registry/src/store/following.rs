//! What follows from records that were stored, in one statement: what they say clients are to vehicles, their entries in the
//! timeline, the new versions of cards that were there, and who looks after these.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::timeline::{Columns, Entry, put_entries};
use crate::client::history::{OwnerEntry, Statement};

/// What follows.
#[derive(Default)]
pub(crate) struct Following {
    /// Whose statements they are, and the statements.
    pub(crate) statements: Vec<(Uuid, Statement)>,
    /// Each with another key.
    pub(crate) entries: Vec<Entry>,
    /// By how much the versions of these cards go up.
    pub(crate) touched: BTreeMap<Uuid, i64>,
}

/// A card that was there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touched {
    /// Its version before.
    pub(crate) before: u64,
    /// The oldest first.
    pub(crate) owners: Vec<OwnerEntry>,
}

/// Stores it; answers the cards, by their roots.
pub(crate) async fn store(
    connection: &mut PgConnection,
    group: &str,
    following: &Following,
) -> sqlx::Result<BTreeMap<Uuid, Touched>> {
    let Following {
        statements,
        entries,
        touched,
    } = following;
    if statements.is_empty() && entries.is_empty() && touched.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids = |read: fn(&(Uuid, Statement)) -> Uuid| -> Vec<Uuid> { statements.iter().map(read).collect() };
    let vehicles = ids(|(_, statement)| statement.vehicle_id);
    let records = ids(|(_, statement)| statement.source_record_id);
    let clients = ids(|(client_id, _)| *client_id);
    let roles: Vec<String> = statements.iter().map(|(_, said)| said.role.clone()).collect();
    let said_at: Vec<DateTime<Utc>> = statements.iter().map(|(_, said)| said.at).collect();
    let families: Vec<String> = statements
        .iter()
        .map(|(_, said)| said.family.clone().unwrap_or_default())
        .collect();
    let (roots, times): (Vec<Uuid>, Vec<i64>) = touched.iter().map(|(root, times)| (*root, *times)).unzip();
    let entries = Columns::of(entries);
    let rows = put_entries!(
        r#"with stated as (
             insert into vehicle_statements (group_id, vehicle_id, source_record_id, client_id, role, at, family)
             select $1, * from unnest($15::uuid[], $16::uuid[], $17::uuid[], $18::text[], $19::timestamptz[], $20::text[])
             on conflict do nothing
         ), touched as (
             update clients set version = version + touched.times
             from unnest($21::uuid[], $22::bigint[]) as touched (id, times)
             where clients.group_id = $1 and clients.id = touched.id
             returning clients.id, clients.version - touched.times as before
         ), told as ("#,
        r#")
         select touched.id as "root_id!", touched.before as "before!", o.id as "id?", o.department as "department?",
             o.employee_id as "employee_id?", o.branch_id as "branch_id?", o.at as "at?", o.source_record_id
         from touched
         left join lateral (
             select o.* from (
                 select id from clients where group_id = $1 and root_id = touched.id offset 0
             ) c cross join lateral (
                 select id, department, employee_id, branch_id, at, source_record_id from owners
                 where group_id = $1 and client_id = c.id offset 0
             ) o
         ) o on true
         order by o.id"#,
        group,
        entries,
        &vehicles,
        &records,
        &clients,
        &roles,
        &said_at,
        &families,
        &roots,
        &times
    )
    .fetch_all(connection)
    .await?;
    let mut cards: BTreeMap<Uuid, Touched> = BTreeMap::new();
    for row in rows {
        let card = cards.entry(row.root_id).or_insert_with(|| Touched {
            before: row.before.unsigned_abs(),
            owners: Vec::new(),
        });
        if let (Some(id), Some(department), Some(employee_id), Some(branch_id), Some(at)) =
            (row.id, row.department, row.employee_id, row.branch_id, row.at)
        {
            card.owners.push(OwnerEntry {
                id,
                department,
                employee_id,
                branch_id,
                at,
                source_record_id: row.source_record_id,
            });
        }
    }
    Ok(cards)
}
