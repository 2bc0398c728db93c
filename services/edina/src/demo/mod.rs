//! The demonstration: a dealership group made from a seed, and a working day played through the real front doors.
//!
//! [`group`] is who works there, [`people`] who comes, [`load`] brings their history in, [`day`] plays what goes on.
//! [`progress`] remembers how far it came, so that the next start goes on.

mod day;
pub(crate) mod dice;
mod front_door;
pub(crate) mod group;
mod load;
mod pbx;
pub(crate) mod people;
mod progress;

use std::{path::Path, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use edina_postgres::Database;
use edina_runtime::{clock::SharedClock, group::GroupId, stop::Stop};

use crate::instance::{Credentials, Runtime};
use day::Day;
use front_door::FrontDoor;
use load::{Load, Loaded};
pub(crate) use pbx::Pbx;
use people::People;
use progress::Progress;

/// How often the switch is looked at while it is off.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The running system that the demonstration plays into.
pub(crate) struct Stage<'a> {
    pub(crate) group: &'a GroupId,
    /// The gateway's.
    pub(crate) database: &'a Database,
    pub(crate) data_dir: &'a Path,
    pub(crate) credentials: &'a Credentials,
    pub(crate) runtime: &'a Runtime,
}

/// Fills the group's directory, then loads the clients and plays the day in the background until the stop.
pub(crate) async fn start(stage: Stage<'_>, pbx: Pbx, clock: SharedClock, stop: &Stop) -> anyhow::Result<()> {
    let Stage {
        group,
        database,
        data_dir,
        credentials,
        runtime,
    } = stage;
    let now = clock.now();
    let progress = Progress::begin(data_dir, now)?;
    group::fill(database, group, credentials).await?;
    if gateway::demo::known(database, group).await?.is_none() {
        gateway::demo::set(database, group, true, now).await?;
    }
    let until = DateTime::parse_from_rfc3339(&progress.until).map_or(now, |until| until.with_timezone(&Utc));
    let people = People { seed: progress.seed };
    let door = FrontDoor::new(runtime, credentials)?;
    let loaded = Arc::new(Loaded::default());

    let (load_stop, load_dir, load_door) = (stop.clone(), data_dir.to_path_buf(), door.clone());
    let (load_database, load_group, load_loaded) = (database.clone(), group.clone(), Arc::clone(&loaded));
    stop.spawn("demo clients", async move {
        let load = Load {
            door: &load_door,
            people,
            until,
            database: &load_database,
            group: &load_group,
            data_dir: &load_dir,
            stop: &load_stop,
        };
        if let Err(error) = load.run(&load_loaded).await {
            tracing::error!("demo: the clients could not be made: {error:#}");
        }
    });
    let day = Day {
        door,
        pbx: pbx.into_server(),
        people,
        clients: progress.clients,
        loaded,
        database: database.clone(),
        group: group.clone(),
        data_dir: data_dir.to_path_buf(),
        clock,
        stop: stop.clone(),
    };
    stop.spawn("demo day", day.run());
    Ok(())
}

/// Waits until the console's switch is on. None: the stop came first.
async fn may_play(database: &Database, group: &GroupId, stop: &Stop) -> Option<()> {
    loop {
        if stop.is_requested() {
            return None;
        }
        match gateway::demo::is_on(database, group).await {
            Ok(true) => return Some(()),
            Ok(false) => {}
            Err(error) => tracing::debug!("demo: the switch cannot be read: {error}"),
        }
        tokio::select! { () = tokio::time::sleep(LOOK_AGAIN) => {}, () = stop.requested() => return None }
    }
}
