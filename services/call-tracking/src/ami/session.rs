//! One connection to a PBX, from TCP to its end. The socket is read without ever waiting for our own reader:
//! Asterisk drops a manager connection that does not keep up.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::action::action;
use super::client::{Command, OriginateError, Signal, Status};
use super::codec::Frame;
use super::event::Event;
use super::listing::{Listing, Step};
use super::placing::refused;
use super::settings::{PbxAddress, Tuning};
use super::wire::{Broken, Events, Wire, lost};

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
        wire.sign_in(address, Events::All).await?;
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
        held: Vec::new(),
        overflowed: false,
        listing_failed: false,
        pending: HashMap::new(),
        catching_up: Vec::new(),
    };
    match session.serve(commands).await {
        Ok(never) => match never {},
        Err(broken) => broken,
    }
}

/// An action that waits for its answer.
enum Asked {
    Call(oneshot::Sender<Result<String, OriginateError>>),
    CatchUp(oneshot::Sender<()>),
}

impl Asked {
    fn is_given_up(&self) -> bool {
        match self {
            Self::Call(reply) => reply.is_closed(),
            Self::CatchUp(reply) => reply.is_closed(),
        }
    }
}

struct Session<'a> {
    wire: Wire,
    tuning: &'a Tuning,
    signals: &'a mpsc::Sender<Signal>,
    listing: Option<Listing>,
    /// What happened while a list is under way: told after it. The list may be older than an event, and an event says too
    /// little of a call that nobody has heard of.
    held: Vec<Event>,
    /// Events were dropped because our reader was slow; a new listing follows once it has caught up.
    overflowed: bool,
    listing_failed: bool,
    pending: HashMap<String, Asked>,
    /// Those who wait until all that was heard is told.
    catching_up: Vec<oneshot::Sender<()>>,
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
            let listed_by = self.listing.as_ref().map(Listing::until);
            tokio::select! {
                frame = self.wire.frame() => {
                    heard = Instant::now();
                    self.take(frame?).await?;
                }
                Some(command) = commands.recv() => self.ask(command).await?,
                () = tokio::time::sleep_until(listed_by.unwrap_or(heard)), if listed_by.is_some() => {
                    if let Some(listing) = &mut self.listing {
                        let step = listing.give_up();
                        self.listed(step)?;
                    }
                }
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
            match self.pending.remove(id) {
                Some(Asked::Call(reply)) => {
                    let _ = reply.send(if response == "Success" {
                        Ok(id.to_owned())
                    } else {
                        Err(refused(&message))
                    });
                }
                Some(Asked::CatchUp(reply)) => {
                    self.catching_up.push(reply);
                    self.say_caught_up();
                }
                None => {
                    if response == "Error"
                        && let Some(listing) = &mut self.listing
                    {
                        let step = listing.refused(id);
                        self.listed(step)?;
                    }
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
            event if self.listing.is_some() && !self.overflowed => {
                if self.held.len() < self.signals.max_capacity() {
                    self.held.push(event);
                } else {
                    // As with a slow reader: another list, later.
                    self.overflowed = true;
                }
                Ok(())
            }
            event => self.tell_event(event),
        }
    }

    fn listed(&mut self, step: Step) -> Result<(), Broken> {
        let signal = match step {
            Step::Going => return Ok(()),
            Step::Complete(list) => Signal::Resync(list),
            Step::Failed => {
                self.listing_failed = true;
                Signal::Unlisted
            }
        };
        self.listing = None;
        if !self.overflowed {
            self.tell(signal)?;
        }
        for event in std::mem::take(&mut self.held) {
            self.tell_event(event)?;
        }
        self.say_caught_up();
        Ok(())
    }

    fn say_caught_up(&mut self) {
        if self.listing.is_none() {
            for reply in self.catching_up.drain(..) {
                let _ = reply.send(());
            }
        }
    }

    fn tell_event(&mut self, event: Event) -> Result<(), Broken> {
        if self.overflowed {
            metrics::counter!("edina_pbx_events_dropped_total").increment(1);
            return Ok(());
        }
        self.tell(Signal::Event(Box::new(event)))
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
        self.held.clear();
        self.listing_failed = false;
        Ok(())
    }

    async fn ask(&mut self, command: Command) -> Result<(), Broken> {
        self.pending.retain(|_, asked| !asked.is_given_up());
        let id = self.wire.action_id();
        match command {
            Command::Place { reply, .. } if self.pending.len() >= MAX_PENDING => {
                let _ = reply.send(Err(OriginateError::Refused(
                    "too many calls are being placed".to_owned(),
                )));
                Ok(())
            }
            Command::Place { originate, reply } => match originate.to_message(&id) {
                Ok(message) => {
                    self.pending.insert(id, Asked::Call(reply));
                    self.wire.send(&message).await
                }
                Err(invalid) => {
                    let _ = reply.send(Err(invalid.into()));
                    Ok(())
                }
            },
            Command::CatchUp(reply) => {
                self.pending.insert(id.clone(), Asked::CatchUp(reply));
                self.wire.send(&action("Ping", &id)).await
            }
        }
    }
}
