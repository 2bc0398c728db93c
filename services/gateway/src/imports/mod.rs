//! Files given to the console for import: taken in pieces, shown as they will be understood, sent to the registry.
//!
//! `content` puts the pieces together and opens the file, `looking` keeps how it will be understood, `senders` are the
//! tasks that take files off the queue, `sending` sends one. Where an import goes on is the registry's word; what is kept
//! here is for the page that shows it.

mod content;
mod looking;
mod senders;
mod sending;

use std::sync::Arc;

use tokio::sync::{Notify, Semaphore};
use uuid::Uuid;

use crate::{Gateway, http::problem::Problem, session::Identity, store};

pub use looking::{Asked, Shown};
pub use senders::run;

/// Largest file the console takes, bytes.
pub const LARGEST_FILE: i64 = 512 << 20;
/// Bytes of all files of a group that are kept at once.
pub const MOST_KEPT: i64 = 2 << 30;
/// Size of the pieces a page sends, bytes; the last one is smaller.
pub const PIECE: usize = 1 << 20;
/// What is told to open pages when an import has gone on.
pub const TOPIC: &str = "imports";

/// What requests and senders share.
#[derive(Debug, Clone)]
pub struct Importing {
    /// A file may wait to be sent.
    wake: Arc<Notify>,
    /// Whoever looks at a file; the texts of a workbook are held in memory.
    looking: Arc<Semaphore>,
}

impl Default for Importing {
    fn default() -> Self {
        Self {
            wake: Arc::default(),
            looking: Arc::new(Semaphore::new(1)),
        }
    }
}

impl Gateway {
    /// The file, if there is one of that id.
    pub async fn import_file(&self, who: &Identity, id: Uuid) -> Result<store::imports::ImportRow, Problem> {
        let mut tx = self.database.begin(&who.group).await?;
        let found = store::imports::find(&mut tx, who.group.as_str(), id).await?;
        tx.commit().await?;
        found
            .filter(|file| who.sees_branch(&file.branch_id))
            .ok_or_else(Problem::not_found)
    }

    /// Sets a file going; false when it is going or done already, or cannot be read.
    pub async fn start_import(&self, who: &Identity, id: Uuid, dry_run: bool) -> Result<bool, Problem> {
        let now = self.clock.now();
        let state = if dry_run { "trying" } else { "running" };
        let group = who.group.as_str();
        let mut tx = self.database.begin(&who.group).await?;
        let started =
            store::imports::progress::start(&mut tx, group, id, state, who.employee_id(), now).await?;
        if started {
            store::imports::queue::put(&mut tx, group, id, now).await?;
        }
        tx.commit().await?;
        self.importing.wake.notify_one();
        self.hub.say(&who.group, &[TOPIC]);
        Ok(started)
    }
}
