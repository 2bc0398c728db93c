//! Argon2id, off the async threads and never more than a few at a time: one hash costs 19 MiB and tens of milliseconds.
//!
//! The memory is kept and used again: left to the allocator, every thread that ever hashed would hold on to its own.

use std::sync::{Mutex, PoisonError};

use argon2::{
    Argon2, Block, Params, PasswordHash,
    password_hash::{Output, ParamsString, SaltString},
};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use rand::RngCore as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Hashes computed at the same time.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// Those and the ones that wait for their turn; more are sent away.
static IN_LINE: Semaphore = Semaphore::const_new(64);
/// Memory of the hashes that were computed, at most one for each at the same time.
static KEPT: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());
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
        let argon = Argon2::default();
        let output = output(&argon, &password, &bytes, Params::DEFAULT_OUTPUT_LEN)?;
        let hash = PasswordHash {
            algorithm: argon2::ARGON2ID_IDENT,
            version: Some(argon2::Version::default().into()),
            params: ParamsString::try_from(argon.params())
                .map_err(|error| anyhow::anyhow!("password parameters: {error}"))?,
            salt: Some(salt.as_salt()),
            hash: Some(output),
        };
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
        let right = is_of(&password, &parsed)?;
        anyhow::Ok(right && known)
    });
    Ok(verified.await.map_err(anyhow::Error::from)??)
}

/// Whether the password makes this hash, with the parameters the hash names.
fn is_of(password: &SecretString, hash: &PasswordHash<'_>) -> anyhow::Result<bool> {
    let unreadable = |what: &str| anyhow::anyhow!("stored password hash: {what}");
    let (Some(salt), Some(expected)) = (hash.salt, hash.hash) else {
        return Err(unreadable("without salt or hash"));
    };
    let algorithm = hash
        .algorithm
        .try_into()
        .map_err(|_| unreadable("another algorithm"))?;
    let version = match hash.version {
        Some(version) => version.try_into().map_err(|_| unreadable("another version"))?,
        None => argon2::Version::default(),
    };
    let params = Params::try_from(hash).map_err(|_| unreadable("parameters"))?;
    let mut buffer = [0_u8; 64];
    let salt = salt.decode_b64(&mut buffer).map_err(|_| unreadable("salt"))?;
    let argon = Argon2::new(algorithm, version, params);
    // Compared in a time that does not depend on where they differ.
    Ok(output(&argon, password, salt, expected.len())? == expected)
}

fn output(argon: &Argon2<'_>, password: &SecretString, salt: &[u8], length: usize) -> anyhow::Result<Output> {
    let mut memory = KEPT
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .pop()
        .unwrap_or_default();
    memory.resize(argon.params().block_count(), Block::default());
    let made = Output::init_with(length, |out| {
        argon
            .hash_password_into_with_memory(password.expose_secret().as_bytes(), salt, out, &mut memory)
            .map_err(Into::into)
    });
    // What is left in it is overwritten by the next hash before it is read.
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
    made.map_err(|error| anyhow::anyhow!("password hash: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_belongs_to_its_own_hash_alone() {
        let right = || SecretString::from("правильный пароль");
        let first = hash(right()).await.unwrap();
        let second = hash(right()).await.unwrap();
        assert_ne!(first, second, "the salt is random");
        for known in [&first, &second] {
            assert!(verify(right(), Some(known.clone())).await.unwrap());
            let wrong = SecretString::from("другой пароль");
            assert!(!verify(wrong, Some(known.clone())).await.unwrap());
        }
        assert!(!verify(right(), None).await.unwrap());
        // As the plain interface of the crate makes and reads them.
        let parsed = PasswordHash::new(&first).unwrap();
        argon2::PasswordVerifier::verify_password(
            &Argon2::default(),
            right().expose_secret().as_bytes(),
            &parsed,
        )
        .unwrap();
        let less = Argon2::new(
            argon2::Algorithm::Argon2id,
            argon2::Version::default(),
            Params::new(1024, 1, 1, None).unwrap(),
        );
        let salt = SaltString::from_b64("c29tZXNhbHRzb21lc2E").unwrap();
        let password = right();
        let older =
            argon2::PasswordHasher::hash_password(&less, password.expose_secret().as_bytes(), &salt).unwrap();
        assert!(verify(right(), Some(older.to_string())).await.unwrap());
    }
}
