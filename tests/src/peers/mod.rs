//! Outside systems to speak with, written by other people where that can be had.

pub mod install;
pub mod mailbox;
pub mod pbx;
pub mod prometheus;
pub mod rotel;
pub mod smsc;

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::process::Process;

const START: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(25);

/// Every JSON line a peer has printed so far.
fn lines(process: &Process) -> Vec<Value> {
    process
        .output()
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// The port in a peer's line `{"event":"listening","port":…}`.
async fn listening(process: &mut Process) -> anyhow::Result<u16> {
    let deadline = Instant::now() + START;
    loop {
        let port = lines(process)
            .iter()
            .filter(|line| line.get("event").and_then(Value::as_str) == Some("listening"))
            .find_map(|line| line.get("port").and_then(Value::as_u64));
        if let Some(port) = port {
            return Ok(u16::try_from(port)?);
        }
        anyhow::ensure!(
            process.runs() && Instant::now() < deadline,
            "no peer: {}",
            process.tail()
        );
        tokio::time::sleep(POLL).await;
    }
}
