//! Reads on kept connections: they survive the server's restart, and a scope set by one is not seen by the next.

use edina_devstack::{DevStack, StackConfig};
use edina_postgres::{Database, Readers};
use edina_runtime::config::ServiceConfig;
use serde_json::json;

/// The group seen, after setting it when one is given.
async fn scope(readers: &Readers, group: Option<&'static str>) -> sqlx::Result<String> {
    readers
        .read(|connection| {
            Box::pin(async move {
                let sql = match group {
                    Some(_) => "select set_config('edina.group', $1, true)",
                    None => "select coalesce(nullif(current_setting('edina.group', true), ''), $1)",
                };
                sqlx::query_scalar(sql)
                    .bind(group.unwrap_or("none"))
                    .fetch_one(connection)
                    .await
            })
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_connection_forgets_its_scope_and_may_die() {
    let folder = tempfile::Builder::new()
        .prefix("edina-readers-")
        .tempdir()
        .unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let stack = DevStack::start(StackConfig::new(folder.path().join("servers")))
        .await
        .unwrap();
    let settings: ServiceConfig = serde_json::from_value(json!({
        "database_url": stack.postgres_url("postgres"), "nats_url": "nats://127.0.0.1:9", "caller_key": "k",
    }))
    .unwrap();
    let database = Database::reading(&settings, "readers test").unwrap();
    let readers = database.readers();
    assert_eq!(scope(readers, Some("meridian")).await.unwrap(), "meridian");
    assert_eq!(scope(readers, None).await.unwrap(), "none");

    stack.restart_postgres().await.unwrap();
    assert_eq!(scope(readers, None).await.unwrap(), "none");

    // More at once than there are connections: the rest wait.
    let all = (0..32).map(|_| scope(readers, Some("meridian")));
    for seen in futures::future::join_all(all).await {
        assert_eq!(seen.unwrap(), "meridian");
    }
    let failed = readers.read(|connection| {
        Box::pin(async move {
            sqlx::query_scalar::<_, i32>("select 1 / 0")
                .fetch_one(connection)
                .await
        })
    });
    assert!(failed.await.is_err());
    assert_eq!(scope(readers, None).await.unwrap(), "none");
    stack.stop().await.unwrap();
}
