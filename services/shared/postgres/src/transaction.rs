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

impl Tx {
    pub(crate) async fn begin(pool: &PgPool, group: Option<&GroupId>, locks: &[i64]) -> sqlx::Result<Self> {
        // One round trip. Safe as text: a group id consists of a-z, 0-9 and '-' by construction.
        let scope = group.map_or("*", GroupId::as_str);
        let mut statement = format!("begin; set local edina.\"group\" = '{scope}'");
        for number in locks {
            statement.push_str(&format!("; select pg_advisory_xact_lock({number})"));
        }
        Ok(Self {
            inner: pool.begin_with(AssertSqlSafe(statement)).await?,
        })
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
