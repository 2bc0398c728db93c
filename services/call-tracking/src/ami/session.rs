//! One connection to a PBX, from TCP to its end. The socket is read without ever waiting for our own reader:
//! Asterisk drops a manager connection that does not keep up.

use std::collections::HashMap;
use std::time::Duration;

use bytes::BytesMut;
use futures::StreamExt;
use md5::{Digest, Md5};
use secrecy::ExposeSecret;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout};
use tokio_util::codec::FramedRead;

use super::action::{self, action};
use super::client::{Command, OriginateError, Signal, Status};
use super::codec::{AmiCodec, Frame};
use super::event::Event;
use super::listing::{Listing, Step};
use super::message::Message;
use super::settings::{Auth, PbxAddress, Tuning};

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("sign-in refused: {0}")]
    AuthFailed(String),
    #[error("{0}")]
    Lost(String),
    #[error("nobody reads the signals any more")]
    ReaderGone,
}

fn lost(why: impl Into<String>) -> Broken {
    Broken::Lost(why.into())
}

/// Most calls being placed at once.
const MAX_PENDING: usize = 64;

/// How often a full queue is looked at again.
const RECOVERY_LOOK: Duration = Duration::from_millis(50);

/// Runs one connection to its end and says why it ended.
pub(super) async fn run(
    address: &PbxAddress,
    tuning: &Tuning,
    signals: &mpsc::Sender<Signal>,
    status: &watch::Sender<Status>,
    commands: &mut mpsc::Receiver<Command>,
) -> Broken {
    let opened = async {
        let mut wire = Wire::open(address, tuning).await?;
        let version = wire.greeting().await?;
        wire.sign_in(address).await?;
        Ok((wire, version))
    };
    let (wire, version) = match opened.await {
        Ok(opened) => opened,
        Err(broken) => return broken,
    };
    tracing::info!(host = %address.host, port = address.port, version, "ami.up");
    let _ = status.send_replace(Status::Up { version });
    let mut session = Session {
        wire,
        tuning,
        signals,
        listing: None,
        overflowed: false,
        listing_failed: false,
        pending: HashMap::new(),
    };
    match session.serve(commands).await {
        Ok(never) => match never {},
        Err(broken) => broken,
    }
}

struct Wire {
    reader: FramedRead<OwnedReadHalf, AmiCodec>,
    writer: OwnedWriteHalf,
    patience: Duration,
    next_action: u64,
}

impl Wire {
    async fn open(address: &PbxAddress, tuning: &Tuning) -> Result<Self, Broken> {
        let connect = TcpStream::connect((address.host.as_str(), address.port));
        let stream = match timeout(tuning.connect_timeout, connect).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(lost(format!("cannot connect: {error}"))),
            Err(_) => return Err(lost("cannot connect: no answer in time")),
        };
        stream.set_nodelay(true).map_err(|e| lost(e.to_string()))?;
        let (reader, writer) = stream.into_split();
        let reader = FramedRead::with_capacity(reader, AmiCodec::default(), 64 * 1024);
        Ok(Self {
            reader,
            writer,
            patience: tuning.connect_timeout,
            next_action: 0,
        })
    }

    fn action_id(&mut self) -> String {
        self.next_action += 1;
        format!("edina-{}", self.next_action)
    }

    async fn send(&mut self, message: &Message) -> Result<(), Broken> {
        let mut bytes = BytesMut::new();
        action::encode(message, &mut bytes).map_err(|e| lost(format!("cannot be sent: {e}")))?;
        match timeout(self.patience, self.writer.write_all(&bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(lost(format!("connection broken: {error}"))),
            Err(_) => Err(lost("the PBX does not read")),
        }
    }

    async fn frame(&mut self) -> Result<Frame, Broken> {
        match self.reader.next().await {
            Some(Ok(frame)) => Ok(frame),
            Some(Err(error)) => Err(lost(format!("connection broken: {error}"))),
            None => Err(lost("the PBX closed the connection")),
        }
    }

    async fn greeting(&mut self) -> Result<String, Broken> {
        let patience = self.patience;
        match timeout(patience, self.frame()).await {
            Ok(Ok(Frame::Banner(version))) => Ok(version),
            Ok(Ok(_)) => Err(lost("this is not an Asterisk manager interface")),
            Ok(Err(broken)) => Err(broken),
            Err(_) => Err(lost(
                "no greeting in time: is this an Asterisk manager interface?",
            )),
        }
    }

    /// The answer to an action; events before it are of no use yet, the resynchronisation covers them.
    async fn answer(&mut self, id: &str) -> Result<Message, Broken> {
        let patience = self.patience;
        let wait = async {
            loop {
                if let Frame::Message(message) = self.frame().await?
                    && message.response().is_some()
                    && message.action_id().is_none_or(|a| a == id)
                {
                    return Ok(message);
                }
            }
        };
        timeout(patience, wait)
            .await
            .unwrap_or_else(|_| Err(lost("the PBX did not answer the sign-in in time")))
    }

    async fn sign_in(&mut self, address: &PbxAddress) -> Result<(), Broken> {
        let mut login = Message::new();
        if address.auth == Auth::Md5 {
            let id = self.action_id();
            let mut challenge = action("Challenge", &id);
            challenge.push("AuthType", "MD5");
            self.send(&challenge).await?;
            let answer = self.answer(&id).await?;
            let Some(challenge) = answer.get("Challenge") else {
                return Err(Broken::AuthFailed(
                    answer.get("Message").unwrap_or("no challenge given").to_owned(),
                ));
            };
            login.push("AuthType", "MD5");
            login.push("Key", md5_key(challenge, address.secret.expose_secret()));
        } else {
            login.push("Secret", address.secret.expose_secret());
        }
        let id = self.action_id();
        let mut message = action("Login", &id);
        message.push("Username", &*address.user);
        for (key, value) in login.fields() {
            message.push(&**key, &**value);
        }
        message.push("Events", "on");
        self.send(&message).await?;
        let answer = self.answer(&id).await?;
        match answer.response() {
            Some("Success") => Ok(()),
            _ => Err(Broken::AuthFailed(
                answer.get("Message").unwrap_or("no reason given").to_owned(),
            )),
        }
    }
}

