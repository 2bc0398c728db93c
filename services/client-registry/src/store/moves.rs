//! Records that were given to another client, and what goes along with a record.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// Reason of the move of a record from where a model had put it, when that model was taken back.
pub(crate) const UNDONE: &str = "undone";

/// A record given to another client.
#[derive(Debug, Clone)]
pub(crate) struct Move {
    pub(crate) id: Uuid,
    pub(crate) source_record_id: Uuid,
    pub(crate) from_client_id: Uuid,
    pub(crate) to_client_id: Uuid,
    pub(crate) at: DateTime<Utc>,
    /// Empty: the engine.
    pub(crate) by_employee_id: String,
    /// repair, split, withdrawn, undone
    pub(crate) reason: String,
    pub(crate) cause_record_id: Option<Uuid>,
    pub(crate) import_id: Option<Uuid>,
    pub(crate) model_version: Option<i32>,
}

/// Notes moves.
pub(crate) async fn insert(connection: &mut PgConnection, group: &str, moves: &[Move]) -> sqlx::Result<()> {
    let ids = |read: fn(&Move) -> Uuid| -> Vec<Uuid> { moves.iter().map(read).collect() };
    let texts = |read: fn(&Move) -> &String| -> Vec<String> {
        moves.iter().map(|moved| read(moved).clone()).collect()
    };
    let causes: Vec<Option<Uuid>> = moves.iter().map(|moved| moved.cause_record_id).collect();
    let imports: Vec<Option<Uuid>> = moves.iter().map(|moved| moved.import_id).collect();
    let models: Vec<Option<i32>> = moves.iter().map(|moved| moved.model_version).collect();
    let times: Vec<DateTime<Utc>> = moves.iter().map(|moved| moved.at).collect();
    sqlx::query!(
        "insert into record_moves (group_id, id, source_record_id, from_client_id, to_client_id, at, by_employee_id,
             reason, cause_record_id, import_id, model_version)
         select $1, * from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::timestamptz[], $7::text[],
             $8::text[], $9::uuid[], $10::uuid[], $11::integer[])",
        group,
        &ids(|moved| moved.id),
        &ids(|moved| moved.source_record_id),
        &ids(|moved| moved.from_client_id),
        &ids(|moved| moved.to_client_id),
        &times,
        &texts(|moved| &moved.by_employee_id),
        &texts(|moved| &moved.reason),
        &causes as _,
        &imports as _,
        &models as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives records to a client, with everything that they said: statements about vehicles, consents, entries of the
/// timeline (also those of the lead that a call became), proofs that a contact works, and who came to look after the client
/// by them: the last only where nobody does, as it was said, unless the records come `back` to where they were. Keys and
/// search terms are the caller's to bring in line.
pub(crate) async fn carry(
    connection: &mut PgConnection,
    group: &str,
    records: &[Uuid],
    (from, to): (Uuid, Uuid),
    back: bool,
) -> sqlx::Result<()> {
    sqlx::query!(
        "with record as (
             update source_records set client_id = $4 where group_id = $1 and id = any($2) and client_id = $3
             returning id, external_id
         ), said as (
             update vehicle_statements v set client_id = $4
             where v.group_id = $1 and v.client_id = $3 and v.source_record_id = any($2)
         ), consented as (
             update consents c set client_id = $4
             where c.group_id = $1 and c.client_id = $3 and c.source_record_id = any($2)
         ), confirmed as (
             update confirmations c set client_id = $4 from record
             where c.group_id = $1 and c.client_id = $3 and c.ref_id = record.external_id and record.external_id <> ''
         ), owned as (
             update owners o set client_id = $4
             where o.group_id = $1 and o.client_id = $3 and o.source_record_id = any($2)
               and ($5 or coalesce((
                   select p.employee_id from clients c
                   join clients m on m.group_id = $1 and m.root_id = c.root_id
                   join owners p on p.group_id = $1 and p.client_id = m.id
                   where c.group_id = $1 and c.id = $4 and p.department = o.department and p.id <> o.id
                   order by p.at desc, p.id desc limit 1
               ), '') = '')
             returning o.id
         )
         update timeline_entries t set client_id = $4 from record
         where t.group_id = $1 and t.client_id = $3
           and (starts_with(t.dedupe_key, 'record:' || record.id) or t.ref_id in (select id::text from owned)
                or record.external_id <> '' and (t.ref_id = record.external_id or t.ref_id in (
                    select l.ref_id from timeline_entries l
                    where l.group_id = $1 and l.client_id = $3 and l.facts ->> 'call_id' = record.external_id)))",
        group,
        records,
        from,
        to,
        back
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A record that lies on another card than before.
pub(crate) struct Placed {
    pub(crate) id: Uuid,
    pub(crate) source: String,
    pub(crate) external_id: String,
    /// Counts up per record.
    pub(crate) version: i64,
    /// Surviving id of the card.
    pub(crate) root_id: Uuid,
}

/// Those of these records, and of the records of these clients, that came from these sources, and where they are now; counts
/// up how often each has come to another card. The subqueries stay as they are written: joined freely, the tables were read in
/// whole.
pub(crate) async fn placed_anew(
    connection: &mut PgConnection,
    group: &str,
    sources: &[&str],
    records: &[Uuid],
    clients: &[Uuid],
) -> sqlx::Result<Vec<Placed>> {
    sqlx::query_as!(
        Placed,
        r#"with placed as (
             select id from source_records
             where group_id = $1 and id = any($3) and source = any($2) and external_id <> '' and not withdrawn
             union
             select r.id from unnest($4::uuid[]) as client (id)
             cross join lateral (
                 select id from source_records
                 where group_id = $1 and client_id = client.id and source = any($2) and external_id <> '' and not withdrawn
                 offset 0
             ) r
         ), counted as (
             update source_records set card_version = card_version + 1
             where group_id = $1 and id = any(array(select id from placed))
             returning id, client_id, source, external_id, card_version
         )
         select r.id, r.source, r.external_id, r.card_version as version, c.root_id from counted r
         cross join lateral (select root_id from clients where group_id = $1 and id = r.client_id limit 1) c"#,
        group,
        sources as _,
        records,
        clients
    )
    .fetch_all(connection)
    .await
}

