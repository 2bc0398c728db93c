//! `edina bench intake`: what a lead costs, from the request to the message that leaves.
//!
//! Three stages, each with CPU of every process. *Accepted*: lead-intake's further work is held back in its own queue,
//! so that what is counted is the request alone, beside a floor of single-row durable inserts. *Queued*: the whole way
//! runs, only sending is held back. *Sent*: what was queued is let go to the sandbox's SMSC and mail server.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use edina_runtime::clock;
use reqwest::{Client, StatusCode};
use sqlx::PgPool;

use super::{
    Plan,
    figures::{Aim, Findings, Ratio, Stage},
    floor,
    ground::Ground,
    lead::{self, Lead},
    load::{self, Done},
    settle::{Look, Times},
    statements,
};
use crate::demo::people::People;

/// Leads before anything is counted: connections, prepared statements, caches.
const WARM_UP: Duration = Duration::from_secs(2);
const REQUEST_PATIENCE: Duration = Duration::from_secs(60);

/// The jobs that are held back: what lead-intake does after its answer, and what notification does to let a message go.
const RESOLVE: &str = "resolve_lead";
const SEND: &str = "send_message";

/// Jobs of one kind are due for ever later while this trigger is there: work is kept queued without a change of the
/// product, at the price of a line of PL/pgSQL a job.
const HOLD: &str = "create or replace function bench_hold() returns trigger language plpgsql as
    $$ begin if new.kind = tg_argv[0] then new.due_at := 'infinity'; end if; return new; end $$";

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
    sent(ground, &look, since, &mut findings).await?;

    findings
        .floors
        .push(floor::inserts(ground, plan.concurrency, plan.during).await?);
    compare(&mut findings);
    count(&look, next, &mut findings).await?;
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
    ground: &Ground,
    look: &Look,
    since: DateTime<Utc>,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let leads = look.times(since).await?.len();
    let before = ground.cpu()?;
    release(&look.notification).await?;
    let took = look.settled().await?;
    let spent = ground.cpu()?.since(&before);
    findings.stages.push(Stage::new(
        "queued messages of a lead sent, all at once",
        leads,
        took,
        &spent,
    ));
    Ok(())
}

