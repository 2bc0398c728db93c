//! Everything cards are made of, for many cards at once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use edina_identity::{Normalised, normalise, record::NORMALISED_VERSION};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::client::{
    history::{Confirmation, Correction, History, Member, Record, Statement},
    record::Said,
};

/// Newest records of one client that are looked at. Of each: a fleet must not hide the records of whoever is read with it.
const MOST_RECORDS: i64 = 5_000;

/// The histories of the cards with these roots.
pub(crate) async fn load(
    connection: &mut PgConnection,
    group: &str,
    roots: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, History>> {
    let mut histories: BTreeMap<Uuid, History> = BTreeMap::new();
    let mut root_of: BTreeMap<Uuid, Uuid> = BTreeMap::new();
    let members = sqlx::query!(
        "select id, root_id, kind, created_at, version from clients
         where group_id = $1 and root_id = any($2) order by id",
        group,
        roots
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in members {
        root_of.insert(row.id, row.root_id);
        let member = Member {
            id: row.id,
            kind: row.kind,
            created_at: row.created_at,
            version: row.version,
        };
        histories.entry(row.root_id).or_default().members.push(member);
    }
    let ids: Vec<Uuid> = root_of.keys().copied().collect();
    for record in records(connection, group, &ids).await? {
        if let Some(history) = root_of
            .get(&record.client_id)
            .and_then(|root| histories.get_mut(root))
        {
            history.records.push(record);
        }
    }
    attach(connection, group, &ids, &root_of, &mut histories).await?;
    Ok(histories)
}

/// Source records of these clients, oldest first.
pub(crate) async fn records(
    connection: &mut PgConnection,
    group: &str,
    ids: &[Uuid],
) -> sqlx::Result<Vec<Record>> {
    let rows = sqlx::query!(
        r#"select r.id, r.client_id, r.occurred_at, r.raw as "raw!: Json<Said>",
             r.normalised as "normalised!: Json<Normalised>"
         from unnest($2::uuid[]) as asked (id) cross join lateral (
             select * from source_records s where s.group_id = $1 and s.client_id = asked.id
             order by s.occurred_at desc, s.id desc limit $3
         ) r
         order by r.occurred_at desc, r.id desc"#,
        group,
        ids,
        MOST_RECORDS
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .rev()
        .map(|row| {
            record(
                row.id,
                row.client_id,
                row.occurred_at,
                row.raw.0,
                row.normalised.0,
            )
        })
        .collect())
}

/// A record as stored; one that an older version normalised is read anew.
pub(super) fn record(
    id: Uuid,
    client_id: Uuid,
    occurred_at: DateTime<Utc>,
    said: Said,
    mut normalised: Normalised,
) -> Record {
    if normalised.version != NORMALISED_VERSION {
        let input = said.input(occurred_at);
        normalised = normalise(&input, &normalised.read_at(&input));
    }
    Record {
        id,
        client_id,
        occurred_at,
        said,
        normalised,
    }
}

async fn attach(
    connection: &mut PgConnection,
    group: &str,
    ids: &[Uuid],
    root_of: &BTreeMap<Uuid, Uuid>,
    histories: &mut BTreeMap<Uuid, History>,
) -> sqlx::Result<()> {
    // Statements about every vehicle that one of the clients has to do with, whoever they are about.
    let statements = sqlx::query!(
        "select mine.client_id as holder, s.vehicle_id, s.source_record_id, s.role, s.at, s.family, c.root_id
         from (select distinct client_id, vehicle_id from vehicle_statements
               where group_id = $1 and client_id = any($2)) mine
         join vehicle_statements s on s.group_id = $1 and s.vehicle_id = mine.vehicle_id
         join clients c on c.group_id = $1 and c.id = s.client_id",
        group,
        ids
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in statements {
        let statement = Statement {
            vehicle_id: row.vehicle_id,
            source_record_id: row.source_record_id,
            root_id: row.root_id,
            role: row.role,
            at: row.at,
            family: Some(row.family),
        };
        if let Some(history) = root_of.get(&row.holder).and_then(|root| histories.get_mut(root)) {
            history.add_statement(statement);
        }
    }
    let corrections = sqlx::query!(
        "select client_id, id, field, value, at, by_employee_id from corrections
         where group_id = $1 and client_id = any($2) and undone_at is null order by id",
        group,
        ids
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in corrections {
        if let Some(history) = root_of
            .get(&row.client_id)
            .and_then(|root| histories.get_mut(root))
        {
            let correction = Correction {
                id: row.id,
                field: row.field,
                value: row.value,
                at: row.at,
                by_employee_id: row.by_employee_id,
            };
            history.corrections.push(correction);
        }
    }
    let confirmations = sqlx::query!(
        "select client_id, kind, value, at, by_what, ref_id, by_employee_id from confirmations
         where group_id = $1 and client_id = any($2) order by at, ref_id",
        group,
        ids
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in confirmations {
        if let Some(history) = root_of
            .get(&row.client_id)
            .and_then(|root| histories.get_mut(root))
        {
            let confirmation = Confirmation {
                kind: row.kind,
                value: row.value,
                at: row.at,
                by_what: row.by_what,
                ref_id: row.ref_id,
                by_employee_id: row.by_employee_id,
            };
            history.confirmations.push(confirmation);
        }
    }
    for entry in super::relations::of(connection, group, ids).await? {
        let ends = [entry.from_client_id, entry.to_client_id];
        let cards: BTreeSet<Uuid> = ends.iter().filter_map(|id| root_of.get(id).copied()).collect();
        for history in cards {
            if let Some(history) = histories.get_mut(&history) {
                history.relations.push(entry.clone());
            }
        }
    }
    let roots: Vec<Uuid> = histories.keys().copied().collect();
    for (root, entries) in super::owners::of_cards(connection, group, &roots).await? {
        if let Some(history) = histories.get_mut(&root) {
            history.owners = entries;
        }
    }
    for entry in super::consents::ledger(connection, group, ids).await? {
        if let Some(history) = root_of
            .get(&entry.client_id)
            .and_then(|root| histories.get_mut(root))
        {
            history.consents.push(entry);
        }
    }
    let activity = sqlx::query!(
        r#"select client_id, max(at) as "at!" from timeline_entries
         where group_id = $1 and client_id = any($2)
           and kind not in ('merge', 'unmerge', 'owner_changed', 'consent_changed', 'corrected', 'contact_answered',
             'related')
         group by client_id"#,
        group,
        ids
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in activity {
        if let Some(history) = root_of
            .get(&row.client_id)
            .and_then(|root| histories.get_mut(root))
        {
            history.last_activity_at = history.last_activity_at.max(Some(row.at));
        }
    }
    Ok(())
}
