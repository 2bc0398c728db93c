//! Who rings: asked of the registry while the phone rings, within bounds.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use edina_proto::registry::v1::LookupPhoneRequest;
use edina_runtime::group::GroupId;
use tokio::time::{Instant, timeout};

use super::{Tracking, number};
use crate::call::{Call, Direction};

/// The pop must not wait for a slow registry.
const DEADLINE: Duration = Duration::from_millis(400);
/// After a lookup that failed; else a busy exchange would queue up behind a registry that hangs.
const PAUSE: Duration = Duration::from_secs(2);

/// Who rings, as far as known.
#[derive(Debug, Clone)]
pub(super) struct Recognition {
    pub(super) client_id: String,
    /// known, unknown, ambiguous
    pub(super) what: &'static str,
}

impl Default for Recognition {
    fn default() -> Self {
        Self {
            client_id: String::new(),
            what: "unknown",
        }
    }
}

/// The registry did not answer a moment ago: until then nobody is asked for.
#[derive(Debug, Default)]
pub(super) struct Quiet(Mutex<Option<Instant>>);

impl Quiet {
    fn lasts(&self) -> bool {
        let until = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    fn begin(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + PAUSE);
    }
}

impl Tracking {
    /// Asks whose number it is. None when the registry did not answer: it is asked again with the next change.
    pub(super) async fn recognise(&self, group: &GroupId, call: &Call, quiet: &Quiet) -> Option<Recognition> {
        let number = number(call.client_number.as_deref());
        if call.direction == Direction::Internal || number.is_empty() || quiet.lasts() {
            return None;
        }
        let caller = self.caller(group);
        let request = self
            .callers
            .request(&caller, LookupPhoneRequest { phone: number });
        let mut registry = self.registry.clone();
        match timeout(DEADLINE, registry.lookup_phone(request)).await {
            Ok(Ok(reply)) => Some(match reply.into_inner().clients.as_slice() {
                [] => Recognition::default(),
                [client] => Recognition {
                    client_id: client.client_id.clone(),
                    what: "known",
                },
                _ => Recognition {
                    what: "ambiguous",
                    ..Recognition::default()
                },
            }),
            Ok(Err(status)) => {
                tracing::warn!(code = ?status.code(), "the caller could not be looked up");
                quiet.begin();
                None
            }
            Err(_) => {
                tracing::warn!("the caller was not looked up in time");
                quiet.begin();
                None
            }
        }
    }
}
