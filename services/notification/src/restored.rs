//! After a restore: what the restored database would send may have been sent between its instant and the loss.
//!
//! Run before the service starts. A message that waits becomes `unknown`, which is never sent blindly; facts of that
//! time are passed over, so that they make no new message. People see the unknown ones in the console and decide.

use anyhow::Context as _;
use edina_messaging::inbox;
use edina_postgres::{Database, jobs};
use edina_runtime::{clock, group::GroupId, service::Service as _};
use uuid::Uuid;

use crate::{App, delivery::job, message::progress::MessageState, store::messages};

/// What was held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// Messages that waited and are unknown now.
    pub messages: u64,
    /// Facts that will cause no message.
    pub facts: u64,
}

/// Holds back what waits in `database`, and what `facts` (id and group of every fact restored elsewhere) would cause.
pub async fn hold_back(database: &Database, facts: &[(Uuid, String)]) -> anyhow::Result<Held> {
    let now = clock::system().now();
    let mut tx = database.begin_system().await?;
    let passed = inbox::pass_over(&mut tx, App::NAME, facts, now).await?;
    let waiting = jobs::of_kind(&mut tx, job::SEND).await?;
    tx.commit().await?;
    let mut held = Held {
        messages: 0,
        facts: passed,
    };
    for (group, key) in waiting {
        let group: GroupId = group.parse().context("the group of a job")?;
        let id: Uuid = key.parse().context("the message of a job")?;
        let mut tx = database.begin(&group).await?;
        if let Some(mut row) = messages::lock(&mut tx, &group, id).await?
            && matches!(
                MessageState::from_code(&row.state),
                Some(MessageState::Queued | MessageState::Deferred)
            )
        {
            MessageState::Unknown.code().clone_into(&mut row.state);
            let detail = (
                "База восстановлена из копии: сообщение могло уйти до потери, само оно не повторится",
                "The database was restored from a backup: it may have been sent before the loss, and is not sent again by itself",
            );
            messages::save(&mut tx, &group, &mut row, detail, now).await?;
            held.messages += 1;
        }
        jobs::cancel(&mut tx, &group, job::SEND, &key).await?;
        tx.commit().await?;
    }
    Ok(held)
}
