//! `edina bench lookup` and `edina bench search`: a client found through the public API, by phone in any writing, and by
//! everything else that is typed into the search box. Both over the same [`cards`]; [`typed`] is what is asked for.
//! `edina bench resolve`: a record [`resolving`] against them.

mod resolving;
mod typed;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::{Client, StatusCode};
use serde_json::Value;

use super::{
    Plan, cards,
    figures::{Aim, Findings, Ratio, Stage},
    floor,
    ground::Ground,
    load, statements,
};
use crate::{demo::people::People, up::say};
use typed::Typed;

/// Phones the floor asks for; more than stay in a processor's cache.
const FLOOR_PHONES: u64 = 20_000;
/// Cards after which progress is told.
const TOLD: u64 = 100_000;
/// The size the aims speak of.
const AIMED_SIZE: u64 = 1_000_000;

/// Which of the three scenarios, over which cards.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) lookup: bool,
    pub(super) search: bool,
    /// A record resolved against the cards.
    pub(super) resolve: bool,
    /// Where servers and cards stay for the next run; none throws them away.
    pub(super) data_dir: Option<&'a Path>,
    /// No word of progress.
    pub(super) quiet: bool,
}

pub(super) async fn run(plan: &Plan, size: u64, asked: &Asked<'_>) -> anyhow::Result<Vec<Findings>> {
    let ground = Ground::prepare_in(plan, None, asked.data_dir).await?;
    match measure(plan, &ground, size, asked).await {
        Ok(findings) => {
            ground.stop().await?;
            Ok(findings)
        }
        Err(error) => Err(error.context(ground.logs())),
    }
}

async fn measure(
    plan: &Plan,
    ground: &Ground,
    size: u64,
    asked: &Asked<'_>,
) -> anyhow::Result<Vec<Findings>> {
    let people = People { seed: plan.seed };
    let loaded = load_cards(ground, people, size, asked.quiet).await?;
    let desk = Desk {
        http: Client::builder().no_proxy().build()?,
        address: format!("{}/api/v1/clients", ground.http("gateway")).into(),
        token: ground.token.clone().into(),
        people,
        size,
    };
    let floors = floors(plan, ground, people, size).await?;
    let mut all = Vec::new();
    for (wanted, name, kinds) in [
        (asked.lookup, "lookup", Typed::LOOKUP),
        (asked.search, "search", Typed::SEARCH),
    ] {
        if !wanted {
            continue;
        }
        let mut findings = Findings::new(format!("{name}: {size} cards"));
        findings.conditions = vec![
            loaded.clone(),
            "GET /api/v1/clients?q= at the gateway with an API token; PostgreSQL with its default memory"
                .to_owned(),
        ];
        for &typed in kinds {
            for concurrency in [1, plan.concurrency] {
                stage(plan, ground, &desk, typed, concurrency, &mut findings).await?;
            }
        }
        findings.floors.clone_from(&floors);
        compare(size, kinds, &mut findings);
        ground.note_memory(&mut findings)?;
        all.push(findings);
    }
    // Last: it adds to the cards.
    if asked.resolve {
        all.push(resolving::measure(plan, ground, people, size).await?);
    }
    Ok(all)
}

/// Loads the cards, unless an earlier run did. Answers what is there, in words.
async fn load_cards(ground: &Ground, people: People, size: u64, quiet: bool) -> anyhow::Result<String> {
    let present = cards::present(ground).await?;
    if present > 0 {
        // Those that runs of `resolve` added are few, and nobody is asked about them.
        anyhow::ensure!(
            (size..=size + size / 10).contains(&present),
            "this folder has {present} cards, not {size}; give another --data-dir"
        );
        return Ok(format!("{present} cards that an earlier run loaded"));
    }
    let (started, mut told) = (Instant::now(), 0);
    let loaded = cards::fill(ground, people, size, |clients| {
        if !quiet && clients / TOLD > told {
            told = clients / TOLD;
            let seconds = started.elapsed().as_secs_f64();
            say(&format!("   {clients} of {size} cards after {seconds:.0} s"));
        }
    })
    .await?;
    let took = started.elapsed().as_secs_f64();
    Ok(format!(
        "{} cards of {} source records, loaded in {took:.0} s by the registry's own reading",
        loaded.clients, loaded.records
    ))
}

