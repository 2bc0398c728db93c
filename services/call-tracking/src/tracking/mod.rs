//! The use cases: what a call update does to the stored call, who the caller is, what a missed call asks of whom.

mod announce;
mod callback;
mod calls_in_hand;
mod cardless_calls;
mod connections;
mod error;
mod exchange;
mod follow_call;
mod follow_pbx;
mod follow_record;
mod recognise;
mod record_update;
mod resolve_call;
mod results;
mod turn;

use edina_identity::normalise::phone;
use edina_messaging::{directory, directory::Directory, outbox::RelaySignal};
use edina_postgres::{Database, jobs::JobSignal};
use edina_proto::{directory::v1::Group, registry::v1::client_registry_client::ClientRegistryClient};
use edina_runtime::{
    caller::{Caller, CallerKey},
    clock::SharedClock,
    group::GroupId,
};
use tonic::transport::Channel;
use uuid::Uuid;

pub use connections::{Connection, Connections};
pub use error::TrackingError;
pub(crate) use exchange::attend;
pub(crate) use follow_pbx::plan;
pub(crate) use turn::Turn;

/// Kinds of durable jobs.
pub mod job {
    /// Make the call a source record in the registry and learn its client.
    pub const RESOLVE: &str = "resolve_call";
    /// Find who does a task.
    pub const TASK_OWNER: &str = "task_owner";
    /// A task's deadline.
    pub const TASK_DUE: &str = "task_due";
}

/// The source of the records that calls are in the registry.
const RECORDS: &str = "call_tracking";

/// What the use cases work with.
#[derive(Debug, Clone)]
pub struct Tracking {
    /// The service's database.
    pub database: Database,
    /// Time source.
    pub clock: SharedClock,
    /// Who is this?
    pub registry: ClientRegistryClient<Channel>,
    /// Signs calls to the registry.
    pub callers: CallerKey,
    /// Branches and employees.
    pub directory: Directory,
    /// For live signals.
    pub nats: async_nats::Client,
    /// Woken after a commit that has facts.
    pub relay: RelaySignal,
    /// Woken after a commit that has jobs.
    pub jobs: JobSignal,
    /// A callback is promised within this, minutes.
    pub callback_minutes: u32,
}

impl Tracking {
    fn committed(&self) {
        self.relay.wake();
        self.jobs.wake();
    }

    fn caller(&self, group: &GroupId) -> Caller {
        Caller::service("call-tracking", group.clone())
    }
}

/// The id of a call: the same for the same call of the same exchange, however often its events are read again. Not a
/// UUIDv7 for that reason; calls are ordered by their start.
pub fn call_id(group: &GroupId, pbx: &str, linked_id: &str) -> Uuid {
    Uuid::new_v5(
        &Uuid::NAMESPACE_OID,
        format!("edina/call/{group}/{pbx}/{linked_id}").as_bytes(),
    )
}

/// E.164 of a number as a PBX shows it; as shown when it is none; empty when withheld.
pub fn number(shown: Option<&str>) -> String {
    let shown = shown.map(str::trim).unwrap_or_default();
    let has_digits = shown.chars().filter(char::is_ascii_digit).count() >= 3;
    if !has_digits {
        return String::new();
    }
    phone::parse(shown, edina_identity::Home::default())
        .map_or_else(|_| shown.chars().take(32).collect(), |phone| phone.e164)
}

/// The branch of a call: by our line, by the queue, by the phone that answered or placed it.
pub fn branch_of(group: &Group, line: &str, queue: &str, extension: &str) -> String {
    let tail = |text: &str| {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        digits[digits.len().saturating_sub(10)..].to_owned()
    };
    let line = tail(line);
    let by_line = group.branches.iter().find(|branch| {
        !line.is_empty()
            && branch
                .lines
                .iter()
                .chain([&branch.phone])
                .any(|known| tail(known) == line)
    });
    let by_queue = || {
        group
            .branches
            .iter()
            .find(|branch| !queue.is_empty() && branch.queues.iter().any(|known| known == queue))
    };
    if let Some(branch) = by_line.or_else(by_queue) {
        return branch.branch_id.clone();
    }
    directory::employee_at(group, extension)
        .map(|employee| employee.branch_id.clone())
        .unwrap_or_default()
}
