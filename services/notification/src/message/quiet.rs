//! Sending hours by the clock on the recipient's wall.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The part of the day when messages may arrive; outside of it is quiet. May span midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendingHours {
    /// First allowed moment.
    pub from: NaiveTime,
    /// First moment not allowed any more. Equal to `from`: no quiet hours.
    pub to: NaiveTime,
}

impl Default for SendingHours {
    /// 09:00 to 21:00.
    fn default() -> Self {
        Self::hours(9, 21)
    }
}

impl SendingHours {
    /// Whole hours, `0..=23`; anything else counts as midnight.
    #[must_use]
    pub fn hours(from: u32, to: u32) -> Self {
        let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN);
        Self {
            from: at(from),
            to: at(to),
        }
    }

    fn allows(&self, time: NaiveTime) -> bool {
        match self.from.cmp(&self.to) {
            std::cmp::Ordering::Equal => true,
            std::cmp::Ordering::Less => (self.from..self.to).contains(&time),
            std::cmp::Ordering::Greater => time >= self.from || time < self.to,
        }
    }

    /// `None`: now is fine. Otherwise the first allowed moment after `now`.
    #[must_use]
    pub fn defer_until(&self, now: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let local = now.with_timezone(&zone);
        if self.allows(local.time()) {
            return None;
        }
        let today = local.date_naive();
        let days = [
            Some(today),
            today.checked_add_days(Days::new(1)),
            today.checked_add_days(Days::new(2)),
        ];
        let opening = days
            .into_iter()
            .flatten()
            .filter_map(|day| self.opens(day, zone))
            .find(|at| *at > now);
        // Only the end of the calendar has no day after tomorrow.
        Some(opening.unwrap_or(now + TimeDelta::hours(12)))
    }

    /// The opening on that local day; where clocks jump over it, the first moment after the jump.
    fn opens(&self, day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
        let naive = day.and_time(self.from);
        // Gaps in the real world are whole quarters of an hour and at most a day (islands that changed the date).
        (0..=96).find_map(|quarter| {
            let moment = naive.checked_add_signed(TimeDelta::minutes(15 * quarter))?;
            zone.from_local_datetime(&moment)
                .earliest()
                .map(|at| at.with_timezone(&Utc))
        })
    }
}
