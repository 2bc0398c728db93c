//! Whether the machines agree what time it is. Calls between services are signed with the time, and clocks that differ
//! by two minutes refuse one another; response clocks and sending hours are wrong long before.

use chrono::{DateTime, TimeDelta, Utc};

use super::finding::{Area, Finding, text};

const AREA: Area = Area::Clocks;
const SLIGHT: TimeDelta = TimeDelta::seconds(2);
const GRAVE: TimeDelta = TimeDelta::seconds(60);

/// Another machine's clock as it was read between two looks at ours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) before: DateTime<Utc>,
    pub(crate) theirs: DateTime<Utc>,
    pub(crate) after: DateTime<Utc>,
    /// How finely theirs is told.
    pub(crate) grain: TimeDelta,
}

impl Reading {
    /// How far theirs is ahead at least, whatever the way took; zero when it can be the same.
    fn ahead(&self) -> TimeDelta {
        if self.theirs > self.after {
            self.theirs - self.after
        } else if self.theirs + self.grain < self.before {
            self.theirs + self.grain - self.before
        } else {
            TimeDelta::zero()
        }
    }
}

/// What the reading of `subject`'s clock means.
pub(crate) fn judge(subject: &str, reading: Reading) -> Finding {
    let ahead = reading.ahead();
    let seconds = format!("{:.1}", ahead.as_seconds_f64().abs());
    let advice = text(
        "включите на обеих машинах сверку времени: timedatectl set-ntp true, затем проверьте chronyc tracking",
        "let both machines follow a time server: timedatectl set-ntp true, then look at chronyc tracking",
    );
    if ahead.abs() < SLIGHT {
        return AREA.ok(
            "skew",
            subject,
            text("идут одинаково с этой машиной", "agree with this machine"),
        );
    }
    let (ru, en) = if ahead > TimeDelta::zero() {
        ("впереди", "ahead of")
    } else {
        ("позади", "behind")
    };
    if ahead.abs() < GRAVE {
        AREA.warning(
            "skew",
            subject,
            text(
                format!("на {seconds} с {ru} этой машины: сроки ответа считаются неверно"),
                format!("{seconds} s {en} this machine: response times are counted wrongly"),
            ),
            advice,
        )
    } else {
        AREA.failure(
            "skew",
            subject,
            text(
                format!("на {seconds} с {ru} этой машины: службы отвергают вызовы друг друга"),
                format!("{seconds} s {en} this machine: services refuse one another's calls"),
            ),
            advice,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::State;

    #[test]
    fn a_difference_is_told_from_a_slow_way() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let judged = |ahead: i64, took: i64| {
            judge(
                "postgresql",
                Reading {
                    before: now,
                    theirs: now + TimeDelta::milliseconds(took / 2) + TimeDelta::seconds(ahead),
                    after: now + TimeDelta::milliseconds(took),
                    grain: TimeDelta::zero(),
                },
            )
            .state
        };
        assert_eq!(judged(0, 4000), State::Ok);
        assert_eq!(judged(5, 100), State::Warning);
        assert_eq!(judged(-5, 100), State::Warning);
        assert_eq!(judged(300, 100), State::Failure);
    }
}
