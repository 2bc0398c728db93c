//! How fast we answer (R61): the clock starts when the lead arrives and stops at the first answer.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Answer within this, unless the branch or the source says otherwise.
pub const DEFAULT_LIMIT_MINUTES: u32 = 15;
/// Furthest day looked at for working time.
const MAX_DAYS: u32 = 60;

/// The promise of a branch or a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseRule {
    pub limit_minutes: u32,
    /// `None`: round the clock.
    pub hours: Option<WorkingHours>,
}

impl Default for ResponseRule {
    fn default() -> Self {
        Self {
            limit_minutes: DEFAULT_LIMIT_MINUTES,
            hours: None,
        }
    }
}

/// When somebody is there to answer, on the branch's own clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingHours {
    pub zone: Tz,
    /// Opening and closing by weekday, Monday first; `None` is a day off. Closing at or before opening means until midnight.
    pub week: [Option<(NaiveTime, NaiveTime)>; 7],
    /// Days off besides.
    #[serde(default)]
    pub closed: BTreeSet<NaiveDate>,
}

impl WorkingHours {
    /// The same hours every day.
    pub fn daily(zone: Tz, from: NaiveTime, to: NaiveTime) -> Self {
        Self {
            zone,
            week: [Some((from, to)); 7],
            closed: BTreeSet::new(),
        }
    }

    /// Opening and closing of a day, in UTC.
    fn span(&self, day: NaiveDate) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let weekday = usize::try_from(day.weekday().num_days_from_monday()).ok()?;
        let (from, to) = self
            .week
            .get(weekday)
            .copied()
            .flatten()
            .filter(|_| !self.closed.contains(&day))?;
        let utc = |day: NaiveDate, time: NaiveTime| {
            // An hour the clocks skipped counts from the next one that exists.
            let local = day.and_time(time);
            let found = self.zone.from_local_datetime(&local).earliest();
            let later = || {
                self.zone
                    .from_local_datetime(&(local + TimeDelta::hours(1)))
                    .earliest()
            };
            found.or_else(later).map(|at| at.with_timezone(&Utc))
        };
        let close = if to > from {
            utc(day, to)
        } else {
            utc(day.checked_add_days(Days::new(1))?, NaiveTime::MIN)
        };
        Some((utc(day, from)?, close?))
    }
}

/// What stopped the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// An answered call, in or out.
    Call,
    /// A message of ours, written by a person.
    Message,
    /// The seller's own word (met in the showroom, say).
    Mark,
}

/// The clock of one lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseClock {
    pub arrived_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub answered: Option<(DateTime<Utc>, AnsweredBy)>,
}

impl ResponseClock {
    /// Starts at arrival (ours, not the source's word: nobody could answer before).
    pub fn start(arrived_at: DateTime<Utc>, rule: &ResponseRule) -> Self {
        Self {
            arrived_at,
            due_at: due_at(arrived_at, rule),
            answered: None,
        }
    }

    /// Stops the clock. Facts come in any order: the earliest answer counts, one from before arrival counts as at
    /// arrival. Returns whether anything changed.
    pub fn stop(&mut self, at: DateTime<Utc>, by: AnsweredBy) -> bool {
        let at = at.max(self.arrived_at);
        if self.answered.is_some_and(|(known, _)| known <= at) {
            return false;
        }
        self.answered = Some((at, by));
        true
    }

    /// True when the limit has passed without an answer, or the answer came after it.
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.answered.map_or(now, |(at, _)| at) > self.due_at
    }

    /// From arrival to the answer, by the wall clock.
    pub fn took(&self) -> Option<TimeDelta> {
        self.answered.map(|(at, _)| at - self.arrived_at)
    }
}

/// The latest moment an answer is in time: `limit_minutes` of working time after `arrived_at`. Hours that never open
/// count as round the clock, so that a mistake in the settings hides no lead.
pub fn due_at(arrived_at: DateTime<Utc>, rule: &ResponseRule) -> DateTime<Utc> {
    let limit = TimeDelta::minutes(i64::from(rule.limit_minutes));
    let plain = arrived_at.checked_add_signed(limit).unwrap_or(arrived_at);
    let Some(hours) = &rule.hours else { return plain };
    let mut left = limit;
    // The working day before may reach past midnight.
    let first = arrived_at.with_timezone(&hours.zone).date_naive();
    for offset in 0..=MAX_DAYS {
        let Some(day) = first.checked_add_days(Days::new(u64::from(offset))) else {
            break;
        };
        let Some((open, close)) = hours.span(day) else {
            continue;
        };
        let from = open.max(arrived_at);
        if from >= close {
            continue;
        }
        if close - from >= left {
            return from + left;
        }
        left -= close - from;
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn working(limit_minutes: u32) -> ResponseRule {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        let mut hours = WorkingHours::daily(chrono_tz::Europe::Moscow, time(9), time(21));
        hours.week[6] = None;
        ResponseRule {
            limit_minutes,
            hours: Some(hours),
        }
    }

    #[test]
    fn round_the_clock_by_default() {
        let clock = ResponseClock::start(at("2026-11-21T22:00:00Z"), &ResponseRule::default());
        assert_eq!(clock.due_at, at("2026-11-21T22:15:00Z"));
        assert!(!clock.is_overdue(at("2026-11-21T22:15:00Z")));
        assert!(clock.is_overdue(at("2026-11-21T22:15:01Z")));
    }

    #[test]
    fn nights_and_days_off_do_not_count() {
        // Saturday 23:00 in Moscow; Sunday is off; Monday opens at 9:00.
        assert_eq!(
            due_at(at("2026-11-21T20:00:00Z"), &working(15)),
            at("2026-11-23T06:15:00Z")
        );
        // Friday ten minutes before closing: five more on Saturday.
        assert_eq!(
            due_at(at("2026-11-20T17:50:00Z"), &working(15)),
            at("2026-11-21T06:05:00Z")
        );
    }

    #[test]
    fn hours_that_never_open_hide_nothing() {
        let mut rule = working(15);
        rule.hours.as_mut().unwrap().week = [None; 7];
        assert_eq!(
            due_at(at("2026-11-21T20:00:00Z"), &rule),
            at("2026-11-21T20:15:00Z")
        );
    }

    #[test]
    fn the_earliest_answer_counts_in_any_order() {
        let mut clock = ResponseClock::start(at("2026-11-21T10:00:00Z"), &ResponseRule::default());
        assert!(clock.stop(at("2026-11-21T10:20:00Z"), AnsweredBy::Message));
        assert!(clock.is_overdue(at("2026-11-21T11:00:00Z")));
        assert!(clock.stop(at("2026-11-21T10:05:00Z"), AnsweredBy::Call));
        assert!(!clock.stop(at("2026-11-21T10:06:00Z"), AnsweredBy::Mark));
        assert!(!clock.is_overdue(at("2026-11-21T11:00:00Z")));
        assert_eq!(clock.took(), Some(TimeDelta::minutes(5)));
    }
}
