//! `edina up` as a newcomer runs it: one command, one process, one data folder.

use std::{os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use e2e::{
    api::Api,
    binaries, eventually,
    patience::within,
    people,
    process::{Process, Program},
};
use rustix::process::Signal;
use serde::Deserialize;

const START: Duration = Duration::from_secs(120);

#[derive(Debug, Deserialize)]
struct Credentials {
    admin_user: String,
    admin_password: String,
    api_token: String,
    intake_sources: std::collections::BTreeMap<String, String>,
}

struct Up {
    process: Process,
    console: String,
}

async fn up(folder: &Path, name: &str, demo: bool) -> Up {
    let binary = tokio::task::spawn_blocking(|| binaries::program("edina"))
        .await
        .unwrap()
        .unwrap();
    let mut program = Program::new(name, binary)
        .arg("up")
        .arg("--http")
        .arg("127.0.0.1:0");
    program = program
        .arg("--data-dir")
        .arg(folder.join("data").to_string_lossy());
    if demo {
        program = program.arg("--demo");
    }
    let mut process = program.start(folder).unwrap();
    let console = within(START, "the console's address is printed", async || {
        let console = process
            .output()
            .lines()
            .find_map(|line| line.strip_prefix("console: ").map(str::to_owned));
        assert!(console.is_some() || process.runs(), "{}", process.tail());
        console
    })
    .await;
    Up { process, console }
}

fn credentials(folder: &Path) -> Credentials {
    let path = folder.join("data/credentials.toml");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Server processes whose command line or folder names the data folder.
fn servers(folder: &Path) -> Vec<String> {
    let needle = folder.join("data").to_string_lossy().into_owned();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        let server = line.contains("postgres") || line.contains("nats-server");
        if server && line.contains(&needle) {
            found.push(line);
        }
    }
    found
}

#[tokio::test]
async fn a_newcomer_starts_it_uses_it_stops_it_and_finds_everything_again() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut first = up(folder.path(), "first", false).await;
    let last = first
        .process
        .output()
        .lines()
        .rfind(|line| !line.starts_with('{'))
        .unwrap()
        .to_owned();
    assert!(
        last.starts_with("console: http://127.0.0.1:"),
        "the last start-up line is {last:?}"
    );
    let known = credentials(folder.path());
    assert!(!known.admin_user.is_empty() && known.admin_password.len() >= 16);
    assert!(known.intake_sources.contains_key("adf"));

    let person = people::Person::woman();
    let api = Api::new(&first.console, &known.api_token);
    let document = people::adf("up-1", &person, &person.local(), "Первая заявка");
    api.adf_lead(&known.intake_sources["adf"], document)
        .await
        .unwrap();
    eventually("the lead is a client", async || api.only(&person.e164()).await).await;
    assert!(!servers(folder.path()).is_empty());

    // Ctrl-C.
    first.process.signal(Signal::INT);
    let status = first.process.wait(Duration::from_secs(30)).unwrap();
    assert!(status.success(), "{status}: {}", first.process.tail());
    assert_eq!(servers(folder.path()), Vec::<String>::new());

    // Pulled plug.
    let mut second = up(folder.path(), "second", false).await;
    second.process.kill().unwrap();
    eventually("the servers follow their parent", async || {
        let left = servers(folder.path());
        if left.is_empty() {
            Ok(())
        } else {
            Err(format!("{left:?}"))
        }
    })
    .await;
    let third = up(folder.path(), "third", false).await;
    assert_eq!(
        credentials(folder.path()).api_token,
        known.api_token,
        "credentials are kept"
    );
    let api = Api::new(&third.console, &known.api_token);
    eventually("her card is still there", async || api.only(&person.e164()).await).await;
}

#[tokio::test]
async fn the_demo_shows_clients_leads_and_calls_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let up = up(folder.path(), "demo", true).await;
    let api = Api::new(&up.console, &credentials(folder.path()).api_token);
    within(START, "leads, calls and messages appear", async || {
        for what in ["leads", "calls", "messages"] {
            let body = api.get(&format!("/api/v1/{what}?limit=5")).await?;
            let rows = body[what].as_array().map_or(0, Vec::len);
            anyhow::ensure!(rows > 0, "no {what} yet");
        }
        anyhow::Ok(())
    })
    .await;
}
