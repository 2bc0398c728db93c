//! Two copies of the service with one exchange: one reads, the other takes over, and a call stays one call.
//!
//! Failures are: two copies read; nobody reads soon after the reader was killed; a call that is lost, doubled, or ends
//! otherwise than it did; a fact or a task too many.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use call_tracking::replay::{Kind, Scenario, Speed};
use edina_proto::calls::v1::{Call, CallAnswered, CallEnded, CallMissed, CallStarted, DialRequest, TaskDue};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::world::{self, Office, until};

/// Calls of one handover: more than pass while it takes.
const MOST_PLAYED: u32 = 400;

/// A call whose ring and talk are long enough to lose its reader in.
fn long(kind: Kind) -> Scenario {
    let mut scenario = world::scenario(kind, world::CLIENT).at_speed(Speed::times(20));
    (scenario.ring, scenario.talk) = (Duration::from_secs(120), Duration::from_secs(160));
    scenario
}

async fn in_state(office: &Office, state: &str) -> Call {
    until(state, async || {
        office.calls().await.iter().any(|call| call.state == state)
    })
    .await;
    office.calls().await.remove(0)
}

async fn is_one_call(office: &Office, linked_id: &str, outcome: &str) {
    let call = office.settled(linked_id).await;
    office.until_fact::<CallEnded>(&call.call_id).await;
    // Missed or abandoned: nobody took it; which of the two it is depends on how much of it one copy saw.
    let told = |outcome: &str| {
        if outcome == "abandoned" {
            "missed".to_owned()
        } else {
            outcome.to_owned()
        }
    };
    assert_eq!(told(&call.outcome), told(outcome), "{call:?}");
    assert_eq!(
        (call.direction.as_str(), call.line.as_str()),
        ("inbound", "+78432000001")
    );
    let calls = office.calls().await;
    assert_eq!(calls.iter().filter(|one| one.linked_id == linked_id).count(), 1);
    let answered = usize::from(outcome == "answered");
    assert_eq!(office.facts::<CallStarted>(&call.call_id).len(), 1);
    assert_eq!(office.facts::<CallAnswered>(&call.call_id).len(), answered);
    assert_eq!(office.facts::<CallMissed>(&call.call_id).len(), 1 - answered);
    assert_eq!(office.facts::<CallEnded>(&call.call_id).len(), 1);
}

#[test]
fn one_copy_reads_and_both_know_how_it_goes() {
    world::run(async || {
        let office = Office::open().await;
        let other = office.copy().await;
        until("the copy that waits says what the other one reads", async || {
            office
                .connection(&other.client())
                .await
                .is_some_and(|pbx| pbx.state == "up" && pbx.last_event_at.is_some())
        })
        .await;
        let asked = DialRequest {
            extension: "201".into(),
            number: "+79170000001".into(),
        };
        other.client().dial(office.ask(asked)).await.unwrap();
        for _ in 0..5 {
            let linked_id = office.play(Kind::QueueAnswered).await;
            is_one_call(&office, &linked_id, "answered").await;
        }
        until("only one copy is connected", async || {
            office.pbx.connections() == 1
        })
        .await;
        until("the dialled call is there", async || {
            office
                .calls()
                .await
                .iter()
                .any(|call| call.direction == "outbound" && call.number == "+79170000001")
        })
        .await;
    });
}

/// Kills the reader while the call is in `state`; it goes on under the other copy.
async fn killed_in(state: &str, kind: Kind, outcome: &str) {
    let mut office = Office::open().await;
    let other = office.copy().await;
    let pbx = office.pbx.clone();
    let scenario = long(kind);
    let playing = tokio::spawn(async move { pbx.play(&scenario).await });
    let before = in_state(&office, state).await;
    office.kill();
    office.adopt(other);
    until("the other copy reads", async || {
        let calls = office.calls().await;
        calls.iter().any(|call| call.resynchronised)
    })
    .await;
    let after = office.calls().await.remove(0);
    assert_eq!(
        (after.state.as_str(), after.started_at),
        (state, before.started_at)
    );
    assert_eq!(after.answered_at, before.answered_at);
    playing.await.unwrap();
    is_one_call(&office, &before.linked_id, outcome).await;
    let tasks = office.tasks().await;
    assert_eq!(tasks.len(), usize::from(outcome != "answered"));
    assert!(
        tasks
            .iter()
            .all(|task| office.facts::<TaskDue>(&task.task_id).is_empty())
    );
}

#[test]
fn a_call_that_rings_when_its_reader_is_killed_is_missed_once() {
    world::run(async || killed_in("ringing", Kind::QueueAbandoned, "abandoned").await);
}

#[test]
fn a_call_that_talks_when_its_reader_is_killed_is_answered_once() {
    world::run(async || killed_in("talking", Kind::QueueAnswered, "answered").await);
}

