//! `edina bench pop`: a ringing call, from the bytes of the exchange to the panel in an open page.

mod exchange;
mod page;

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use tokio::{sync::mpsc, time::MissedTickBehavior};

use super::{
    Plan, cards,
    figures::{Aim, Findings, Stage},
    ground::Ground,
    load::milliseconds,
    settle::Look,
    statements,
};
use crate::demo::{group, people::People};
use exchange::{Call, Exchange};

/// Cards of the callers.
const CARDS: u64 = 10_000;
/// The other member of the queue; nobody has its page open.
const OTHER: &str = "299";
/// Calls ring so long before the first member answers.
const RINGS: Duration = Duration::from_millis(500);
/// After the last call pops are waited for so long; one that is later has not come.
const LAST: Duration = Duration::from_secs(30);

/// Seconds of calls before anything is counted.
const WARM_UP: u64 = 2;
/// The exchange has written everything when nothing came for so long.
const WRITTEN: Duration = Duration::from_millis(500);

/// Caller's number, and when.
type Moment = (String, Instant);

pub(super) async fn run(plan: &Plan, calls: u64) -> anyhow::Result<Findings> {
    let exchange = Exchange::open().await?;
    let ground = Ground::prepare(plan, Some(&exchange.url())).await?;
    match measure(plan, calls, &exchange, &ground).await {
        Ok(findings) => {
            ground.stop().await?;
            Ok(findings)
        }
        Err(error) => Err(error.context(ground.logs())),
    }
}

async fn measure(plan: &Plan, calls: u64, exchange: &Exchange, ground: &Ground) -> anyhow::Result<Findings> {
    let people = People { seed: plan.seed };
    let size = CARDS.max(calls * (plan.during.as_secs() + 2) * 2);
    cards::fill(ground, people, size, |_| {}).await?;
    let look = Look::open(ground).await?;
    exchange.attended().await?;
    let (sender, mut pops) = mpsc::unbounded_channel();
    let seen = page::Seen {
        pops: sender,
        reopened: Arc::default(),
    };
    let mut desks = Vec::new();
    let mut pages = Vec::new();
    for (login, extension) in group::ACCOUNTS {
        let password = ground
            .credentials
            .demo_accounts
            .get(login)
            .map_or("", String::as_str);
        let console = ground.http("gateway");
        pages.push(page::open(&console, login, password, seen.clone()).await?);
        desks.push(extension);
    }
    let mut findings = Findings::new(format!("pop: {calls} calls a second"));
    findings.conditions = vec![
        format!("{size} cards, every caller on one of them; a call rings in a queue, is answered, and ends"),
        format!(
            "{} pages of the console open, each with its person's phone; all hear of all calls",
            desks.len()
        ),
        "latency: from writing the exchange's bytes to reading the panel in the page's event stream"
            .to_owned(),
    ];
    findings.stages.push(ground.idle().await?);
    let mut player = Player {
        exchange,
        people,
        desks,
        next: 0,
    };
    // Connections, prepared statements, templates.
    let (warm, _) = player.play(calls, WARM_UP).await;
    arrivals(&mut pops, warm.len()).await;
    look.settled().await?;
    ground.let_tables_be_counted().await?;

    if plan.statements {
        statements::reset(&ground.stack).await?;
    }
    let before = ground.cpu()?;
    let (written, took) = player.play(calls, plan.during.as_secs()).await;
    let latest = arrivals(&mut pops, written.len()).await;
    look.settled().await?;
    let spent = ground.cpu()?.since(&before);
    if plan.statements {
        findings.statements = statements::read(&ground.stack, written.len()).await?;
    }
    let latencies: Vec<f64> = written
        .iter()
        .filter_map(|(number, at)| Some(milliseconds(latest.get(number)?.saturating_duration_since(*at))))
        .collect();
    let missing = written.len() - latencies.len();
    let stage = Stage::new(
        "calls, from the first ring to everything recorded",
        written.len(),
        took,
        &spent,
    )
    .failed(missing)
    .timed(latencies);
    findings
        .counts
        .push(("pops that did not come".to_owned(), i64::try_from(missing)?));
    findings.counts.push((
        "event streams that ended and were opened anew".to_owned(),
        i64::try_from(seen.reopened.load(Ordering::Relaxed))?,
    ));
    let stored = Look::count(&look.calls, "select count(*) from calls").await?;
    findings.counts.push((
        "calls played, warm-up included".to_owned(),
        i64::try_from(player.next)?,
    ));
    findings.counts.push(("calls recorded".to_owned(), stored));
    findings.counts.push((
        "events that could not be applied".to_owned(),
        look.dead_letters().await?,
    ));
    if let Some(latency) = stage.latency {
        findings
            .aims
            .push(Aim::at_most("a pop, p99", latency.p99_ms, 50.0, "ms"));
    }
    findings.stages.push(stage);
    ground.note_memory(&mut findings)?;
    for page in pages {
        page.abort();
    }
    Ok(findings)
}

