//! Holds work back in a service's own queue.

use sqlx::PgPool;

/// Jobs of one kind are due a century later while this trigger is there: work is kept queued without a change of the
/// product, at the price of a line of PL/pgSQL a job.
const HOLD: &str = "create or replace function bench_hold() returns trigger language plpgsql as
    $$ begin if new.kind = tg_argv[0] then new.due_at := new.due_at + interval '100 years'; end if; return new; end $$";

pub(super) async fn hold(pool: &PgPool, kind: &str) -> anyhow::Result<()> {
    let trigger = format!(
        "{HOLD}; create trigger bench_hold before insert on jobs for each row execute function bench_hold('{kind}')"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(trigger)).execute(pool).await?;
    Ok(())
}

pub(super) async fn release(pool: &PgPool) -> anyhow::Result<()> {
    sqlx::raw_sql("drop trigger bench_hold on jobs")
        .execute(pool)
        .await?;
    let held = sqlx::query(
        "update jobs set due_at = due_at - interval '100 years' where due_at > now() + interval '50 years'",
    )
    .execute(pool)
    .await?;
    anyhow::ensure!(
        held.rows_affected() > 0,
        "nothing was held back: the product's jobs have other names now"
    );
    Ok(())
}
