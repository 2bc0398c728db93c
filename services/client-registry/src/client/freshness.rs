//! Whether a contact still holds (R123): confirmed within the limit of its kind and of the kind of client.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

/// Kinds of contacts that go stale.
pub const KINDS: [&str; 3] = ["phone", "email", "address"];
/// Kinds of clients with limits of their own.
pub const SEGMENTS: [&str; 2] = ["person", "company"];
/// Half a year, where the group set nothing else.
const USUAL_DAYS: u32 = 183;
/// Ten years.
pub const MOST_DAYS: u32 = 3650;

/// How long contacts count as current, by kind and segment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits(BTreeMap<(String, String), u32>);

impl Limits {
    /// Sets one.
    pub fn set(&mut self, kind: &str, segment: &str, days: u32) {
        self.0.insert((kind.to_owned(), segment.to_owned()), days);
    }

    /// Days for this kind and segment.
    pub fn days(&self, kind: &str, segment: &str) -> u32 {
        let set = self.0.get(&(kind.to_owned(), segment.to_owned()));
        set.copied().unwrap_or(USUAL_DAYS)
    }
}

/// The moment at which a card is looked at, and the group's limits.
#[derive(Debug, Clone)]
pub struct Present {
    pub now: DateTime<Utc>,
    pub limits: Limits,
}

/// What is to be thought of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// A person said that it does not reach the client.
    Wrong,
    /// Neither confirmed nor said within the limit.
    Stale,
    /// Said within the limit, proved by nothing.
    Unconfirmed,
    /// Confirmed within the limit.
    Current,
}

impl State {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Stale => "stale",
            Self::Unconfirmed => "unconfirmed",
            Self::Current => "current",
        }
    }
}

impl Present {
    /// With the usual limits.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self {
            now,
            limits: Limits::default(),
        }
    }

    /// The state of a contact, and when it goes stale unless something confirms it.
    pub fn state(
        &self,
        kind: &str,
        segment: &str,
        confirmed: Option<DateTime<Utc>>,
        said: DateTime<Utc>,
    ) -> (State, DateTime<Utc>) {
        let limit = Duration::days(i64::from(self.limits.days(kind, segment)));
        let due = confirmed.map_or(said, |at| at.max(said)) + limit;
        let state = match confirmed {
            Some(at) if at + limit > self.now => State::Current,
            _ if due > self.now => State::Unconfirmed,
            _ => State::Stale,
        };
        (state, due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_goes_stale_after_the_limit_of_its_kind_and_segment() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let ago = |days| now - Duration::days(days);
        let mut present = Present::at(now);
        let state = |present: &Present, confirmed: Option<i64>, said| {
            present.state("phone", "person", confirmed.map(ago), ago(said)).0
        };
        assert_eq!(state(&present, Some(182), 900), State::Current);
        assert_eq!(state(&present, Some(184), 900), State::Stale);
        assert_eq!(state(&present, None, 10), State::Unconfirmed);
        assert_eq!(state(&present, Some(400), 10), State::Unconfirmed);
        assert_eq!(state(&present, None, 184), State::Stale);
        present.limits.set("phone", "person", 7);
        assert_eq!(state(&present, Some(8), 900), State::Stale);
        assert_eq!(
            present.state("phone", "company", Some(ago(8)), ago(8)).0,
            State::Current
        );
    }
}
