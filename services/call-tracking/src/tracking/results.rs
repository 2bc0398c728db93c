//! What a conversation came to (R46, R47), and click-to-call.

use edina_proto::words::CALL_RESULTS;
use edina_runtime::group::GroupId;
use uuid::Uuid;

use super::{Connections, Tracking, TrackingError};
use crate::{
    ami::action::Originate,
    store::calls::{self, CallRow},
};

const LONGEST_NOTE: usize = 4_000;
const RING_SECONDS: u32 = 25;

impl Tracking {
    /// Stores the result of a call.
    pub async fn record_result(
        &self,
        group: &GroupId,
        id: Uuid,
        result: &str,
        next_step: &str,
        note: &str,
        topic: &str,
    ) -> Result<CallRow, TrackingError> {
        if !result.is_empty() && !CALL_RESULTS.contains(&result) {
            return Err(TrackingError::Invalid {
                field: "result",
                message: format!("one of {}", CALL_RESULTS.join(", ")),
            });
        }
        for (field, text) in [("note", note), ("next_step", next_step), ("topic", topic)] {
            if text.len() > LONGEST_NOTE {
                return Err(TrackingError::Invalid {
                    field,
                    message: format!("at most {LONGEST_NOTE} bytes"),
                });
            }
        }
        let mut tx = self.database.begin(group).await?;
        calls::set_result(&mut tx, group, id, result, next_step, note, topic).await?;
        let call = calls::get(&mut tx, group, id)
            .await?
            .ok_or(TrackingError::NotFound("call"))?;
        tx.commit().await?;
        Ok(call)
    }

    /// Rings the extension, then dials the number from it. Answers the exchange's id of the action.
    pub async fn dial(
        &self,
        group: &GroupId,
        connections: &Connections,
        extension: &str,
        number: &str,
    ) -> Result<String, TrackingError> {
        let connection = connections
            .of(group)
            .into_iter()
            .next()
            .ok_or(TrackingError::NoPbx)?;
        let number: String = number
            .chars()
            .filter(|c| c.is_ascii_digit() || *c == '+')
            .collect();
        let originate = Originate {
            extension: extension.to_owned(),
            technology: connection.config.technology.clone(),
            number,
            context: connection.config.context.clone(),
            ring_seconds: RING_SECONDS,
        };
        Ok(connection.dial(originate).await?)
    }
}
