//! Makes an empty database and runs a folder of migrations on it: what `.ci/sql-prepare` checks queries against.
//!
//! `prepare_database ADMIN_URL DATABASE MIGRATIONS_FOLDER`: drops DATABASE if it is there.

use std::path::Path;

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, migrate::Migrator, postgres::PgConnectOptions};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [admin_url, name, folder] = arguments.as_slice() else {
        anyhow::bail!("usage: prepare_database ADMIN_URL DATABASE MIGRATIONS_FOLDER");
    };
    anyhow::ensure!(
        name.starts_with("prepare_") && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
        "{name}: only databases called prepare_… are dropped"
    );
    let options: PgConnectOptions = admin_url.parse().context("ADMIN_URL")?;
    let mut admin = PgConnection::connect_with(&options).await?;
    for statement in [
        format!("drop database if exists {name} with (force)"),
        format!("create database {name}"),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut admin).await?;
    }
    let mut own = PgConnection::connect_with(&options.database(name)).await?;
    Migrator::new(Path::new(folder)).await?.run(&mut own).await?;
    Ok(())
}
