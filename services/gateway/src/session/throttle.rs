//! Attempts at a password, counted before the password is looked at, in the database: many attempts at the same
//! moment, or over several copies of the gateway, get no more than one after another would.

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use edina_postgres::Tx;
use edina_runtime::group::GroupId;
use sha2::{Digest as _, Sha256};

use crate::store;

/// Failures of one account before it is locked for a while.
pub const ACCOUNT_LIMIT: i32 = 5;
/// Failures from one address before it is locked; many people share an office's address.
pub const ADDRESS_LIMIT: i32 = 30;
/// Failures older than this are forgotten.
const WINDOW: Duration = Duration::minutes(15);
/// The first lock; each further failure doubles it.
const FIRST_LOCK_SECONDS: i64 = 30;
const LONGEST_LOCK_SECONDS: i64 = 900;

/// Whom an attempt counts against. Stored hashed: the table holds no names.
#[derive(Debug, Clone)]
pub struct Subject {
    hash: Vec<u8>,
    limit: i32,
}

impl Subject {
    /// An account, whether it exists or not: the lock of one does not tell that it does.
    pub fn account(login: &str) -> Self {
        Self::new("account", login, ACCOUNT_LIMIT)
    }

    /// An address; of IPv6 the network, since one customer has billions of addresses in it.
    pub fn address(address: &str) -> Self {
        let network = match address.parse::<IpAddr>() {
            Ok(IpAddr::V6(six)) if six.to_ipv4_mapped().is_none() => {
                let [a, b, c, d, ..] = six.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
            _ => address.to_owned(),
        };
        Self::new("address", &network, ADDRESS_LIMIT)
    }

    fn new(kind: &str, what: &str, limit: i32) -> Self {
        let hash = Sha256::digest(format!("{kind}:{what}").as_bytes()).to_vec();
        Self { hash, limit }
    }
}

/// Counts an attempt against every subject. Answers until when one of them is locked; nothing is counted then.
///
/// The last attempt that is let through locks what follows it; a right password takes that back.
pub async fn begin(
    tx: &mut Tx,
    group: &GroupId,
    subjects: &[Subject],
    now: DateTime<Utc>,
) -> sqlx::Result<Option<DateTime<Utc>>> {
    for Subject { hash, limit } in subjects {
        let counted = store::failures::count(tx, group.as_str(), hash, now - WINDOW, now).await?;
        let Some(failures) = counted else {
            let until = store::failures::locked_until(tx, group.as_str(), hash).await?;
            return Ok(Some(until.unwrap_or(now)));
        };
        if let Some(lock) = lock_after(failures, *limit) {
            store::failures::lock(tx, group.as_str(), hash, now + lock).await?;
        }
    }
    Ok(None)
}

/// After the right password: the account starts anew, the address gets its attempt back.
pub async fn succeed(
    tx: &mut Tx,
    group: &GroupId,
    account: &Subject,
    address: Option<&Subject>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    store::failures::forget(tx, group.as_str(), &account.hash, now - Duration::days(1)).await?;
    if let Some(Subject { hash, limit }) = address {
        store::failures::give_back(tx, group.as_str(), hash, *limit).await?;
    }
    Ok(())
}

/// 30 s at the limit, a minute at the next failure, … a quarter of an hour.
fn lock_after(failures: i32, limit: i32) -> Option<Duration> {
    let beyond = u32::try_from(failures - limit).ok()?;
    let seconds = FIRST_LOCK_SECONDS.saturating_mul(1_i64.checked_shl(beyond.min(16)).unwrap_or(i64::MAX));
    Some(Duration::seconds(seconds.min(LONGEST_LOCK_SECONDS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_begin_at_the_limit_and_grow_to_a_bound() {
        assert_eq!(lock_after(ACCOUNT_LIMIT - 1, ACCOUNT_LIMIT), None);
        assert_eq!(
            lock_after(ACCOUNT_LIMIT, ACCOUNT_LIMIT),
            Some(Duration::seconds(30))
        );
        assert_eq!(
            lock_after(ACCOUNT_LIMIT + 1, ACCOUNT_LIMIT),
            Some(Duration::seconds(60))
        );
        assert_eq!(lock_after(i32::MAX, ACCOUNT_LIMIT), Some(Duration::seconds(900)));
    }

    #[test]
    fn neighbours_in_an_ipv6_network_are_one_address() {
        let hash = |address| Subject::address(address).hash;
        assert_eq!(hash("2001:db8:1:2::1"), hash("2001:db8:1:2:ffff::9"));
        assert_ne!(hash("2001:db8:1:2::1"), hash("2001:db8:1:3::1"));
        assert_ne!(hash("192.0.2.1"), hash("192.0.2.2"));
        assert_ne!(hash("::ffff:192.0.2.1"), hash("::ffff:192.0.2.2"));
    }
}
