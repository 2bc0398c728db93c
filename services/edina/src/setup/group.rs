//! `edina group create`: a dealership group with its first administrator.

use edina_runtime::{clock, group::GroupId};

use super::arguments::NewGroup;
use super::{Gateway, put_account};
use crate::up::say;

pub(super) async fn create(gateway: &Gateway, wanted: NewGroup) -> anyhow::Result<()> {
    let group: GroupId = wanted.id.parse()?;
    let name = wanted.name.trim();
    anyhow::ensure!(
        (1..=200).contains(&name.chars().count()),
        "a name has 1 to 200 characters"
    );
    let known = gateway::directory::read(&gateway.database, &group, clock::system().now()).await?;
    anyhow::ensure!(
        known.is_none(),
        "there is a group {group} already; it stays as it is"
    );
    gateway::provision::ensure_group(&gateway.database, &group, name).await?;
    say(&format!("group: {group}"));
    put_account(
        gateway,
        &group,
        &wanted.admin,
        "administrator",
        "",
        &[],
        wanted.password_stdin,
    )
    .await
}