fn compare(findings: &mut Findings) {
    let stage = |name: &str| {
        findings
            .stages
            .iter()
            .find(|stage| stage.name.starts_with(name))
            .cloned()
    };
    let (accepted, queued, sent) = (
        stage("accepted"),
        stage("request to card"),
        stage("queued messages"),
    );
    if let (Some(accepted), Some(floor)) = (&accepted, findings.floors.first()) {
        findings.ratios.push(Ratio::new(
            "CPU ms of an accepted lead / of a durable insert",
            accepted.cpu_ms_total,
            floor.cpu_ms_total,
        ));
        if let (Some(ours), Some(floor)) = (accepted.latency, floor.latency) {
            findings
                .ratios
                .push(Ratio::new("p50 ms of the two", ours.p50_ms, floor.p50_ms));
            findings
                .ratios
                .push(Ratio::new("p99 ms of the two", ours.p99_ms, floor.p99_ms));
        }
    }
    if let (Some(queued), Some(floor)) = (&queued, findings.floors.first()) {
        findings.ratios.push(Ratio::new(
            "CPU ms of a lead with queued messages / of a durable insert",
            queued.cpu_ms_total,
            floor.cpu_ms_total,
        ));
    }
    if let (Some(queued), Some(sent)) = (queued, sent) {
        findings.aims.push(Aim::at_most(
            "a lead, from request to card, events and queued messages",
            queued.cpu_ms_total,
            3.0,
            "CPU ms",
        ));
        let all = queued.cpu_ms_total + sent.cpu_ms_total;
        findings.counts.push((
            "CPU microseconds of a lead with everything sent".to_owned(),
            microseconds(all),
        ));
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a lead costs milliseconds")]
fn microseconds(ms: f64) -> i64 {
    (ms * 1000.0) as i64
}

/// What should be there now.
async fn count(look: &Look, posted: usize, findings: &mut Findings) -> anyhow::Result<()> {
    let counts = [
        ("leads posted (refused ones included)", i64::try_from(posted)?),
        (
            "leads",
            Look::count(&look.intake, "select count(*) from leads").await?,
        ),
        (
            "leads without a card",
            Look::count(&look.intake, "select count(*) from leads where client_id = ''").await?,
        ),
        (
            "leads without a seller",
            Look::count(
                &look.intake,
                "select count(*) from leads where owner_employee_id = ''",
            )
            .await?,
        ),
        (
            "cards",
            Look::count(&look.registry, "select count(*) from clients where id = root_id").await?,
        ),
        (
            "messages to clients",
            Look::count(
                &look.notification,
                "select count(*) from messages where occasion = 'lead_received'",
            )
            .await?,
        ),
        (
            "messages to sellers",
            Look::count(
                &look.notification,
                "select count(*) from messages where occasion = 'lead_assigned'",
            )
            .await?,
        ),
        (
            "messages not sent",
            Look::count(
                &look.notification,
                "select count(*) from messages where sent_at is null",
            )
            .await?,
        ),
        ("events that could not be applied", look.dead_letters().await?),
    ];
    findings
        .counts
        .extend(counts.map(|(what, count)| (what.to_owned(), count)));
    Ok(())
}

fn span(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).to_std().map(load::milliseconds).unwrap_or(0.0)
}

async fn hold(pool: &PgPool, kind: &str) -> anyhow::Result<()> {
    let trigger = format!(
        "{HOLD}; create trigger bench_hold before insert on jobs for each row execute function bench_hold('{kind}')"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(trigger)).execute(pool).await?;
    Ok(())
}

async fn release(pool: &PgPool) -> anyhow::Result<()> {
    sqlx::raw_sql("drop trigger bench_hold on jobs")
        .execute(pool)
        .await?;
    let held = sqlx::query("update jobs set due_at = now() where due_at = 'infinity'")
        .execute(pool)
        .await?;
    anyhow::ensure!(
        held.rows_affected() > 0,
        "nothing was held back: the product's jobs have other names now"
    );
    Ok(())
}

/// Where leads are posted.
#[derive(Debug, Clone)]
struct Door {
    http: Client,
    adf: Arc<str>,
    form: Arc<str>,
    people: People,
    concurrency: u16,
}

impl Door {
    fn new(plan: &Plan, ground: &Ground) -> anyhow::Result<Self> {
        let base = ground.http("lead-intake");
        let key = |name: &str| ground.keys.get(name).cloned().unwrap_or_default();
        Ok(Self {
            http: Client::builder().timeout(REQUEST_PATIENCE).no_proxy().build()?,
            adf: format!("{base}/intake/v1/adf?source={}", key("adf")).into(),
            form: format!("{base}/intake/v1/forms/{}", key("site")).into(),
            people: People { seed: plan.seed },
            concurrency: plan.concurrency,
        })
    }

    /// Posts leads for so long.
    async fn post(&self, during: Duration, next: &mut usize) -> anyhow::Result<Done> {
        let door = self.clone();
        let done = load::run(self.concurrency, during, *next, move |number| {
            let door = door.clone();
            async move { door.post_one(number).await }
        })
        .await?;
        *next += done.samples.len() + done.failed;
        Ok(done)
    }

    async fn post_one(&self, number: usize) -> anyhow::Result<()> {
        let request = match lead::lead(self.people, number) {
            Lead::Adf(document) => self
                .http
                .post(&*self.adf)
                .header("content-type", "application/x-adf+xml")
                .body(document),
            Lead::Form(form) => self.http.post(&*self.form).json(&form),
        };
        // Errors leave out the address: a key stands in it.
        let answer = request.send().await.map_err(reqwest::Error::without_url)?;
        let status = answer.status();
        let body = answer.text().await.map_err(reqwest::Error::without_url)?;
        anyhow::ensure!(status == StatusCode::ACCEPTED, "{status}: {body}");
        Ok(())
    }
}
