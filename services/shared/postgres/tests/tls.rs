//! A real PostgreSQL with a certificate: believed when its authority and its name are right, and only then.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::path::Path;

use edina_devstack::{
    DevStack, StackConfig,
    secured::{Authority, Certificate},
};
use edina_postgres::Database;
use edina_runtime::config::ServiceConfig;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// Lets the running server write its own key, which must be its own, and switches TLS on.
async fn secure(url: &str, certificate: Certificate) {
    let mut admin = PgConnection::connect(url).await.unwrap();
    for (file, text) in [
        ("server.crt", certificate.pem),
        ("server.key", certificate.key_pem),
    ] {
        for sql in [
            "create temp table lines (number int generated always as identity, line text)".to_owned(),
            format!(
                "insert into lines (line) select unnest(string_to_array('{}', E'\n'))",
                text.trim()
            ),
            format!("copy (select line from lines order by number) to program 'umask 077; cat >{file}'"),
            "drop table lines".to_owned(),
        ] {
            sqlx::query(AssertSqlSafe(sql)).execute(&mut admin).await.unwrap();
        }
    }
    sqlx::query("alter system set ssl = on")
        .execute(&mut admin)
        .await
        .unwrap();
    sqlx::query("select pg_reload_conf()")
        .execute(&mut admin)
        .await
        .unwrap();
}

/// Whether the connection is encrypted; an error when there is none.
async fn encrypted(url: &str, ca: Option<&Path>) -> Result<bool, String> {
    let settings: ServiceConfig = serde_json::from_value(json!({
        "database_url": url, "nats_url": "nats://127.0.0.1:9", "caller_key": "k", "tls_ca": ca,
    }))
    .unwrap();
    let database = Database::with(&settings, 1, "tls test").map_err(|error| format!("{error:#}"))?;
    sqlx::query_scalar("select ssl from pg_stat_ssl where pid = pg_backend_pid()")
        .fetch_one(database.pool())
        .await
        .map_err(|error| error.to_string())
}

#[tokio::test]
async fn the_server_proves_who_it_is_or_gets_no_password() {
    let folder = tempfile::tempdir().unwrap();
    let stack = DevStack::start(StackConfig::new(folder.path())).await.unwrap();
    let plain = stack.postgres_url("postgres");
    let (ca, stranger) = (folder.path().join("ca.pem"), folder.path().join("stranger.pem"));
    secure(&plain, Authority::certify("localhost", &ca).unwrap()).await;
    Authority::certify("localhost", &stranger).unwrap();

    let by_name = plain.replace("127.0.0.1", "localhost");
    let asked = |url: &str, mode: &str| format!("{url}?sslmode={mode}");
    // The reload is answered before every new connection knows of it.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while encrypted(&asked(&by_name, "verify-full"), Some(&ca)).await != Ok(true) {
        assert!(std::time::Instant::now() < deadline, "TLS is not switched on");
        tokio::task::yield_now().await;
    }
    // With an own authority TLS is the rule; "require" proves as much as "verify-full".
    assert_eq!(encrypted(&by_name, Some(&ca)).await, Ok(true));
    assert_eq!(encrypted(&asked(&by_name, "require"), Some(&ca)).await, Ok(true));
    assert_eq!(encrypted(&asked(&plain, "disable"), Some(&ca)).await, Ok(false));
    for (what, url, ca) in [
        (
            "another authority",
            asked(&by_name, "verify-full"),
            Some(stranger.as_path()),
        ),
        (
            "another authority, require",
            asked(&by_name, "require"),
            Some(stranger.as_path()),
        ),
        ("public authorities only", asked(&by_name, "require"), None),
        ("another name", asked(&plain, "verify-full"), Some(ca.as_path())),
        (
            "another name, verify-ca",
            asked(&plain, "verify-ca"),
            Some(ca.as_path()),
        ),
    ] {
        let outcome = encrypted(&url, ca).await;
        let refused = outcome.as_ref().is_err_and(|error| error.contains("certificate"));
        assert!(refused, "{what}: {outcome:?}");
    }
    let outcome = encrypted(&by_name, Some(&folder.path().join("missing.pem"))).await;
    assert!(
        outcome.is_err(),
        "a file that is not there is no reason to go without"
    );
}
