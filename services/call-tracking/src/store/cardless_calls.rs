//! Calls that belong to no client. Read from an index alone.

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use sqlx::PgConnection;

/// Outside calls of a group that ended between the two instants and have no card, counting `most` at most.
pub async fn count(
    connection: &mut PgConnection,
    group: &GroupId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    most: i64,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "calls!" from (
               select 1 from calls
               where group_id = $1 and ended_at >= $2 and ended_at < $3 and client_id = '' and number <> ''
                   and merged_into = '' and direction <> 'internal' and state = 'ended'
               limit $4) as counted"#,
        group.as_str(),
        from,
        to,
        most
    )
    .fetch_one(connection)
    .await
}
