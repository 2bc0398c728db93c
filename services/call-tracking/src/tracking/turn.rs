//! One copy of the service reads an exchange at a time; this is how the copies agree on whose turn it is.
//!
//! A row for each exchange names the copy that reads it, counts its signs of life (beats), and has a term that grows
//! with every takeover. A waiting copy takes over when the row has no holder, or when it has itself looked on for
//! [`PATIENCE`] and not seen a beat. No clock of one machine is compared with that of another, and a look that fails
//! begins the wait anew: after PostgreSQL was away, the copy that read meanwhile, and has in memory what happened, comes
//! first.
//!
//! A row, not an advisory lock of a session: the lock of a connection that is half dead lasts until the server's TCP
//! gives it up, and one that breaks without its process dying leaves a reader who does not know that it is none.
//! Nor need the holder trust its own clock: every transaction that writes what was read holds the term with a shared
//! lock. A takeover waits for those transactions, and the later ones of the old term find it gone and write nothing.
//!
//! A holder that goes in order frees the row but reads on until the next one has a picture of its own, so that no call
//! falls in between, and says when it has written all it heard: of the calls that both saw, it saw more.
//! [`super::exchange`] is the only user.

use std::time::Duration;

use edina_postgres::Database;
use edina_runtime::{clock::SharedClock, group::GroupId, stop::Stop};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use uuid::Uuid;

use crate::store::pbx_readers::{self, Beat, ReaderRow};

/// Time between two signs of life.
pub(crate) const BEAT: Duration = Duration::from_millis(500);
/// Without a beat for so long another copy takes over.
const PATIENCE: Duration = Duration::from_millis(2_500);
/// How often a waiting copy looks.
const LOOK: Duration = Duration::from_millis(250);
/// How often it says that it waits, in looks.
const SAY_EVERY: u32 = 8;
/// For one look or beat, connection included.
const DEADLINE: Duration = Duration::from_secs(1);
/// How long a holder that goes waits for its successor to take over, and then to have a picture of its own. Together with
/// what follows (the last words of the exchange, the last writes) shorter than a stop may take.
const SUCCESSOR: Duration = Duration::from_millis(2_500);
const PICTURE: Duration = Duration::from_millis(4_000);
const SUCCESSOR_LOOK: Duration = Duration::from_millis(50);

/// What is promised after a kill, with a second for signing in and listing.
const _: () = assert!(PATIENCE.as_millis() + LOOK.as_millis() + DEADLINE.as_millis() + 1_000 <= 5_000);

/// This copy's place in the queue for one exchange.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    /// Connections of their own: a beat must not wait behind the work.
    pub(crate) database: Database,
    pub(crate) clock: SharedClock,
    pub(crate) group: GroupId,
    pub(crate) pbx: String,
    /// This copy; anew with every start.
    pub(crate) me: Uuid,
}

/// What a holder learns from its beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Still this copy's turn.
    Mine {
        /// Another copy would take it.
        wanted: bool,
    },
    /// Another copy has taken over.
    Over,
    /// Not known: PostgreSQL did not answer.
    Unknown,
}

impl Turn {
    /// Waits until it is this copy's turn and answers the term; none when a stop was asked for.
    pub(crate) async fn come(&self, stop: &Stop) -> Option<i64> {
        let mut every = interval(LOOK);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut seen: Option<(ReaderRow, Instant)> = None;
        let mut looks: u32 = 0;
        let mut connected = false;
        loop {
            tokio::select! { () = stop.requested() => return None, _ = every.tick() => {} }
            if !connected {
                // Signing in at a busy server takes longer than a look may; cut off, it would begin anew every time.
                connected = tokio::select! {
                    () = stop.requested() => return None,
                    connection = self.database.pool().acquire() => connection.is_ok(),
                };
            }
            let say = looks.is_multiple_of(SAY_EVERY);
            looks = looks.wrapping_add(1);
            let claimed = match timeout(DEADLINE, self.look(say)).await {
                Ok(Ok(None)) => timeout(DEADLINE, self.begin()).await,
                Ok(Ok(Some(row))) => {
                    let now = Instant::now();
                    let since = match &seen {
                        Some((last, since)) if (last.term, last.beat) == (row.term, row.beat) => *since,
                        _ => now,
                    };
                    let silent = now.duration_since(since) >= PATIENCE;
                    seen = Some((row.clone(), since));
                    if row.holder.is_some() && !silent {
                        continue;
                    }
                    timeout(DEADLINE, self.take_over(&row)).await
                }
                // Nor could the holder give a sign of life.
                Ok(Err(error)) => {
                    tracing::debug!(pbx = self.pbx, %error, "whose turn it is cannot be seen");
                    (seen, connected) = (None, false);
                    continue;
                }
                Err(_) => {
                    (seen, connected) = (None, false);
                    continue;
                }
            };
            if let Ok(Ok(Some(term))) = claimed {
                return Some(term);
            }
        }
    }

