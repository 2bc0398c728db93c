//! The group's branches and people: edited here, published for all services to a key-value bucket.
//!
//! Every change raises the directory's version and enqueues the job that publishes it, in one transaction with the fact.

mod back;
mod cache;
mod publish;

pub use back::no_longer_absent;
pub use cache::DirectoryCache;
pub use publish::{publish_all, publish_job};

use chrono::{DateTime, SecondsFormat, Utc};
use edina_messaging::outbox;
use edina_postgres::{Database, Tx, jobs};
use edina_proto::{
    directory::v1::{Branch, Employee, Group},
    gateway::v1::{BranchChanged, EmployeeAbsent, EmployeeJoined, EmployeeLeft},
};
use edina_runtime::{clock::SharedClock, group::GroupId};

use crate::{session::rights::Role, store};

/// Kind of the job that publishes a directory; its key is the group.
pub const PUBLISH_JOB: &str = "publish_directory";

/// Why a change of the directory was refused.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// A field has a value that cannot be used: field, and what it should be.
    #[error("{field}: {expected}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// There is no such employee.
    #[error("there is no such employee")]
    Unknown,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

fn invalid(field: &'static str, expected: &'static str) -> DirectoryError {
    DirectoryError::Invalid { field, expected }
}

/// Raises the version and asks for publication; answers the version.
pub async fn changed(tx: &mut Tx, group: &GroupId, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let version = store::groups::raise_version(tx, group.as_str())
        .await?
        .unwrap_or(0);
    jobs::enqueue(
        tx,
        group,
        PUBLISH_JOB,
        group.as_str(),
        now,
        &serde_json::json!({}),
    )
    .await?;
    Ok(u64::try_from(version).unwrap_or(0))
}

