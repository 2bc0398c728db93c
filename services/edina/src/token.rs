//! `edina token`: API tokens for programs.

use edina_postgres::Database;
use edina_runtime::group::GroupId;
use secrecy::SecretString;

use crate::{
    cli::{Token, TokenCommand},
    instance::{self, Runtime},
    up::say,
};

pub(crate) async fn run(arguments: Token) -> anyhow::Result<()> {
    let url = match arguments.database_url {
        Some(url) => url,
        None => {
            instance::read::<Runtime>(&arguments.instance.data_dir, instance::RUNTIME)?.gateway_database_url
        }
    };
    anyhow::ensure!(
        !url.is_empty(),
        "no system runs from {}: start `edina up`, or name the gateway's database with --database-url",
        arguments.instance.data_dir.display()
    );
    let database = Database::connect_lazy(&SecretString::from(url), 1, "edina token")?;
    let group: GroupId = arguments.group.parse()?;
    let TokenCommand::Create { role, name } = arguments.command;
    let token = gateway::provision::create_token(&database, &group, &role, &name).await?;
    say(&token);
    Ok(())
}
