//! A fact into the present transaction.

use chrono::{DateTime, Utc};
use edina_proto::fact::Fact;
use edina_runtime::group::GroupId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::streams;

/// Stores the fact in the outbox of the transaction; it is published after the commit. Answers the event id.
pub async fn enqueue<F: Fact>(
    connection: &mut PgConnection,
    group: &GroupId,
    fact: &F,
    at: DateTime<Utc>,
) -> sqlx::Result<Uuid> {
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into outbox (id, group_id, subject, event_type, entity_id, payload, traceparent, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id)
    .bind(group.as_str())
    .bind(streams::subject(group.as_str(), F::SERVICE, F::ENTITY, F::FACT))
    .bind(F::TYPE)
    .bind(fact.entity_id())
    .bind(fact.encode_to_vec())
    .bind(edina_telemetry::propagation::current())
    .bind(at)
    .execute(connection)
    .await?;
    Ok(id)
}
