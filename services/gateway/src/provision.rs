//! What a first start and the command line set up: groups, the administrator, tokens, branches, employees.

use edina_postgres::Database;
use edina_proto::directory::v1::{Branch, Employee};
use edina_runtime::{clock, group::GroupId};
use secrecy::SecretString;
use uuid::Uuid;

use crate::{
    directory,
    session::{password, rights::Role, token},
    store::{self, accounts::AccountRow},
};

pub use crate::store::imports::mappings::Like;

/// Creates the group or gives it this name. Repeating it changes nothing else.
pub async fn ensure_group(database: &Database, group: &GroupId, display_name: &str) -> anyhow::Result<()> {
    let now = clock::system().now();
    let mut tx = database.begin(group).await?;
    store::groups::put(&mut tx, group.as_str(), display_name, "ru", now).await?;
    directory::changed(&mut tx, group, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Creates an administrator if there is none of that name. Answers whether it was created; a known one keeps its password.
pub async fn ensure_admin(
    database: &Database,
    group: &GroupId,
    user: &str,
    password: SecretString,
) -> anyhow::Result<bool> {
    put_account(
        database,
        group,
        user,
        password,
        Role::Administrator.name(),
        "",
        &[],
    )
    .await
}

/// Creates an account if its login is free. Answers whether it was created; a known one stays as it is.
///
/// `branches` is its scope, empty for the whole group; `employee_id` may be empty.
pub async fn put_account(
    database: &Database,
    group: &GroupId,
    login: &str,
    password: SecretString,
    role: &str,
    employee_id: &str,
    branches: &[String],
) -> anyhow::Result<bool> {
    let login = login.trim().to_lowercase();
    anyhow::ensure!(
        (1..=64).contains(&login.chars().count()),
        "a login has 1 to 64 characters"
    );
    let role = Role::parse(role).ok_or_else(|| anyhow::anyhow!("there is no role {role}"))?;
    let mut tx = database.begin(group).await?;
    let known = store::accounts::by_login(&mut tx, group.as_str(), &login)
        .await?
        .is_some();
    tx.commit().await?;
    if known {
        return Ok(false);
    }
    let account = AccountRow {
        account_id: Uuid::now_v7(),
        login,
        password_hash: password::hash(password).await?,
        role: role.name().to_owned(),
        employee_id: employee_id.to_owned(),
        branches: branches.to_vec(),
        active: true,
        locale: "ru".to_owned(),
        theme: "auto".to_owned(),
    };
    let mut tx = database.begin(group).await?;
    let created = store::accounts::insert(&mut tx, group.as_str(), &account, clock::system().now()).await?;
    tx.commit().await?;
    Ok(created)
}

/// Creates an API token of a role. The token is answered once; only its hash is kept.
pub async fn create_token(
    database: &Database,
    group: &GroupId,
    role: &str,
    name: &str,
) -> anyhow::Result<String> {
    let role = Role::parse(role).ok_or_else(|| anyhow::anyhow!("there is no role {role}"))?;
    let bare = token::new(group);
    let mut tx = database.begin(group).await?;
    store::tokens::insert(
        &mut tx,
        group.as_str(),
        &token::hash(&bare),
        name,
        role.name(),
        clock::system().now(),
    )
    .await?;
    tx.commit().await?;
    Ok(format!("{}{bare}", token::API_PREFIX))
}

/// Revokes every API token of that name. Answers how many there were.
pub async fn revoke_tokens(database: &Database, group: &GroupId, name: &str) -> anyhow::Result<u64> {
    let mut tx = database.begin(group).await?;
    let revoked = store::tokens::revoke(&mut tx, group.as_str(), name, clock::system().now()).await?;
    tx.commit().await?;
    Ok(revoked)
}

/// Creates or replaces a branch; the directory is published by the running gateway.
pub async fn put_branch(database: &Database, group: &GroupId, branch: &Branch) -> anyhow::Result<()> {
    directory::put_branch(database, &clock::system(), group, branch).await?;
    Ok(())
}

/// What the columns of such files were the last time, in the console or on the command line, as JSON: in their branch, else in
/// whichever said it last.
pub async fn known_mapping(
    database: &Database,
    group: &GroupId,
    files: Like<'_>,
) -> anyhow::Result<Option<String>> {
    let mut tx = database.begin(group).await?;
    let found = store::imports::mappings::find(&mut tx, group.as_str(), files).await?;
    tx.commit().await?;
    Ok(found)
}

/// Remembers what the columns of a file are, for the next one like it.
pub async fn remember_mapping(
    database: &Database,
    group: &GroupId,
    files: Like<'_>,
    mapping: &str,
) -> anyhow::Result<()> {
    let now = clock::system().now();
    let mut tx = database.begin(group).await?;
    store::imports::mappings::put(&mut tx, group.as_str(), files, mapping, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Creates or replaces an employee; absences in it are ignored.
pub async fn put_employee(database: &Database, group: &GroupId, employee: &Employee) -> anyhow::Result<()> {
    directory::put_employee(database, &clock::system(), group, employee).await?;
    Ok(())
}
