//! The times in which nobody heard the exchange, and what that excuses.
//!
//! An exchange says everything once. A gap begins when whoever reads it goes (is killed or stopped, or its line is
//! cut) and ends when somebody who connected later is given the list of the live channels; a reader that goes within
//! [`LOOKS`] of that list has not read. In the moment before it goes the test reads which calls are stored, and how far.
//!
//! - A call **may be missing** if it ended in a gap and was not stored when the gap began, because nobody had heard of it
//!   or because it had begun within [`IN_HAND`] before. Not if it was live when the list was made: the list shows it.
//! - A call that was answered **may be told as not answered** if it ended in a gap and its answer was not stored when the
//!   gap began: what is known is that it rang, and is gone.
//! - A call that was not answered is never told as answered, gap or not.
//! - A call that no gap touches is told as it was: answered, abandoned or busy.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use e2e::{
    Service, System,
    peers::pbx::{Story, Told},
};
use sqlx::{Connection as _, PgConnection};

/// A reader has to have read for so long to count: by then what the list showed is stored, and calls of an earlier one
/// are settled.
const LOOKS: Duration = Duration::from_secs(4);
/// What was told so long before a reader goes is stored when it goes, on a slow machine, too.
const IN_HAND: Duration = Duration::from_secs(10);

/// A time in which nobody heard the exchange, as far as it is known when it begins.
#[derive(Debug)]
pub struct Gap {
    from: Instant,
    stored: HashMap<String, Known>,
}

/// How far a call is stored.
#[derive(Debug, Clone, Copy)]
struct Known {
    answered: bool,
    ended: bool,
}

impl Gap {
    /// To be called at the last moment before the reader goes.
    pub async fn opens(system: &System) -> Self {
        let url = system.servers().postgres_url(&Service::Calls.database());
        let mut connection = PgConnection::connect(&url).await.unwrap();
        let rows: Vec<(String, bool, bool)> =
            sqlx::query_as("select linked_id, answered_at is not null, state = 'ended' from calls")
                .fetch_all(&mut connection)
                .await
                .unwrap();
        let stored = rows
            .into_iter()
            .map(|(linked_id, answered, ended)| (linked_id, Known { answered, ended }));
        Self {
            stored: stored.collect(),
            from: Instant::now(),
        }
    }
}

/// A gap from its beginning to its end.
#[derive(Debug)]
struct Closed<'a> {
    gap: &'a Gap,
    /// Somebody else was given the list.
    listed: Instant,
    /// Somebody else was who then read long enough.
    until: Instant,
}

/// All gaps of a simulation, once it is over.
#[derive(Debug)]
pub struct Gaps<'a>(Vec<Closed<'a>>);

impl<'a> Gaps<'a> {
    /// `gaps` in the order in which they came.
    pub fn of(system: &System, gaps: &'a [Gap]) -> Self {
        let mut closed: Vec<Closed<'a>> = Vec::new();
        for gap in gaps.iter().rev() {
            let listed = system.pbx().listed_after(gap.from).unwrap_or_else(Instant::now);
            // Whoever reads now has read long enough: the books were read since.
            let until = match closed.last() {
                Some(next) if next.gap.from < listed + LOOKS => next.until,
                _ => listed,
            };
            closed.push(Closed { gap, listed, until });
        }
        closed.reverse();
        Self(closed)
    }

    /// How long it took each time until somebody else was given the list.
    pub fn lengths(&self) -> Vec<Duration> {
        let lengths = self.0.iter().map(|closed| closed.listed - closed.gap.from);
        lengths.collect()
    }

    /// Whether nobody need know of the call.
    pub fn may_be_missing(&self, linked_id: &str, told: &Told) -> bool {
        let stored = self
            .0
            .iter()
            .any(|closed| closed.gap.stored.contains_key(linked_id));
        !stored
            && self
                .over(told)
                .any(|closed| told.begun + IN_HAND > closed.gap.from)
    }

    /// What a call may be told as.
    pub fn outcomes(&self, linked_id: &str, story: Story, told: &Told) -> &'static [&'static str] {
        match story {
            Story::Answered if self.over(told).any(|closed| !closed.knows_answer(linked_id)) => {
                &["answered", "abandoned", "missed"]
            }
            Story::Answered => &["answered"],
            _ if self.touched(linked_id, told) => &["abandoned", "missed", "busy"],
            Story::Abandoned => &["abandoned"],
            Story::Busy => &["busy"],
        }
    }

    /// The gaps in which it ended.
    fn over(&self, told: &Told) -> impl Iterator<Item = &Closed<'a>> {
        let ended = told.ended;
        self.0
            .iter()
            .filter(move |closed| closed.gap.from <= ended && ended <= closed.until)
    }

    /// Whether a gap was during the call, or came before its end was stored.
    fn touched(&self, linked_id: &str, told: &Told) -> bool {
        self.0.iter().any(|closed| {
            let is_stored = closed.gap.stored.get(linked_id).is_some_and(|known| known.ended);
            told.begun <= closed.until && !is_stored
        })
    }
}

impl Closed<'_> {
    fn knows_answer(&self, linked_id: &str) -> bool {
        let known = self.gap.stored.get(linked_id);
        known.is_some_and(|known| known.answered)
    }
}
