//! Argon2id, off the async threads and never more than a few at a time: one hash costs 19 MiB and tens of milliseconds.

use argon2::{
    Argon2, PasswordHash, PasswordVerifier as _,
    password_hash::{PasswordHasher as _, SaltString},
};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use rand::RngCore as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

/// Hashes computed at the same time.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// A longer password only costs time.
pub const LONGEST: usize = 256;
/// Shortest password a person may choose.
pub const SHORTEST: usize = 10;

/// The PHC string of a password.
pub async fn hash(password: SecretString) -> anyhow::Result<String> {
    let _permit = AT_ONCE.acquire().await?;
    tokio::task::spawn_blocking(move || {
        let mut bytes = [0_u8; 16];
        rand::rng().fill_bytes(&mut bytes);
        let salt = SaltString::from_b64(&STANDARD_NO_PAD.encode(bytes))
            .map_err(|error| anyhow::anyhow!("salt: {error}"))?;
        let hash = Argon2::default()
            .hash_password(password.expose_secret().as_bytes(), &salt)
            .map_err(|error| anyhow::anyhow!("password hash: {error}"))?;
        Ok(hash.to_string())
    })
    .await?
}

/// Whether the password belongs to the hash. Without a hash it takes as long and answers false, so that the time
/// does not tell which accounts exist.
pub async fn verify(password: SecretString, hash: Option<String>) -> anyhow::Result<bool> {
    // Of a random password nobody knows.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2E$R6ruPtAwSrmAsRDw+OkcmLgaKkNsI54qISZDoV+Zd2I";
    let _permit = AT_ONCE.acquire().await?;
    let known = hash.is_some();
    tokio::task::spawn_blocking(move || {
        let text = hash.unwrap_or_else(|| NOBODY.to_owned());
        let parsed =
            PasswordHash::new(&text).map_err(|error| anyhow::anyhow!("stored password hash: {error}"))?;
        let right = Argon2::default()
            .verify_password(password.expose_secret().as_bytes(), &parsed)
            .is_ok();
        Ok(right && known)
    })
    .await?
}
