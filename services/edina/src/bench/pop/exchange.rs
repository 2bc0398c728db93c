//! A telephone exchange that speaks Asterisk's manager interface: one call, event for event as an Asterisk 16 wrote it,
//! under new numbers each time.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf},
    sync::{broadcast, mpsc, watch},
    task::JoinHandle,
};

/// A queue with two members: both ring, the first answers, the caller hangs up.
const CALL: &str = include_str!("call.ami");
/// Bytes not sent yet, in pieces, that a slow reader may be behind before its connection is cut.
const BACKLOG: usize = 4096;
const PATIENCE: Duration = Duration::from_secs(30);

/// What is written at once, and where the instant of writing is noted.
type Piece = (Arc<str>, Option<mpsc::UnboundedSender<(String, Instant)>>, String);

/// The exchange. Ends with its value.
#[derive(Debug)]
pub(super) struct Exchange {
    address: SocketAddr,
    pieces: broadcast::Sender<Piece>,
    followed: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

/// One call to be played.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) number: u64,
    /// As a trunk writes it: `79731204519`.
    pub(super) caller: String,
    /// Extension that rings and answers.
    pub(super) desk: String,
    /// Extension that rings as well.
    pub(super) other: String,
}

impl Exchange {
    pub(super) async fn open() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, edina_devstack::free_port()?)).await?;
        let address = listener.local_addr()?;
        let (pieces, _) = broadcast::channel(BACKLOG);
        let (count, followed) = watch::channel(0);
        let (feed, count) = (pieces.clone(), Arc::new(count));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (feed, count) = (feed.clone(), Arc::clone(&count));
                tokio::spawn(async move {
                    if let Err(error) = serve(stream, feed, &count).await {
                        tracing::debug!("a reader of the exchange is gone: {error:#}");
                    }
                });
            }
        });
        Ok(Self {
            address,
            pieces,
            followed,
            task,
        })
    }

    /// `ami://…` for call-tracking's settings.
    pub(super) fn url(&self) -> String {
        format!("ami://edina:secret@{}", self.address)
    }

    /// Waits until somebody follows the events.
    pub(super) async fn attended(&self) -> anyhow::Result<()> {
        let mut followed = self.followed.clone();
        tokio::time::timeout(PATIENCE, followed.wait_for(|readers| *readers > 0))
            .await
            .context("nobody follows the exchange")??;
        Ok(())
    }

    /// Lets the call ring; `written` hears the caller's number and the instant before the bytes are written. Answers
    /// the rest of the call.
    pub(super) fn ring(&self, call: &Call, written: &mpsc::UnboundedSender<(String, Instant)>) -> Arc<str> {
        let text = script(call);
        let ringing = text.rfind("DialStatus: RINGING").unwrap_or(text.len());
        let split = text
            .get(ringing..)
            .and_then(|rest| rest.find("\r\n\r\n"))
            .map_or(text.len(), |end| ringing + end + 4);
        let (first, rest) = text.split_at(split);
        self.play(first.into(), Some(written.clone()), call.caller.clone());
        rest.into()
    }

    /// Plays the rest of a call.
    pub(super) fn go_on(&self, rest: Arc<str>) {
        self.play(rest, None, String::new());
    }

    fn play(
        &self,
        piece: Arc<str>,
        written: Option<mpsc::UnboundedSender<(String, Instant)>>,
        caller: String,
    ) {
        // Nobody follows: a call that is missed, which the bench counts.
        drop(self.pieces.send((piece, written, caller)));
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The call under its own numbers.
fn script(call: &Call) -> String {
    let mut out = String::with_capacity(CALL.len() + 2048);
    let mut rest = CALL;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        match name {
            "caller" => out.push_str(&call.caller),
            "desk" => out.push_str(&call.desk),
            "other" => out.push_str(&call.other),
            // Seconds of the channel's birth; the last digit follows.
            "second" => out.push_str(&(180_000_000 + call.number / 100_000).to_string()),
            _ => out.push_str(&format!("{:06}", call.number)),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

async fn serve(
    stream: TcpStream,
    feed: broadcast::Sender<Piece>,
    count: &watch::Sender<usize>,
) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let (read, mut write) = stream.into_split();
    write.write_all(b"Asterisk Call Manager/5.0.4\r\n").await?;
    let (sender, mut actions) = mpsc::channel(64);
    tokio::spawn(async move {
        let mut read = BufReader::new(read);
        while let Ok(action) = next_action(&mut read).await {
            if sender.send(action).await.is_err() {
                return;
            }
        }
    });
    let mut pieces = feed.subscribe();
    let mut following = None;
    loop {
        tokio::select! {
            action = actions.recv() => {
                let Some(action) = action else { return Ok(()) };
                let (reply, follows) = answer(&action);
                write.write_all(reply.as_bytes()).await?;
                if follows && following.is_none() {
                    // What was played before nobody had asked for.
                    pieces = pieces.resubscribe();
                    following = Some(Following::begin(count));
                }
            }
            piece = pieces.recv(), if following.is_some() => {
                let (text, written, caller) = piece?;
                if let Some(written) = written {
                    // The bench may have ended its count.
                    written.send((caller, Instant::now())).ok();
                }
                write.write_all(text.as_bytes()).await?;
            }
        }
    }
}

/// Counts a reader while it lasts.
struct Following<'a>(&'a watch::Sender<usize>);

impl<'a> Following<'a> {
    fn begin(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|readers| *readers += 1);
        Self(count)
    }
}

