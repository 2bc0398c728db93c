//! Owners per department: every change is kept, the newest holds.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::client::history::OwnerEntry;

/// Notes a change of owner.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    group: &str,
    client_id: Uuid,
    entry: &OwnerEntry,
    by_employee_id: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into owners (group_id, id, client_id, department, employee_id, branch_id, at, by_employee_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        group,
        entry.id,
        client_id,
        entry.department,
        entry.employee_id,
        entry.branch_id,
        entry.at,
        by_employee_id
    )
    .execute(connection)
    .await?;
    Ok(())
}
