//! The client against the played PBX: sign-in, refusal, cuts in mid-call, crashes, a slow reader, click-to-call.

use std::time::Duration;

use call_tracking::ami::action::Originate;
use call_tracking::ami::client::{AmiClient, OriginateError, Signal, Status};
use call_tracking::ami::settings::{Auth, PbxAddress, Tuning};
use call_tracking::call::{Call, CallTracker, CallUpdate, Change, Limits, NumberingPlan, Outcome};
use call_tracking::replay::{Kind, ReplayServer, Scenario, Speed};
use edina_runtime::clock::system;
use edina_runtime::stop::Stop;
use secrecy::SecretString;

use crate::feed::{check_consistent, tell};

const PATIENCE: Duration = Duration::from_secs(20);

pub struct Rig {
    pub server: ReplayServer,
    pub client: AmiClient,
    tracker: CallTracker,
    updates: Vec<CallUpdate>,
    resyncs: usize,
    stop: Stop,
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.stop.request();
    }
}

fn tuning() -> Tuning {
    Tuning {
        backoff_from: Duration::from_millis(20),
        backoff_to: Duration::from_millis(200),
        ..Tuning::default()
    }
}

impl Rig {
    pub async fn start(secret: &str, auth: Auth, tuning: Tuning) -> Self {
        let address = "127.0.0.1:0".parse().unwrap();
        let server = ReplayServer::bind(address, "edina", SecretString::from("s3cret"), system())
            .await
            .unwrap();
        let stop = Stop::new();
        let (running, asked) = (server.clone(), stop.clone());
        tokio::spawn(async move { running.run(async move { asked.requested().await }).await });
        let pbx = PbxAddress {
            host: "127.0.0.1".into(),
            port: server.address().port(),
            user: "edina".into(),
            secret: SecretString::from(secret),
            auth,
            tls: None,
        };
        let client = AmiClient::start(pbx, tuning, &stop);
        let tracker = CallTracker::new(NumberingPlan::default(), Limits::default());
        Self {
            server,
            client,
            tracker,
            updates: Vec::new(),
            resyncs: 0,
            stop,
        }
    }

    pub async fn up() -> Self {
        let mut rig = Self::start("s3cret", Auth::Plain, tuning()).await;
        rig.until(|r| r.resyncs == 1).await;
        rig
    }

    async fn status(&mut self, wanted: impl FnMut(&Status) -> bool) -> Status {
        let waiting = self.client.status.wait_for(wanted);
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .expect("the status in time")
            .expect("a running client")
            .clone()
    }

    /// Feeds the tracker until the condition holds.
    pub async fn until(&mut self, condition: impl Fn(&Self) -> bool) {
        let feed = async {
            while !condition(self) {
                let signal = self.client.signals.recv().await.expect("a running client");
                let now = system().now();
                match signal {
                    Signal::Event(event) => self.updates.extend(self.tracker.handle(&event, now)),
                    Signal::Resync(list) => {
                        self.resyncs += 1;
                        self.updates.extend(self.tracker.resync(&list, now));
                    }
                    Signal::Unlisted | Signal::Disconnected => {}
                }
            }
        };
        tokio::time::timeout(PATIENCE, feed)
            .await
            .expect("what was waited for came in time");
    }

    pub fn ended(&self) -> Vec<&Call> {
        self.updates
            .iter()
            .map(|u| &u.call)
            .filter(|c| c.outcome.is_some())
            .collect()
    }

    pub fn story(&self) -> Vec<String> {
        self.updates.iter().map(|u| tell(&u.change)).collect()
    }

    pub async fn play(&mut self, scenario: Scenario) -> Call {
        let before = self.ended().len();
        let server = self.server.clone();
        let playing = tokio::spawn(async move { server.play(&scenario).await });
        self.until(|r| r.ended().len() > before).await;
        let linkedid = playing.await.unwrap();
        check_consistent(&self.updates);
        let call = self.ended()[before].clone();
        assert_eq!(call.linkedid, linkedid);
        assert_eq!(self.tracker.live_count(), 0);
        call
    }
}

fn queue_call(kind: Kind) -> Scenario {
    Scenario::new(kind, "+79161234567", "78432000001", &["201", "202"]).at_speed(Speed::AT_ONCE)
}

/// A call long enough that only a hang-up or a cut ends it within the test.
fn long_call() -> Scenario {
    let mut scenario = queue_call(Kind::QueueAnswered).at_speed(Speed::times(100));
    scenario.talk = Duration::from_secs(300);
    scenario
}

#[tokio::test]
async fn signs_in_with_the_secret_and_with_a_challenge() {
    for auth in [Auth::Plain, Auth::Md5] {
        let mut rig = Rig::start("s3cret", auth, tuning()).await;
        let status = rig.status(|s| matches!(s, Status::Up { .. })).await;
        assert_eq!(
            status,
            Status::Up {
                version: "Asterisk Call Manager/5.0.4".into()
            }
        );
    }
}

#[tokio::test]
async fn a_wrong_secret_is_reported_and_tried_again_slowly() {
    for auth in [Auth::Plain, Auth::Md5] {
        let mut rig = Rig::start("wrong", auth, tuning()).await;
        let status = rig.status(|s| matches!(s, Status::AuthFailed { .. })).await;
        assert_eq!(
            status,
            Status::AuthFailed {
                reason: "Authentication failed".into()
            }
        );
        rig.status(|s| matches!(s, Status::Connecting)).await;
    }
}

