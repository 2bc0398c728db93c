//! The use cases, one file each. Every one is a single transaction of the caller's group; facts go into its outbox.

mod answer_contact;
mod believed;
mod card;
mod come_again;
mod confirming;
mod consent;
mod correct;
mod ending;
mod error;
mod explain;
mod facts;
mod freshness;
mod homes;
mod import;
mod ledger;
mod lookup;
mod marked;
mod merge;
pub(crate) mod models;
mod moves;
mod names;
mod note;
mod owner;
mod portions;
mod purchase;
mod read_anew;
mod records;
mod references;
mod refusals;
mod regain;
mod relating;
mod relations;
mod resolve;
mod review;
mod roles;
mod routing;
mod search;
mod timeline;
mod training;
mod undo_import;

use edina_identity::Home;
use edina_messaging::{directory::Directory, outbox::RelaySignal};
use edina_postgres::{Database, Tx};
use edina_runtime::{caller::Caller, clock::SharedClock};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::store;
pub use crate::store::imports::Import;
pub use answer_contact::Answer;
pub use error::RegistryError;
pub(crate) use facts::note_consent;
pub use import::{NewImport, Row};
pub use ledger::READ_ON;
pub use note::NewNote;
pub use owner::NewOwner;
pub(crate) use owner::{Claim, set_owners};
pub use purchase::NewPurchase;
pub(crate) use read_anew::READ_ANEW;
pub use records::PlacedRecord;
pub use references::References;
pub(crate) use regain::REGAIN;
pub(crate) use relating::RELATE;
pub use relations::NewRelation;
pub use resolve::Resolved;
pub(crate) use resolve::activity;
pub use review::Decided;
pub use routing::{NewRole, Which};
pub use timeline::Page;
pub(crate) use undo_import::UNDO_IMPORT;

/// The registry: a database, a clock, and where phone numbers are typed.
#[derive(Debug, Clone)]
pub struct Registry {
    database: Database,
    clock: SharedClock,
    relay: RelaySignal,
    /// Where phone numbers are typed when neither branch nor group says it.
    home: Home,
    directory: Directory,
    models: models::Models,
    junk: resolve::JunkKeys,
    totals: resolve::Totals,
    relating: relating::Relating,
    portions: portions::Portions,
    limits: freshness::KnownLimits,
    references: References,
}

impl Registry {
    /// A registry over a database.
    pub fn new(database: Database, clock: SharedClock, relay: RelaySignal, home: Home) -> Self {
        for cards in [portions::AHEAD, portions::IN_TURN] {
            portions::count(cards, 0);
        }
        Self {
            database,
            clock,
            relay,
            home,
            directory: Directory::default(),
            models: models::Models::default(),
            junk: resolve::JunkKeys::default(),
            totals: resolve::Totals::default(),
            relating: relating::Relating::default(),
            portions: portions::Portions::default(),
            limits: freshness::KnownLimits::default(),
            references: References::none(),
        }
    }

    /// With the words by which other services speak of contacts.
    #[must_use]
    pub fn referring(self, references: References) -> Self {
        Self { references, ..self }
    }

    /// With the branches, which say where phone numbers are typed.
    #[must_use]
    pub fn knowing(self, directory: Directory) -> Self {
        Self { directory, ..self }
    }

    async fn begin(&self, caller: &Caller) -> Result<Tx, RegistryError> {
        Ok(self.database.begin(&caller.group).await?)
    }

    /// As [`begin`](Self::begin), while nobody resolves: who takes records from a client takes with them what he is found
    /// by, and must see those that came.
    async fn begin_alone(&self, caller: &Caller) -> Result<Tx, RegistryError> {
        let turn = resolve::turn(caller.group.as_str());
        Ok(self.database.begin_locked(&caller.group, &[turn]).await?)
    }

    /// Commits, and wakes the relay for the facts of the transaction.
    async fn commit(&self, tx: Tx) -> Result<(), RegistryError> {
        tx.commit().await?;
        self.relay.wake();
        Ok(())
    }
}

/// The id of a text, or an error that names the field.
fn id(field: &'static str, text: &str) -> Result<Uuid, RegistryError> {
    text.parse()
        .map_err(|_| RegistryError::invalid(field, "is no id"))
}

/// The surviving id of a client, by any id it ever had.
async fn root_of(connection: &mut PgConnection, group: &str, client_id: Uuid) -> Result<Uuid, RegistryError> {
    store::clients::root_of(connection, group, client_id)
        .await?
        .ok_or(RegistryError::NotFound("client"))
}

/// Most rows of one page.
const MOST_PER_PAGE: u32 = 200;

/// The page size asked for, within bounds.
fn page_size(asked: u32, default: u32) -> u32 {
    if asked == 0 {
        default
    } else {
        asked.min(MOST_PER_PAGE)
    }
}
