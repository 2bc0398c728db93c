//! Argon2id, off the async threads and never more than a few at a time: one hash costs 19 MiB and tens of milliseconds.

use argon2::{
    Argon2, PasswordHash, PasswordVerifier as _,
    password_hash::{PasswordHasher as _, SaltString},
};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use rand::RngCore as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Hashes computed at the same time.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// Those and the ones that wait for their turn; more are sent away.
static IN_LINE: Semaphore = Semaphore::const_new(64);
/// A longer password only costs time. Bytes.
pub const LONGEST: usize = 256;
/// Shortest password a person may choose. Characters.
pub const SHORTEST: usize = 10;

/// Why no password was hashed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many wait already.
    #[error("too many passwords wait to be checked")]
    Busy,
    /// The hashing, or the database around it, failed.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

/// A place in line, and the turn.
async fn turn() -> Result<(SemaphorePermit<'static>, SemaphorePermit<'static>), PasswordError> {
    let place = IN_LINE.try_acquire().map_err(|_| PasswordError::Busy)?;
    let turn = AT_ONCE.acquire().await.map_err(anyhow::Error::from)?;
    Ok((place, turn))
}

/// The PHC string of a password.
pub async fn hash(password: SecretString) -> Result<String, PasswordError> {
    let _turn = turn().await?;
    let hashed = tokio::task::spawn_blocking(move || {
        let mut bytes = [0_u8; 16];
        rand::rng().fill_bytes(&mut bytes);
        let salt = SaltString::from_b64(&STANDARD_NO_PAD.encode(bytes))
            .map_err(|error| anyhow::anyhow!("salt: {error}"))?;
        let hash = Argon2::default()
            .hash_password(password.expose_secret().as_bytes(), &salt)
            .map_err(|error| anyhow::anyhow!("password hash: {error}"))?;
        anyhow::Ok(hash.to_string())
    });
    Ok(hashed.await.map_err(anyhow::Error::from)??)
}

/// Whether the password belongs to the hash. Without a hash, and for a password longer than any, it takes as long and
/// answers false, so that the time does not tell which accounts exist.
pub async fn verify(password: SecretString, hash: Option<String>) -> Result<bool, PasswordError> {
    // Of a random password nobody knows.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2E$R6ruPtAwSrmAsRDw+OkcmLgaKkNsI54qISZDoV+Zd2I";
    let _turn = turn().await?;
    let fits = password.expose_secret().len() <= LONGEST;
    let password = if fits { password } else { SecretString::from("") };
    let known = hash.is_some() && fits;
    let verified = tokio::task::spawn_blocking(move || {
        let text = hash.unwrap_or_else(|| NOBODY.to_owned());
        let parsed =
            PasswordHash::new(&text).map_err(|error| anyhow::anyhow!("stored password hash: {error}"))?;
        let right = Argon2::default()
            .verify_password(password.expose_secret().as_bytes(), &parsed)
            .is_ok();
        anyhow::Ok(right && known)
    });
    Ok(verified.await.map_err(anyhow::Error::from)??)
}
