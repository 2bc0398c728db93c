//! Creating a service's database, its role, and its tables.

use anyhow::Context as _;
use rand::{Rng as _, distr::Alphanumeric};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, migrate::Migrator, postgres::PgConnectOptions};

use crate::connect;

/// What `edina migrate` and the local run set up for one service.
#[derive(Debug)]
pub struct Target<'a> {
    /// Database name: `[a-z_]`, for instance `lead_intake`. Also the name of the role the service connects as.
    pub name: &'static str,
    /// The service's migrations.
    pub migrator: &'a Migrator,
}

/// Creates the database and the role if they are missing, gives the role a new password, and migrates.
///
/// `admin_url` is a URL of a role that may create databases and roles. Answers the URL for the service itself.
pub async fn provision(admin_url: &str, target: &Target<'_>) -> anyhow::Result<SecretString> {
    anyhow::ensure!(
        !target.name.is_empty() && target.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
        "{} is no database name",
        target.name
    );
    let name = target.name;
    let password: String = rand::rng()
        .sample_iter(Alphanumeric)
        .take(32)
        .map(char::from)
        .collect();
    let options = connect::options(admin_url, None).context("the administrator's database URL")?;
    let mut admin = PgConnection::connect_with(&options)
        .await
        .context("connecting as the administrator")?;

    let role_exists: bool = sqlx::query_scalar("select exists(select from pg_roles where rolname = $1)")
        .bind(name)
        .fetch_one(&mut admin)
        .await?;
    // Neither superuser nor owner: row-level security binds it.
    let verb = if role_exists { "alter" } else { "create" };
    execute(
        &mut admin,
        format!("{verb} role {name} login nosuperuser nobypassrls password '{password}'"),
    )
    .await?;
    let exists: bool = sqlx::query_scalar("select exists(select from pg_database where datname = $1)")
        .bind(name)
        .fetch_one(&mut admin)
        .await?;
    if !exists {
        execute(&mut admin, format!("create database {name}")).await?;
        execute(&mut admin, format!("revoke all on database {name} from public")).await?;
        execute(&mut admin, format!("grant connect on database {name} to {name}")).await?;
    }
    admin.close().await?;
    bring_up_to_date(&options, target).await?;

    let host = options.get_host();
    let port = options.get_port();
    Ok(SecretString::from(format!(
        "postgres://{name}:{password}@{host}:{port}/{name}"
    )))
}

/// Migrates a service's database that an operator made, with the role he made for it; passwords stay as they are.
///
/// `owner_url` is a URL of the role that owns the databases; it needs neither CREATEROLE nor CREATEDB.
pub async fn upgrade(owner_url: &str, target: &Target<'_>) -> anyhow::Result<()> {
    let options = connect::options(owner_url, None).context("the owner's database URL")?;
    let name = target.name;
    let mut owner = PgConnection::connect_with(&options.clone().database(name))
        .await
        .with_context(|| {
            format!("connecting to the database {name}: it must exist and be open to the owner")
        })?;
    let unbound: Option<bool> =
        sqlx::query_scalar("select rolsuper or rolbypassrls from pg_roles where rolname = $1")
            .bind(name)
            .fetch_optional(&mut owner)
            .await?;
    owner.close().await?;
    match unbound {
        None => anyhow::bail!("there is no role {name} for the service to connect as"),
        Some(true) => anyhow::bail!("the role {name} must be neither superuser nor BYPASSRLS"),
        Some(false) => bring_up_to_date(&options, target).await,
    }
}

async fn bring_up_to_date(options: &PgConnectOptions, target: &Target<'_>) -> anyhow::Result<()> {
    let name = target.name;
    let mut owner = PgConnection::connect_with(&options.clone().database(name)).await?;
    target
        .migrator
        .run(&mut owner)
        .await
        .with_context(|| format!("migrating {name}"))?;
    grant(&mut owner, name).await?;
    owner.close().await?;
    Ok(())
}

async fn grant(owner: &mut PgConnection, role: &str) -> anyhow::Result<()> {
    for statement in [
        format!("grant usage on schema public to {role}"),
        format!("grant select, insert, update, delete on all tables in schema public to {role}"),
        format!("grant usage, select on all sequences in schema public to {role}"),
        format!("grant execute on all functions in schema public to {role}"),
    ] {
        execute(owner, statement).await?;
    }
    Ok(())
}

async fn execute(connection: &mut PgConnection, statement: String) -> anyhow::Result<()> {
    // Only names checked above and generated passwords are ever put in.
    sqlx::query(AssertSqlSafe(statement)).execute(connection).await?;
    Ok(())
}

/// Refuses to serve on a schema that lacks migrations this program needs.
pub async fn require_current(url: &SecretString, migrator: &Migrator) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(url.expose_secret()).await?;
    let newest: Option<i64> = sqlx::query_scalar("select max(version) from _sqlx_migrations where success")
        .fetch_one(&mut connection)
        .await
        .context("the database has no migrations: run `edina migrate`")?;
    let needed = migrator.iter().map(|migration| migration.version).max();
    anyhow::ensure!(
        newest >= needed,
        "the schema is at {newest:?} and must be at {needed:?}: run `edina migrate`"
    );
    Ok(())
}
