//! A transaction that knows whose rows it may see.

use std::ops::{Deref, DerefMut};

use edina_runtime::group::GroupId;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction};

/// A transaction with `edina.group` set. Rolls back when dropped.
///
/// Use as an executor: `query!(…).execute(&mut *tx)`; inside functions take `&mut PgConnection`.
#[derive(Debug)]
pub struct Tx {
    inner: Transaction<'static, Postgres>,
}

/// Whose rows a transaction sees, and how it ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// One dealership group's.
    Group(&'a GroupId),
    /// One dealership group's, holding the first advisory lock beside others who hold it so, and the second alone if nobody
    /// has it.
    Beside(&'a GroupId, i64, i64),
    /// One dealership group's; the commit does not wait for the disk.
    Ahead(&'a GroupId),
    /// Outbox, inbox and jobs of every group.
    System,
    /// The same; the commit does not wait for the disk.
    Repeatable,
}

impl Tx {
    pub(crate) async fn begin(pool: &PgPool, scope: Scope<'_>, locks: &[i64]) -> sqlx::Result<Self> {
        Ok(Self {
            inner: pool.begin_with(AssertSqlSafe(beginning(scope, locks))).await?,
        })
    }

    /// On a connection that nobody uses or waits for; none otherwise, nor where that connection is broken.
    pub(crate) async fn begin_if_free(pool: &PgPool, scope: Scope<'_>) -> Option<Self> {
        let statement = AssertSqlSafe(beginning(scope, &[]));
        let begun = pool.try_begin_with(statement).await;
        begun.ok().flatten().map(|inner| Self { inner })
    }

    /// Makes everything done in it durable.
    pub async fn commit(self) -> sqlx::Result<()> {
        self.inner.commit().await
    }

    /// Undoes everything done in it.
    pub async fn rollback(self) -> sqlx::Result<()> {
        self.inner.rollback().await
    }
}

/// Locks that one statement takes; PostgreSQL answers at most 1664 columns.
const LOCKS_AT_ONCE: usize = 1_000;

/// The setting that tells, while the transaction lasts, whether the lock was free that it takes if nobody has it.
const TAKEN: &str = "edina.taken";

/// The statements that begin it.
fn beginning(scope: Scope<'_>, locks: &[i64]) -> String {
    // One round trip. Safe as text: a group id consists of a-z, 0-9 and '-' by construction.
    let mut statement = String::from("begin; set local edina.\"group\" = '");
    match scope {
        Scope::Group(group) | Scope::Beside(group, ..) | Scope::Ahead(group) => {
            statement.push_str(group.as_str())
        }
        Scope::System | Scope::Repeatable => statement.push('*'),
    }
    statement.push('\'');
    if matches!(scope, Scope::System | Scope::Repeatable) {
        // The machinery has a few statements, of arrays and limits of any length, which PostgreSQL would plan anew each
        // time at more than what they take; whatever the length, the plan is the same.
        statement.push_str("; set local plan_cache_mode = force_generic_plan");
    }
    if matches!(scope, Scope::Repeatable | Scope::Ahead(_)) {
        statement.push_str("; set local synchronous_commit = off");
    }
    // Taken from left to right, by as few statements as there may be columns: each is planned anew.
    let mut taken: Vec<String> = Vec::with_capacity(locks.len() + 1);
    if let Scope::Beside(_, turn, _) = scope {
        taken.push(format!("pg_advisory_xact_lock_shared({turn})"));
    }
    taken.extend(
        locks
            .iter()
            .map(|number| format!("pg_advisory_xact_lock({number})")),
    );
    if let Scope::Beside(_, _, free) = scope {
        // What this answers nobody hears here; whoever wants to know asks for the setting.
        taken.push(format!(
            "set_config('{TAKEN}', pg_try_advisory_xact_lock({free})::text, true)"
        ));
    }
    for some in taken.chunks(LOCKS_AT_ONCE) {
        statement.push_str("; select ");
        statement.push_str(&some.join(", "));
    }
    statement
}

impl Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}
