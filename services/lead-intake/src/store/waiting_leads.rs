//! How many leads are open, and how long the unanswered ones have waited. Read from indexes alone.

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use sqlx::PgConnection;

/// Counted up to a limit, so that it stays cheap whatever has piled up.
#[derive(Debug, Clone, Default)]
pub struct WaitingLeads {
    pub open: i64,
    pub unanswered: i64,
    pub overdue: i64,
    /// When the clock of the longest overdue one ran out.
    pub oldest_due_at: Option<DateTime<Utc>>,
}

/// Of one group, counting `most` leads at most.
pub async fn count(
    connection: &mut PgConnection,
    group: &GroupId,
    now: DateTime<Utc>,
    most: i64,
) -> sqlx::Result<WaitingLeads> {
    sqlx::query_as!(
        WaitingLeads,
        r#"select open.leads as "open!", waiting.leads as "unanswered!", waiting.overdue as "overdue!",
               waiting.oldest as oldest_due_at
           from (select count(*) as leads
                 from (select 1 from leads where group_id = $1 and status = 'open' limit $3) as counted) as open,
                (select count(*) as leads, count(*) filter (where answer_due_at < $2) as overdue,
                     min(answer_due_at) filter (where answer_due_at < $2) as oldest
                 from (select answer_due_at from leads
                       where group_id = $1 and status = 'open' and answered_at is null
                       order by answer_due_at limit $3) as counted) as waiting"#,
        group.as_str(),
        now,
        most
    )
    .fetch_one(connection)
    .await
}