#[tokio::test]
async fn nobody_there_is_reported() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let stop = Stop::new();
    let address: PbxAddress = format!("ami://u:p@127.0.0.1:{port}").parse().unwrap();
    let mut client = AmiClient::start(address, tuning(), &stop);
    let down = tokio::time::timeout(
        PATIENCE,
        client.status.wait_for(|s| matches!(s, Status::Down { .. })),
    )
    .await
    .unwrap();
    assert!(format!("{:?}", *down.unwrap()).contains("cannot connect"));
    let call = Originate {
        extension: "201".into(),
        technology: "PJSIP".into(),
        number: "89161234567".into(),
        context: "internal".into(),
        ring_seconds: 20,
    };
    let placed = client.pbx.originate(call).await;
    assert!(matches!(placed, Err(OriginateError::NotConnected)), "{placed:?}");
    stop.request();
}

#[tokio::test]
async fn a_cut_in_mid_call_is_bridged() {
    let mut rig = Rig::up().await;
    let server = rig.server.clone();
    let playing = tokio::spawn(async move { server.play(&long_call()).await });
    rig.until(|r| r.story().contains(&"answered 201".into())).await;
    rig.server.cut_connections();
    rig.until(|r| r.resyncs == 2).await;
    assert_eq!(rig.ended().len(), 0, "the call goes on");
    rig.until(|r| r.ended().len() == 1).await;
    let call = rig.ended()[0];
    assert_eq!(call.outcome, Some(Outcome::Answered));
    assert!(!call.ended_while_disconnected && !call.met_midway);
    assert_eq!(call.linkedid, playing.await.unwrap());
    assert_eq!(rig.story().iter().filter(|s| *s == "started").count(), 1);
    check_consistent(&rig.updates);
}

#[tokio::test]
async fn a_call_lost_with_the_pbx_ends_as_known() {
    let mut rig = Rig::up().await;
    let server = rig.server.clone();
    let playing = tokio::spawn(async move { server.play(&long_call()).await });
    rig.until(|r| r.story().contains(&"ringing 202".into())).await;
    playing.abort();
    let _ = playing.await;
    rig.server.crash();
    rig.until(|r| r.ended().len() == 1).await;
    let call = rig.ended()[0];
    assert!(call.ended_while_disconnected);
    assert_eq!(call.outcome, Some(Outcome::Missed));
    check_consistent(&rig.updates);
}

#[tokio::test]
async fn a_call_that_was_there_first_is_taken_up() {
    let mut rig = Rig::up().await;
    let server = rig.server.clone();
    tokio::spawn(async move { server.play(&long_call()).await });
    rig.until(|r| r.story().contains(&"answered 201".into())).await;
    // A second instance of the service, which knows nothing.
    let address = format!("ami://edina:s3cret@{}", rig.server.address())
        .parse()
        .unwrap();
    rig.client = AmiClient::start(address, tuning(), &rig.stop);
    rig.tracker = CallTracker::new(NumberingPlan::default(), Limits::default());
    rig.updates.clear();
    rig.until(|r| r.ended().len() == 1).await;
    let call = rig.ended()[0];
    assert!(call.met_midway);
    assert_eq!(
        (call.outcome, call.answered_by.as_deref()),
        (Some(Outcome::Answered), Some("201"))
    );
    assert_eq!(call.client_number.as_deref(), Some("+79161234567"));
    assert_eq!(rig.updates[0].change, Change::Started);
    check_consistent(&rig.updates);
}

#[tokio::test]
async fn a_slow_reader_loses_events_but_not_calls() {
    let mut rig = Rig::start(
        "s3cret",
        Auth::Plain,
        Tuning {
            signals: 16,
            ..tuning()
        },
    )
    .await;
    rig.until(|r| r.resyncs == 1).await;
    // Nobody reads the signals while far more than 16 events come.
    for _ in 0..10 {
        rig.server.play(&queue_call(Kind::QueueAnswered)).await;
    }
    rig.until(|r| r.resyncs == 2).await;
    assert_eq!(
        rig.tracker.live_count(),
        0,
        "a call whose end was dropped ends by the resynchronisation"
    );
    check_consistent(&rig.updates);
    let mut next = queue_call(Kind::QueueAbandoned).at_speed(Speed::times(10));
    next.extensions.truncate(1);
    assert_eq!(rig.play(next).await.outcome, Some(Outcome::Abandoned));
}

#[tokio::test]
async fn a_click_places_a_call() {
    let mut rig = Rig::up().await;
    let call = Originate {
        extension: "201".into(),
        technology: "PJSIP".into(),
        number: "89161234567".into(),
        context: "internal".into(),
        ring_seconds: 20,
    };
    let id = rig.client.pbx.originate(call).await.unwrap();
    assert!(id.starts_with("edina-"));
    rig.until(|r| r.story().contains(&"answered 201".into())).await;
    let live = rig.tracker.live(system().now());
    assert_eq!(live[0].client_number.as_deref(), Some("89161234567"));
    assert!(live[0].originated);
}

#[tokio::test]
async fn two_calls_at_once_stay_two() {
    let mut rig = Rig::up().await;
    let (a, b) = (rig.server.clone(), rig.server.clone());
    let fast = Speed::times(200);
    let one = queue_call(Kind::QueueAnswered).at_speed(fast);
    let two = Scenario::new(
        Kind::QueueAbandoned,
        "+79170000000",
        "78432000001",
        &["203", "204"],
    )
    .at_speed(fast);
    tokio::spawn(async move { a.play(&one).await });
    tokio::spawn(async move { b.play(&two).await });
    rig.until(|r| r.ended().len() == 2).await;
    let mut outcomes: Vec<_> = rig
        .ended()
        .iter()
        .map(|c| (c.client_number.clone(), c.outcome))
        .collect();
    outcomes.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        outcomes,
        [
            (Some("+79161234567".into()), Some(Outcome::Answered)),
            (Some("+79170000000".into()), Some(Outcome::Abandoned))
        ]
    );
    check_consistent(&rig.updates);
}