impl Drop for Following<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|readers| *readers -= 1);
    }
}

/// The answer to an action, and whether it is a sign-in that wants events.
fn answer(action: &[(String, String)]) -> (String, bool) {
    let field = |name: &str| {
        let found = action.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.as_str())
    };
    let id = match field("ActionID") {
        "" => String::new(),
        id => format!("ActionID: {id}\r\n"),
    };
    let list = |complete: &str| {
        format!(
            "Response: Success\r\n{id}EventList: start\r\nMessage: List will follow\r\n\r\n\
             Event: {complete}\r\n{id}EventList: Complete\r\nListItems: 0\r\n\r\n"
        )
    };
    match field("Action").to_ascii_lowercase().as_str() {
        "login" => {
            let reply = format!(
                "Response: Success\r\n{id}Message: Authentication accepted\r\n\r\n\
                 Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n"
            );
            (reply, !field("Events").eq_ignore_ascii_case("off"))
        }
        "ping" => (format!("Response: Success\r\n{id}Ping: Pong\r\n\r\n"), false),
        "coreshowchannels" => (list("CoreShowChannelsComplete"), false),
        "queuestatus" => (list("QueueStatusComplete"), false),
        "queuesummary" => (list("QueueSummaryComplete"), false),
        "logoff" => (format!("Response: Goodbye\r\n{id}\r\n"), false),
        _ => (format!("Response: Success\r\n{id}\r\n"), false),
    }
}

/// One action: lines up to an empty one.
async fn next_action(read: &mut BufReader<OwnedReadHalf>) -> anyhow::Result<Vec<(String, String)>> {
    let mut fields = Vec::new();
    loop {
        let mut line = String::new();
        anyhow::ensure!(read.read_line(&mut line).await? > 0, "closed");
        match line.trim_end() {
            "" => return Ok(fields),
            line => {
                if let Some((key, value)) = line.split_once(':') {
                    fields.push((key.trim().to_owned(), value.trim().to_owned()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_its_own_numbers_throughout() {
        let call = Call {
            number: 42,
            caller: "79731204519".to_owned(),
            desk: "201".to_owned(),
            other: "299".to_owned(),
        };
        let text = script(&call);
        assert!(!text.contains('{') && !text.contains('}'));
        assert!(text.contains("Linkedid: 1800000000.00004200\r\n"), "{text}");
        assert!(text.contains("CallerIDNum: 79731204519\r\n"));
        assert!(text.contains("Channel: PJSIP/201-00004201\r\n"));
        assert!(text.contains("DialStatus: RINGING"));
    }
}
