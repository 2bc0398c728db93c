//! A PBX that says over Asterisk's manager interface what a real Asterisk said, with other numbers.
//!
//! The sequences are captures of an Asterisk 16; the caller's number, the channel ids and the extensions are replaced, so
//! that each call is a new one. It is independent of call-tracking's own replay server on purpose. It lists the calls
//! that are live when asked, and its line can be cut: what it says meanwhile nobody hears, as with the real one.

mod connection;
mod live;
mod told;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use tokio::{
    net::TcpListener,
    sync::{broadcast, watch},
};

use live::Live;
pub use told::Told;

const ANSWERED: &str = include_str!(
    "../../../../services/call-tracking/tests/it/captures/asterisk16_queue_answered_caller_hangup.raw"
);
const ABANDONED: &str =
    include_str!("../../../../services/call-tracking/tests/it/captures/asterisk16_queue_abandon.raw");
const BUSY: &str =
    include_str!("../../../../services/call-tracking/tests/it/captures/asterisk16_direct_busy.raw");

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
    floor: Arc<Floor>,
    task: tokio::task::JoinHandle<()>,
}

/// What all connections share.
#[derive(Debug)]
struct Floor {
    events: broadcast::Sender<String>,
    live: Mutex<Live>,
    told: Mutex<told::Memory>,
    /// Connections that are signed in.
    signed_in: watch::Sender<usize>,
    /// Connections that were given the list of live channels.
    watching: watch::Sender<usize>,
    /// When the list was given last.
    since: Mutex<Option<Instant>>,
    cut: watch::Sender<bool>,
}

impl Floor {
    /// Tells everybody; the list of live channels never falls behind what was told.
    fn say(&self, message: &str) {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.hear(message);
        self.told().hear(message);
        // Nobody listens: nobody hears it.
        drop(self.events.send(message.to_owned()));
    }

    fn told(&self) -> MutexGuard<'_, told::Memory> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        let floor = Arc::new(Floor {
            events: broadcast::channel(65_536).0,
            live: Mutex::default(),
            told: Mutex::default(),
            signed_in: watch::Sender::new(0),
            watching: watch::Sender::new(0),
            since: Mutex::default(),
            cut: watch::Sender::new(false),
        });
        let shared = Arc::clone(&floor);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let floor = Arc::clone(&shared);
                if *floor.cut.borrow() {
                    continue;
                }
                tokio::spawn(async move {
                    let mut cut = floor.cut.subscribe();
                    tokio::select! {
                        // A lost connection is the client's business; it comes again.
                        _ = connection::serve(stream, &floor) => {}
                        _ = cut.wait_for(|cut| *cut) => {}
                    }
                });
            }
        });
        Ok(Self { port, floor, task })
    }

    /// Drops every connection and takes no new one until called with `false`.
    pub fn cut(&self, cut: bool) {
        self.floor.cut.send_replace(cut);
    }

    /// `ami://…` to give to call-tracking.
    pub fn url(&self) -> String {
        format!("ami://edina:secret@127.0.0.1:{}", self.port)
    }

    /// Waits until somebody has signed in.
    pub async fn attended(&self) -> anyhow::Result<()> {
        let mut signed_in = self.floor.signed_in.subscribe();
        let wait = signed_in.wait_for(|count| *count > 0);
        tokio::time::timeout(crate::patience::patience(), wait)
            .await
            .context("nobody signs in at the PBX")??;
        Ok(())
    }

    /// How long somebody listens who knows which calls are live; none when nobody does.
    pub fn watched_for(&self) -> Option<Duration> {
        let since = self.floor.since.lock().unwrap_or_else(PoisonError::into_inner);
        let watched = *self.floor.watching.borrow() > 0;
        since.filter(|_| watched).map(|since| since.elapsed())
    }

    /// Waits, as long as it takes, until somebody listens who knows which calls are live.
    pub async fn watched(&self) {
        let mut watching = self.floor.watching.subscribe();
        // The sender lives as long as we do.
        drop(watching.wait_for(|count| *count > 0).await);
    }

    /// When a call began, was answered and ended, by its `Linkedid`; none if nothing was said of it.
    pub fn told(&self, linked_id: &str) -> Option<Told> {
        self.floor.told().call(linked_id)
    }

    /// When somebody who connected after `instant` was first given the list of live channels: from then on everything
    /// is heard again.
    pub fn listed_after(&self, instant: Instant) -> Option<Instant> {
        self.floor.told().listed_after(instant)
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
        Ok(self.ring_unheard(story, number, extensions))
    }

    /// The same whether or not anybody listens.
    pub fn ring_unheard(&self, story: Story, number: &str, extensions: [&str; 2]) -> Ringing<'_> {
        let (messages, linked_id) = script(story, number, extensions);
        let ringing = messages
            .iter()
            .rposition(|message| message.contains("DialStatus: RINGING"))
            .or_else(|| {
                messages
                    .iter()
                    .position(|message| message.starts_with("Event: DialBegin"))
            });
        let split = ringing.map_or(messages.len() / 2, |at| at + 1);
        let (first, rest) = messages.split_at(split.min(messages.len()));
        for message in first {
            self.floor.say(message);
        }
        Ringing {
            pbx: self,
            rest: rest.to_vec(),
            linked_id,
        }
    }
}

impl Ringing<'_> {
    /// Plays the rest of the call.
    pub fn go_on(self) {
        for message in self.rest {
            self.pbx.floor.say(&message);
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
            self.pbx.floor.say(&message);
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
