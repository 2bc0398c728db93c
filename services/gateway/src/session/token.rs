//! Random tokens that name their group: `<group>.<43 characters of base64url>`; only their SHA-256 is stored.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use edina_runtime::group::GroupId;
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Prefix of API tokens, so that a leaked one is recognised by scanners.
pub const API_PREFIX: &str = "edina_";
const LONGEST: usize = 128;

/// A new token of 256 random bits.
pub fn new(group: &GroupId) -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    format!("{group}.{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The group of a token and the hash it is stored under; none when it is not shaped like one.
pub fn read(token: &str) -> Option<(GroupId, [u8; 32])> {
    if token.len() > LONGEST {
        return None;
    }
    let (group, secret) = token.split_once('.')?;
    if secret.len() != 43 {
        return None;
    }
    Some((group.parse().ok()?, hash(token)))
}

/// SHA-256 of a token.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// The CSRF token of a session: bound to its cookie, useless without it, nothing to store.
pub fn csrf(session_token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("csrf:{session_token}").as_bytes()))
}

/// Comparison whose time does not depend on where texts differ.
pub fn same(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_group_and_a_mangled_one_is_refused() {
        let group: GroupId = "meridian".parse().unwrap();
        let token = new(&group);
        assert_eq!(read(&token).unwrap(), (group.clone(), hash(&token)));
        assert_ne!(new(&group), token);
        for wrong in ["", ".", "meridian", "meridian.short", "ME.aaa", &"x".repeat(1000)] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
    }
}
