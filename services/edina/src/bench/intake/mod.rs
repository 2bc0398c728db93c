//! `edina bench intake`: what a lead costs, from the request to the message that leaves.
//!
//! Three stages, each with CPU of every process. *Accepted*: lead-intake's further work is held back in its own queue,
//! so that what is counted is the request alone, beside a floor of single-row durable inserts. *Queued*: the whole way
//! runs, only sending is held back. *Sent*: what was queued is let go to the sandbox's SMSC and mail server.

mod door;
mod holding;
mod summary;

use std::time::Duration;

use chrono::{DateTime, Utc};
use edina_runtime::clock;

use door::Door;
use holding::{hold, release};

use super::{
    Plan,
    figures::{Findings, Stage},
    floor,
    ground::Ground,
    lead,
    load::{self, Done},
    settle::{Look, Times},
    statements,
};

/// Leads before anything is counted: connections, prepared statements, caches.
const WARM_UP: Duration = Duration::from_secs(2);

/// The jobs that are held back: what lead-intake does after its answer, and what notification does to let a message go.
const RESOLVE: &str = "resolve_lead";
const SEND: &str = "send_message";

pub(super) async fn run(plan: &Plan) -> anyhow::Result<Findings> {
    let ground = Ground::prepare(plan, None).await?;
    match measure(plan, &ground).await {
        Ok(findings) => {
            ground.stop().await?;
            Ok(findings)
        }
        Err(error) => Err(error.context(ground.logs())),
    }
}

async fn measure(plan: &Plan, ground: &Ground) -> anyhow::Result<Findings> {
    let look = Look::open(ground).await?;
    let door = Door::new(plan, ground)?;
    let mut findings = Findings::new(format!("intake: {} requests in flight", plan.concurrency));
    findings.conditions = vec![
        format!(
            "leads: {} % ADF, {} % forms; {} % of somebody known; posted to lead-intake's own address",
            lead::ADF,
            100 - lead::ADF,
            lead::RETURNING
        ),
        "each lead: card, assignment to a seller, a text message to the client, a mail to the seller"
            .to_owned(),
        "sending: to the sandbox's SMSC and mail server, which run in notification and count as its CPU"
            .to_owned(),
    ];
    let mut next = 0;
    let warm = door.post(WARM_UP.min(plan.during), &mut next).await?;
    drop(warm);
    look.settled().await?;
    ground.let_tables_be_counted().await?;
    findings.stages.push(ground.idle().await?);

    findings
        .stages
        .push(accepted(plan, ground, &look, &door, &mut next).await?);
    let since = queued(plan, ground, &look, &door, &mut next, &mut findings).await?;
    sent(plan, ground, &look, since, &mut findings).await?;

    findings
        .floors
        .push(floor::inserts(ground, plan.concurrency, plan.during).await?);
    summary::compare(&mut findings);
    summary::count(&look, next, &mut findings).await?;
    ground.note_memory(&mut findings)?;
    Ok(findings)
}

/// The request alone.
async fn accepted(
    plan: &Plan,
    ground: &Ground,
    look: &Look,
    door: &Door,
    next: &mut usize,
) -> anyhow::Result<Stage> {
    hold(&look.intake, RESOLVE).await?;
    let before = ground.cpu()?;
    let done = door.post(plan.during, next).await?;
    look.settled().await?;
    let spent = ground.cpu()?.since(&before);
    let stage = Stage::new(
        "accepted and durable (request to 202)",
        done.samples.len(),
        done.took,
        &spent,
    )
    .failed(done.failed)
    .timed(done.samples);
    release(&look.intake).await?;
    look.settled().await?;
    Ok(stage)
}

/// The whole way but for sending. Answers when it began.
async fn queued(
    plan: &Plan,
    ground: &Ground,
    look: &Look,
    door: &Door,
    next: &mut usize,
    findings: &mut Findings,
) -> anyhow::Result<DateTime<Utc>> {
    hold(&look.notification, SEND).await?;
    let since = clock::system().now();
    let (commits, facts) = (look.commits().await?, look.facts().await?);
    if plan.statements {
        statements::reset(&ground.stack).await?;
    }
    let before = ground.cpu()?;
    let Done {
        samples,
        failed,
        took,
        ..
    } = door.post(plan.during, next).await?;
    let leads = samples.len();
    let settling = look.settled().await?;
    let spent = ground.cpu()?.since(&before);
    if plan.statements {
        findings.statements = statements::read(&ground.stack, leads).await?;
    }
    let times = look.times(since).await?;
    findings.stages.push(
        Stage::new(
            "request to 202, the whole way running",
            leads,
            took,
            &super::meter::Cpu::default(),
        )
        .failed(failed)
        .timed(samples),
    );
    let lag = |until: fn(&Times) -> Option<DateTime<Utc>>| {
        let lags = times
            .iter()
            .filter_map(|times| Some(span(times.received, until(times)?)));
        lags.collect::<Vec<_>>()
    };
    findings.stages.push(
        Stage::new(
            "request to card, events and queued messages (latency: to the message to the client)",
            leads,
            took + settling,
            &spent,
        )
        .timed(lag(|times| times.queued)),
    );
    findings.stages.push(
        Stage::new(
            "of that, accepted to card",
            leads,
            took + settling,
            &super::meter::Cpu::default(),
        )
        .timed(lag(|times| times.on_card)),
    );
    findings.counts.push((
        "milliseconds from the last request to rest".to_owned(),
        i64::try_from(settling.as_millis())?,
    ));
    let per_lead = |count: i64| count / i64::try_from(leads.max(1)).unwrap_or(1);
    findings.counts.push((
        "transactions per lead".to_owned(),
        per_lead(look.commits().await? - commits),
    ));
    findings.counts.push((
        "events per lead".to_owned(),
        per_lead(look.facts().await? - facts),
    ));
    Ok(since)
}

/// What was queued leaves.
async fn sent(
    plan: &Plan,
    ground: &Ground,
    look: &Look,
    since: DateTime<Utc>,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let leads = look.times(since).await?.len();
    if plan.statements {
        statements::reset(&ground.stack).await?;
    }
    let before = ground.cpu()?;
    release(&look.notification).await?;
    let took = look.settled().await?;
    let spent = ground.cpu()?.since(&before);
    if plan.statements {
        let sending = statements::read(&ground.stack, leads).await?;
        findings.statements.extend(sending);
    }
    findings.stages.push(Stage::new(
        "queued messages of a lead sent, all at once",
        leads,
        took,
        &spent,
    ));
    Ok(())
}

fn span(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).to_std().map(load::milliseconds).unwrap_or(0.0)
}
