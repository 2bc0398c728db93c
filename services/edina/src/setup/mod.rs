//! What a new installation needs before people can sign in and leads can come: groups, branches, accounts, sources.
//!
//! Works with the gateway's own settings: its database holds groups, branches and accounts, and the intake it names
//! makes the sources. So these commands can do what the gateway can and no more; a superuser is not needed.

mod account;
pub(crate) mod arguments;
mod branch;
mod group;
mod source;

use std::io::BufRead as _;

use anyhow::Context as _;
use edina_postgres::Database;
use edina_runtime::{clock, group::GroupId};
use secrecy::SecretString;

use arguments::{AccountCommand, BranchCommand, GroupCommand, SourceCommand};

use crate::{installation::Where, instance};

const SHORTEST_PASSWORD: usize = 10;

/// The gateway's means.
pub(crate) struct Gateway {
    pub(crate) config: gateway::Config,
    pub(crate) database: Database,
}

impl Gateway {
    pub(crate) fn open(place: &Where) -> anyhow::Result<Self> {
        let config = place.installation()?.load::<gateway::App>()?;
        let database = Database::connect_lazy(&config.common.database_url, 1, "edina setup")?;
        Ok(Self { config, database })
    }

    /// The directory of a group that must exist.
    pub(crate) async fn directory(
        &self,
        group: &GroupId,
    ) -> anyhow::Result<edina_proto::directory::v1::Group> {
        gateway::directory::read(&self.database, group, clock::system().now())
            .await
            .context("the gateway's database")?
            .with_context(|| {
                format!("there is no group {group}: make it with `edina group create --id {group} --name …`")
            })
    }
}

pub(crate) async fn group(arguments: arguments::Group) -> anyhow::Result<()> {
    let GroupCommand::Create(wanted) = arguments.command;
    group::create(&Gateway::open(&arguments.place)?, wanted).await
}

pub(crate) async fn branch(arguments: arguments::Branch) -> anyhow::Result<()> {
    let BranchCommand::Create(wanted) = arguments.command;
    branch::create(&Gateway::open(&arguments.place)?, wanted).await
}

pub(crate) async fn account(arguments: arguments::Account) -> anyhow::Result<()> {
    let AccountCommand::Create(wanted) = arguments.command;
    account::create(&Gateway::open(&arguments.place)?, wanted).await
}

pub(crate) async fn source(arguments: arguments::Source) -> anyhow::Result<()> {
    let SourceCommand::Create(wanted) = arguments.command;
    source::create(&Gateway::open(&arguments.place)?, wanted).await
}

/// The password of a new account, and whether it was made up here and has to be shown.
fn password(from_stdin: bool) -> anyhow::Result<(String, bool)> {
    if !from_stdin {
        return Ok((instance::password(), true));
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    anyhow::ensure!(
        password.chars().count() >= SHORTEST_PASSWORD,
        "the password on standard input has fewer than {SHORTEST_PASSWORD} characters"
    );
    Ok((password, false))
}

/// Makes the account and says its password if it was made up. Refuses a login that is taken.
async fn put_account(
    gateway: &Gateway,
    group: &GroupId,
    login: &str,
    role: &str,
    employee_id: &str,
    branches: &[String],
    password_stdin: bool,
) -> anyhow::Result<()> {
    let (password, made_up) = password(password_stdin)?;
    let created = gateway::provision::put_account(
        &gateway.database,
        group,
        login,
        SecretString::from(password.clone()),
        role,
        employee_id,
        branches,
    )
    .await?;
    anyhow::ensure!(created, "there is an account {login} already; it stays as it is");
    crate::up::say(&format!("account: {}", login.trim().to_lowercase()));
    if made_up {
        crate::up::say(&format!("password: {password}"));
    }
    Ok(())
}
