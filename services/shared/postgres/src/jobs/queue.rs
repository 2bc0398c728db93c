//! Jobs into the present transaction and out of it.

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Job, NewJob};

impl Job {
    /// Ends the job in the handler's own transaction, so that its effect and its end are one; the handler then answers
    /// [`Outcome::Settled`](super::Outcome::Settled). If it was asked for again meanwhile it stays and runs again: what it saw may be out of date.
    pub async fn done_in(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        Self::all_done_in(connection, [self]).await
    }

    /// As [`done_in`](Self::done_in) for several.
    pub async fn all_done_in(
        connection: &mut PgConnection,
        jobs: impl IntoIterator<Item = &Self>,
    ) -> sqlx::Result<()> {
        let (ids, asked): (Vec<Uuid>, Vec<i32>) = jobs.into_iter().map(|job| (job.id, job.asked)).unzip();
        let count = ids.len();
        if let ([id], [asked]) = (ids.as_slice(), asked.as_slice()) {
            return end_one(connection, *id, *asked).await;
        }
        // By the key's index whatever the planner thinks of the table: a join with the arrays may read all of it.
        let gone = sqlx::query(
            "delete from jobs where id = any($1) and asked = ($2::integer[])[array_position($1::uuid[], id)]",
        )
        .bind(&ids)
        .bind(asked)
        .execute(&mut *connection)
        .await?;
        if usize::try_from(gone.rows_affected()).is_ok_and(|gone| gone == count) {
            return Ok(());
        }
        sqlx::query("update jobs set leased_until = null, attempts = 0 where id = any($1)")
            .bind(ids)
            .execute(connection)
            .await?;
        Ok(())
    }
}

/// As [`Job::all_done_in`] of one: no arrays, so that PostgreSQL plans it once.
async fn end_one(connection: &mut PgConnection, id: Uuid, asked: i32) -> sqlx::Result<()> {
    let gone = sqlx::query("delete from jobs where id = $1 and asked = $2")
        .bind(id)
        .bind(asked)
        .execute(&mut *connection)
        .await?;
    if gone.rows_affected() == 0 {
        sqlx::query("update jobs set leased_until = null, attempts = 0 where id = $1")
            .bind(id)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Puts a job into the transaction. If one of the same kind and key is unfinished, it keeps the earlier due time; one
/// that runs at this moment runs once more.
pub async fn enqueue(
    connection: &mut PgConnection,
    group: &GroupId,
    kind: &str,
    key: &str,
    due_at: DateTime<Utc>,
    payload: &impl Serialize,
) -> sqlx::Result<()> {
    let payload = serde_json::to_value(payload).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    enqueue_all(
        connection,
        group,
        &[NewJob::new(kind, key.to_owned(), due_at, payload)],
    )
    .await
}

/// Sees to it that a job without key and payload stands; one that is there already stays as it is, whoever else asks for it at
/// the same time. For a job that stands for ever.
pub async fn stand(
    connection: &mut PgConnection,
    group: &GroupId,
    kind: &str,
    due_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into jobs (id, group_id, kind, key, payload, due_at) values ($1, $2, $3, '', 'null', $4)
         on conflict (group_id, kind, key) do nothing",
    )
    .bind(Uuid::now_v7())
    .bind(group.as_str())
    .bind(kind)
    .bind(due_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// Every unfinished job of a kind: its group and key. In a system transaction, of all groups.
pub async fn of_kind(connection: &mut PgConnection, kind: &str) -> sqlx::Result<Vec<(String, String)>> {
    sqlx::query_as("select group_id, key from jobs where kind = $1 order by id")
        .bind(kind)
        .fetch_all(connection)
        .await
}

/// Puts jobs of different kinds or keys into the transaction, as [`enqueue`] does, by one statement.
pub async fn enqueue_all(
    connection: &mut PgConnection,
    group: &GroupId,
    jobs: &[NewJob<'_>],
) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = jobs.iter().map(|_| Uuid::now_v7()).collect();
    let kinds: Vec<&str> = jobs.iter().map(|job| job.kind).collect();
    let keys: Vec<&str> = jobs.iter().map(|job| job.key.as_str()).collect();
    let due: Vec<DateTime<Utc>> = jobs.iter().map(|job| job.due_at).collect();
    let payloads: Vec<&serde_json::Value> = jobs.iter().map(|job| &job.payload).collect();
    let traces: Vec<Option<&str>> = jobs.iter().map(|job| job.traceparent.as_deref()).collect();
    sqlx::query(
        "insert into jobs (id, group_id, kind, key, payload, due_at, traceparent)
         select id, $2, kind, key, payload, due_at, traceparent
         from unnest($1::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[], $7::text[])
             as asked (id, kind, key, payload, due_at, traceparent)
         on conflict (group_id, kind, key) do update
             set due_at = least(jobs.due_at, excluded.due_at), asked = jobs.asked + 1,
                 payload = excluded.payload",
    )
    .bind(ids)
    .bind(group.as_str())
    .bind(kinds)
    .bind(keys)
    .bind(payloads)
    .bind(due)
    .bind(traces)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes an unfinished job away, for instance a clock that need not run out any more; a run that has begun ends.
pub async fn cancel(
    connection: &mut PgConnection,
    group: &GroupId,
    kind: &str,
    key: &str,
) -> sqlx::Result<()> {
    sqlx::query("delete from jobs where group_id = $1 and kind = $2 and key = $3")
        .bind(group.as_str())
        .bind(kind)
        .bind(key)
        .execute(connection)
        .await?;
    Ok(())
}
