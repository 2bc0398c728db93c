//! Servers from every place they may come from.

use std::path::{Path, PathBuf};

use edina_devstack::{DevStack, Origin, ServerSource, StackConfig};

use crate::probe::{Program, assert_serves, config, fetched, program};

/// The folders with the fetched programs, to play installed ones.
struct Installed {
    postgres: PathBuf,
    nats: PathBuf,
}

async fn installed() -> Installed {
    let data = tempfile::tempdir().unwrap();
    let stack = DevStack::start(fetched(data.path())).await.unwrap();
    let folder = |origin: &Origin| match origin {
        Origin::Fetched { folder, .. } => folder.clone(),
        other => panic!("{other}"),
    };
    let installed = Installed {
        postgres: folder(stack.postgres_origin()),
        nats: folder(stack.nats_origin()),
    };
    stack.stop().await.unwrap();
    installed
}

#[tokio::test]
async fn fetched_servers_serve() {
    let data = tempfile::tempdir().unwrap();
    let stack = DevStack::start(fetched(data.path())).await.unwrap();
    assert_eq!(stack.postgres_version().to_string(), "18.6.3");
    assert_eq!(stack.nats_version().to_string(), "2.15.1");
    assert_serves(&stack).await;
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn servers_of_a_named_folder_serve() {
    let data = tempfile::tempdir().unwrap();
    let installed = installed().await;
    let config = StackConfig {
        postgres: ServerSource::Folder(installed.postgres),
        nats: ServerSource::Folder(installed.nats),
        ..config(data.path())
    };
    let stack = DevStack::start(config).await.unwrap();
    assert!(
        matches!(stack.postgres_origin(), Origin::Setting(_)),
        "{}",
        stack.postgres_origin()
    );
    assert!(
        matches!(stack.nats_origin(), Origin::Setting(_)),
        "{}",
        stack.nats_origin()
    );
    assert_serves(&stack).await;
    stack.stop().await.unwrap();
}

/// A PostgreSQL of the machine is preferred; where there is none the fetched one, last on the path, plays it.
#[tokio::test]
async fn path_is_searched_and_the_general_word_is_obeyed() {
    let data = tempfile::tempdir().unwrap();
    let installed = installed().await;
    let path = std::env::var("PATH").unwrap();
    let mut command = program(data.path());
    command
        .env(
            "PATH",
            format!(
                "{}:{path}:{}",
                installed.nats.display(),
                installed.postgres.display()
            ),
        )
        .env("EDINA_SERVERS", "found");
    command
        .env_remove("EDINA_POSTGRES_BIN")
        .env_remove("EDINA_NATS_BIN");
    let mut running = Program::start(command);
    assert!(
        running
            .ready
            .nats
            .contains(&format!("found in {}", installed.nats.display())),
        "{}",
        running.ready.nats
    );
    assert!(
        running.ready.postgres.contains("found in"),
        "{}",
        running.ready.postgres
    );
    drop(running.child.stdin.take());
    assert!(running.child.wait().unwrap().success());
}

#[tokio::test]
async fn two_processes_may_fetch_at_once_into_an_empty_cache() {
    let cache = tempfile::tempdir().unwrap();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let start = |data: &Path| {
        DevStack::start(StackConfig {
            cache_dir: Some(cache.path().to_path_buf()),
            ..fetched(data)
        })
    };
    let (one, two) = tokio::join!(start(one.path()), start(two.path()));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_serves(&one).await;
    assert_serves(&two).await;
    one.stop().await.unwrap();
    two.stop().await.unwrap();
}

#[tokio::test]
async fn a_changed_program_in_the_cache_is_never_run() {
    let cache = tempfile::tempdir().unwrap();
    let data = tempfile::tempdir().unwrap();
    let config = || StackConfig {
        cache_dir: Some(cache.path().to_path_buf()),
        ..fetched(data.path())
    };
    let stack = DevStack::start(config()).await.unwrap();
    let Origin::Fetched { folder, .. } = stack.nats_origin().clone() else {
        panic!("{}", stack.nats_origin())
    };
    stack.stop().await.unwrap();

    let nats = folder.join("nats-server");
    let before = std::fs::read(&nats).unwrap();
    std::fs::write(&nats, "#!/bin/sh\ntouch \"$0.ran\"\n").unwrap();
    let stack = DevStack::start(config()).await.unwrap();
    assert_eq!(
        std::fs::read(&nats).unwrap(),
        before,
        "the cache was not repaired"
    );
    assert!(!folder.join("nats-server.ran").exists());
    assert_serves(&stack).await;
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn a_missing_server_is_explained_with_commands() {
    let data = tempfile::tempdir().unwrap();
    let empty = tempfile::tempdir().unwrap();
    let config = StackConfig {
        postgres: ServerSource::Folder(empty.path().to_path_buf()),
        ..config(data.path())
    };
    let error = DevStack::start(config).await.unwrap_err().to_string();
    for part in [
        "PostgreSQL",
        "apt-get install postgresql",
        "EDINA_POSTGRES_BIN",
        "pip",
    ] {
        assert!(error.contains(part), "`{part}` is missing in:\n{error}");
    }
}
