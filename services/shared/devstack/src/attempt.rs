//! Starting a server on a port: which port, how often, and what a failed try means.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::error::{Doing, StackError};
use crate::ports;
use crate::process::ServerProcess;

/// How many ports are tried before giving up.
const PORT_TRIES: usize = 8;
const AGAIN_PATIENCE: Duration = Duration::from_secs(30);
const AGAIN_PAUSE: Duration = Duration::from_millis(200);

/// How a single start on a given port went.
#[derive(Debug)]
pub(crate) enum Attempt {
    Running(ServerProcess),
    PortTaken,
    /// A passing obstacle: the same port may work in a moment.
    Again,
}

/// Starts on one given port, repeating while the obstacle is a passing one.
pub(crate) async fn on_port(
    server: &'static str,
    port: u16,
    start: impl AsyncFn(u16) -> Result<Attempt, StackError>,
) -> Result<ServerProcess, StackError> {
    let deadline = Instant::now() + AGAIN_PATIENCE;
    loop {
        match start(port).await? {
            Attempt::Running(process) => return Ok(process),
            Attempt::PortTaken => return Err(StackError::PortTaken { server, port }),
            Attempt::Again if Instant::now() < deadline => sleep(AGAIN_PAUSE).await,
            Attempt::Again => {
                return Err(StackError::NotStarted {
                    server,
                    reason: "parts of a killed server live on".to_owned(),
                });
            }
        }
    }
}

/// Starts on the port of the last run if it is free, else on another; a port lost to somebody else in
/// between is replaced. `kept` is the file that remembers the port, so that addresses stay valid.
pub(crate) async fn on_free_port(
    server: &'static str,
    kept: &Path,
    start: impl AsyncFn(u16) -> Result<Attempt, StackError>,
) -> Result<(ServerProcess, u16), StackError> {
    let last: Option<u16> = fs::read_to_string(kept)
        .ok()
        .and_then(|text| text.trim().parse().ok());
    let mut last = last.filter(|port| ports::is_free(*port));
    for _ in 0..PORT_TRIES {
        let port = match last.take() {
            Some(port) => port,
            None => ports::free_port().doing("find a free port for", Path::new(server))?,
        };
        match on_port(server, port, &start).await {
            Err(StackError::PortTaken { .. }) => {
                tracing::debug!(server, port, "port was lost to another process; trying another");
            }
            Err(error) => return Err(error),
            Ok(process) => {
                fs::write(kept, port.to_string()).doing("write", kept)?;
                return Ok((process, port));
            }
        }
    }
    Err(StackError::NotStarted {
        server,
        reason: format!("{PORT_TRIES} free ports were lost to other processes"),
    })
}
