//! NATS and PostgreSQL are away for twenty seconds each, once by a crash and once by a line on which nothing moves
//! (connections stay, nothing is answered, what was sent arrives later), in any order; then every service is asked to
//! stop under load.

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
/// Each once.
const ABSENCES: [(Server, Fault); 4] = [
    (Server::Nats, Fault::Killed),
    (Server::Nats, Fault::Stalled),
    (Server::Postgres, Fault::Killed),
    (Server::Postgres, Fault::Stalled),
];
/// Messages that were being handed over when their service was stopped or lost its database.
const IN_HAND: usize = 16;

#[derive(Debug, Clone, Copy)]
enum Server {
    Nats,
    Postgres,
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    /// SIGKILL, and a start.
    Killed,
    /// The line stands still.
    Stalled,
}

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
        leads: 180,
        calls: 60,
        over: Duration::from_secs(115),
        prefixes: &["916"],
        callers: Callers::Patient,
    };
    let flow = Traffic::planned(&chaos, &amount).start(&system, &chaos);
    let pause = || chaos.between(Duration::from_secs(2), Duration::from_secs(4));
    for (server, fault) in chaos.shuffled(ABSENCES.to_vec()) {
        tokio::time::sleep(pause()).await;
        chaos.say(&format!("{server:?}: {fault:?} for {AWAY:?}"));
        absence(&system, server, fault).await;
        chaos.say(&format!("{server:?} is back"));
    }
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

/// Takes a server away and brings it back.
async fn absence(system: &System, server: Server, fault: Fault) {
    let servers = system.servers();
    match (server, fault) {
        (Server::Nats, Fault::Stalled) => stand_still(system.nats_line()).await,
        (Server::Postgres, Fault::Stalled) => stand_still(system.postgres_line()).await,
        (Server::Nats, Fault::Killed) => {
            servers.kill_nats().await.unwrap();
            tokio::time::sleep(AWAY).await;
            servers.start_nats().await.unwrap();
        }
        (Server::Postgres, Fault::Killed) => {
            servers.kill_postgres().await.unwrap();
            tokio::time::sleep(AWAY).await;
            servers.start_postgres().await.unwrap();
        }
    }
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
