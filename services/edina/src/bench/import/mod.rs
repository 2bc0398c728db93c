//! `edina bench import`: a made-up group's old systems into the registry by `edina import`, as an administrator would, and
//! how well its clients are then told apart. [`files`] writes what the systems would have given out, [`program`] runs the
//! import and watches what everything takes meanwhile.

mod files;
mod program;

use std::{collections::HashMap, time::Duration};

use sqlx::Row as _;

use super::{
    Plan,
    figures::{Aim, Findings, Ratio, Stage},
    floor,
    ground::Ground,
    identity::made,
    statements,
};
use crate::identity::figures;

/// Rows the aims speak of, and what is wanted of them.
const AIMED_ROWS: usize = 1_000_000;
const AIMED_SECONDS: f64 = 180.0;
const AIMED_MEMORY: f64 = 3.0 * 1024.0;

pub(super) async fn run(plan: &Plan, records: usize, hard: bool) -> anyhow::Result<Findings> {
    let ground = Ground::prepare(plan, None).await?;
    match measure(plan, &ground, records, hard).await {
        Ok(findings) => {
            ground.stop().await?;
            Ok(findings)
        }
        Err(error) => Err(error.context(ground.logs())),
    }
}

async fn measure(plan: &Plan, ground: &Ground, records: usize, hard: bool) -> anyhow::Result<Findings> {
    let made = tokio::task::block_in_place(|| made::make(plan.seed, records, hard));
    let rows = made.rows.len();
    let files = tokio::task::block_in_place(|| files::write(&made, ground.folder()))?;
    // A million rows are a gigabyte that would count as pressure on the machine.
    let owners = made.owners;
    drop(made.rows);
    let mut findings = Findings::new(format!("import: {rows} rows"));
    findings
        .conditions
        .push("`edina import` of one file after another, durable, events in the outbox".to_owned());
    if plan.statements {
        statements::reset(&ground.stack).await?;
    }
    let (mut took, mut largest) = (Duration::ZERO, 0.0_f64);
    for file in &files {
        let done = program::import(ground, file).await?;
        took += done.took;
        largest = largest.max(done.largest);
        let name = format!("{} rows of {}", file.rows, file.kind);
        findings
            .stages
            .push(Stage::new(name, file.rows, done.took, &done.cpu));
    }
    if plan.statements {
        findings.statements = statements::read(&ground.stack, rows).await?;
    }
    let registry = ground.look_into(client_registry::DATABASE, 1).await?;
    let found = told_apart(&registry, &owners).await?;
    findings.conditions.push(format!("against the truth: {found}"));
    for (what, sql) in [
        ("records stored", "select count(*) from source_records"),
        (
            "cards",
            "select count(*) from clients where root_id = id and kind <> 'withdrawn'",
        ),
        (
            "questions for people",
            "select count(*) from reviews where state = 'open'",
        ),
        ("facts said", "select count(*) from outbox"),
    ] {
        let count = sqlx::query_scalar::<_, i64>(sql).fetch_one(&registry).await?;
        findings.counts.push((what.to_owned(), count));
    }
    registry.close().await;
    findings.floors = vec![floor::inserts(ground, plan.concurrency, plan.during).await?];
    for (ours, floor) in findings.stages.iter().zip(findings.floors.iter().cycle()) {
        findings.ratios.push(Ratio::new(
            format!("CPU ms: a row of {} / {}", ours.name, floor.name),
            ours.cpu_ms_total,
            floor.cpu_ms_total,
        ));
    }
    let seconds = took.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
    let of_a_million = seconds * AIMED_ROWS as f64 / rows.max(1) as f64;
    findings.aims = vec![
        Aim::at_most("a million rows at this rate", of_a_million, AIMED_SECONDS, "s"),
        Aim::at_most(
            "memory of everything at its height (shares)",
            largest,
            AIMED_MEMORY,
            "MB",
        ),
    ];
    ground.note_memory(&mut findings)?;
    Ok(findings)
}

/// The registry's cards beside the truth; rows are known by their numbers in it, with which their ids end.
async fn told_apart(registry: &sqlx::PgPool, owners: &[usize]) -> anyhow::Result<figures::Figures> {
    let rows = sqlx::query(
        "select substring(r.external_id from ':R([0-9]+)')::bigint as number, c.root_id from source_records r
         join clients c on c.group_id = r.group_id and c.id = r.client_id",
    )
    .fetch_all(registry)
    .await?;
    let (mut cards, mut truth, mut numbers) = (Vec::new(), Vec::new(), HashMap::new());
    for row in rows {
        let owner = row
            .try_get::<Option<i64>, _>("number")?
            .and_then(|number| owners.get(usize::try_from(number).ok()?));
        let Some(owner) = owner else { continue };
        let next = u32::try_from(numbers.len())?;
        cards.push(
            *numbers
                .entry(row.try_get::<uuid::Uuid, _>("root_id")?)
                .or_insert(next),
        );
        truth.push(*owner);
    }
    Ok(figures::of(&cards, &truth))
}
