//! Facts of a call, once its client is known. A withheld number has none and is announced without.

use chrono::{DateTime, Utc};
use edina_messaging::outbox;
use edina_postgres::Tx;
use edina_proto::calls::v1::{CallAnswered, CallEnded, CallMissed};
use edina_runtime::group::GroupId;
use uuid::Uuid;

use super::Tracking;
use crate::store::calls::{self, CallRow};

impl Tracking {
    /// Publishes what has happened and was not published yet. Joins the transaction.
    pub(super) async fn announce(
        &self,
        tx: &mut Tx,
        group: &GroupId,
        id: Uuid,
        at: DateTime<Utc>,
    ) -> sqlx::Result<()> {
        let Some(call) = calls::get(tx, group, id).await? else {
            return Ok(());
        };
        if call.direction == "internal" || !call.merged_into.is_empty() || !call.resolved() {
            return Ok(());
        }
        let version = u64::try_from(call.version).unwrap_or(0);
        let seconds = |seconds: i32| u32::try_from(seconds).unwrap_or(0);
        if call.answered_at.is_some() && !call.answered_announced {
            let fact = CallAnswered {
                call_id: id.to_string(),
                client_id: call.client_id.clone(),
                employee_id: call.employee_id.clone(),
                extension: call.answered_extension.clone(),
                direction: call.direction.clone(),
                branch_id: call.branch_id.clone(),
                wait_seconds: seconds(call.wait_seconds),
                version,
            };
            outbox::enqueue(tx, group, &fact, call.answered_at.unwrap_or(at)).await?;
            self.called_back_in(tx, group, &call).await?;
            calls::mark_answered_announced(tx, group, id).await?;
        }
        if call.state == "ended" && !call.ended_announced {
            let fact = CallEnded {
                call_id: id.to_string(),
                client_id: call.client_id.clone(),
                direction: call.direction.clone(),
                outcome: call.outcome.clone(),
                employee_id: call.employee_id.clone(),
                branch_id: call.branch_id.clone(),
                wait_seconds: seconds(call.wait_seconds),
                talk_seconds: seconds(call.talk_seconds),
                version,
            };
            outbox::enqueue(tx, group, &fact, call.ended_at.unwrap_or(at)).await?;
            if is_missed(&call) {
                let fact = CallMissed {
                    call_id: id.to_string(),
                    client_id: call.client_id.clone(),
                    branch_id: call.branch_id.clone(),
                    outcome: call.outcome.clone(),
                    version,
                };
                outbox::enqueue(tx, group, &fact, call.ended_at.unwrap_or(at)).await?;
                self.callback_task_in(tx, group, &call).await?;
            }
            calls::mark_ended_announced(tx, group, id).await?;
            metrics::counter!("edina_calls_total", "direction" => call.direction.clone(), "outcome" => call.outcome.clone())
                .increment(1);
        }
        Ok(())
    }
}

/// Somebody from outside wanted us and did not get us.
fn is_missed(call: &CallRow) -> bool {
    call.direction == "inbound" && !matches!(call.outcome.as_str(), "answered" | "")
}
