//! Changes of the directory: somebody new or changed, an absence, a leave.

use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use chrono::{DateTime, NaiveDate, TimeZone as _, Utc};
use edina_proto::directory::v1::Employee;
use secrecy::SecretString;
use uuid::Uuid;

use super::super::{
    form::{Fields, back},
    pages,
};
use crate::{
    Gateway, directory,
    http::problem::Problem,
    provision,
    session::{Identity, Right, password, rights::Role},
};

/// Heads manage their own branches only; the role of an administrator is given by administrators.
fn check_scope(who: &Identity, branch_id: &str, role: &str) -> Result<(), Problem> {
    let beyond = !who.sees_branch(branch_id) || (branch_id.is_empty() && !who.branches.is_empty());
    if beyond || (role == "administrator" && !who.may(Right::Administer)) {
        let status = axum::http::StatusCode::FORBIDDEN;
        return Err(Problem::new(
            status,
            "this person is outside of your branches, or the role above yours",
        ));
    }
    Ok(())
}

/// The employee a path names, if the requester may change them.
async fn managed(gateway: &Gateway, who: &Identity, employee_id: &str) -> Result<Employee, Problem> {
    let group = gateway.people(&who.group).await?;
    let employee = group
        .employees
        .iter()
        .find(|employee| employee.employee_id == employee_id);
    let employee = employee.cloned().ok_or_else(Problem::not_found)?;
    check_scope(who, &employee.branch_id, &employee.role)?;
    Ok(employee)
}

/// `POST /people`: somebody new, or changed when `employee_id` is given; a login when a name for it is given.
pub async fn put(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    fields: Fields,
) -> Result<Response, Problem> {
    let known = fields.get("employee_id");
    let locale = if known.is_empty() {
        "ru".to_owned()
    } else {
        managed(&gateway, &who, known).await?.locale
    };
    let employee = Employee {
        employee_id: if known.is_empty() {
            Uuid::now_v7().to_string()
        } else {
            known.to_owned()
        },
        display_name: fields.required("display_name")?,
        branch_id: fields.text("branch_id"),
        department: fields.text("department"),
        role: fields.required("role")?,
        extension: fields.text("extension"),
        email: fields.text("email"),
        active: true,
        absences: Vec::new(),
        locale,
    };
    check_scope(&who, &employee.branch_id, &employee.role)?;
    let people = gateway.people(&who.group).await?;
    if !employee.branch_id.is_empty()
        && !people
            .branches
            .iter()
            .any(|branch| branch.branch_id == employee.branch_id)
    {
        return Err(Problem::field(
            "branch_id",
            "names no branch",
            "a branch of the group",
        ));
    }
    let (login, secret) = (fields.text("login"), fields.secret("password"));
    if !login.is_empty() && secret.chars().count() < password::SHORTEST {
        let expected = format!("at least {} characters", password::SHORTEST);
        return Err(Problem::field("password", "is too short", expected));
    }
    if secret.len() > password::LONGEST {
        let expected = format!("at most {} bytes", password::LONGEST);
        return Err(Problem::field("password", "is too long", expected));
    }
    directory::put_employee(&gateway.database, &gateway.clock, &who.group, &employee).await?;
    gateway.directory_changed(&who.group);
    if !login.is_empty() {
        let narrow = Role::parse(&employee.role).is_some_and(Role::sees_one_branch);
        let scope = match employee.branch_id.clone() {
            branch if narrow && !branch.is_empty() => vec![branch],
            // Nobody gives more than they have: a head of one branch makes no account that sees the group.
            _ => who.branches.clone(),
        };
        let created = provision::put_account(
            &gateway.database,
            &who.group,
            &login,
            SecretString::from(secret),
            &employee.role,
            &employee.employee_id,
            &scope,
        )
        .await
        .map_err(|error| Problem::field("login", error.to_string(), "1 to 64 characters"))?;
        if !created {
            return Err(Problem::field(
                "login",
                "is taken",
                "a name that nobody signs in with yet",
            ));
        }
    }
    Ok(back("/people"))
}

/// `POST /people/{id}/absence`: whole days in the branch's zone, the last one included.
pub async fn absence(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let employee = managed(&gateway, &who, &id).await?;
    let zone = pages::zone(&*gateway.people(&who.group).await?, &employee.branch_id);
    let day = |name: &'static str, after: u64| {
        let read = fields.get(name).parse::<NaiveDate>().ok();
        read.and_then(|day| day.checked_add_days(chrono::Days::new(after)))
            .and_then(|day| zone.from_local_datetime(&day.and_hms_opt(0, 0, 0)?).earliest())
            .map(|at| at.with_timezone(&Utc))
            .ok_or_else(|| Problem::field(name, "is no date", "a date"))
    };
    let cover = fields.get("cover_employee_id");
    let (from, to) = (day("from", 0)?, day("to", 1)?);
    directory::absent(
        &gateway.database,
        &gateway.clock,
        &who.group,
        &employee.employee_id,
        from,
        to,
        cover,
    )
    .await?;
    gateway.directory_changed(&who.group);
    Ok(back("/people"))
}

/// `POST /people/{id}/back`: the absence that begins at `from` is off.
pub async fn no_longer_absent(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let employee = managed(&gateway, &who, &id).await?;
    let from = DateTime::parse_from_rfc3339(fields.get("from"))
        .map_err(|_| Problem::field("from", "is no instant", "the beginning of an absence"))?
        .with_timezone(&Utc);
    directory::no_longer_absent(
        &gateway.database,
        &gateway.clock,
        &who.group,
        &employee.employee_id,
        from,
    )
    .await?;
    gateway.directory_changed(&who.group);
    Ok(back("/people"))
}

/// `POST /people/area-code`: of a branch, or of the group when none is named.
pub async fn area_code(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    fields: Fields,
) -> Result<Response, Problem> {
    // Perhaps as it is dialled: `8 (4822)`, `+7 495`.
    let typed = fields.get("area_code");
    let typed = ["+7", "8 ", "8-", "8("]
        .iter()
        .find_map(|prefix| typed.strip_prefix(prefix))
        .unwrap_or(typed);
    let code: String = typed.chars().filter(|c| !" ()-".contains(*c)).collect();
    let branch_id = fields.get("branch_id");
    directory::put_area_code(&gateway.database, &gateway.clock, &who.group, branch_id, &code).await?;
    gateway.directory_changed(&who.group);
    Ok(back("/people"))
}

/// `POST /people/{id}/left`
pub async fn left(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let employee = managed(&gateway, &who, &id).await?;
    directory::left(
        &gateway.database,
        &gateway.clock,
        &who.group,
        &employee.employee_id,
    )
    .await?;
    gateway.directory_changed(&who.group);
    Ok(back("/people"))
}
