//! 500 leads and 200 calls flow while services are killed at random instants; calls go on, whoever listens. And calls flow
//! while whichever of two copies reads the exchange is killed.

use std::{sync::Arc, time::Duration};

use e2e::{Instance, Options, Service, System, eventually};

use crate::{
    chaos::Chaos,
    gaps::Gaps,
    ledger::{self, Allowances},
    stage,
    traffic::{Amount, Callers, Traffic},
};

/// Each service dies so often.
const DEATHS: usize = 3;
/// Jobs that a killed worker of notification may have been handing over.
const IN_HAND: usize = 16;
/// Work that died with its worker is taken up when its lease (45 s) has run out; the rest is a slow machine.
const PATIENCE: Duration = Duration::from_secs(240);
/// With two copies the exchange has a reader again after this time.
const TAKEN_OVER: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_killed_at_random_instants_lose_and_double_nothing() {
    let chaos = Arc::new(Chaos::new("services killed"));
    let system = stage::system(Options::default()).await;
    let amount = Amount {
        leads: 500,
        calls: 200,
        over: Duration::from_secs(45),
        prefixes: &["916"],
        callers: Callers::Hurried,
    };
    let flow = Traffic::planned(&chaos, &amount).start(&system, &chaos);
    let mut gaps = Vec::new();
    for service in chaos.shuffled(Service::ALL.repeat(DEATHS)) {
        tokio::time::sleep(chaos.between(Duration::from_millis(500), Duration::from_millis(3500))).await;
        let absent = chaos.between(Duration::ZERO, Duration::from_millis(1500));
        if service == Service::Calls {
            gaps.push(chaos.kill_reader(&system, service.into(), absent).await);
        } else {
            chaos.kill(&system, service.into(), absent).await;
        }
    }
    for instance in system.instances() {
        system.ready(instance).await.unwrap();
    }
    chaos.say("all services run again");
    let accepted = flow.await.unwrap();
    let books = ledger::at_rest(&system, &chaos, &accepted, PATIENCE).await;
    let allowed = Allowances {
        unknown: DEATHS * IN_HAND,
        gaps,
    };
    ledger::audit(&system, &chaos, &books, &accepted, &allowed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_reader_of_two_loses_only_what_ended_before_the_other_read() {
    let chaos = Arc::new(Chaos::new("readers killed"));
    let options = Options {
        copies: 2,
        ..Options::default()
    };
    let system = stage::system(options).await;
    let amount = Amount {
        leads: 20,
        calls: 90,
        over: Duration::from_secs(35),
        prefixes: &["916"],
        callers: Callers::Hurried,
    };
    let flow = Traffic::planned(&chaos, &amount).start(&system, &chaos);
    let mut gaps = Vec::new();
    for _ in 0..DEATHS {
        tokio::time::sleep(chaos.between(Duration::from_secs(4), Duration::from_secs(6))).await;
        let reader = reader(&system).await;
        let absent = chaos.between(Duration::ZERO, Duration::from_millis(1500));
        gaps.push(chaos.kill_reader(&system, reader, absent).await);
        system.ready(reader).await.unwrap();
    }
    let accepted = flow.await.unwrap();
    let books = ledger::at_rest(&system, &chaos, &accepted, PATIENCE).await;
    let allowed = Allowances { unknown: 0, gaps };
    ledger::audit(&system, &chaos, &books, &accepted, &allowed).await;
    for gap in Gaps::of(&system, &allowed.gaps).lengths() {
        assert!(gap <= TAKEN_OVER, "nobody heard the exchange for {gap:?}");
    }
}

/// The copy of call-tracking that reads the exchange and knows what goes on.
async fn reader(system: &System) -> Instance {
    eventually("one copy reads the exchange", async || {
        for number in 0..2 {
            let copy = Service::Calls.copy(number);
            if system.metric(copy, "edina_pbx_connected", e2e::PBX).await > 0.0 {
                return Ok(copy);
            }
        }
        Err("neither is connected")
    })
    .await
}
