//! Stops, restarts and crashes of single servers, as fault tests use them.

use edina_devstack::{DevStack, Server, StackError};

use crate::probe::{assert_serves, config, count, execute, lives, nats, setting};

#[tokio::test]
async fn restarts_keep_port_and_data() {
    let data = tempfile::tempdir().unwrap();
    let stack = DevStack::start(config(data.path())).await.unwrap();
    let (postgres_url, nats_url) = (stack.postgres_url("postgres"), stack.nats_url());
    execute(
        &postgres_url,
        "create table kept as select generate_series(1, 3) as n",
    )
    .await;
    let client = nats(&nats_url).await;
    let config = async_nats::jetstream::stream::Config {
        name: "KEPT".to_owned(),
        subjects: vec!["kept".to_owned()],
        ..Default::default()
    };
    async_nats::jetstream::new(client)
        .create_stream(config)
        .await
        .unwrap();

    stack.restart_postgres().await.unwrap();
    stack.restart_nats().await.unwrap();
    assert_eq!(
        (&postgres_url, &nats_url),
        (&stack.postgres_url("postgres"), &stack.nats_url())
    );
    assert_eq!(count(&postgres_url, "select count(*) from kept").await, 3);
    let client = nats(&nats_url).await;
    async_nats::jetstream::new(client)
        .get_stream("KEPT")
        .await
        .unwrap();

    // A crash of either loses nothing either.
    stack.kill_postgres().await.unwrap();
    stack.kill_nats().await.unwrap();
    assert_eq!((stack.postgres_pid(), stack.nats_pid()), (None, None));
    stack.start_postgres().await.unwrap();
    stack.start_nats().await.unwrap();
    assert_eq!(count(&postgres_url, "select count(*) from kept").await, 3);
    let client = nats(&nats_url).await;
    async_nats::jetstream::new(client)
        .get_stream("KEPT")
        .await
        .unwrap();
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn a_port_taken_meanwhile_is_an_error_not_a_stranger() {
    let data = tempfile::tempdir().unwrap();
    let stack = DevStack::start(config(data.path())).await.unwrap();
    stack.stop_postgres().await.unwrap();
    stack.stop_nats().await.unwrap();
    let strangers = [stack.postgres_port(), stack.nats_port()]
        .map(|port| std::net::TcpListener::bind(("127.0.0.1", port)).unwrap());
    let error = stack.start_postgres().await.unwrap_err();
    assert!(matches!(error, StackError::PortTaken { .. }), "{error}");
    let error = stack.start_nats().await.unwrap_err();
    assert!(matches!(error, StackError::PortTaken { .. }), "{error}");
    assert_eq!((stack.postgres_pid(), stack.nats_pid()), (None, None));

    drop(strangers);
    stack.start_postgres().await.unwrap();
    stack.start_nats().await.unwrap();
    assert_serves(&stack).await;
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn the_end_of_a_server_is_noticed() {
    let data = tempfile::tempdir().unwrap();
    let stack = DevStack::start(config(data.path())).await.unwrap();
    let (ended, killed) = tokio::join!(stack.server_ended(), stack.kill_nats());
    killed.unwrap();
    assert_eq!(ended, Server::Nats);
    assert!(lives(stack.postgres_pid().unwrap()));
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn nobody_gets_in_without_the_secrets() {
    let data = tempfile::tempdir().unwrap();
    let stack = DevStack::start(config(data.path())).await.unwrap();
    let url = format!(
        "postgres://edina:wrong@127.0.0.1:{}/postgres",
        stack.postgres_port()
    );
    let refused = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await;
    assert!(refused.is_err());
    assert!(
        async_nats::connect(format!("127.0.0.1:{}", stack.nats_port()))
            .await
            .is_err()
    );
    assert_eq!(
        setting(&stack.postgres_url("postgres"), "listen_addresses").await,
        "127.0.0.1"
    );
    for pid in [stack.postgres_pid().unwrap(), stack.nats_pid().unwrap()] {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap();
        let line = String::from_utf8_lossy(&line).into_owned();
        for secret in ["nats.token", "postgres.password"] {
            let secret = std::fs::read_to_string(data.path().join(secret)).unwrap();
            assert!(!line.contains(secret.trim()), "a secret is on a command line");
        }
    }
    stack.stop().await.unwrap();
}
