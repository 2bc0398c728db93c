//! Accounts: who may sign in, as what.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// An account.
#[derive(Debug, Clone)]
pub struct AccountRow {
    /// Its id.
    pub account_id: Uuid,
    /// The name typed at sign-in.
    pub login: String,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// The role of its holder.
    pub role: String,
    /// The employee of the directory; empty for none.
    pub employee_id: String,
    /// Branch scope; empty means all.
    pub branches: Vec<String>,
    /// Whether it may sign in.
    pub active: bool,
    /// Language of the console.
    pub locale: String,
    /// auto, light, dark
    pub theme: String,
}

/// An account by its sign-in name.
pub async fn by_login(
    connection: &mut PgConnection,
    group_id: &str,
    login: &str,
) -> sqlx::Result<Option<AccountRow>> {
    sqlx::query_as!(
        AccountRow,
        "select account_id, login, password_hash, role, employee_id, branches, active, locale, theme
         from accounts where group_id = $1 and login = $2",
        group_id,
        login
    )
    .fetch_optional(connection)
    .await
}

/// Creates an account. Answers false when the login is taken; nothing is changed then.
pub async fn insert(
    connection: &mut PgConnection,
    group_id: &str,
    account: &AccountRow,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into accounts (group_id, account_id, login, password_hash, role, employee_id, branches, active, locale, theme, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (group_id, login) do nothing",
        group_id,
        account.account_id,
        account.login,
        account.password_hash,
        account.role,
        account.employee_id,
        &account.branches,
        account.active,
        account.locale,
        account.theme,
        now
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Remembers the language and the theme a person chose.
pub async fn set_looks(
    connection: &mut PgConnection,
    group_id: &str,
    account_id: Uuid,
    locale: &str,
    theme: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update accounts set locale = $3, theme = $4 where group_id = $1 and account_id = $2",
        group_id,
        account_id,
        locale,
        theme
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Closes the accounts of an employee who left; their sessions end with them.
pub async fn close_of_employee(
    connection: &mut PgConnection,
    group_id: &str,
    employee_id: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "with closed as (
             update accounts set active = false where group_id = $1 and employee_id = $2 returning account_id)
         delete from sessions where group_id = $1 and account_id in (select account_id from closed)",
        group_id,
        employee_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives an account another password.
pub async fn set_password(
    connection: &mut PgConnection,
    group_id: &str,
    account_id: Uuid,
    password_hash: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update accounts set password_hash = $3 where group_id = $1 and account_id = $2",
        group_id,
        account_id,
        password_hash
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// After a change of an employee: their accounts have that role, and a role that sees one branch sees the employee's.
/// A scope never becomes wider by itself.
pub async fn follow_employee(
    connection: &mut PgConnection,
    group_id: &str,
    employee_id: &str,
    role: &str,
    only_branch: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update accounts set role = $3,
             branches = case when $4::text is not null and (role <> $3 or cardinality(branches) = 1)
                 then array[$4::text] else branches end
         where group_id = $1 and employee_id = $2",
        group_id,
        employee_id,
        role,
        only_branch
    )
    .execute(connection)
    .await?;
    Ok(())
}