/// The key that answers a challenge: hex of MD5 over challenge and secret.
pub(crate) fn md5_key(challenge: &str, secret: &str) -> String {
    let digest = Md5::new().chain_update(challenge).chain_update(secret).finalize();
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

struct Session<'a> {
    wire: Wire,
    tuning: &'a Tuning,
    signals: &'a mpsc::Sender<Signal>,
    listing: Option<Listing>,
    /// Events were dropped because our reader was slow; a new listing follows once it has caught up.
    overflowed: bool,
    listing_failed: bool,
    pending: HashMap<String, oneshot::Sender<Result<String, OriginateError>>>,
}

impl Session<'_> {
    async fn serve(
        &mut self,
        commands: &mut mpsc::Receiver<Command>,
    ) -> Result<std::convert::Infallible, Broken> {
        self.start_listing().await?;
        let mut heard = Instant::now();
        let mut ping = tokio::time::interval_at(heard + self.tuning.ping_every, self.tuning.ping_every);
        ping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut look = tokio::time::interval(RECOVERY_LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                frame = self.wire.frame() => {
                    heard = Instant::now();
                    self.take(frame?).await?;
                }
                Some(command) = commands.recv() => self.place(command).await?,
                _ = ping.tick() => {
                    if heard.elapsed() > self.tuning.ping_every * 3 {
                        return Err(lost("the PBX has gone silent"));
                    }
                    let id = self.wire.action_id();
                    self.wire.send(&action("Ping", &id)).await?;
                }
                _ = look.tick(), if self.overflowed => {
                    if self.signals.capacity() >= self.signals.max_capacity() / 2 {
                        self.overflowed = false;
                        self.start_listing().await?;
                    }
                }
            }
        }
    }

    async fn take(&mut self, frame: Frame) -> Result<(), Broken> {
        let message = match frame {
            Frame::Message(message) => message,
            Frame::Skipped(reason) => {
                tracing::warn!(?reason, "ami.message_skipped");
                return Ok(());
            }
            Frame::Banner(_) => return Ok(()),
        };
        if let Some(response) = message.response() {
            let id = message.action_id().unwrap_or_default();
            if let Some(reply) = self.pending.remove(id) {
                let refused = || {
                    OriginateError::Refused(message.get("Message").unwrap_or("no reason given").to_owned())
                };
                let _ = reply.send(if response == "Success" {
                    Ok(id.to_owned())
                } else {
                    Err(refused())
                });
            } else if response == "Error"
                && let Some(listing) = &mut self.listing
            {
                match listing.refused(id) {
                    Step::Failed => {
                        self.listing = None;
                        self.listing_failed = true;
                    }
                    step => self.listed(step)?,
                }
            }
            return Ok(());
        }
        let event = Event::read(&message);
        if event == Event::FullyBooted && self.listing_failed {
            self.start_listing().await?;
        }
        if let Some(listing) = &mut self.listing {
            let step = listing.take(&event);
            self.listed(step)?;
        }
        match event {
            Event::Other
            | Event::LiveChannel { .. }
            | Event::LiveChannelsComplete { .. }
            | Event::QueueEntry { .. }
            | Event::QueueStatusComplete { .. } => Ok(()),
            event if self.overflowed => {
                drop(event);
                metrics::counter!("ami_events_dropped_total").increment(1);
                Ok(())
            }
            event => self.tell(Signal::Event(event)),
        }
    }

    fn listed(&mut self, step: Step) -> Result<(), Broken> {
        if let Step::Complete(list) = step {
            self.listing = None;
            if !self.overflowed {
                return self.tell(Signal::Resync(list));
            }
        }
        Ok(())
    }

    /// Never waits: a full queue means dropping and listing anew later.
    fn tell(&mut self, signal: Signal) -> Result<(), Broken> {
        match self.signals.try_send(signal) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Full(_)) => {
                tracing::warn!("ami.reader_slow");
                self.overflowed = true;
                Ok(())
            }
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Broken::ReaderGone),
        }
    }

    async fn start_listing(&mut self) -> Result<(), Broken> {
        let (channels, queues) = (self.wire.action_id(), self.wire.action_id());
        self.wire.send(&action("CoreShowChannels", &channels)).await?;
        self.wire.send(&action("QueueStatus", &queues)).await?;
        self.listing = Some(Listing::new(channels, queues));
        self.listing_failed = false;
        Ok(())
    }

    async fn place(&mut self, command: Command) -> Result<(), Broken> {
        self.pending.retain(|_, reply| !reply.is_closed());
        if self.pending.len() >= MAX_PENDING {
            let _ = command.reply.send(Err(OriginateError::Refused(
                "too many calls are being placed".to_owned(),
            )));
            return Ok(());
        }
        let id = self.wire.action_id();
        match command.originate.to_message(&id) {
            Ok(message) => {
                self.pending.insert(id, command.reply);
                self.wire.send(&message).await
            }
            Err(invalid) => {
                let _ = command.reply.send(Err(invalid.into()));
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_key_answers_the_challenge() {
        // The test vector of RFC 1321 for "abc".
        assert_eq!(super::md5_key("a", "bc"), "900150983cd24fb0d6963f7d28e17f72");
    }
}
