//! `edina bench lookup`: a client found through the public API, by phone in any writing and by name.

use std::{sync::Arc, time::Instant};

use reqwest::{Client, StatusCode};
use serde_json::Value;

use super::{
    Plan, cards,
    figures::{Aim, Findings, Ratio, Stage},
    floor,
    ground::Ground,
    load, statements,
};
use crate::{
    demo::people::{People, spelling},
    up::say,
};

/// Phones the floor asks for; more than stay in a processor's cache.
const FLOOR_PHONES: u64 = 20_000;
/// Cards after which progress is told.
const TOLD: u64 = 100_000;
/// The size the aims speak of.
const AIMED_SIZE: u64 = 1_000_000;

/// What is typed into the search box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Typed {
    /// The number as the client says it, as it is printed, as the PBX shows it.
    Phone,
    /// Its last seven digits.
    PhonePart,
    /// Surname and given name.
    FullName,
    /// Beginning of a surname.
    NamePart,
}

impl Typed {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Phone, "phone in any writing"),
        (Self::PhonePart, "last seven digits of a phone"),
        (Self::FullName, "surname and given name"),
        (Self::NamePart, "first four letters of a surname"),
    ];
}

pub(super) async fn run(plan: &Plan, size: u64, quiet: bool) -> anyhow::Result<Findings> {
    let ground = Ground::prepare(plan, None).await?;
    match measure(plan, &ground, size, quiet).await {
        Ok(findings) => {
            ground.stop().await?;
            Ok(findings)
        }
        Err(error) => Err(error.context(ground.logs())),
    }
}

async fn measure(plan: &Plan, ground: &Ground, size: u64, quiet: bool) -> anyhow::Result<Findings> {
    let mut findings = Findings::new(format!("lookup: {size} cards"));
    let people = People { seed: plan.seed };
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
    findings.conditions = vec![
        format!(
            "{} cards of {} source records, loaded in {took:.0} s by the registry's own reading",
            loaded.clients, loaded.records
        ),
        "GET /api/v1/clients?q= at the gateway with an API token; PostgreSQL with its default memory"
            .to_owned(),
    ];
    let desk = Desk {
        http: Client::builder().no_proxy().build()?,
        address: format!("{}/api/v1/clients", ground.http("gateway")).into(),
        token: ground.token.clone().into(),
        people,
        size,
    };
    for (typed, name) in Typed::ALL {
        for concurrency in [1, plan.concurrency] {
            // Connections, statements, and the pages of the database that everybody needs.
            desk.load(plan, concurrency, typed, true).await?;
            if plan.statements && concurrency == 1 {
                statements::reset(&ground.stack).await?;
            }
            let before = ground.cpu()?;
            let done = desk.load(plan, concurrency, typed, false).await?;
            let spent = ground.cpu()?.since(&before);
            let operations = done.samples.len();
            if plan.statements && concurrency == 1 {
                findings
                    .statements
                    .extend(statements::read(&ground.stack, operations).await?);
            }
            let stage = Stage::new(
                format!("{name}, {concurrency} in flight"),
                operations,
                done.took,
                &spent,
            )
            .failed(done.failed)
            .timed(done.samples);
            findings.stages.push(stage);
        }
    }
    let phones = (0..size.min(FLOOR_PHONES)).map(|n| {
        let number = usize::try_from(n * (size / size.min(FLOOR_PHONES))).unwrap_or_default();
        people.person(number).phone.trim_start_matches('+').to_owned()
    });
    let phones: Vec<String> = phones.collect();
    for connections in [1, plan.concurrency] {
        let pool = ground
            .look_into(client_registry::DATABASE, connections.into())
            .await?;
        let stage = floor::selects(ground, pool, connections, plan.during, phones.clone()).await?;
        findings.floors.push(stage);
    }
    compare(size, &mut findings);
    ground.note_memory(&mut findings)?;
    Ok(findings)
}

fn compare(size: u64, findings: &mut Findings) {
    let phone = |concurrency_is_one: bool| {
        let mut of_phone = findings
            .stages
            .iter()
            .filter(|stage| stage.name.starts_with(Typed::ALL[0].1));
        if concurrency_is_one {
            of_phone.next().cloned()
        } else {
            of_phone.next_back().cloned()
        }
    };
    let ours = [phone(true), phone(false)];
    for (ours, floor) in ours.iter().flatten().zip(&findings.floors) {
        findings.ratios.push(Ratio::new(
            format!("CPU ms: {} / {}", ours.name, floor.name),
            ours.cpu_ms_total,
            floor.cpu_ms_total,
        ));
        if let (Some(ours), Some(floor)) = (ours.latency, floor.latency) {
            findings
                .ratios
                .push(Ratio::new("p50 ms of the two", ours.p50_ms, floor.p50_ms));
        }
    }
    for stage in findings
        .stages
        .iter()
        .filter(|stage| stage.name.ends_with(" 1 in flight"))
    {
        let aim = format!(
            "{} cards: {}",
            if size == AIMED_SIZE {
                "a million".to_owned()
            } else {
                size.to_string()
            },
            stage.name
        );
        findings
            .aims
            .push(Aim::at_most(aim.clone(), stage.cpu_ms_total, 0.8, "CPU ms"));
        if let Some(latency) = stage.latency {
            findings
                .aims
                .push(Aim::at_most(format!("{aim}, p50"), latency.p50_ms, 2.0, "ms"));
        }
    }
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
        plan: &Plan,
        concurrency: u16,
        typed: Typed,
        warm_up: bool,
    ) -> anyhow::Result<load::Done> {
        let desk = self.clone();
        // Others than the warm-up asked for.
        let (during, first) = if warm_up {
            (plan.during / 5, 0)
        } else {
            (plan.during, 1_000_003)
        };
        load::run(concurrency, during, first, move |number| {
            let desk = desk.clone();
            async move { desk.look_up(number, typed).await }
        })
        .await
    }

    async fn look_up(&self, number: usize, typed: Typed) -> anyhow::Result<()> {
        let mut dice = self.people.dice(number, 13);
        let person = self.people.person(dice.below(usize::try_from(self.size)?));
        let query = match typed {
            Typed::Phone => spelling::phone(&mut dice, &person.phone),
            Typed::PhonePart => person
                .phone
                .get(person.phone.len().saturating_sub(7)..)
                .unwrap_or_default()
                .to_owned(),
            Typed::FullName => format!("{} {}", person.last, person.first),
            Typed::NamePart => person.last.chars().take(4).collect(),
        };
        let request = self
            .http
            .get(&*self.address)
            .query(&[("q", &query)])
            .bearer_auth(&self.token);
        let answer = request.send().await?;
        let status = answer.status();
        let body: Value = serde_json::from_slice(&answer.bytes().await?)?;
        anyhow::ensure!(status == StatusCode::OK, "{status}: {body}");
        let found = body["clients"].as_array().map_or(0, Vec::len);
        anyhow::ensure!(found > 0, "a {typed:?} that was loaded is not found");
        Ok(())
    }
}
