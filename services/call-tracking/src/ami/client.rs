//! One PBX kept connected: connect, sign in, resynchronise, read until the connection breaks, pause, again.
//! [`super::session`] holds one connection; what it learns leaves through a bounded queue.

use std::time::Duration;

use edina_runtime::stop::Stop;
use rand::Rng;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::action::{InvalidAction, Originate};
use super::event::Event;
use super::placing;
use super::session;
use super::settings::{PbxAddress, Tuning};
use super::wire::Broken;
use crate::call::LiveList;

/// What the client tells its reader, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// Something happened on the PBX.
    Event(Box<Event>),
    /// All that is live, right after signing in or after events had to be dropped.
    Resync(LiveList),
    /// The PBX does not say what is live: what happens is all there is to know.
    Unlisted,
    /// The connection broke; what happens on the PBX from here to the next `Resync` is not seen.
    Disconnected,
}

/// State of the connection, for the connections page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Trying.
    Connecting,
    /// Signed in.
    Up {
        /// The PBX's greeting, for instance `Asterisk Call Manager/5.0.4`.
        version: String,
    },
    /// The PBX refused user or secret.
    AuthFailed {
        /// Its words.
        reason: String,
    },
    /// Not connected; the next try follows by itself.
    Down {
        /// Why.
        reason: String,
    },
}

/// Why a call could not be placed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginateError {
    /// The PBX is not connected.
    #[error("the PBX is not connected")]
    NotConnected,
    /// The request holds something that may not reach a dialplan.
    #[error(transparent)]
    Invalid(#[from] InvalidAction),
    /// The PBX refused, in its words.
    #[error("the PBX refused the call: {0}")]
    Refused(String),
    /// The PBX did not answer in time.
    #[error("the PBX did not answer in time")]
    TimedOut,
}

/// What is asked of the connection, with where the answer goes.
pub(super) enum Command {
    /// Place a call.
    Place {
        originate: Originate,
        reply: oneshot::Sender<Result<String, OriginateError>>,
    },
    /// Say when all that the PBX has said is among the signals.
    CatchUp(oneshot::Sender<()>),
}

/// Places calls through the connected PBX. Cheap to clone.
#[derive(Clone)]
pub struct Pbx {
    commands: mpsc::Sender<Command>,
    timeout: Duration,
}

impl Pbx {
    /// Click-to-call. Answers with the `ActionID` that the later `OriginateResponse` event carries.
    ///
    /// # Errors
    /// [`OriginateError`] when not connected, refused, or not answered in time; never tried twice.
    pub async fn originate(&self, originate: Originate) -> Result<String, OriginateError> {
        originate.to_message("check")?;
        let (reply, answer) = oneshot::channel();
        self.commands
            .send(Command::Place { originate, reply })
            .await
            .map_err(|_| OriginateError::NotConnected)?;
        match tokio::time::timeout(self.timeout, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(OriginateError::NotConnected),
            Err(_) => Err(OriginateError::TimedOut),
        }
    }

    /// Returns once everything that the PBX had to say until now is among the signals: Asterisk sends a connection's
    /// events before it answers the connection's next action. False when it is not connected or does not answer in time.
    pub async fn caught_up(&self, within: Duration) -> bool {
        let asked = async {
            let (reply, answer) = oneshot::channel();
            self.commands.send(Command::CatchUp(reply)).await.is_ok() && answer.await.is_ok()
        };
        tokio::time::timeout(within, asked).await.unwrap_or(false)
    }
}

/// Places one call through a connection of its own that hears no events, for a process that does not read this PBX.
///
/// # Errors
/// As [`Pbx::originate`].
pub async fn originate_once(
    address: &PbxAddress,
    tuning: &Tuning,
    originate: &Originate,
) -> Result<String, OriginateError> {
    originate.to_message("check")?;
    match tokio::time::timeout(
        tuning.connect_timeout,
        placing::originate_once(address, tuning, originate),
    )
    .await
    {
        Ok(result) => result,
        Err(_) => Err(OriginateError::TimedOut),
    }
}

/// A running client. Dropping it closes the connection.
pub struct AmiClient {
    /// What happens, in order. A reader that is too slow loses events and gets a `Resync` instead.
    pub signals: mpsc::Receiver<Signal>,
    /// State of the connection.
    pub status: watch::Receiver<Status>,
    /// Places calls.
    pub pbx: Pbx,
    _closes: DropGuard,
}

impl AmiClient {
    /// Starts to keep `address` connected. Needs a tokio runtime; `stop` only watches over the task.
    pub fn start(address: PbxAddress, tuning: Tuning, stop: &Stop) -> Self {
        let (signals_in, signals) = mpsc::channel(tuning.signals.max(16));
        let (status_in, status) = watch::channel(Status::Connecting);
        let (commands, commands_out) = mpsc::channel(32);
        let keeper = Keeper {
            address,
            tuning,
            signals: signals_in,
            status: status_in,
            commands: commands_out,
        };
        let closed = CancellationToken::new();
        let closes = closed.clone().drop_guard();
        stop.spawn("ami-client", async move {
            closed.run_until_cancelled(keeper.run()).await;
        });
        Self {
            signals,
            status,
            pbx: Pbx {
                commands,
                timeout: tuning.connect_timeout,
            },
            _closes: closes,
        }
    }
}

struct Keeper {
    address: PbxAddress,
    tuning: Tuning,
    signals: mpsc::Sender<Signal>,
    status: watch::Sender<Status>,
    commands: mpsc::Receiver<Command>,
}

impl Keeper {
    async fn run(mut self) {
        let mut failures: u32 = 0;
        loop {
            let _ = self.status.send_replace(Status::Connecting);
            let ended = session::run(
                &self.address,
                &self.tuning,
                &self.signals,
                &self.status,
                &mut self.commands,
            )
            .await;
            let was_up = matches!(*self.status.borrow(), Status::Up { .. });
            failures = if was_up { 0 } else { failures.saturating_add(1) };
            let pause = match &ended {
                Broken::AuthFailed(_) => self.tuning.backoff_to,
                Broken::Lost(_) => self.backoff(failures),
                Broken::ReaderGone => return,
            };
            if let Broken::AuthFailed(reason) = &ended {
                tracing::warn!(host = %self.address.host, port = self.address.port, reason, "ami.auth_failed");
            } else {
                tracing::info!(host = %self.address.host, port = self.address.port, reason = %ended, "ami.down");
            }
            let _ = self.status.send_replace(match ended {
                Broken::AuthFailed(reason) => Status::AuthFailed { reason },
                other => Status::Down {
                    reason: other.to_string(),
                },
            });
            if was_up && self.signals.send(Signal::Disconnected).await.is_err() {
                return;
            }
            self.pause(pause).await;
        }
    }

    fn backoff(&self, failures: u32) -> Duration {
        let doubled = self.tuning.backoff_from.saturating_mul(1 << failures.min(16));
        doubled
            .min(self.tuning.backoff_to)
            .mul_f64(rand::rng().random_range(0.5..1.0))
    }

    /// Waits, refusing calls meanwhile instead of placing them minutes late.
    async fn pause(&mut self, pause: Duration) {
        let end = tokio::time::sleep(pause);
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return,
                Some(command) = self.commands.recv() => match command {
                    Command::Place { reply, .. } => { let _ = reply.send(Err(OriginateError::NotConnected)); }
                    Command::CatchUp(reply) => drop(reply),
                }
            }
        }
    }
}
