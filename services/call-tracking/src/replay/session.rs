//! One manager connection to the played PBX: greeting, sign-in, actions, and the stream of events.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncWriteExt, BufWriter};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::codec::FramedRead;

use super::originate;
use super::pbx::{Pbx, head, push_line, to_bytes};
use crate::ami::codec::{AmiCodec, Frame, Limits};
use crate::ami::message::Message;
use crate::ami::wire::md5_key;

/// Who may sign in.
pub(super) struct Credentials {
    pub(super) user: String,
    pub(super) secret: SecretString,
}

/// A connection before and after sign-in.
pub(super) struct Session {
    pub(super) pbx: Pbx,
    pub(super) credentials: Arc<Credentials>,
}

/// A connection that does not take its events for so long is dropped, as Asterisk's `writetimeout` does.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(30);
/// Asterisk answers a wrong secret only after a pause, then closes.
const REFUSAL_PAUSE: Duration = Duration::from_millis(200);

struct Gone;

struct Peer {
    reader: FramedRead<tokio::net::tcp::OwnedReadHalf, AmiCodec>,
    writer: BufWriter<OwnedWriteHalf>,
}

impl Peer {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        match tokio::time::timeout(WRITE_TIMEOUT, self.writer.write_all(bytes)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Gone),
        }
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        match tokio::time::timeout(WRITE_TIMEOUT, self.writer.flush()).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Gone),
        }
    }

    async fn send(&mut self, message: &Message) -> Result<(), Gone> {
        if let Some(bytes) = to_bytes(message) {
            self.write(&bytes).await?;
        }
        self.flush().await
    }

    async fn action(&mut self) -> Result<Message, Gone> {
        loop {
            match self.reader.next().await {
                Some(Ok(Frame::Message(message))) => return Ok(message),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(Gone),
            }
        }
    }
}

fn answer(to: &Message, response: &str, text: &str) -> Message {
    let mut message = Message::new();
    message.push("Response", response);
    if let Some(id) = to.action_id() {
        message.push("ActionID", id);
    }
    message.push("Message", text);
    message
}

impl Session {
    /// Serves the connection until either side ends it.
    pub(super) async fn serve(self, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let (reader, writer) = stream.into_split();
        let limits = Limits {
            line_bytes: 2048,
            fields: 128,
            message_bytes: 64 * 1024,
        };
        let mut peer = Peer {
            reader: FramedRead::new(reader, AmiCodec::with_limits(limits)),
            writer: BufWriter::new(writer),
        };
        let _ = self.converse(&mut peer).await;
    }

    async fn converse(&self, peer: &mut Peer) -> Result<(), Gone> {
        peer.write(b"Asterisk Call Manager/5.0.4\r\n").await?;
        peer.flush().await?;
        tokio::time::timeout(SIGN_IN_TIMEOUT, self.sign_in(peer))
            .await
            .unwrap_or(Err(Gone))?;
        let mut events = self.pbx.listen();
        let mut booted = head("FullyBooted", "system");
        booted.push("Uptime", "60");
        booted.push("Status", "Fully Booted");
        peer.send(&booted).await?;
        loop {
            tokio::select! {
                action = peer.action() => {
                    let action = action?;
                    // As Asterisk does: what happened before is said before the answer.
                    self.pass_on_waiting(peer, &mut events).await?;
                    self.act(peer, &action).await?;
                }
                event = events.recv() => match event {
                    Ok(bytes) => self.pass_on(peer, bytes, &mut events).await?,
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return Err(Gone),
                },
            }
        }
    }

    /// Writes an event and all that wait behind it in one go.
    async fn pass_on(
        &self,
        peer: &mut Peer,
        first: Bytes,
        events: &mut tokio::sync::broadcast::Receiver<Bytes>,
    ) -> Result<(), Gone> {
        peer.write(&first).await?;
        self.pass_on_waiting(peer, events).await
    }

    async fn pass_on_waiting(
        &self,
        peer: &mut Peer,
        events: &mut tokio::sync::broadcast::Receiver<Bytes>,
    ) -> Result<(), Gone> {
        while let Ok(bytes) = events.try_recv() {
            peer.write(&bytes).await?;
        }
        peer.flush().await
    }

