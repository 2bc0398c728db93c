//! The only place with SQL. Every function works inside a transaction of one dealership group.
//!
//! Who asks for many rows by their keys asks by a lateral subquery with a limit, or `offset 0`: PostgreSQL then looks each up.
//! A join it may turn round, and read a whole table that was small when the plan was made and is not any more; the first
//! minute of a first import took twice as long by that.

pub(crate) mod answers;
pub(crate) mod before;
pub(crate) mod changes;
pub(crate) mod clients;
pub(crate) mod closing;
pub(crate) mod confirmations;
pub(crate) mod consents;
pub(crate) mod copy;
pub(crate) mod corrections;
pub(crate) mod dictionary;
pub(crate) mod explaining;
pub(crate) mod following;
pub(crate) mod freshness;
pub(crate) mod history;
pub(crate) mod imports;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod merges;
pub(crate) mod models;
pub(crate) mod moves;
pub(crate) mod owners;
pub(crate) mod profiles;
pub(crate) mod reading;
pub(crate) mod records;
pub(crate) mod refusals;
pub(crate) mod regain;
pub(crate) mod relations;
pub(crate) mod repeats;
pub(crate) mod reviews;
pub(crate) mod stale;
pub(crate) mod timeline;
pub(crate) mod vehicles;
pub(crate) mod verdicts;

use sqlx::PgConnection;

/// Holds the numbered advisory locks until the transaction ends. `numbers` must be sorted, so that nobody waits in a ring.
pub(crate) async fn lock(connection: &mut PgConnection, numbers: &[i64]) -> sqlx::Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(number) from unnest($1::bigint[]) with ordinality as locks (number, place) order by place",
        numbers
    )
    .execute(connection)
    .await?;
    Ok(())
}
