//! Looking at a service's database as the service sees it, for `edina doctor`. Reads only.

use std::path::Path;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{Connection as _, PgConnection, Row as _, migrate::Migrator};

use crate::connect;

/// What was seen.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// `server_version_num`, 150004 for 15.4.
    pub version: i32,
    /// The server's clock.
    pub now: DateTime<Utc>,
    /// Role and what it may do beyond its own rows; empty when it may do nothing more.
    pub role: String,
    /// Rights the role must not have: `superuser`, `bypassrls`, `createdb`, `createrole`, `replication`.
    pub excess: Vec<String>,
    /// Tables of the service that it owns: an owner can switch row-level security off.
    pub owned: Vec<String>,
    /// Tables with a dealership group where row-level security is not in force.
    pub unguarded: Vec<String>,
    /// Databases of the other services it may connect to.
    pub others: Vec<String>,
    /// `fsync`, `full_page_writes` or `synchronous_commit` when it is off.
    pub undurable: Vec<String>,
    /// Whether the server keeps its log for restoring to any instant.
    pub archives: bool,
    /// `max_connections` less those reserved for superusers.
    pub connections_most: i64,
    /// Connections of clients open now.
    pub connections_now: i64,
    /// Size of the database, bytes.
    pub size: i64,
    /// How the schema stands to the program.
    pub schema: Schema,
}

/// Migrations applied against those the program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// The same.
    Current,
    /// No migration was ever applied.
    Empty,
    /// These wait to be applied.
    Behind(Vec<i64>),
    /// These were applied by a newer program.
    Ahead(Vec<i64>),
    /// These were applied with another content.
    Differs(Vec<i64>),
    /// This one broke off in the middle.
    Broken(i64),
}

/// Looks at the database named by `url`, as the role named there; `others` are the databases of the other services.
pub async fn inspect(
    url: &SecretString,
    own_ca: Option<&Path>,
    migrator: &Migrator,
    others: &[&str],
) -> sqlx::Result<Inspection> {
    let options = connect::options(url.expose_secret(), own_ca)
        .map_err(|error| sqlx::Error::Configuration(error.into()))?;
    let options = options.application_name("edina doctor").options([
        ("statement_timeout", "5000"),
        ("default_transaction_read_only", "on"),
    ]);
    let mut connection = PgConnection::connect_with(&options).await?;
    let row = sqlx::query(
        "select current_setting('server_version_num')::int as version, clock_timestamp() as now,
                current_user::text as role,
                array_remove(array[case when rolsuper then 'superuser' end, case when rolbypassrls then 'bypassrls' end,
                                   case when rolcreatedb then 'createdb' end, case when rolcreaterole then 'createrole' end,
                                   case when rolreplication then 'replication' end], null) as excess,
                array(select name::text from unnest(array['fsync', 'full_page_writes', 'synchronous_commit']) as name
                      where current_setting(name) = 'off') as undurable,
                current_setting('archive_mode') <> 'off' as archives,
                current_setting('max_connections')::bigint
                    - current_setting('superuser_reserved_connections')::bigint as most,
                (select coalesce(sum(numbackends), 0)::bigint from pg_stat_database) as open,
                pg_database_size(current_database()) as size,
                array(select datname::text from pg_database
                      where datname = any($1) and has_database_privilege(datname, 'connect') order by datname) as others,
                array(select relname::text from pg_class
                      where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
                        and pg_get_userbyid(relowner) = current_user order by relname) as owned,
                array(select class.relname::text from pg_class as class
                      join pg_attribute as attribute on attribute.attrelid = class.oid
                      where class.relkind in ('r', 'p') and class.relnamespace = 'public'::regnamespace
                        and attribute.attname = 'group_id' and not attribute.attisdropped
                        and not (class.relrowsecurity and class.relforcerowsecurity) order by class.relname) as unguarded,
                to_regclass('public._sqlx_migrations') is not null as migrated
         from pg_roles where rolname = current_user",
    )
    .bind(others)
    .fetch_one(&mut connection)
    .await?;
    let applied = if row.try_get("migrated")? {
        sqlx::query_as("select version, checksum, success from _sqlx_migrations order by version")
            .fetch_all(&mut connection)
            .await?
    } else {
        Vec::new()
    };
    let inspection = Inspection {
        version: row.try_get("version")?,
        now: row.try_get("now")?,
        role: row.try_get("role")?,
        excess: row.try_get("excess")?,
        owned: row.try_get("owned")?,
        unguarded: row.try_get("unguarded")?,
        others: row.try_get("others")?,
        undurable: row.try_get("undurable")?,
        archives: row.try_get("archives")?,
        connections_most: row.try_get("most")?,
        connections_now: row.try_get("open")?,
        size: row.try_get("size")?,
        schema: compare(&applied, migrator),
    };
    connection.close().await?;
    Ok(inspection)
}

fn compare(applied: &[(i64, Vec<u8>, bool)], migrator: &Migrator) -> Schema {
    if applied.is_empty() {
        return Schema::Empty;
    }
    if let Some((version, ..)) = applied.iter().find(|(.., success)| !success) {
        return Schema::Broken(*version);
    }
    let known = |version: i64| migrator.iter().find(|migration| migration.version == version);
    let differs: Vec<i64> = applied
        .iter()
        .filter(|(version, checksum, _)| {
            known(*version).is_some_and(|migration| *migration.checksum != **checksum)
        })
        .map(|(version, ..)| *version)
        .collect();
    let behind: Vec<i64> = migrator
        .iter()
        .map(|migration| migration.version)
        .filter(|version| !applied.iter().any(|(applied, ..)| applied == version))
        .collect();
    let ahead: Vec<i64> = applied
        .iter()
        .map(|(version, ..)| *version)
        .filter(|version| known(*version).is_none())
        .collect();
    match () {
        () if !differs.is_empty() => Schema::Differs(differs),
        () if !behind.is_empty() => Schema::Behind(behind),
        () if !ahead.is_empty() => Schema::Ahead(ahead),
        () => Schema::Current,
    }
}
