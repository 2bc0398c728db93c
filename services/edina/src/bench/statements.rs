//! Which statements PostgreSQL spent its time on, by `pg_stat_statements`. Costs a few hundredths itself.

use edina_devstack::DevStack;
use serde::Serialize;
use sqlx::{Connection as _, PgConnection, Row as _};

use super::ground::GROUP;

/// Statements shown.
const SHOWN: i64 = 40;

/// A statement and what it took per operation.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Statement {
    pub(super) database: String,
    /// Calls per operation.
    pub(super) calls: f64,
    /// Milliseconds of execution per operation (not CPU: waits count).
    pub(super) ms: f64,
    /// Milliseconds of planning per operation.
    pub(super) planning_ms: f64,
    /// Rows per operation.
    pub(super) rows: f64,
    /// Pages looked at per operation: what betrays a plan that reads more than it gives.
    pub(super) pages: f64,
    pub(super) text: String,
}

/// Switches the counting on; PostgreSQL is restarted for it.
pub(super) async fn switch_on(stack: &DevStack) -> anyhow::Result<()> {
    let mut admin = PgConnection::connect(&stack.postgres_url("postgres")).await?;
    sqlx::query("alter system set shared_preload_libraries = 'pg_stat_statements'")
        .execute(&mut admin)
        .await?;
    admin.close().await?;
    stack.restart_postgres().await?;
    let mut admin = PgConnection::connect(&stack.postgres_url("postgres")).await?;
    sqlx::query("create extension if not exists pg_stat_statements")
        .execute(&mut admin)
        .await?;
    // Known only once the library is there.
    sqlx::query("alter system set pg_stat_statements.track_planning = on")
        .execute(&mut admin)
        .await?;
    sqlx::query("select pg_reload_conf()").execute(&mut admin).await?;
    admin.close().await?;
    Ok(())
}

/// Begins to count anew.
pub(super) async fn reset(stack: &DevStack) -> anyhow::Result<()> {
    let mut admin = PgConnection::connect(&stack.postgres_url("postgres")).await?;
    sqlx::query("select pg_stat_statements_reset()")
        .execute(&mut admin)
        .await?;
    admin.close().await?;
    Ok(())
}

/// What was counted, per operation, the dearest first.
pub(super) async fn read(stack: &DevStack, operations: usize) -> anyhow::Result<Vec<Statement>> {
    let mut admin = PgConnection::connect(&stack.postgres_url("postgres")).await?;
    // The scope is set in words, a statement of its own for every group.
    let rows = sqlx::query(
        "select d.datname::text as database, sum(s.calls)::float8 as calls, sum(s.rows)::float8 as rows,
                sum(s.shared_blks_hit + s.shared_blks_read)::float8 as pages, sum(s.total_exec_time) as ms, sum(s.total_plan_time) as planning_ms,
                regexp_replace(replace(s.query, $2, 'GROUP'), '\\s+', ' ', 'g') as text
         from pg_stat_statements s join pg_database d on d.oid = s.dbid
         group by 1, 7 order by sum(s.total_exec_time + s.total_plan_time) desc limit $1",
    )
    .bind(SHOWN)
    .bind(GROUP)
    .fetch_all(&mut admin)
    .await?;
    admin.close().await?;
    let per = f64::from(u32::try_from(operations.max(1)).unwrap_or(u32::MAX));
    rows.into_iter()
        .map(|row| {
            Ok(Statement {
                database: row.try_get("database")?,
                calls: row.try_get::<f64, _>("calls")? / per,
                ms: row.try_get::<f64, _>("ms")? / per,
                planning_ms: row.try_get::<f64, _>("planning_ms")? / per,
                rows: row.try_get::<f64, _>("rows")? / per,
                pages: row.try_get::<f64, _>("pages")? / per,
                text: row.try_get("text")?,
            })
        })
        .collect()
}
