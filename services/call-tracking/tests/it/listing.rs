//! What happens while the exchange lists what goes on, and what it says last.

use std::time::Duration;

use call_tracking::{
    ami::{
        client::{AmiClient, Signal},
        settings::Tuning,
    },
    call::{CallTracker, Limits, NumberingPlan, Outcome},
    replay::{Kind, ReplayServer},
};
use edina_runtime::{clock::system, stop::Stop};
use secrecy::SecretString;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::world::{CLIENT, scenario};

const PATIENCE: Duration = Duration::from_secs(40);

/// One action of the client: its name and identifier.
async fn action(stream: &mut BufReader<TcpStream>) -> (String, String) {
    let (mut name, mut id) = (String::new(), String::new());
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        match line.trim_end().split_once(": ") {
            Some(("Action", value)) => name = value.to_owned(),
            Some(("ActionID", value)) => id = value.to_owned(),
            Some(_) => {}
            None => return (name, id),
        }
    }
}

fn event(name: &str, uniqueid: &str, fields: &str) -> String {
    format!(
        "Event: {name}\r\nChannel: PJSIP/trunk-{uniqueid}\r\nChannelState: 6\r\nCallerIDNum: +79161234567\r\n\
         Exten: 78432000001\r\nUniqueid: {uniqueid}\r\nLinkedid: {uniqueid}\r\n{fields}\r\n"
    )
}

/// A manager connection that says `between` after its channels and before its queues.
async fn exchange(listener: TcpListener, between: String) {
    let (stream, _) = listener.accept().await.unwrap();
    let mut stream = BufReader::new(stream);
    stream
        .write_all(b"Asterisk Call Manager/5.0.4\r\n")
        .await
        .unwrap();
    let mut said_between = false;
    loop {
        let (name, id) = action(&mut stream).await;
        let done = |list: &str| {
            format!(
                "Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\nEvent: {list}Complete\r\n\
                 ActionID: {id}\r\n\r\n"
            )
        };
        let said = match name.as_str() {
            "CoreShowChannels" => {
                let channels = format!(
                    "{}{}",
                    event("CoreShowChannel", "1.1", &format!("ActionID: {id}\r\n")),
                    event("CoreShowChannel", "1.2", &format!("ActionID: {id}\r\n"))
                );
                format!("{channels}{}", done("CoreShowChannels"))
            }
            "QueueStatus" => {
                let first = !std::mem::replace(&mut said_between, true);
                let between = if first { between.as_str() } else { "" };
                format!("{between}{}", done("QueueStatus"))
            }
            "" => return,
            _ => format!("Response: Success\r\nActionID: {id}\r\n\r\n"),
        };
        stream.write_all(said.as_bytes()).await.unwrap();
    }
}

/// Between the list of channels and that of queues one call begins and another one ends.
#[tokio::test]
async fn what_happens_during_the_listing_is_newer_than_the_list() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("ami://u:p@{}", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    let between = format!(
        "{}{}",
        event("Newchannel", "1.3", ""),
        event("Hangup", "1.2", "Cause: 16\r\n")
    );
    tokio::spawn(exchange(listener, between));
    let stop = Stop::new();
    let mut client = AmiClient::start(address, Tuning::default(), &stop);
    let mut tracker = CallTracker::new(NumberingPlan::default(), Limits::default());
    let mut ended = Vec::new();
    let listed = async {
        while tracker.live_count() != 2 || ended.len() != 1 {
            let updates = match client.signals.recv().await.unwrap() {
                Signal::Event(event) => tracker.handle(&event, system().now()),
                Signal::Resync(list) => tracker.resync(&list, system().now()),
                Signal::Unlisted | Signal::Disconnected => Vec::new(),
            };
            ended.extend(
                updates
                    .into_iter()
                    .map(|update| update.call)
                    .filter(|call| call.outcome.is_some()),
            );
        }
    };
    let done = tokio::time::timeout(PATIENCE, listed).await;
    let live: Vec<String> = tracker
        .live(system().now())
        .into_iter()
        .map(|call| call.linkedid)
        .collect();
    assert!(done.is_ok(), "live: {live:?}, ended: {ended:?}");
    assert_eq!(live, ["1.1", "1.3"]);
    assert_eq!(ended[0].linkedid, "1.2");
    assert!(!ended[0].ended_while_disconnected, "its end was seen");
}

#[tokio::test]
async fn the_last_words_of_an_exchange_can_be_waited_for() {
    let clock = system();
    let server = ReplayServer::bind(
        "127.0.0.1:0".parse().unwrap(),
        "edina",
        SecretString::from("s3cret"),
        clock,
    )
    .await
    .unwrap();
    let running = server.clone();
    tokio::spawn(async move { running.run(std::future::pending()).await });
    let address = format!("ami://edina:s3cret@{}", server.address())
        .parse()
        .unwrap();
    let stop = Stop::new();
    let mut client = AmiClient::start(address, Tuning::default(), &stop);
    let up = async { while !matches!(client.signals.recv().await, Some(Signal::Resync(_))) {} };
    tokio::time::timeout(PATIENCE, up).await.unwrap();
    for _ in 0..20 {
        let linked_id = server.play(&scenario(Kind::QueueAnswered, CLIENT)).await;
        assert!(client.pbx.caught_up(PATIENCE).await);
        let mut tracker = CallTracker::new(NumberingPlan::default(), Limits::default());
        let mut updates = Vec::new();
        while let Ok(signal) = client.signals.try_recv() {
            if let Signal::Event(event) = signal {
                updates.extend(tracker.handle(&event, system().now()));
            }
        }
        let end = updates.last().map(|update| &update.call).unwrap();
        assert_eq!(
            (end.linkedid.as_str(), end.outcome),
            (linked_id.as_str(), Some(Outcome::Answered))
        );
    }
}
