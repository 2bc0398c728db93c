//! Every fact is delivered twice as soon as it is published; relays are killed between publishing and marking; in the
//! end everything that was ever said is said once more, in any order.

use std::{sync::Arc, time::Duration};

use e2e::{Options, Service, System, patience::patience};
use sqlx::{Connection as _, PgConnection};

use crate::{
    chaos::Chaos,
    gaps::Gap,
    ledger::{self, Allowances},
    stage,
    traffic::{Amount, Callers, Traffic},
};

const PATIENCE: Duration = Duration::from_secs(180);
/// Messages that notification may have had in hand when it was killed.
const IN_HAND: usize = 16;
/// The services that say facts about leads, cards, calls and messages.
const SPEAKERS: [Service; 4] = [
    Service::Intake,
    Service::Registry,
    Service::Calls,
    Service::Notification,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_that_come_twice_have_one_effect() {
    let chaos = Arc::new(Chaos::new("facts twice"));
    let system = stage::system(Options::default()).await;
    let echo = system.echo().await.unwrap();
    let amount = Amount {
        leads: 80,
        calls: 30,
        over: Duration::from_secs(30),
        prefixes: &["916"],
        callers: Callers::Patient,
    };
    let flow = Traffic::planned(&chaos, &amount).start(&system, &chaos);
    let mut gaps = Vec::new();
    for service in chaos.shuffled(SPEAKERS.to_vec()) {
        tokio::time::sleep(chaos.between(Duration::from_millis(500), Duration::from_millis(1500))).await;
        kill_before_mark(&system, &chaos, service, &mut gaps).await;
        system.restart(service).await;
    }
    let accepted = flow.await.unwrap();
    let books = ledger::at_rest(&system, &chaos, &accepted, PATIENCE).await;
    chaos.say(&format!("{} facts were said twice at once", echo.repeated()));
    assert!(echo.repeated() > accepted.leads.len());
    drop(echo);
    let allowed = Allowances {
        unknown: IN_HAND,
        gaps,
    };
    ledger::audit(&system, &chaos, &books, &accepted, &allowed).await;

    let mut facts = Vec::new();
    for stream in [
        "EDINA_INTAKE",
        "EDINA_REGISTRY",
        "EDINA_CALLS",
        "EDINA_NOTIFICATION",
    ] {
        facts.extend(system.all_facts(stream).await.unwrap());
    }
    let facts = chaos.shuffled(facts);
    chaos.say(&format!("{} facts are said once more, in any order", facts.len()));
    system.deliver_again(&facts).await.unwrap();
    let again = ledger::at_rest(&system, &chaos, &accepted, PATIENCE).await;
    assert!(again == books, "repeated facts changed the books");
}

/// Holds the outbox so that facts can be read and published but not marked, waits until the relay tries to, kills it.
async fn kill_before_mark(system: &System, chaos: &Chaos, service: Service, gaps: &mut Vec<Gap>) {
    let url = system.servers().postgres_url(&service.database());
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let deadline = tokio::time::Instant::now() + patience();
    loop {
        let mut tx = connection.begin().await.unwrap();
        sqlx::query("lock table outbox in share mode")
            .execute(&mut *tx)
            .await
            .unwrap();
        let published: i64 = sqlx::query_scalar("select count(*) from outbox where published_at is null")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        if published > 0 && marks(&mut tx).await {
            if service == Service::Calls {
                gaps.push(Gap::opens(system).await);
            }
            system.kill(service);
            chaos.say(&format!(
                "SIGKILL {} with {published} facts published and not marked",
                service.name()
            ));
            tx.rollback().await.unwrap();
            return;
        }
        tx.rollback().await.unwrap();
        assert!(
            tokio::time::Instant::now() < deadline,
            "{} has nothing to publish",
            service.name()
        );
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// Whether the relay comes to wait for us with what it wants to mark.
async fn marks(connection: &mut PgConnection) -> bool {
    for _ in 0..1000 {
        // Within a transaction the server would show the picture of the first look for ever.
        sqlx::query("select pg_stat_clear_snapshot()")
            .execute(&mut *connection)
            .await
            .unwrap();
        let waiting: bool = sqlx::query_scalar(
            "select exists(select from pg_stat_activity where datname = current_database()
                 and wait_event_type = 'Lock' and query like 'update outbox set published_at%')",
        )
        .fetch_one(&mut *connection)
        .await
        .unwrap();
        if waiting {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}