/// Creates or replaces a branch.
pub async fn put_branch(
    database: &Database,
    clock: &SharedClock,
    group: &GroupId,
    branch: &Branch,
) -> Result<(), DirectoryError> {
    check_id("branch_id", &branch.branch_id)?;
    check_name(&branch.display_name)?;
    if branch.time_zone.parse::<chrono_tz::Tz>().is_err() {
        return Err(invalid("time_zone", "an IANA zone, for instance Europe/Moscow"));
    }
    check_area_code(&branch.area_code)?;
    let now = clock.now();
    let mut tx = database.begin(group).await?;
    store::directory::put_branch(&mut tx, group.as_str(), branch).await?;
    let version = changed(&mut tx, group, now).await?;
    let fact = BranchChanged {
        branch_id: branch.branch_id.clone(),
        version,
    };
    outbox::enqueue(&mut tx, group, &fact, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets the city code that is put before short numbers typed in a branch; of the group, where a branch has none, when
/// `branch_id` is empty.
pub async fn put_area_code(
    database: &Database,
    clock: &SharedClock,
    group: &GroupId,
    branch_id: &str,
    area_code: &str,
) -> Result<(), DirectoryError> {
    check_area_code(area_code)?;
    let now = clock.now();
    let mut tx = database.begin(group).await?;
    if !store::directory::put_area_code(&mut tx, group.as_str(), branch_id, area_code).await? {
        return Err(invalid("branch_id", "a branch of the group"));
    }
    let version = changed(&mut tx, group, now).await?;
    if !branch_id.is_empty() {
        let fact = BranchChanged {
            branch_id: branch_id.to_owned(),
            version,
        };
        outbox::enqueue(&mut tx, group, &fact, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Creates or replaces an employee.
pub async fn put_employee(
    database: &Database,
    clock: &SharedClock,
    group: &GroupId,
    employee: &Employee,
) -> Result<(), DirectoryError> {
    check_id("employee_id", &employee.employee_id)?;
    check_name(&employee.display_name)?;
    if Role::parse(&employee.role).is_none() {
        return Err(invalid("role", "one of the seven roles"));
    }
    if employee.extension.len() > 16 || !employee.extension.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(invalid(
            "extension",
            "up to 16 digits or letters, as the PBX names it",
        ));
    }
    if !employee.email.is_empty() && (employee.email.len() > 254 || !employee.email.contains('@')) {
        return Err(invalid("email", "an e-mail address"));
    }
    let now = clock.now();
    let mut tx = database.begin(group).await?;
    let joined = store::directory::put_employee(&mut tx, group.as_str(), employee)
        .await
        .map_err(|error| match edina_postgres::constraint_of(&error) {
            Some("employees_extension") => invalid("extension", "an extension that no other employee has"),
            _ => error.into(),
        })?;
    let only_branch = Role::parse(&employee.role)
        .filter(|role| role.sees_one_branch() && !employee.branch_id.is_empty())
        .map(|_| employee.branch_id.as_str());
    store::accounts::follow_employee(
        &mut tx,
        group.as_str(),
        &employee.employee_id,
        &employee.role,
        only_branch,
    )
    .await?;
    let version = changed(&mut tx, group, now).await?;
    if joined {
        let fact = EmployeeJoined {
            employee_id: employee.employee_id.clone(),
            branch_id: employee.branch_id.clone(),
            role: employee.role.clone(),
            version,
        };
        outbox::enqueue(&mut tx, group, &fact, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Writes down an absence, `from` inclusive to `to` exclusive.
pub async fn absent(
    database: &Database,
    clock: &SharedClock,
    group: &GroupId,
    employee_id: &str,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    cover_employee_id: &str,
) -> Result<(), DirectoryError> {
    if to <= from {
        return Err(invalid("to", "a day after the first"));
    }
    let now = clock.now();
    let mut tx = database.begin(group).await?;
    let people = store::directory::employees(&mut tx, group.as_str(), now).await?;
    let known = |id: &str| people.iter().any(|person| person.employee_id == id);
    if !known(employee_id) {
        return Err(DirectoryError::Unknown);
    }
    if !cover_employee_id.is_empty() && (!known(cover_employee_id) || cover_employee_id == employee_id) {
        return Err(invalid("cover_employee_id", "another employee of the group"));
    }
    store::directory::insert_absence(&mut tx, group.as_str(), employee_id, from, to, cover_employee_id)
        .await?;
    let version = changed(&mut tx, group, now).await?;
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let fact = EmployeeAbsent {
        employee_id: employee_id.to_owned(),
        from: instant(from),
        to: instant(to),
        cover_employee_id: cover_employee_id.to_owned(),
        version,
    };
    outbox::enqueue(&mut tx, group, &fact, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Marks an employee as gone and closes the accounts.
pub async fn left(
    database: &Database,
    clock: &SharedClock,
    group: &GroupId,
    employee_id: &str,
) -> Result<(), DirectoryError> {
    let now = clock.now();
    let mut tx = database.begin(group).await?;
    if !store::directory::employee_left(&mut tx, group.as_str(), employee_id).await? {
        return Err(DirectoryError::Unknown);
    }
    store::accounts::close_of_employee(&mut tx, group.as_str(), employee_id).await?;
    let version = changed(&mut tx, group, now).await?;
    outbox::enqueue(
        &mut tx,
        group,
        &EmployeeLeft {
            employee_id: employee_id.to_owned(),
            version,
        },
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// The whole directory of a group, as it is published. None when there is no such group.
pub async fn read(database: &Database, group: &GroupId, now: DateTime<Utc>) -> sqlx::Result<Option<Group>> {
    let mut tx = database.begin(group).await?;
    let rows = store::groups::list(&mut tx).await?;
    let Some(row) = rows.into_iter().find(|row| row.group_id == group.as_str()) else {
        return Ok(None);
    };
    let branches = store::directory::branches(&mut tx, group.as_str()).await?;
    let employees = store::directory::employees(&mut tx, group.as_str(), now).await?;
    tx.commit().await?;
    Ok(Some(Group {
        group_id: row.group_id,
        display_name: row.display_name,
        version: u64::try_from(row.directory_version).unwrap_or(0),
        branches,
        employees,
        locale: row.locale,
        area_code: row.area_code,
    }))
}

fn check_id(field: &'static str, id: &str) -> Result<(), DirectoryError> {
    let fine = (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if fine {
        Ok(())
    } else {
        Err(invalid(field, "1 to 64 letters, digits, '-' or '_'"))
    }
}

fn check_area_code(code: &str) -> Result<(), DirectoryError> {
    if code.is_empty() || (3..=5).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit()) {
        Ok(())
    } else {
        Err(invalid("area_code", "3 to 5 digits, for instance 495"))
    }
}

fn check_name(name: &str) -> Result<(), DirectoryError> {
    let fine = (1..=200).contains(&name.trim().chars().count()) && !name.chars().any(char::is_control);
    if fine {
        Ok(())
    } else {
        Err(invalid("display_name", "1 to 200 characters"))
    }
}
