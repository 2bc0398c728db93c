//! Records that several imports brought: each is stored with the first, and goes to the next when that one is taken back.

use sqlx::PgConnection;
use uuid::Uuid;

/// Notes that these records came again with this import, or, without one, by themselves; those that no other import brought
/// are passed over.
pub(crate) async fn note(
    connection: &mut PgConnection,
    group: &str,
    records: &[Uuid],
    said_by: Option<Uuid>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into import_repeats (group_id, import_id, record_id, said_by)
         select $1, import_id, id, $3 from source_records
         where group_id = $1 and id = any($2) and import_id is not null and import_id <> $3 and not withdrawn
         on conflict do nothing",
        group,
        records,
        said_by.unwrap_or_default()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What became of some records that others said too.
#[derive(Default)]
pub(crate) struct HandedOn {
    /// How many were looked at.
    pub(crate) seen: i64,
    /// How many stay.
    pub(crate) stay: i64,
}

/// Gives some records of an import to the first that said them too and stands, with the merges, moves and questions that
/// they caused.
pub(crate) async fn hand_on(
    connection: &mut PgConnection,
    group: &str,
    import_id: Uuid,
    portion: i64,
) -> sqlx::Result<HandedOn> {
    let counted = sqlx::query!(
        r#"with heir as (
             select distinct on (p.record_id) p.record_id, p.said_by,
                 nullif(p.said_by, '00000000-0000-0000-0000-000000000000') as import_id
             from import_repeats p
             where p.group_id = $1 and p.import_id = $2 and (p.said_by = '00000000-0000-0000-0000-000000000000' or exists (
                 select from imports i where i.group_id = $1 and i.id = p.said_by and i.state in ('running', 'done')
             ))
             order by p.record_id, p.said_by limit $3
         ), gone as (
             delete from import_repeats p using heir h
             where p.group_id = $1 and p.import_id = $2 and p.record_id = h.record_id
             returning p.record_id, p.said_by, h.import_id as heir_id
         ), others as (
             insert into import_repeats (group_id, import_id, record_id, said_by)
             select $1, heir_id, record_id, said_by from gone where said_by <> heir_id
             on conflict do nothing
         ), stays as (
             update source_records r set import_id = h.import_id from heir h
             where r.group_id = $1 and r.id = h.record_id and r.import_id = $2 and not r.withdrawn
             returning r.id, r.client_id, h.import_id as heir_id
         ), merged as (
             update merge_links m set import_id = s.heir_id from stays s
             where m.group_id = $1 and m.import_id = $2 and m.undone_at is null and m.cause_record_id = s.id
         ), moved as (
             update record_moves m set import_id = s.heir_id from stays s
             where m.group_id = $1 and m.import_id = $2 and m.undone_at is null and m.cause_record_id = s.id
         ), asked as (
             update reviews q set import_id = s.heir_id from stays s
             where q.group_id = $1 and q.import_id = $2 and s.client_id in (q.left_id, q.right_id)
         )
         select (select count(*) from heir) as "seen!", (select count(*) from stays) as "stay!""#,
        group,
        import_id,
        portion
    )
    .fetch_one(connection)
    .await?;
    Ok(HandedOn {
        seen: counted.seen,
        stay: counted.stay,
    })
}