/// Some active moves that an import caused, the newest first.
pub(crate) async fn of_import(
    connection: &mut PgConnection,
    group: &str,
    import_id: Uuid,
    portion: i64,
) -> sqlx::Result<Vec<Move>> {
    sqlx::query_as!(
        Move,
        "select id, source_record_id, from_client_id, to_client_id, at, by_employee_id, reason, cause_record_id,
             import_id, model_version
         from record_moves where group_id = $1 and import_id = $2 and undone_at is null
         order by id desc limit $3",
        group,
        import_id,
        portion
    )
    .fetch_all(connection)
    .await
}

/// The active moves that an import caused from or to these clients, the newest first.
pub(crate) async fn of_import_at(
    connection: &mut PgConnection,
    group: &str,
    import_id: Uuid,
    clients: &[Uuid],
) -> sqlx::Result<Vec<Move>> {
    sqlx::query_as!(
        Move,
        "select id, source_record_id, from_client_id, to_client_id, at, by_employee_id, reason, cause_record_id,
             import_id, model_version
         from record_moves
         where group_id = $1 and import_id = $2 and undone_at is null
           and (from_client_id = any($3) or to_client_id = any($3))
         order by id desc",
        group,
        import_id,
        clients
    )
    .fetch_all(connection)
    .await
}

/// Marks moves as undone.
pub(crate) async fn undo(
    connection: &mut PgConnection,
    group: &str,
    ids: &[Uuid],
    at: DateTime<Utc>,
    by: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update record_moves set undone_at = $3, undone_by = $4
         where group_id = $1 and id = any($2) and undone_at is null",
        group,
        ids,
        at,
        by
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The active move that came next after each of these undone ones, for the same record; those that were the last are left
/// out.
pub(crate) async fn onward(
    connection: &mut PgConnection,
    group: &str,
    ids: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, Uuid>> {
    let rows = sqlx::query!(
        r#"select undone.id, next.id as "next!" from record_moves undone
         cross join lateral (
             select n.id from record_moves n
             where n.group_id = $1 and n.source_record_id = undone.source_record_id and n.undone_at is null
               and n.id > undone.id
             order by n.id limit 1
         ) next
         where undone.group_id = $1 and undone.id = any($2)"#,
        group,
        ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.next)).collect())
}

/// Says from whom a record really came: the move before was taken back.
pub(crate) async fn start_from(
    connection: &mut PgConnection,
    group: &str,
    id: Uuid,
    from: Uuid,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update record_moves set from_client_id = $3 where group_id = $1 and id = $2",
        group,
        id,
        from
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Some active moves that a model made, the newest first.
pub(crate) async fn of_model(
    connection: &mut PgConnection,
    group: &str,
    model_version: i32,
    portion: i64,
) -> sqlx::Result<Vec<Move>> {
    sqlx::query_as!(
        Move,
        "select id, source_record_id, from_client_id, to_client_id, at, by_employee_id, reason, cause_record_id,
             import_id, model_version
         from record_moves where group_id = $1 and model_version = $2 and undone_at is null
         order by id desc limit $3",
        group,
        model_version,
        portion
    )
    .fetch_all(connection)
    .await
}

/// An active move.
pub(crate) async fn find(connection: &mut PgConnection, group: &str, id: Uuid) -> sqlx::Result<Option<Move>> {
    sqlx::query_as!(
        Move,
        "select id, source_record_id, from_client_id, to_client_id, at, by_employee_id, reason, cause_record_id,
             import_id, model_version
         from record_moves where group_id = $1 and id = $2 and undone_at is null",
        group,
        id
    )
    .fetch_optional(connection)
    .await
}

/// The newest active move of each of these records.
pub(crate) async fn newest(
    connection: &mut PgConnection,
    group: &str,
    records: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, Move>> {
    let rows = sqlx::query_as!(
        Move,
        "select id, source_record_id, from_client_id, to_client_id, at, by_employee_id, reason, cause_record_id,
             import_id, model_version
         from record_moves where group_id = $1 and source_record_id = any($2) and undone_at is null order by id",
        group,
        records
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.source_record_id, row)).collect())
}
