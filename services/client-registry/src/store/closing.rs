//! What ends a transaction that stored records, in one statement: the facts of it, and the counts of what records say.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use edina_messaging::outbox::{Columns, Facts};
use sqlx::PgConnection;

use super::keys;

/// Stores the facts, and counts values in. The last statement of its transaction: rows of common names are locked by it.
pub(crate) async fn close(
    connection: &mut PgConnection,
    group: &str,
    said: Facts,
    values: &BTreeMap<(&'static str, String), i64>,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    let Columns {
        ids,
        subjects,
        types,
        entities,
        payloads,
        traces,
    } = said.into_columns();
    if ids.is_empty() && values.is_empty() {
        return Ok(());
    }
    let (kinds, counted, records) = keys::counted(values);
    sqlx::query!(
        r#"with facts as (
             insert into outbox (id, group_id, subject, event_type, entity_id, payload, traceparent, created_at)
             select id, $1, subject, event_type, entity_id, payload, traceparent, $11
             from unnest($5::uuid[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::text[]) with ordinality
                 as facts (id, subject, event_type, entity_id, payload, traceparent, place)
             order by place
         )
         insert into key_counts (group_id, kind, value, records)
         select $1, t.kind, t.value, t.records
         from unnest($2::text[], $3::text[], $4::bigint[]) with ordinality as t (kind, value, records, n)
         order by t.n
         on conflict (group_id, kind, value) do update set records = key_counts.records + excluded.records"#,
        group,
        &kinds,
        &counted,
        &records,
        &ids,
        &subjects,
        &types,
        &entities,
        &payloads,
        &traces as _,
        at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// As [`close`] where nobody is told anything.
pub(crate) async fn count_in(
    connection: &mut PgConnection,
    group: &str,
    values: &BTreeMap<(&'static str, String), i64>,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    close(connection, group, Facts::default(), values, at).await
}
