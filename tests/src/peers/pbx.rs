//! A PBX that says over Asterisk's manager interface what a real Asterisk said, with other numbers.
//!
//! The sequences are captures of an Asterisk 16; the caller's number, the channel ids and the extensions are replaced, so
//! that each call is a new one. It is independent of call-tracking's own replay server on purpose.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use anyhow::Context as _;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf},
    sync::{broadcast, mpsc, watch},
};

const ANSWERED: &str = include_str!(
    "../../../services/call-tracking/tests/it/captures/asterisk16_queue_answered_caller_hangup.raw"
);
const ABANDONED: &str =
    include_str!("../../../services/call-tracking/tests/it/captures/asterisk16_queue_abandon.raw");
const BUSY: &str =
    include_str!("../../../services/call-tracking/tests/it/captures/asterisk16_direct_busy.raw");

/// How a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Story {
    /// Queue of two members, the first answers, the caller hangs up.
    Answered,
    /// Queue of two members, the caller gives up.
    Abandoned,
    /// Straight to an extension that is busy.
    Busy,
}

/// The running PBX. Ends with its value.
#[derive(Debug)]
pub struct Pbx {
    port: u16,
    events: broadcast::Sender<String>,
    signed_in: watch::Receiver<usize>,
    task: tokio::task::JoinHandle<()>,
}

/// A call that rings until told to go on.
#[derive(Debug)]
pub struct Ringing<'a> {
    pbx: &'a Pbx,
    rest: Vec<String>,
    /// `Linkedid` of the call.
    pub linked_id: String,
}

impl Pbx {
    /// Listens on a free port.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let (events, _) = broadcast::channel(4096);
        let (count, signed_in) = watch::channel(0);
        let count = Arc::new(count);
        let feed = events.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (feed, count) = (feed.clone(), Arc::clone(&count));
                tokio::spawn(async move {
                    // A lost connection is the client's business; it comes again.
                    drop(serve(stream, feed, &count).await);
                });
            }
        });
        Ok(Self {
            port,
            events,
            signed_in,
            task,
        })
    }

    /// `ami://…` to give to call-tracking.
    pub fn url(&self) -> String {
        format!("ami://edina:secret@127.0.0.1:{}", self.port)
    }

    /// Waits until somebody has signed in.
    pub async fn attended(&self) -> anyhow::Result<()> {
        let mut signed_in = self.signed_in.clone();
        let wait = signed_in.wait_for(|count| *count > 0);
        tokio::time::timeout(crate::patience::patience(), wait)
            .await
            .context("nobody signs in at the PBX")??;
        Ok(())
    }

    /// Plays a whole call from `number` (as a trunk writes it); `extensions` ring. Answers its `Linkedid`.
    pub async fn call(&self, story: Story, number: &str, extensions: [&str; 2]) -> anyhow::Result<String> {
        let ringing = self.ring(story, number, extensions).await?;
        let linked_id = ringing.linked_id.clone();
        ringing.go_on();
        Ok(linked_id)
    }

    /// Plays a call until its extensions ring.
    pub async fn ring(
        &self,
        story: Story,
        number: &str,
        extensions: [&str; 2],
    ) -> anyhow::Result<Ringing<'_>> {
        self.attended().await?;
        let (messages, linked_id) = script(story, number, extensions);
        let ringing = messages
            .iter()
            .rposition(|message| message.contains("DialStatus: RINGING"));
        let split = ringing.map_or(messages.len() / 2, |at| at + 1);
        let (first, rest) = messages.split_at(split.min(messages.len()));
        for message in first {
            drop(self.events.send(message.clone()));
        }
        Ok(Ringing {
            pbx: self,
            rest: rest.to_vec(),
            linked_id,
        })
    }
}

impl Ringing<'_> {
    /// Plays the rest of the call.
    pub fn go_on(self) {
        for message in self.rest {
            drop(self.pbx.events.send(message));
        }
    }

    /// Plays until the talk has begun; the rest is what comes after.
    #[must_use]
    pub fn answer(mut self) -> Self {
        let bridged = self
            .rest
            .iter()
            .rposition(|message| message.starts_with("Event: BridgeEnter"));
        let after = bridged.map_or(0, |at| at + 1);
        for message in self.rest.drain(..after) {
            drop(self.pbx.events.send(message));
        }
        self
    }
}

