//! One file's rows to the registry. Cut off anywhere it is begun again: the registry knows which rows it has.
//!
//! `rows` sends them and keeps those that were left out, `pace` decides how many at a time.

mod pace;
mod rows;

use edina_importing::Refused;
use edina_runtime::{
    caller::{Actor, Caller},
    group::GroupId,
    grpc::russian_of,
    stop::Stop,
};
use tonic::{Code, Status};
use uuid::Uuid;

use super::content;
use crate::{
    Gateway,
    store::{self, imports::ImportRow},
};
use rows::Sending;

/// How the sending of a file ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// In the end state: done, tried.
    As(&'static str),
    /// Tried, of more rows than are weighed together.
    AtMost,
    /// The registry has had it before: nothing was added.
    Before,
    /// It is not to be sent any more.
    Gone,
    /// Another try would get the same; in English and Russian.
    Refused(String, String),
    /// This copy stops: another one goes on.
    Stopped,
    /// Something is away.
    Later(anyhow::Error),
}

impl From<sqlx::Error> for Ended {
    fn from(error: sqlx::Error) -> Self {
        Self::Later(error.into())
    }
}

impl From<std::io::Error> for Ended {
    fn from(error: std::io::Error) -> Self {
        Self::Later(error.into())
    }
}

impl From<Refused> for Ended {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused.0.english(), refused.0.russian())
    }
}

/// Why an attempt went no further.
enum Cut {
    Ended(Ended),
    /// So many rows were too many.
    TooSlow(usize),
}

impl<E: Into<Ended>> From<E> for Cut {
    fn from(ended: E) -> Self {
        Self::Ended(ended.into())
    }
}

/// Sends a file from where the registry is, to its end.
pub(super) async fn send(gateway: &Gateway, group: &GroupId, id: Uuid, stop: &Stop) -> Ended {
    let mut at_once = None;
    loop {
        match attempt(gateway, group, id, stop, at_once).await {
            Ok(ended) | Err(Cut::Ended(ended)) => return ended,
            // What was sent may have been taken or not: begun again with fewer rows at a time.
            Err(Cut::TooSlow(rows)) => at_once = Some(pace::fewer(rows)),
        }
    }
}

async fn attempt(
    gateway: &Gateway,
    group: &GroupId,
    id: Uuid,
    stop: &Stop,
    at_once: Option<usize>,
) -> Result<Ended, Cut> {
    let mut tx = gateway.database.begin(group).await?;
    let found = store::imports::find(&mut tx, group.as_str(), id).await?;
    tx.commit().await?;
    let Some(row) = found.filter(|row| matches!(row.state.as_str(), "running" | "trying")) else {
        return Ok(Ended::Gone);
    };
    let opened = content::open(gateway, group, &row)
        .await
        .map_err(Ended::Later)??;
    let sending = Sending {
        trying: row.state == "trying",
        caller: caller(group, &row),
        gateway,
        group,
        row: &row,
        stop,
    };
    sending.run(opened, at_once).await
}

/// Whoever started it answers for it; the right to was checked then.
fn caller(group: &GroupId, row: &ImportRow) -> Caller {
    Caller {
        service: "gateway".to_owned(),
        group: group.clone(),
        actor: Some(Actor {
            employee_id: row.by_employee_id.clone(),
            role: "administrator".to_owned(),
            branches: Vec::new(),
        }),
    }
}

/// What the registry's refusal of a whole request means.
fn meant(status: &Status) -> Ended {
    match status.code() {
        Code::FailedPrecondition => Ended::Refused(
            "the import was taken back while it went on".to_owned(),
            "импорт вернули назад, пока он шёл".to_owned(),
        ),
        Code::InvalidArgument | Code::NotFound | Code::PermissionDenied => Ended::Refused(
            format!("the client registry refused: {}", status.message()),
            format!(
                "реестр клиентов отказал: {}",
                russian_of(status).unwrap_or_else(|| status.message().to_owned())
            ),
        ),
        _ => Ended::Later(anyhow::anyhow!("client-registry: {}", status.message())),
    }
}