async fn stage(
    plan: &Plan,
    ground: &Ground,
    desk: &Desk,
    typed: Typed,
    concurrency: u16,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    // Connections, statements, and the pages of the database that everybody needs.
    desk.load(concurrency, plan.during / 5, 0, typed).await?;
    if plan.statements && concurrency == 1 {
        statements::reset(&ground.stack).await?;
    }
    let before = ground.cpu()?;
    // Others than the warm-up asked for.
    let done = desk.load(concurrency, plan.during, 1_000_003, typed).await?;
    let spent = ground.cpu()?.since(&before);
    let operations = done.samples.len();
    if plan.statements && concurrency == 1 {
        findings
            .statements
            .extend(statements::read(&ground.stack, operations).await?);
    }
    if let Some(why) = done.why {
        findings.conditions.push(format!("{}: {why}", typed.name()));
    }
    let name = format!("{}, {concurrency} in flight", typed.name());
    let stage = Stage::new(name, operations, done.took, &spent)
        .failed(done.failed)
        .timed(done.samples);
    findings.stages.push(stage);
    Ok(())
}

async fn floors(plan: &Plan, ground: &Ground, people: People, size: u64) -> anyhow::Result<Vec<Stage>> {
    let phones = (0..size.min(FLOOR_PHONES)).map(|n| {
        let number = usize::try_from(n * (size / size.min(FLOOR_PHONES))).unwrap_or_default();
        people.person(number).phone.trim_start_matches('+').to_owned()
    });
    let phones: Vec<String> = phones.collect();
    let mut floors = Vec::new();
    for connections in [1, plan.concurrency] {
        let pool = ground
            .look_into(client_registry::DATABASE, connections.into())
            .await?;
        floors.push(floor::selects(ground, pool, connections, plan.during, phones.clone()).await?);
    }
    Ok(floors)
}

/// Each kind of query beside the floor, and beside what is wanted of it.
fn compare(size: u64, kinds: &[Typed], findings: &mut Findings) {
    let (mut ratios, mut aims) = (Vec::new(), Vec::new());
    let base = if size == AIMED_SIZE {
        "a million".to_owned()
    } else {
        size.to_string()
    };
    for (typed, stages) in kinds.iter().zip(findings.stages.chunks(2)) {
        for (ours, floor) in stages.iter().zip(&findings.floors) {
            ratios.push(Ratio::new(
                format!("CPU ms: {} / {}", ours.name, floor.name),
                ours.cpu_ms_total,
                floor.cpu_ms_total,
            ));
            if let (Some(ours), Some(floor)) = (ours.latency, floor.latency) {
                ratios.push(Ratio::new("p50 ms of the two", ours.p50_ms, floor.p50_ms));
            }
        }
        let Some(alone) = stages.first() else { continue };
        let (p50, cpu) = typed.aims();
        let what = format!("{base} cards: {}", typed.name());
        if let Some(cpu) = cpu {
            aims.push(Aim::at_most(what.clone(), alone.cpu_ms_total, cpu, "CPU ms"));
        }
        if let Some(latency) = alone.latency {
            aims.push(Aim::at_most(format!("{what}, p50"), latency.p50_ms, p50, "ms"));
        }
    }
    findings.ratios = ratios;
    findings.aims = aims;
}

/// Somebody who looks clients up.
#[derive(Debug, Clone)]
struct Desk {
    http: Client,
    address: Arc<str>,
    token: Arc<str>,
    people: People,
    size: u64,
}

impl Desk {
    async fn load(
        &self,
        concurrency: u16,
        during: Duration,
        first: usize,
        typed: Typed,
    ) -> anyhow::Result<load::Done> {
        let desk = self.clone();
        load::run(concurrency, during, first, move |number| {
            let desk = desk.clone();
            async move { desk.look_up(number, typed).await }
        })
        .await
    }

    async fn look_up(&self, number: usize, typed: Typed) -> anyhow::Result<()> {
        let mut dice = self.people.dice(number, 13);
        let person = cards::person(self.people, dice.below(usize::try_from(self.size)?));
        let query = typed.of(&mut dice, &person);
        let request = self
            .http
            .get(&*self.address)
            .query(&[("q", &query)])
            .bearer_auth(&self.token);
        let answer = request.send().await?;
        let status = answer.status();
        let body: Value = serde_json::from_slice(&answer.bytes().await?)?;
        anyhow::ensure!(status == StatusCode::OK, "{status}: {body}");
        let clients = body["clients"].as_array();
        let found = clients
            .into_iter()
            .flatten()
            .any(|client| typed.is_found(&person, &query, client));
        anyhow::ensure!(
            found,
            "{typed:?} {query}: the person it was made of is not among those found"
        );
        Ok(())
    }
}
