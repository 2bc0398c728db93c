//! So many forms of one public name, and of one address, in a time: the name is no secret, so that anybody can post to it.
//!
//! Each source, and each address, has a bucket of [`Rate::burst`] forms that fills again with [`Rate::per_minute`]. Every
//! copy of the service counts for itself. Sources that show their key are not counted.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use crate::config::Rate;
use chrono::{DateTime, Utc};

/// Most counted; beyond it full buckets are forgotten, which changes nothing, and then nobody new is counted.
const MOST: usize = 10_000;
const MILLIS_PER_MINUTE: u64 = 60_000;

/// The buckets of all sources, or of all addresses.
#[derive(Debug)]
pub(super) struct Throttle<K> {
    rate: Rate,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Thousandths of a form times a minute: whole numbers, so that nothing is lost in rounding.
    level: u64,
    at: DateTime<Utc>,
}

impl<K: Eq + Hash> Throttle<K> {
    pub(super) fn new(rate: Rate) -> Self {
        Self {
            rate,
            buckets: Mutex::default(),
        }
    }

    /// Takes a form's place; else the seconds after which there is one.
    pub(super) fn take(&self, key: K, now: DateTime<Utc>) -> Result<(), u32> {
        let full = u64::from(self.rate.burst.max(1)) * MILLIS_PER_MINUTE;
        let per_milli = u64::from(self.rate.per_minute.max(1));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST {
            buckets.retain(|_, bucket| bucket.after(now, per_milli, full) < full);
        }
        if buckets.len() >= MOST && !buckets.contains_key(&key) {
            return Ok(());
        }
        let bucket = buckets.entry(key).or_insert(Bucket { level: full, at: now });
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

/// Who posts: an address, or the network that one customer is given of the newer kind.
pub(super) fn poster(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
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
        let begin: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
        let take = |source, seconds| throttle.take(source, begin + TimeDelta::seconds(seconds));
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
        let begin: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
        assert_eq!(throttle.take("site", begin), Ok(()));
        assert_eq!(throttle.take("site", begin), Err(60));
        assert_eq!(throttle.take("site", begin + TimeDelta::seconds(59)), Err(1));
    }

    #[test]
    fn a_flood_of_new_keys_keeps_the_counted_ones() {
        let throttle = Throttle::new(Rate {
            per_minute: 1,
            burst: 1,
        });
        let begin: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
        for key in 0..MOST + 10 {
            assert_eq!(throttle.take(key, begin), Ok(()));
        }
        assert_eq!(throttle.take(0, begin), Err(60));
        assert_eq!(throttle.buckets.lock().unwrap().len(), MOST);
    }

    #[test]
    fn one_customer_is_one_poster() {
        let poster = |text: &str| super::poster(text.parse().unwrap()).to_string();
        assert_eq!(poster("2001:db8:1:2:3:4:5:6"), poster("2001:db8:1:2:ffff::1"));
        assert_ne!(poster("2001:db8:1:2::1"), poster("2001:db8:1:3::1"));
        assert_eq!(poster("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
