//! How many event streams may be open: of one session or token, and of all together.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Open pages of one session.
pub(super) const PER_SESSION: usize = 16;
/// Open pages of everybody in this copy of the gateway.
const ALTOGETHER: usize = 4_000;

/// Counts open streams by the credential they came with.
#[derive(Debug, Clone, Default)]
pub struct Allowance {
    open: Arc<Mutex<HashMap<[u8; 32], usize>>>,
}

/// An open stream; gives its place back when it ends.
#[derive(Debug)]
pub(super) struct Place {
    open: Arc<Mutex<HashMap<[u8; 32], usize>>>,
    credential: [u8; 32],
}

/// Why no further stream is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// The session has as many as it may.
    Session,
    /// The gateway has as many as it can.
    Gateway,
}

impl Allowance {
    /// Takes a place.
    pub(super) fn take(&self, credential: [u8; 32]) -> Result<Place, Full> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.values().sum::<usize>() >= ALTOGETHER {
            return Err(Full::Gateway);
        }
        let own = open.entry(credential).or_default();
        if *own >= PER_SESSION {
            return Err(Full::Session);
        }
        *own += 1;
        Ok(Place {
            open: Arc::clone(&self.open),
            credential,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(&self.credential) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                open.remove(&self.credential);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_so_many_streams_and_gets_places_back() {
        let allowance = Allowance::default();
        let mut places: Vec<Place> = (0..PER_SESSION)
            .map(|_| allowance.take([1; 32]).unwrap())
            .collect();
        assert_eq!(allowance.take([1; 32]).unwrap_err(), Full::Session);
        assert!(allowance.take([2; 32]).is_ok(), "another session has its own");
        places.pop();
        assert!(allowance.take([1; 32]).is_ok());
        drop(places);
        assert!(allowance.open.lock().unwrap().is_empty());
    }
}