    async fn sign_in(&self, peer: &mut Peer) -> Result<(), Gone> {
        let mut challenge = None;
        loop {
            let action = peer.action().await?;
            match action
                .get("Action")
                .unwrap_or_default()
                .to_ascii_lowercase()
                .as_str()
            {
                "challenge" => {
                    let given = uuid::Uuid::now_v7().as_u128().to_string();
                    let mut message = Message::new();
                    message.push("Response", "Success");
                    message.push("ActionID", action.action_id().unwrap_or_default());
                    message.push("Challenge", &*given);
                    challenge = Some(given);
                    peer.send(&message).await?;
                }
                "login" => {
                    let secret = self.credentials.secret.expose_secret();
                    let proved = match (action.get("Key"), &challenge) {
                        (Some(key), Some(challenge)) => key.eq_ignore_ascii_case(&md5_key(challenge, secret)),
                        _ => action.get("Secret") == Some(secret),
                    };
                    if proved && action.get("Username") == Some(self.credentials.user.as_str()) {
                        return peer
                            .send(&answer(&action, "Success", "Authentication accepted"))
                            .await;
                    }
                    tokio::time::sleep(REFUSAL_PAUSE).await;
                    peer.send(&answer(&action, "Error", "Authentication failed"))
                        .await?;
                    return Err(Gone);
                }
                _ => peer.send(&answer(&action, "Error", "Permission denied")).await?,
            }
        }
    }

    async fn act(&self, peer: &mut Peer, action: &Message) -> Result<(), Gone> {
        match action
            .get("Action")
            .unwrap_or_default()
            .to_ascii_lowercase()
            .as_str()
        {
            "ping" => {
                let mut pong = Message::new();
                pong.push("Response", "Success");
                pong.push("ActionID", action.action_id().unwrap_or_default());
                pong.push("Ping", "Pong");
                peer.send(&pong).await
            }
            "coreshowchannels" => self.channels(peer, action).await,
            "queuestatus" => self.queues(peer, action).await,
            "originate" => {
                let reply = match originate::start(&self.pbx, action) {
                    Ok(()) => answer(action, "Success", "Originate successfully queued"),
                    Err(reason) => answer(action, "Error", reason),
                };
                peer.send(&reply).await
            }
            "logoff" => {
                peer.send(&answer(action, "Goodbye", "Thanks for all the fish."))
                    .await?;
                Err(Gone)
            }
            _ => {
                peer.send(&answer(action, "Error", "Invalid/unknown command"))
                    .await
            }
        }
    }

    async fn channels(&self, peer: &mut Peer, action: &Message) -> Result<(), Gone> {
        let id = action.action_id().unwrap_or_default();
        let mut start = answer(action, "Success", "Channels will follow");
        start.push("EventList", "start");
        peer.send(&start).await?;
        let lines = self.pbx.lines();
        for line in &lines {
            let mut message = Message::new();
            message.push("Event", "CoreShowChannel");
            message.push("ActionID", id);
            push_line(&mut message, "", line);
            message.push("BridgeId", line.bridge.as_deref().unwrap_or_default());
            message.push("Application", if line.queue.is_some() { "Queue" } else { "Dial" });
            message.push("Duration", self.pbx.age(line));
            peer.send(&message).await?;
        }
        self.list_end(peer, "CoreShowChannelsComplete", id, lines.len())
            .await
    }

    async fn queues(&self, peer: &mut Peer, action: &Message) -> Result<(), Gone> {
        let id = action.action_id().unwrap_or_default();
        let mut start = answer(action, "Success", "Queue status will follow");
        start.push("EventList", "start");
        peer.send(&start).await?;
        let waiting: Vec<_> = self
            .pbx
            .lines()
            .into_iter()
            .filter(|l| l.queue.is_some())
            .collect();
        for line in &waiting {
            let mut message = Message::new();
            message.push("Event", "QueueEntry");
            message.push("ActionID", id);
            message.push("Queue", line.queue.as_deref().unwrap_or_default());
            message.push("Position", "1");
            message.push("Channel", &*line.name);
            message.push("Uniqueid", &*line.uniqueid);
            message.push("CallerIDNum", &*line.number);
            peer.send(&message).await?;
        }
        self.list_end(peer, "QueueStatusComplete", id, waiting.len())
            .await
    }

    async fn list_end(&self, peer: &mut Peer, name: &str, id: &str, items: usize) -> Result<(), Gone> {
        let mut message = Message::new();
        message.push("Event", name);
        message.push("ActionID", id);
        message.push("EventList", "Complete");
        message.push("ListItems", items.to_string());
        peer.send(&message).await
    }
}
