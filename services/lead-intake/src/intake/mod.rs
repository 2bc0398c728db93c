//! The use cases: one file each, over the pure rules of [`crate::lead`] and the tables of [`crate::store`].

mod ask_registry;
mod assign_lead;
mod close_lead;
mod error;
mod follow_record;
mod journal_line;
mod lead_as_record;
mod lead_from_call;
mod mark_answered;
mod move_lead;
mod purchase;
mod rejected_inputs;
mod resolve_lead;
mod response_clock;
mod sameness;
mod sources;
mod take_input;
mod waiting_leads;

use edina_messaging::{directory::Directory, outbox::RelaySignal};
use edina_postgres::{Database, jobs::JobSignal};
use edina_proto::registry::v1::client_registry_client::ClientRegistryClient;
use edina_runtime::{
    caller::{Caller, CallerKey},
    clock::SharedClock,
    group::GroupId,
};
use tonic::transport::Channel;

pub use close_lead::Close;
pub use error::IntakeError;
pub use journal_line::JournalEntry;
pub(crate) use lead_as_record::describe;
pub use lead_from_call::MissedCall;
pub use sources::{KnownSources, OpenedSource, Source};
pub use take_input::{Received, Taken};

/// Kinds of durable jobs.
pub mod job {
    /// Ask the registry who this is.
    pub const RESOLVE: &str = "resolve_lead";
    /// Give the lead to somebody.
    pub const ASSIGN: &str = "assign_lead";
    /// The response clock runs out.
    pub const CLOCK: &str = "response_clock";
    /// Tell the registry of a purchase.
    pub const PURCHASE: &str = "record_purchase";
}

/// What the use cases work with.
#[derive(Debug, Clone)]
pub struct Intake {
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
    /// Woken after a commit that has facts.
    pub relay: RelaySignal,
    /// Woken after a commit that has jobs.
    pub jobs: JobSignal,
    /// Sources opened a moment ago.
    pub known_sources: KnownSources,
    /// Zone of dates that name none, where no branch is known.
    pub default_zone: chrono_tz::Tz,
}

impl Intake {
    fn committed(&self) {
        self.relay.wake();
        self.jobs.wake();
    }

    /// The zone of a branch, for dates that name none.
    pub(crate) fn zone_of(&self, group: &GroupId, branch_id: &str) -> chrono_tz::Tz {
        let zone = self.directory.group(group).and_then(|group| {
            let branch = edina_messaging::directory::branch(&group, branch_id)?;
            branch.time_zone.parse().ok()
        });
        zone.unwrap_or(self.default_zone)
    }

    fn caller(&self, group: &GroupId) -> Caller {
        Caller::service("lead-intake", group.clone())
    }
}
