//! Free loopback ports outside the range the kernel hands to outgoing connections.
//!
//! A port from that range may be taken by any client while our server is down, and a client that keeps
//! redialling it can even end up connected to itself. Both would break a restart on the same port.

use std::collections::HashSet;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, PoisonError};

use rand::Rng;

const LOWEST: u16 = 10_000;
const HIGHEST: u16 = 29_999;
const TRIES: usize = 200;
/// What this process has been given: two systems that start side by side must not get one port before either listens.
static GIVEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);

/// A loopback port between 10000 and 29999 nobody listens on at this moment, each once. Whoever uses it must still cope with
/// losing the race.
///
/// # Errors
/// `AddrInUse` when 200 tries found none.
pub fn free_port() -> io::Result<u16> {
    let mut random = rand::rng();
    for _ in 0..TRIES {
        let port = random.random_range(LOWEST..=HIGHEST);
        let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
        if is_free(port) && given.get_or_insert_default().insert(port) {
            return Ok(port);
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AddrInUse,
        format!("no free port between {LOWEST} and {HIGHEST}"),
    ))
}

/// Whether a listener can be opened on this loopback port now.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listened_port_is_not_free() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        assert!(!is_free(listener.local_addr().unwrap().port()));
        assert!((LOWEST..=HIGHEST).contains(&free_port().unwrap()));
    }
}