impl Drop for Pbx {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The capture's messages after its greeting, under new numbers.
fn script(story: Story, number: &str, extensions: [&str; 2]) -> (Vec<String>, String) {
    static CALLS: AtomicU64 = AtomicU64::new(1);
    let serial = CALLS.fetch_add(1, Ordering::Relaxed);
    let (capture, caller, second) = match story {
        Story::Answered => (ANSWERED, "79031234567", "1795293053."),
        Story::Abandoned => (ABANDONED, "+79172223344", "1795293068."),
        Story::Busy => (BUSY, "79031234567", "1795293093."),
    };
    // Channel ids are SECOND.SERIAL: every capture lives within a few seconds, all of which are moved together.
    let base: u64 = second.trim_end_matches('.').parse().unwrap_or_default();
    let mut text = capture.replace(caller, number);
    for step in 0..60 {
        text = text.replace(
            &format!("{}.", base + step),
            &format!("{}.{serial}", 1_800_000_000 + serial * 100 + step),
        );
    }
    for (old, new) in [
        ("201", extensions[0]),
        ("202", extensions[1]),
        ("203", extensions[0]),
    ] {
        for (before, after) in [
            ("PJSIP/", ""),
            ("CallerIDNum: ", "\r\n"),
            ("CallerIDnum: ", "\r\n"),
            ("Num: ", "\r\n"),
        ] {
            text = text.replace(&format!("{before}{old}{after}"), &format!("{before}{new}{after}"));
        }
    }
    // Channel names carry a counter of their own.
    text = text.replace("-000000", &format!("-{serial:06x}"));
    let messages: Vec<String> = text
        .split("\r\n\r\n")
        .map(str::trim_start)
        .filter(|message| message.starts_with("Event: ") && !message.starts_with("Event: FullyBooted"))
        .map(|message| format!("{message}\r\n\r\n"))
        .collect();
    let linked_id = messages
        .iter()
        .find_map(|message| message.lines().find_map(|line| line.strip_prefix("Linkedid: ")))
        .unwrap_or_default()
        .to_owned();
    (messages, linked_id)
}

/// Counts a connection as signed in while it lasts.
struct SignedIn<'a>(&'a watch::Sender<usize>);

impl<'a> SignedIn<'a> {
    fn new(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count)
    }
}

impl Drop for SignedIn<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

async fn serve(
    stream: TcpStream,
    feed: broadcast::Sender<String>,
    count: &watch::Sender<usize>,
) -> anyhow::Result<()> {
    let (read, mut write) = stream.into_split();
    write.write_all(b"Asterisk Call Manager/5.0.4\r\n").await?;
    let (to_us, mut actions) = mpsc::channel(64);
    tokio::spawn(async move {
        let mut read = BufReader::new(read);
        while let Ok(action) = action(&mut read).await {
            if to_us.send(action).await.is_err() {
                return;
            }
        }
    });
    let mut events = feed.subscribe();
    let mut signed_in = None;
    loop {
        tokio::select! {
            action = actions.recv() => {
                let Some(action) = action else { return Ok(()) };
                let (reply, login) = answer(&action);
                write.write_all(reply.as_bytes()).await?;
                if login && signed_in.is_none() {
                    signed_in = Some(SignedIn::new(count));
                }
            }
            event = events.recv(), if signed_in.is_some() => write.write_all(event?.as_bytes()).await?,
        }
    }
}

/// What an Asterisk without present calls answers, and whether that was a sign-in.
fn answer(action: &[(String, String)]) -> (String, bool) {
    let field = |name: &str| {
        let found = action.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let id = match field("ActionID") {
        id if id.is_empty() => id,
        id => format!("ActionID: {id}\r\n"),
    };
    match field("Action").to_ascii_lowercase().as_str() {
        "login" => (
            format!(
                "Response: Success\r\n{id}Message: Authentication accepted\r\n\r\n\
                 Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n"
            ),
            true,
        ),
        "ping" => (format!("Response: Success\r\n{id}Ping: Pong\r\n\r\n"), false),
        list @ ("coreshowchannels" | "queuestatus" | "queuesummary") => {
            let complete = match list {
                "coreshowchannels" => "CoreShowChannelsComplete",
                "queuestatus" => "QueueStatusComplete",
                _ => "QueueSummaryComplete",
            };
            (
                format!(
                    "Response: Success\r\n{id}EventList: start\r\nMessage: List will follow\r\n\r\n\
                     Event: {complete}\r\n{id}EventList: Complete\r\nListItems: 0\r\n\r\n"
                ),
                false,
            )
        }
        "logoff" => (format!("Response: Goodbye\r\n{id}\r\n"), false),
        _ => (format!("Response: Success\r\n{id}\r\n"), false),
    }
}

/// One action: lines up to an empty one.
async fn action(read: &mut BufReader<OwnedReadHalf>) -> anyhow::Result<Vec<(String, String)>> {
    let mut fields = Vec::new();
    loop {
        let mut line = String::new();
        anyhow::ensure!(read.read_line(&mut line).await? > 0, "closed");
        let line = line.trim_end();
        if line.is_empty() {
            return Ok(fields);
        }
        if let Some((key, value)) = line.split_once(':') {
            fields.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
}
