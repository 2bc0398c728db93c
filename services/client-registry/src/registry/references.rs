//! Words by which other services may speak of a contact without naming it: what a delivered message reached.

use std::sync::Arc;

use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

/// Octets of a reference.
const LENGTH: usize = 12;

/// Makes references; without the key of the installation nobody can tell what one stands for.
#[derive(Clone)]
pub struct References(Arc<hmac::Key>);

impl std::fmt::Debug for References {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("References")
    }
}

impl References {
    /// Under the key that services share.
    pub fn new(key: &SecretString) -> Self {
        let key = format!("contact references\0{}", key.expose_secret());
        Self(Arc::new(hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes())))
    }

    /// Under a key that nobody else has: good for nothing outside of this process.
    pub(super) fn none() -> Self {
        Self::new(&Uuid::now_v7().to_string().into())
    }

    /// The reference of a client's contact.
    pub fn of(&self, group: &str, client_id: Uuid, kind: &str, value: &str) -> String {
        let said = format!("{group}\0{client_id}\0{kind}\0{value}");
        let tag = hmac::sign(&self.0, said.as_bytes());
        tag.as_ref()
            .iter()
            .take(LENGTH)
            .map(|octet| format!("{octet:02x}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_of_one_contact_of_one_client_under_one_key() {
        let id = Uuid::from_u128(7);
        let of =
            |key: &str, group: &str, id, value| References::new(&key.into()).of(group, id, "phone", value);
        let one = of("k", "g", id, "+79161234567");
        assert_eq!(one.len(), 2 * LENGTH);
        assert_eq!(one, of("k", "g", id, "+79161234567"));
        for other in [
            of("l", "g", id, "+79161234567"),
            of("k", "h", id, "+79161234567"),
            of("k", "g", Uuid::from_u128(8), "+79161234567"),
            of("k", "g", id, "+79161234568"),
        ] {
            assert_ne!(one, other);
        }
    }
}