    /// Gives a sign of life.
    pub(crate) async fn beat(&self, term: i64, beat: &Beat) -> Standing {
        match timeout(DEADLINE, self.tell(term, beat)).await {
            Ok(Ok(Some(wanted))) => Standing::Mine { wanted },
            Ok(Ok(None)) => Standing::Over,
            Ok(Err(error)) => {
                tracing::debug!(pbx = self.pbx, %error, "no sign of life could be given");
                Standing::Unknown
            }
            Err(_) => Standing::Unknown,
        }
    }

    /// Lets the next copy take over, if one waits, and returns when it has a picture of its own. The caller reads and
    /// writes on meanwhile, and at last calls [`gone`](Self::gone).
    pub(crate) async fn hand_over(&self, term: i64) {
        let until = Instant::now() + SUCCESSOR;
        let wanted = loop {
            match timeout(DEADLINE, self.release(term)).await {
                Ok(Ok(wanted)) => break wanted,
                _ if Instant::now() >= until => break false,
                _ => tokio::time::sleep(SUCCESSOR_LOOK).await,
            }
        };
        if wanted {
            self.followed(term, Instant::now() + SUCCESSOR).await;
        } else {
            tracing::info!(pbx = self.pbx, "no other copy waits for the PBX");
        }
    }

    /// Returns when another copy has taken over and has a picture of its own; the caller reads on meanwhile. Nobody who
    /// has taken over by then is waited for no longer.
    pub(crate) async fn followed(&self, term: i64, taken_by: Instant) {
        let until = taken_by + PICTURE;
        loop {
            let seen = timeout(DEADLINE, self.look(false)).await;
            let now = Instant::now();
            // A look that fails says nothing about the successor.
            if let Ok(Ok(Some(row))) = seen {
                let taken = row.term > term;
                if (!taken && now > taken_by) || (taken && row.state == "up") {
                    return;
                }
            }
            if now > until {
                return;
            }
            tokio::time::sleep(SUCCESSOR_LOOK).await;
        }
    }

    /// Says that everything heard under the term is written.
    pub(crate) async fn gone(&self, term: i64) {
        let said = timeout(DEADLINE, async {
            let mut tx = self.database.begin(&self.group).await?;
            pbx_readers::gone(&mut tx, &self.group, &self.pbx, term).await?;
            tx.commit().await
        });
        if !matches!(said.await, Ok(Ok(()))) {
            tracing::debug!(
                pbx = self.pbx,
                term,
                "the successor could not be told that all is written"
            );
        }
    }

    async fn look(&self, say: bool) -> sqlx::Result<Option<ReaderRow>> {
        let mut tx = self.database.begin(&self.group).await?;
        let row = pbx_readers::get(&mut tx, &self.group, &self.pbx).await?;
        if say && row.is_some() {
            pbx_readers::want(&mut tx, &self.group, &self.pbx).await?;
        }
        tx.commit().await?;
        Ok(row)
    }

    async fn tell(&self, term: i64, beat: &Beat) -> sqlx::Result<Option<bool>> {
        let mut tx = self.database.begin(&self.group).await?;
        let wanted = pbx_readers::beat(&mut tx, &self.group, &self.pbx, term, beat).await?;
        tx.commit().await?;
        Ok(wanted)
    }

    async fn begin(&self) -> sqlx::Result<Option<i64>> {
        let mut tx = self.database.begin(&self.group).await?;
        let term = pbx_readers::begin(&mut tx, &self.group, &self.pbx, self.me, self.clock.now()).await?;
        tx.commit().await?;
        Ok(term)
    }

    async fn take_over(&self, row: &ReaderRow) -> sqlx::Result<Option<i64>> {
        let mut tx = self.database.begin(&self.group).await?;
        let now = self.clock.now();
        let term = pbx_readers::take_over(&mut tx, &self.group, &self.pbx, self.me, row, now).await?;
        tx.commit().await?;
        Ok(term)
    }

    async fn release(&self, term: i64) -> sqlx::Result<bool> {
        let mut tx = self.database.begin(&self.group).await?;
        let wanted = pbx_readers::release(&mut tx, &self.group, &self.pbx, term).await?;
        tx.commit().await?;
        Ok(wanted)
    }
}
