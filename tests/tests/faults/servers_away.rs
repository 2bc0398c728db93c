//! NATS and PostgreSQL are away for twenty seconds each, by a crash or by a line on which nothing moves, and every
//! service is asked to stop under load.

use std::{sync::Arc, time::Duration};

use e2e::{
    Options, Service, System,
    proxy::{Line, Proxy},
};

use crate::{
    chaos::Chaos,
    gaps::Gap,
    ledger::{self, Allowances},
    stage,
    traffic::{Amount, Callers, Traffic},
};

const AWAY: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_secs(180);
/// Messages that were being handed over when their service was stopped or lost its database.
const IN_HAND: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_go_away_and_services_that_stop_lose_and_double_nothing() {
    let chaos = Arc::new(Chaos::new("servers away"));
    let options = Options {
        nats_proxy: true,
        postgres_proxy: true,
        ..Options::default()
    };
    let system = stage::system(options).await;
    let amount = Amount {
        leads: 120,
        calls: 40,
        over: Duration::from_secs(75),
        prefixes: &["916"],
        callers: Callers::Patient,
    };
    let flow = Traffic::planned(&chaos, &amount).start(&system, &chaos);
    let pause = || chaos.between(Duration::from_secs(2), Duration::from_secs(4));
    tokio::time::sleep(pause()).await;
    if chaos.either() {
        chaos.say("NATS: its line stands still");
        stand_still(system.nats_line()).await;
    } else {
        chaos.say("NATS: SIGKILL");
        system.servers().kill_nats().await.unwrap();
        tokio::time::sleep(AWAY).await;
        system.servers().start_nats().await.unwrap();
    }
    chaos.say("NATS is back");
    tokio::time::sleep(pause()).await;
    if chaos.either() {
        chaos.say("PostgreSQL: its line stands still");
        stand_still(system.postgres_line()).await;
    } else {
        chaos.say("PostgreSQL: SIGKILL");
        system.servers().kill_postgres().await.unwrap();
        tokio::time::sleep(AWAY).await;
        system.servers().start_postgres().await.unwrap();
    }
    chaos.say("PostgreSQL is back");
    let mut gaps = Vec::new();
    for service in chaos.shuffled(Service::ALL.to_vec()) {
        tokio::time::sleep(pause()).await;
        if service == Service::Calls {
            gaps.push(Gap::opens(&system).await);
        }
        stop_and_start(&system, &chaos, service).await;
    }
    let accepted = flow.await.unwrap();
    let books = ledger::at_rest(&system, &chaos, &accepted, PATIENCE).await;
    let allowed = Allowances {
        unknown: IN_HAND,
        gaps,
    };
    ledger::audit(&system, &chaos, &books, &accepted, &allowed).await;
}

async fn stand_still(line: Option<&Proxy>) {
    let line = line.expect("the system has lines to its servers");
    line.set(Line::Stalled);
    tokio::time::sleep(AWAY).await;
    line.set(Line::Open);
}

async fn stop_and_start(system: &System, chaos: &Chaos, service: Service) {
    chaos.say(&format!("SIGTERM {}", service.name()));
    let code = system.stop(service).await;
    chaos.say(&format!("{} ended with {code}", service.name()));
    assert_eq!(code, 0, "{}: {}", service.name(), system.log(service));
    system.restart(service).await;
}
