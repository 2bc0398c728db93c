//! Signing in: a password checked under throttling, a session opened; and signing out.

use chrono::{DateTime, Utc};
use edina_postgres::Database;
use edina_runtime::{clock::SharedClock, group::GroupId};
use secrecy::SecretString;

use super::{
    identity,
    password::{self, PasswordError},
    throttle::{self, Subject},
    token,
};
use crate::store;

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No such account, wrong password, or the account is closed: one answer for all three.
    #[error("name or password is wrong")]
    Wrong,
    /// Too many failures.
    #[error("too many failed attempts; try again after {0}")]
    Locked(DateTime<Utc>),
    /// The database or the hashing failed, or too many passwords wait to be checked.
    #[error(transparent)]
    Unavailable(#[from] PasswordError),
}

impl From<sqlx::Error> for SignInError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(PasswordError::Failed(error.into()))
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
    let [by_account, by_address] = [Subject::account(&login), Subject::address(address)];

    let mut tx = database.begin(group).await?;
    let subjects = [by_account.clone(), by_address.clone()];
    if let Some(until) = throttle::begin(&mut tx, group, &subjects, now).await? {
        metrics::counter!("edina_sign_ins_total", "outcome" => "locked").increment(1);
        return Err(SignInError::Locked(until));
    }
    let account = store::accounts::by_login(&mut tx, group.as_str(), &login).await?;
    // Hashing takes long: no transaction is held meanwhile.
    tx.commit().await?;

    let account = account.filter(|account| account.active);
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let right = password::verify(secret, hash).await?;
    let Some(account) = account.filter(|_| right) else {
        metrics::counter!("edina_sign_ins_total", "outcome" => "refused").increment(1);
        return Err(SignInError::Wrong);
    };
    let mut tx = database.begin(group).await?;
    throttle::succeed(&mut tx, group, &by_account, Some(&by_address), now).await?;
    let session = token::new(group);
    store::sessions::insert(
        &mut tx,
        group.as_str(),
        &token::hash(&session),
        account.account_id,
        now,
        now + identity::LIFETIME,
    )
    .await?;
    tx.commit().await?;
    metrics::counter!("edina_sign_ins_total", "outcome" => "opened").increment(1);
    Ok(session)
}

/// Takes as long as [`sign_in`] with a wrong password, for a group that does not exist.
pub async fn refuse(secret: SecretString) -> SignInError {
    metrics::counter!("edina_sign_ins_total", "outcome" => "refused").increment(1);
    match password::verify(secret, None).await {
        Ok(_) => SignInError::Wrong,
        Err(error) => error.into(),
    }
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