/// When the first pop of each call came; waits for the last ones for a while. A page may show a call again when more of
/// it is known.
async fn arrivals(pops: &mut mpsc::UnboundedReceiver<Moment>, calls: usize) -> HashMap<String, Instant> {
    let mut first: HashMap<String, Instant> = HashMap::new();
    let deadline = tokio::time::Instant::now() + LAST;
    while first.len() < calls {
        match tokio::time::timeout_at(deadline, pops.recv()).await {
            Ok(Some((number, at))) => {
                first.entry(number).or_insert(at);
            }
            Ok(None) | Err(_) => break,
        }
    }
    first
}

/// Plays calls, every one from somebody else.
struct Player<'a> {
    exchange: &'a Exchange,
    people: People,
    desks: Vec<&'static str>,
    next: u64,
}

impl Player<'_> {
    /// So many calls a second for so long; when the bytes of each were written.
    async fn play(&mut self, calls: u64, seconds: u64) -> (Vec<Moment>, Duration) {
        let (noted, mut written) = mpsc::unbounded_channel();
        let started = Instant::now();
        let mut every = tokio::time::interval(Duration::from_secs(1) / u32::try_from(calls).unwrap_or(1));
        every.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let (later, mut rests) = mpsc::unbounded_channel();
        let count = calls * seconds;
        let mut begun = 0;
        let mut ended = 0;
        let mut due: Option<(Instant, std::sync::Arc<str>)> = None;
        while ended < count {
            let wait = due
                .as_ref()
                .map_or(RINGS, |(at, _)| at.saturating_duration_since(Instant::now()));
            tokio::select! {
                _ = every.tick(), if begun < count => {
                    let rest = self.exchange.ring(&self.call(), &noted);
                    self.next += 1;
                    begun += 1;
                    // The receiver is here.
                    later.send((Instant::now() + RINGS, rest)).ok();
                }
                Some(rest) = rests.recv(), if due.is_none() => due = Some(rest),
                () = tokio::time::sleep(wait), if due.is_some() => {
                    if let Some((_, rest)) = due.take() {
                        self.exchange.go_on(rest);
                        ended += 1;
                    }
                }
            }
        }
        let took = started.elapsed();
        // What was given to the exchange is written within moments; the senders go with the pieces.
        drop(noted);
        let mut moments = Vec::new();
        while let Ok(Some(moment)) = tokio::time::timeout(WRITTEN, written.recv()).await {
            moments.push(moment);
        }
        (moments, took)
    }

    fn call(&self) -> Call {
        let number = usize::try_from(self.next).unwrap_or_default();
        // Every tenth person has the telephone of the one before: those are left out.
        let person = self.people.person(number / 7 * 10 + number % 7);
        Call {
            number: self.next,
            caller: person.phone.trim_start_matches('+').to_owned(),
            desk: self
                .desks
                .get(number % self.desks.len().max(1))
                .copied()
                .unwrap_or(OTHER)
                .to_owned(),
            other: OTHER.to_owned(),
        }
    }
}
