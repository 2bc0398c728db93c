//! `edina account create`: somebody who signs in; with a name also an entry of the directory, so that leads and calls
//! can be his.

use anyhow::Context as _;
use edina_proto::directory::v1::Employee;
use edina_runtime::group::GroupId;
use uuid::Uuid;

use super::arguments::NewAccount;
use super::{Gateway, put_account};
use crate::up::say;

pub(super) async fn create(gateway: &Gateway, wanted: NewAccount) -> anyhow::Result<()> {
    let group: GroupId = wanted.group.parse()?;
    let directory = gateway.directory(&group).await?;
    for branch in &wanted.branch {
        let known = directory.branches.iter().any(|known| known.branch_id == *branch);
        anyhow::ensure!(known, "there is no branch {branch} in {group}");
    }
    let mut employee_id = String::new();
    if let Some(name) = &wanted.name {
        let branch = wanted
            .branch
            .first()
            .context("an employee needs a branch: --branch ID")?;
        employee_id = Uuid::now_v7().to_string();
        let employee = Employee {
            employee_id: employee_id.clone(),
            display_name: name.clone(),
            branch_id: branch.clone(),
            department: department(&wanted.role).to_owned(),
            role: wanted.role.clone(),
            extension: wanted.extension.clone(),
            email: wanted.email.clone(),
            active: true,
            absences: Vec::new(),
            locale: "ru".to_owned(),
        };
        gateway::provision::put_employee(&gateway.database, &group, &employee).await?;
        say(&format!("employee: {employee_id}"));
    }
    put_account(
        gateway,
        &group,
        &wanted.login,
        &wanted.role,
        &employee_id,
        &wanted.branch,
        wanted.password_stdin,
    )
    .await
}

/// Where a role works.
fn department(role: &str) -> &'static str {
    match role {
        "service_adviser" => "service",
        "operator" | "reception" => "call_centre",
        "marketer" => "marketing",
        "administrator" => "management",
        _ => "sales",
    }
}
