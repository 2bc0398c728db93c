//! Branches, employees and absences.

use chrono::{DateTime, SecondsFormat, Utc};
use edina_proto::directory::v1::{Absence, Branch, Employee};
use sqlx::PgConnection;
use uuid::Uuid;

/// A group has at most this many employees on a page, in the bucket, in memory.
const MOST_EMPLOYEES: i64 = 5000;

/// Creates or replaces a branch.
pub async fn put_branch(connection: &mut PgConnection, group_id: &str, branch: &Branch) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into branches (group_id, branch_id, display_name, city, time_zone, phone, brands, lines, queues, area_code)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (group_id, branch_id) do update set display_name = excluded.display_name, city = excluded.city,
             time_zone = excluded.time_zone, phone = excluded.phone, brands = excluded.brands,
             lines = excluded.lines, queues = excluded.queues, area_code = excluded.area_code",
        group_id,
        branch.branch_id,
        branch.display_name,
        branch.city,
        branch.time_zone,
        branch.phone,
        &branch.brands,
        &branch.lines,
        &branch.queues,
        branch.area_code
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Sets the city code of a branch, or of the group where the branch is empty; answers whether there is such a one.
pub async fn put_area_code(
    connection: &mut PgConnection,
    group_id: &str,
    branch_id: &str,
    area_code: &str,
) -> sqlx::Result<bool> {
    let set = sqlx::query_scalar!(
        r#"with branch as (
             update branches set area_code = $3 where group_id = $1 and branch_id = $2 and $2 <> '' returning 1
         ), own as (
             update groups set area_code = $3 where group_id = $1 and $2 = '' returning 1
         )
         select (select count(*) from branch) + (select count(*) from own) as "set!""#,
        group_id,
        branch_id,
        area_code
    )
    .fetch_one(connection)
    .await?;
    Ok(set > 0)
}

/// All branches of the group.
pub async fn branches(connection: &mut PgConnection, group_id: &str) -> sqlx::Result<Vec<Branch>> {
    sqlx::query_as!(
        Branch,
        "select branch_id, display_name, city, time_zone, phone, brands, lines, queues, area_code
         from branches where group_id = $1 order by display_name limit 500",
        group_id
    )
    .fetch_all(connection)
    .await
}

/// Creates or replaces an employee; absences are kept apart. Answers whether the person is new.
pub async fn put_employee(
    connection: &mut PgConnection,
    group_id: &str,
    employee: &Employee,
) -> sqlx::Result<bool> {
    let known = sqlx::query_scalar!(
        r#"select exists(select from employees where group_id = $1 and employee_id = $2) as "known!""#,
        group_id,
        employee.employee_id
    )
    .fetch_one(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into employees (group_id, employee_id, display_name, branch_id, department, role, extension, email, locale, active)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (group_id, employee_id) do update set display_name = excluded.display_name,
             branch_id = excluded.branch_id, department = excluded.department, role = excluded.role,
             extension = excluded.extension, email = excluded.email, locale = excluded.locale, active = excluded.active",
        group_id,
        employee.employee_id,
        employee.display_name,
        employee.branch_id,
        employee.department,
        employee.role,
        employee.extension,
        employee.email,
        employee.locale,
        employee.active
    )
    .execute(connection)
    .await?;
    Ok(!known)
}

/// Marks an employee as gone. Answers false when there is no such active employee.
pub async fn employee_left(
    connection: &mut PgConnection,
    group_id: &str,
    employee_id: &str,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update employees set active = false where group_id = $1 and employee_id = $2 and active",
        group_id,
        employee_id
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Stores an absence.
pub async fn insert_absence(
    connection: &mut PgConnection,
    group_id: &str,
    employee_id: &str,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    cover_employee_id: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into absences (group_id, absence_id, employee_id, starts_at, ends_at, cover_employee_id)
         values ($1, $2, $3, $4, $5, $6)",
        group_id,
        Uuid::now_v7(),
        employee_id,
        from,
        to,
        cover_employee_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes the absence of an employee that begins at `from`. Answers false when there is none.
pub async fn delete_absence(
    connection: &mut PgConnection,
    group_id: &str,
    employee_id: &str,
    from: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "delete from absences where group_id = $1 and employee_id = $2
             and starts_at >= $3 and starts_at < $3 + interval '1 second'",
        group_id,
        employee_id,
        from
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// All employees with the absences that are not over at `now`.
pub async fn employees(
    connection: &mut PgConnection,
    group_id: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Employee>> {
    let absences = sqlx::query!(
        "select employee_id, starts_at, ends_at, cover_employee_id from absences
         where group_id = $1 and ends_at > $2 order by starts_at limit 5000",
        group_id,
        now
    )
    .fetch_all(&mut *connection)
    .await?;
    let rows = sqlx::query!(
        "select employee_id, display_name, branch_id, department, role, extension, email, active, locale
         from employees where group_id = $1 order by display_name limit $2",
        group_id,
        MOST_EMPLOYEES
    )
    .fetch_all(connection)
    .await?;
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    Ok(rows
        .into_iter()
        .map(|row| Employee {
            absences: absences
                .iter()
                .filter(|absence| absence.employee_id == row.employee_id)
                .map(|absence| Absence {
                    from: instant(absence.starts_at),
                    to: instant(absence.ends_at),
                    cover_employee_id: absence.cover_employee_id.clone(),
                })
                .collect(),
            employee_id: row.employee_id,
            display_name: row.display_name,
            branch_id: row.branch_id,
            department: row.department,
            role: row.role,
            extension: row.extension,
            email: row.email,
            active: row.active,
            locale: row.locale,
        })
        .collect())
}