#[test]
fn a_reader_that_stops_in_order_leaves_no_gap() {
    world::run(async || {
        let mut office = Office::open().await;
        let mut played = Vec::new();
        // There and back: each of the two copies stops once while calls come and go.
        for round in 0..2 {
            let other = office.copy().await;
            office.until_wanted().await;
            let handed_over = Arc::new(AtomicBool::new(false));
            let (pbx, done) = (office.pbx.clone(), Arc::clone(&handed_over));
            let calls = tokio::spawn(async move {
                let mut played = Vec::new();
                let mut number = 0;
                while number < 10 || (!done.load(Ordering::SeqCst) && number < MOST_PLAYED) {
                    number += 1;
                    let (kind, outcome) = match number % 2 {
                        0 => (Kind::QueueAnswered, "answered"),
                        _ => (Kind::DirectNoAnswer, "missed"),
                    };
                    let client = format!("8917{round}000{number:03}");
                    let scenario = world::scenario(kind, &client).at_speed(Speed::times(400));
                    played.push((pbx.play(&scenario).await, outcome));
                }
                played
            });
            assert!(office.stop().await, "nothing had to be dropped");
            handed_over.store(true, Ordering::SeqCst);
            office.adopt(other);
            played.extend(calls.await.unwrap());
        }
        for (linked_id, outcome) in &played {
            is_one_call(&office, linked_id, outcome).await;
        }
        assert_eq!(office.calls().await.len(), played.len());
    });
}

/// A line to the database that can be cut.
struct Line {
    address: SocketAddr,
    up: Arc<AtomicBool>,
    cut: Arc<std::sync::Mutex<CancellationToken>>,
}

impl Line {
    async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Self {
            address: listener.local_addr().unwrap(),
            up: Arc::new(AtomicBool::new(true)),
            cut: Arc::default(),
        };
        let (up, cut) = (Arc::clone(&line.up), Arc::clone(&line.cut));
        tokio::spawn(async move {
            while let Ok((mut inner, _)) = listener.accept().await {
                let cut = cut.lock().unwrap().clone();
                if !up.load(Ordering::SeqCst) {
                    continue;
                }
                tokio::spawn(cut.run_until_cancelled_owned(async move {
                    if let Ok(mut outer) = TcpStream::connect(target).await {
                        let _ = tokio::io::copy_bidirectional(&mut inner, &mut outer).await;
                    }
                }));
            }
        });
        line
    }

    fn cut(&self) {
        self.up.store(false, Ordering::SeqCst);
        std::mem::take(&mut *self.cut.lock().unwrap()).cancel();
    }

    fn mend(&self) {
        self.up.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_reader_without_its_database_writes_nothing_over_its_successor() {
    world::run(async || {
        let mut office = Office::open().await;
        let url = office.database_url().expose_secret().to_owned();
        let (head, tail) = url.rsplit_once('@').unwrap();
        let (place, path) = tail.split_once('/').unwrap();
        let line = Line::to(place.parse().unwrap()).await;
        let by_line = SecretString::from(format!("{head}@{}/{path}", line.address));
        let isolated = office.copy_on(by_line).await;
        office.until_wanted().await;
        assert!(office.stop().await, "handed over");
        // Only then the other one: whoever comes first would get the turn.
        until("the copy on the line reads", async || {
            office.pbx.connections() == 1
        })
        .await;
        let successor = office.copy().await;
        office.adopt(successor);
        until("its connection is seen", async || {
            office
                .connection(&office.client())
                .await
                .is_some_and(|pbx| pbx.state == "up")
        })
        .await;

        let pbx = office.pbx.clone();
        // The talk must still go on when the other copy has taken over, however slow the machine is.
        let mut talk = long(Kind::QueueAnswered);
        talk.talk *= 3;
        let playing = tokio::spawn(async move { pbx.play(&talk).await });
        let before = in_state(&office, "talking").await;
        line.cut();
        // Both hear this one; only the successor can write.
        let meanwhile = office.play_from(Kind::DirectNoAnswer, "89170000002").await;
        until("the other copy reads", async || {
            let calls = office.calls().await;
            calls
                .iter()
                .any(|call| call.linked_id == before.linked_id && call.resynchronised)
        })
        .await;
        line.mend();
        until("only one copy is connected", async || {
            office.pbx.connections() == 1
        })
        .await;
        playing.await.unwrap();
        is_one_call(&office, &before.linked_id, "answered").await;
        // Over before the successor came: the isolated reader was its only witness.
        is_one_call(&office, &meanwhile, "missed").await;
        assert_eq!(office.calls().await.len(), 2);
        assert_eq!(office.tasks().await.len(), 1);
        drop(isolated);
    });
}
