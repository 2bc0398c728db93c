//! A person's own password: the present one proves who asks, every other session ends.

use chrono::{DateTime, Utc};
use edina_postgres::Database;
use edina_runtime::{clock::SharedClock, group::GroupId};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    Person, identity,
    password::{self, PasswordError},
    throttle::{self, Subject},
    token,
};
use crate::store;

/// Why the password stays.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The present password is another one.
    #[error("the present password is wrong")]
    WrongPresent,
    /// The new one has fewer than [`password::SHORTEST`] characters.
    #[error("the new password is too short")]
    TooShort,
    /// The new one has more than [`password::LONGEST`] bytes.
    #[error("the new password is too long")]
    TooLong,
    /// The new one is the present one or the name.
    #[error("the new password is the present one, or the name")]
    Known,
    /// Too many failures.
    #[error("too many failed attempts; try again after {0}")]
    Locked(DateTime<Utc>),
    /// The database or the hashing failed, or too many passwords wait to be checked.
    #[error(transparent)]
    Unavailable(#[from] PasswordError),
}

impl From<sqlx::Error> for ChangeError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(PasswordError::Failed(error.into()))
    }
}

/// Changes the password and ends all sessions. Answers the token of a new one, for the cookie.
pub async fn change_password(
    database: &Database,
    clock: &SharedClock,
    group: &GroupId,
    person: &Person,
    present: SecretString,
    wanted: SecretString,
) -> Result<String, ChangeError> {
    let text = wanted.expose_secret();
    if text.chars().count() < password::SHORTEST {
        return Err(ChangeError::TooShort);
    }
    if text.len() > password::LONGEST {
        return Err(ChangeError::TooLong);
    }
    if token::same(text.as_bytes(), present.expose_secret().as_bytes()) || text.to_lowercase() == person.login
    {
        return Err(ChangeError::Known);
    }
    let now = clock.now();
    // A session that somebody left open is no way to guess the password faster.
    let subject = Subject::account(&person.login);
    let mut tx = database.begin(group).await?;
    if let Some(until) = throttle::begin(&mut tx, group, std::slice::from_ref(&subject), now).await? {
        return Err(ChangeError::Locked(until));
    }
    let account = store::accounts::by_login(&mut tx, group.as_str(), &person.login).await?;
    tx.commit().await?;
    if !password::verify(present, account.map(|account| account.password_hash)).await? {
        return Err(ChangeError::WrongPresent);
    }
    let hash = password::hash(wanted).await?;
    let session = token::new(group);
    let mut tx = database.begin(group).await?;
    throttle::succeed(&mut tx, group, &subject, None, now).await?;
    store::accounts::set_password(&mut tx, group.as_str(), person.account_id, &hash).await?;
    store::sessions::delete_of_account(&mut tx, group.as_str(), person.account_id).await?;
    store::sessions::insert(
        &mut tx,
        group.as_str(),
        &token::hash(&session),
        person.account_id,
        now,
        now + identity::LIFETIME,
    )
    .await?;
    tx.commit().await?;
    Ok(session)
}
