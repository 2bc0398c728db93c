//! Signing in: a password checked under throttling, a session opened; and signing out.

use chrono::{DateTime, Duration, Utc};
use edina_postgres::Database;
use edina_runtime::{clock::SharedClock, group::GroupId};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::{identity, password, token};
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

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No such account, wrong password, or the account is closed: one answer for all three.
    #[error("name or password is wrong")]
    Wrong,
    /// Too many failures.
    #[error("too many failed attempts; try again after {0}")]
    Locked(DateTime<Utc>),
    /// The database or the hashing failed.
    #[error(transparent)]
    Unavailable(#[from] anyhow::Error),
}

impl From<sqlx::Error> for SignInError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error.into())
    }
}

/// Opens a session. Answers its token, for the cookie.
pub async fn sign_in(
    database: &Database,
    clock: &SharedClock,
    group: &GroupId,
    login: &str,
    secret: SecretString,
    address: &str,
) -> Result<String, SignInError> {
    let login = login.trim().to_lowercase();
    let now = clock.now();
    let subjects = [subject("account", &login), subject("address", address)];

    let mut tx = database.begin(group).await?;
    if let Some(until) = store::failures::locked_until(&mut tx, group.as_str(), &subjects, now).await? {
        metrics::counter!("edina_sign_ins_total", "outcome" => "locked").increment(1);
        return Err(SignInError::Locked(until));
    }
    let account = store::accounts::by_login(&mut tx, group.as_str(), &login).await?;
    // Hashing takes long: no transaction is held meanwhile.
    tx.commit().await?;

    let account = account.filter(|account| account.active);
    let fits = secret.expose_secret().len() <= password::LONGEST;
    let hash = account
        .as_ref()
        .map(|account| account.password_hash.clone())
        .filter(|_| fits);
    let right = password::verify(if fits { secret } else { SecretString::from("") }, hash).await?;

    let mut tx = database.begin(group).await?;
    let Some(account) = account.filter(|_| right) else {
        for (subject, limit) in subjects.iter().zip([ACCOUNT_LIMIT, ADDRESS_LIMIT]) {
            let failures =
                store::failures::count(&mut tx, group.as_str(), subject, now - WINDOW, now).await?;
            if let Some(lock) = lock_after(failures, limit) {
                store::failures::lock(&mut tx, group.as_str(), subject, now + lock).await?;
            }
        }
        tx.commit().await?;
        metrics::counter!("edina_sign_ins_total", "outcome" => "refused").increment(1);
        return Err(SignInError::Wrong);
    };
    store::failures::forget(&mut tx, group.as_str(), &subjects[0], now - Duration::days(1)).await?;
    let session = token::new(group);
    let expires = now + identity::LIFETIME;
    store::sessions::insert(
        &mut tx,
        group.as_str(),
        &token::hash(&session),
        account.account_id,
        now,
        expires,
    )
    .await?;
    tx.commit().await?;
    metrics::counter!("edina_sign_ins_total", "outcome" => "opened").increment(1);
    Ok(session)
}

/// Ends the session of a cookie.
pub async fn sign_out(database: &Database, cookie: &str) -> sqlx::Result<()> {
    if let Some((group, hash)) = token::read(cookie) {
        let mut tx = database.begin(&group).await?;
        store::sessions::delete(&mut tx, group.as_str(), &hash).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn subject(kind: &str, what: &str) -> Vec<u8> {
    Sha256::digest(format!("{kind}:{what}").as_bytes()).to_vec()
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
}
