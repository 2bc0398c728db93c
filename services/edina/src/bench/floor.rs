//! The least that durable storage costs on these very servers: what nothing built on them can go below.

use std::time::Duration;

use sqlx::{PgPool, Row as _};

use super::{
    figures::Stage,
    ground::Ground,
    load,
    meter::{self, Cpu},
};

/// A table of a lead's width with a lead's kinds of indexes.
const TABLE: &str = "create table leads (
    group_id text not null,
    id uuid not null,
    source text not null,
    channel text not null,
    content jsonb not null,
    fingerprint bytea not null,
    status text not null,
    owner text not null,
    received_at timestamptz not null,
    due_at timestamptz not null,
    primary key (group_id, id)
);
create index on leads (group_id, received_at desc, id desc);
create index on leads (group_id, status, due_at) where status = 'open';
create index on leads (group_id, owner, received_at desc) where status = 'open';
create index on leads (group_id, source, fingerprint, received_at desc)";
const DATABASE: &str = "bench_floor";

/// Inserts single rows, each in a transaction of its own, over so many connections; CPU of PostgreSQL and of the
/// program that inserts.
pub(super) async fn inserts(ground: &Ground, connections: u16, during: Duration) -> anyhow::Result<Stage> {
    let admin = ground.look_into("postgres", 1).await?;
    for statement in ["drop database if exists", "create database"] {
        sqlx::query(sqlx::AssertSqlSafe(format!("{statement} {DATABASE}")))
            .execute(&admin)
            .await?;
    }
    let pool = ground.look_into(DATABASE, connections.into()).await?;
    sqlx::raw_sql(TABLE).execute(&pool).await?;
    let content = serde_json::json!({
        "contact": { "name": { "full": "Константинопольская Александра" }, "phones": [{ "number": "+79731204519" }],
                     "emails": ["aleksandra@example.com"] },
        "wanted": [{ "make": "Haval", "model": "Jolion", "year": 2026, "condition": "new" }],
        "comments": ["Хочу узнать о наличии и цене, перезвоните после обеда, пожалуйста"],
        "marketing": { "utm_source": "yandex" },
    });
    let inserting = pool.clone();
    let insert = move |number: usize| {
        let (pool, content) = (inserting.clone(), content.clone());
        async move {
            sqlx::query(
                "insert into leads (group_id, id, source, channel, content, fingerprint, status, owner, received_at, due_at)
                 values ('main', $1, 'site', 'form', $2, $3, 'open', '', now(), now() + interval '15 minutes')",
            )
            .bind(uuid::Uuid::now_v7())
            .bind(content)
            .bind(number.to_le_bytes().repeat(4))
            .execute(&pool)
            .await?;
            Ok(())
        }
    };
    let stage = measure(ground, "single-row durable inserts", connections, during, insert).await?;
    pool.close().await;
    Ok(stage)
}

/// Selects one row by an indexed key, over so many connections.
pub(super) async fn selects(
    ground: &Ground,
    pool: PgPool,
    connections: u16,
    during: Duration,
    phones: Vec<String>,
) -> anyhow::Result<Stage> {
    let phones = std::sync::Arc::new(phones);
    let select = move |number: usize| {
        let (pool, phones) = (pool.clone(), std::sync::Arc::clone(&phones));
        async move {
            let phone = phones
                .get(number % phones.len().max(1))
                .map_or("", String::as_str);
            let row = sqlx::query(
                "select client_id, shown from search_terms where group_id = $1 and kind = 'phone' and term = $2 limit 1",
            )
            .bind(super::ground::GROUP)
            .bind(phone)
            .fetch_optional(&pool)
            .await?;
            let row = row.ok_or_else(|| anyhow::anyhow!("a card that was loaded is not found"))?;
            std::hint::black_box(row.try_get::<String, _>("shown")?);
            Ok(())
        }
    };
    measure(ground, "selects by an indexed phone", connections, during, select).await
}

/// Loads and counts: the server's CPU and the client's, which does here what a service would.
async fn measure<F, Fut>(
    ground: &Ground,
    name: &str,
    connections: u16,
    during: Duration,
    operation: F,
) -> anyhow::Result<Stage>
where
    F: Fn(usize) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = anyhow::Result<()>> + Send,
{
    let (before, own_before) = (ground.cpu()?, meter::own()?);
    let done = load::run(connections, during, 0, operation).await?;
    let spent = ground.cpu()?.since(&before);
    let mut cpu = Cpu::default();
    cpu.0
        .insert("postgresql", spent.0.get("postgresql").copied().unwrap_or(0.0));
    cpu.0.insert("client", meter::own()? - own_before);
    let operations = done.samples.len();
    Ok(Stage::new(
        format!("{name}, {connections} connections"),
        operations,
        done.took,
        &cpu,
    )
    .timed(done.samples)
    .failed(done.failed))
}
