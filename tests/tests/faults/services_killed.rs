//! 500 leads and 200 calls flow while services are killed at random instants.

use std::{sync::Arc, time::Duration};

use e2e::{Options, Service};

use crate::{
    chaos::Chaos,
    ledger::{self, Allowances},
    stage,
    traffic::{Amount, Traffic},
};

/// Each service dies so often.
const DEATHS: usize = 3;
/// Jobs that a killed worker of notification may have been handing over.
const IN_HAND: usize = 16;
/// Calls that a killed reader of the exchange may have heard to their end and not stored, on a machine that is behind.
const HEARD: usize = 10;
/// Work that died with its worker is taken up when its lease (45 s) has run out; the rest is a slow machine.
const PATIENCE: Duration = Duration::from_secs(240);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_killed_at_random_instants_lose_and_double_nothing() {
    let chaos = Arc::new(Chaos::new("services killed"));
    let system = stage::system(Options::default()).await;
    let amount = Amount {
        leads: 500,
        calls: 200,
        over: Duration::from_secs(45),
        prefixes: &["916"],
        unwatched: false,
    };
    let traffic = Traffic::planned(&chaos, &amount);
    let flow = traffic.start(&system, &chaos);
    for service in chaos.shuffled(Service::ALL.repeat(DEATHS)) {
        tokio::time::sleep(chaos.between(Duration::from_millis(500), Duration::from_millis(3500))).await;
        let absent = chaos.between(Duration::ZERO, Duration::from_millis(1500));
        chaos.kill(&system, service.into(), absent).await;
    }
    for instance in system.instances() {
        system.ready(instance).await.unwrap();
    }
    chaos.say("all services run again");
    let accepted = flow.await.unwrap();
    let books = ledger::at_rest(&system, &chaos, &accepted, PATIENCE).await;
    let allowed = Allowances {
        unknown: DEATHS * IN_HAND,
        // The exchange repeats nothing: what a reader that fell behind had only heard dies with it.
        unseen_ends: true,
        unheard: DEATHS * HEARD,
    };
    ledger::audit(&system, &chaos, &books, &accepted, allowed).await;
}
