//! `edina branch create`: a place where people work, with its clock, its numbers and its queues.

use edina_proto::directory::v1::Branch;
use edina_runtime::group::GroupId;
use uuid::Uuid;

use super::Gateway;
use super::arguments::NewBranch;
use crate::up::say;

pub(super) async fn create(gateway: &Gateway, wanted: NewBranch) -> anyhow::Result<()> {
    let group: GroupId = wanted.group.parse()?;
    let directory = gateway.directory(&group).await?;
    let taken = directory
        .branches
        .iter()
        .find(|branch| branch.display_name == wanted.name);
    if let Some(branch) = taken {
        anyhow::bail!("there is a branch of that name already: {}", branch.branch_id);
    }
    let branch = Branch {
        branch_id: Uuid::now_v7().to_string(),
        display_name: wanted.name,
        city: wanted.city,
        time_zone: wanted.zone,
        phone: wanted.phone,
        brands: wanted.brand,
        lines: wanted.line,
        queues: wanted.queue,
        area_code: wanted.area_code,
    };
    gateway::provision::put_branch(&gateway.database, &group, &branch).await?;
    say(&format!("branch: {}", branch.branch_id));
    Ok(())
}
