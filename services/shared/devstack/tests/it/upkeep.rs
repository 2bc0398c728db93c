//! One data folder over many runs, and against several claims at once.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use edina_devstack::{DevStack, StackError};

use crate::probe::{Program, assert_serves, config, count, execute, fetched, program};

#[tokio::test]
async fn a_second_start_goes_on_with_the_same_data() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("deep/with space и кириллица");
    let stack = DevStack::start(config(&folder)).await.unwrap();
    let first = stack.postgres_url("postgres");
    execute(&first, "create table kept as select lower('ИВАНОВ') as name").await;
    stack.stop().await.unwrap();

    let stack = DevStack::start(config(&folder)).await.unwrap();
    let url = stack.postgres_url("postgres");
    assert_eq!(
        count(&url, "select count(*) from kept where name = 'иванов'").await,
        1
    );
    assert_serves(&stack).await;
    stack.stop().await.unwrap();
    for secret in ["nats.token", "postgres.password", "nats/nats.conf"] {
        let mode = fs::metadata(folder.join(secret)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{secret}");
    }
}

#[tokio::test]
async fn stale_pid_files_that_name_a_stranger_harm_nobody() {
    let data = tempfile::tempdir().unwrap();
    let stack = DevStack::start(config(data.path())).await.unwrap();
    stack.stop().await.unwrap();
    let mut stranger = std::process::Command::new("sleep").arg("600").spawn().unwrap();
    let pid = stranger.id();
    let folder = data.path().canonicalize().unwrap().join("postgres");
    let stale = format!(
        "{pid}\n{}\n1763760000\n5432\n\n127.0.0.1\n  1  1\nready\n",
        folder.display()
    );
    fs::write(folder.join("postmaster.pid"), stale).unwrap();
    fs::write(data.path().join("nats/nats.pid"), pid.to_string()).unwrap();

    let started = DevStack::start(config(data.path())).await;
    let untouched = stranger.try_wait().unwrap().is_none();
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    assert!(untouched, "a stranger was stopped");
    let stack = started.unwrap();
    assert_serves(&stack).await;
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn an_interrupted_first_start_is_begun_again() {
    let data = tempfile::tempdir().unwrap();
    fs::create_dir_all(data.path().join("postgres.initdb/base")).unwrap();
    fs::write(data.path().join("postgres.initdb/PG_VERSION"), "15\n").unwrap();
    let stack = DevStack::start(config(data.path())).await.unwrap();
    assert_serves(&stack).await;
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn the_second_claim_on_a_folder_is_refused_by_name() {
    let data = tempfile::tempdir().unwrap();
    let stack = DevStack::start(config(data.path())).await.unwrap();
    let error = DevStack::start(config(data.path())).await.unwrap_err();
    let StackError::InUse { holder, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(*holder, Some(std::process::id()));
    let output = program(data.path()).output().unwrap();
    assert!(!output.status.success());
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        message.contains("in use") && message.contains("--data-dir"),
        "{message}"
    );
    assert_serves(&stack).await;
    stack.stop().await.unwrap();
    let mut running = Program::start(program(data.path()));
    drop(running.child.stdin.take());
    assert!(running.child.wait().unwrap().success());
}

#[tokio::test]
async fn data_of_an_unavailable_major_version_is_left_alone() {
    let data = tempfile::tempdir().unwrap();
    fs::create_dir_all(data.path().join("postgres")).unwrap();
    fs::write(data.path().join("postgres/PG_VERSION"), "12\n").unwrap();
    let error = DevStack::start(fetched(data.path()))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("major version"), "{error}");
    assert_eq!(
        fs::read_to_string(data.path().join("postgres/PG_VERSION")).unwrap(),
        "12\n"
    );
}

#[tokio::test]
async fn a_lost_port_is_replaced_at_the_next_start() {
    let data = tempfile::tempdir().unwrap();
    let stack = DevStack::start(config(data.path())).await.unwrap();
    let ports = [stack.postgres_port(), stack.nats_port()];
    stack.stop().await.unwrap();
    let strangers = ports.map(|port| std::net::TcpListener::bind(("127.0.0.1", port)).unwrap());
    let stack = DevStack::start(config(data.path())).await.unwrap();
    assert!(stack.postgres_port() != ports[0] && stack.nats_port() != ports[1]);
    assert_serves(&stack).await;
    stack.stop().await.unwrap();
    drop(strangers);
}
