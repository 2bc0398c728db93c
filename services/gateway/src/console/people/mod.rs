//! The directory: who works where, on which extension, and who is away.

mod acts;

pub use acts::{absence, area_code, left, no_longer_absent, put};

use axum::{Extension, extract::State, response::Response};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use edina_proto::directory::v1::{Absence, Employee, Group};
use serde_json::{Value, json};

use super::pages;
use crate::{Gateway, http::problem::Problem, session::Identity};

/// `GET /people`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
) -> Result<Response, Problem> {
    let group = gateway.people(&who.group).await?;
    let now = gateway.clock.now();
    let branches: Vec<Value> = group
        .branches
        .iter()
        .map(|branch| {
            let local = now.with_timezone(&pages::zone(&group, &branch.branch_id));
            json!({
                "branch_id": branch.branch_id, "display_name": branch.display_name, "city": branch.city,
                "time_zone": branch.time_zone, "phone": branch.phone, "brands": branch.brands,
                "area_code": branch.area_code,
                "local_time": local.format("%H:%M").to_string(),
                "employees": employees(&group, &branch.branch_id, now),
            })
        })
        .collect();
    let active = || group.employees.iter().filter(|one| one.active);
    let absent = active()
        .filter(|one| !edina_messaging::directory::present(one, now))
        .count();
    let data = json!({
        "branches": branches,
        "area_code": group.area_code,
        "elsewhere": employees(&group, "", now),
        "active_ids": active().map(|one| one.employee_id.clone()).collect::<Vec<_>>(),
        "absent_count": absent,
        "today": now.with_timezone(&pages::zone(&group, "")).date_naive().to_string(),
    });
    gateway.page(&who, "people/page.html", "people", data).await
}

fn employees(group: &Group, branch_id: &str, now: DateTime<Utc>) -> Vec<Value> {
    let of_branch = group
        .employees
        .iter()
        .filter(|one| one.active && one.branch_id == branch_id);
    of_branch.map(|employee| person(employee, now)).collect()
}

fn person(employee: &Employee, now: DateTime<Utc>) -> Value {
    let present = edina_messaging::directory::present(employee, now);
    let current = employee.absences.iter().find(|absence| {
        instant(&absence.from).is_some_and(|from| from <= now)
            && instant(&absence.to).is_some_and(|to| now < to)
    });
    json!({
        "employee_id": employee.employee_id, "display_name": employee.display_name,
        "role": employee.role, "department": employee.department, "extension": employee.extension,
        "email": employee.email, "branch_id": employee.branch_id,
        "absences": employee.absences.iter().map(absence_told).collect::<Vec<_>>(),
        "present": present,
        "back_at": current.map(|absence| absence.to.clone()),
    })
}

/// An absence with `last`, the end of its last day.
fn absence_told(absence: &Absence) -> Value {
    let last = instant(&absence.to)
        .map(|to| (to - TimeDelta::seconds(1)).to_rfc3339_opts(SecondsFormat::Secs, true));
    json!({
        "from": absence.from, "to": absence.to, "last": last, "cover_employee_id": absence.cover_employee_id,
    })
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|at| at.with_timezone(&Utc))
}
