//! So many forms of one public name in a time: its name is no secret, so that anybody can post to it.
//!
//! Each source has a bucket of [`Rate::burst`] forms that fills again with [`Rate::per_minute`]. Every copy of the
//! service counts for itself. Sources that show their key are not counted.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;

use crate::config::Rate;

/// Most sources counted; beyond it the fullest buckets are forgotten, which is what they would become anyway.
const MOST_SOURCES: usize = 10_000;
const MILLIS_PER_MINUTE: u64 = 60_000;

/// The buckets of all public forms.
#[derive(Debug)]
pub(super) struct Throttle {
    rate: Rate,
    buckets: Mutex<HashMap<(GroupId, String), Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Thousandths of a form times a minute: whole numbers, so that nothing is lost in rounding.
    level: u64,
    at: DateTime<Utc>,
}

impl Throttle {
    pub(super) fn new(rate: Rate) -> Self {
        Self {
            rate,
            buckets: Mutex::default(),
        }
    }

    /// Takes a form's place; else the seconds after which there is one.
    pub(super) fn take(&self, group: &GroupId, source: &str, now: DateTime<Utc>) -> Result<(), u32> {
        let full = u64::from(self.rate.burst.max(1)) * MILLIS_PER_MINUTE;
        let per_milli = u64::from(self.rate.per_minute.max(1));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_SOURCES {
            buckets.retain(|_, bucket| bucket.after(now, per_milli, full) < full);
        }
        let bucket = buckets
            .entry((group.clone(), source.to_owned()))
            .or_insert(Bucket { level: full, at: now });
        bucket.level = bucket.after(now, per_milli, full);
        bucket.at = now;
        if bucket.level >= MILLIS_PER_MINUTE {
            bucket.level -= MILLIS_PER_MINUTE;
            return Ok(());
        }
        let wait = (MILLIS_PER_MINUTE - bucket.level).div_ceil(per_milli * 1000);
        Err(u32::try_from(wait).unwrap_or(u32::MAX).max(1))
    }
}

impl Bucket {
    fn after(self, now: DateTime<Utc>, per_milli: u64, full: u64) -> u64 {
        let millis = u64::try_from((now - self.at).num_milliseconds()).unwrap_or(0);
        self.level
            .saturating_add(millis.saturating_mul(per_milli))
            .min(full)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_burst_then_the_rate_and_each_source_for_itself() {
        let throttle = Throttle::new(Rate {
            per_minute: 60,
            burst: 3,
        });
        let group: GroupId = "main".parse().unwrap();
        let begin: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
        let take = |source, seconds| throttle.take(&group, source, begin + TimeDelta::seconds(seconds));
        assert_eq!([(); 3].map(|()| take("site", 0)), [Ok(()); 3]);
        assert_eq!(take("site", 0), Err(1));
        assert_eq!(take("other", 0), Ok(()));
        assert_eq!((take("site", 1), take("site", 1)), (Ok(()), Err(1)));
        assert_eq!(
            [(); 4].map(|()| take("site", 3600).is_ok()),
            [true, true, true, false]
        );
        // A clock set back gives nothing and breaks nothing.
        assert_eq!(take("site", 0), Err(1));
    }

    #[test]
    fn a_slow_rate_says_how_long() {
        let throttle = Throttle::new(Rate {
            per_minute: 1,
            burst: 1,
        });
        let group: GroupId = "main".parse().unwrap();
        let begin: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
        assert_eq!(throttle.take(&group, "site", begin), Ok(()));
        assert_eq!(throttle.take(&group, "site", begin), Err(60));
        assert_eq!(
            throttle.take(&group, "site", begin + TimeDelta::seconds(59)),
            Err(1)
        );
    }
}
