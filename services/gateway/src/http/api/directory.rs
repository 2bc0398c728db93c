//! Branches and employees, for programs that name them.

use axum::{Extension, Json, extract::State};
use serde_json::{Value, json};

use crate::{Gateway, http::problem::Problem, session::Identity};

/// `GET /api/v1/directory`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
) -> Result<Json<Value>, Problem> {
    let group = gateway.people(&who.group).await?;
    let branches: Vec<Value> = group
        .branches
        .iter()
        .map(|branch| {
            json!({
                "branch_id": branch.branch_id, "display_name": branch.display_name, "city": branch.city,
                "time_zone": branch.time_zone, "phone": branch.phone, "brands": branch.brands,
                "area_code": branch.area_code,
            })
        })
        .collect();
    let employees: Vec<Value> = group
        .employees
        .iter()
        .map(|employee| {
            json!({
                "employee_id": employee.employee_id, "display_name": employee.display_name,
                "branch_id": employee.branch_id, "department": employee.department, "role": employee.role,
                "extension": employee.extension, "active": employee.active,
            })
        })
        .collect();
    Ok(Json(json!({
        "group_id": group.group_id, "display_name": group.display_name, "version": group.version,
        "area_code": group.area_code,
        "branches": branches, "employees": employees,
    })))
}
