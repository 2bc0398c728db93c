//! What the provider answered to a submit, written down; tried until the database takes it.

use std::time::Duration;

use chrono::TimeDelta;
use edina_postgres::jobs::{Job, Outcome};
use uuid::Uuid;

use super::Dispatcher;
use crate::{
    channel::{SubmitError, Submitted},
    message::progress::Step,
    store::{dispatches, messages, receipts},
};

const DATABASE_WAIT: Duration = Duration::from_millis(500);
/// About ten minutes; after that the message is found `sending` and becomes unknown.
const DATABASE_ATTEMPTS: u32 = 1200;
/// Refusals "for now" before we take them as final.
const MOST_ATTEMPTS: i32 = 8;
const LONGEST_RETRY_SECONDS: i64 = 60;

/// A message that was given to a provider.
pub(super) struct HandedOver {
    /// Its job, which ends with the record.
    pub job: Job,
    pub id: Uuid,
    pub provider: String,
    pub attempts: i32,
}

impl Dispatcher {
    /// Records the answer. [`Outcome::Again`]: the message is queued again and is to be sent then.
    pub(super) async fn record_outcome(
        &self,
        handed: &HandedOver,
        answer: Result<Submitted, SubmitError>,
    ) -> Outcome {
        for _ in 0..DATABASE_ATTEMPTS {
            match self.record(handed, &answer).await {
                Ok(outcome) => {
                    self.committed();
                    return outcome;
                }
                Err(error) => {
                    tracing::warn!(message = %handed.id, %error, "a provider's answer is not recorded yet")
                }
            }
            tokio::time::sleep(DATABASE_WAIT).await;
        }
        Outcome::Done
    }

    async fn record(
        &self,
        handed: &HandedOver,
        answer: &Result<Submitted, SubmitError>,
    ) -> sqlx::Result<Outcome> {
        let group = &handed.job.group;
        let now = self.clock.now();
        let mut tx = self.database.begin(group).await?;
        let Some(mut row) = messages::lock(&mut tx, group, handed.id).await? else {
            return Ok(Outcome::Done);
        };
        let ids: &[String] = match answer {
            Ok(Submitted { provider_ids, .. }) | Err(SubmitError::Unknown { provider_ids, .. }) => {
                provider_ids
            }
            Err(_) => &[],
        };
        receipts::add_parts(&mut tx, group, &handed.provider, handed.id, ids, now).await?;
        let again = now + TimeDelta::seconds((1 << handed.attempts.clamp(0, 10)).min(LONGEST_RETRY_SECONDS));
        let (step, dispatch, detail, retry) = match answer {
            Ok(submitted) => {
                row.parts = i32::try_from(submitted.parts).unwrap_or(row.parts);
                let detail = ("Провайдер принял".to_owned(), "Taken by the provider".to_owned());
                (Step::Accepted, "answered", detail, None)
            }
            Err(SubmitError::Rejected { code, reason, final_ })
                if *final_ || handed.attempts >= MOST_ATTEMPTS =>
            {
                row.error = format!("provider_{code}: {reason}");
                let detail = (
                    format!("Провайдер отказал, код {code}: {reason}"),
                    format!("Refused by the provider, code {code}: {reason}"),
                );
                (Step::Rejected, "answered", detail, None)
            }
            Err(SubmitError::Rejected { code, reason, .. }) => {
                let detail = (
                    format!("Провайдер отказал пока что, код {code}: {reason}"),
                    format!("Refused for now, code {code}: {reason}"),
                );
                (Step::SurelyNotSent, "not_sent", detail, Some(again))
            }
            Err(SubmitError::Throttled { retry_after }) => {
                let wait =
                    TimeDelta::from_std(*retry_after).unwrap_or(TimeDelta::seconds(LONGEST_RETRY_SECONDS));
                let detail = (
                    "Провайдер просит слать медленнее".to_owned(),
                    "The provider asks to slow down".to_owned(),
                );
                (Step::SurelyNotSent, "not_sent", detail, Some(now + wait))
            }
            Err(SubmitError::NotSent(reason)) => {
                let detail = (
                    format!("Не отправлено, повторим: {reason}"),
                    format!("Not sent, will retry: {reason}"),
                );
                (Step::SurelyNotSent, "not_sent", detail, Some(again))
            }
            Err(SubmitError::Unknown { reason, provider_ids }) => {
                let detail = doubt(provider_ids.len(), row.parts, reason);
                (Step::InDoubt, "in_doubt", detail, None)
            }
        };
        // A late answer or a receipt may have settled it already: then this changes nothing.
        let moved = self
            .step(&mut tx, group, &mut row, step, (&detail.0, &detail.1))
            .await?;
        if moved {
            dispatches::end(&mut tx, handed.id, dispatch).await?;
        }
        let again = retry.filter(|_| moved);
        if again.is_none() {
            handed.job.done_in(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(again.map_or(Outcome::Settled, Outcome::Again))
    }
}

/// What is known of a message after `answered` of its `parts`, in Russian and in English.
fn doubt(answered: usize, parts: i32, reason: &str) -> (String, String) {
    if answered == 0 {
        return (
            format!("Ответа нет, ждём отчёта о доставке: {reason}"),
            format!("No answer, a receipt will settle it: {reason}"),
        );
    }
    (
        format!(
            "Провайдер принял частей: {answered} из {parts}, об остальных ответа нет, ждём отчёта о доставке: {reason}"
        ),
        format!(
            "The provider took {answered} of {parts} parts and did not answer for the rest, a receipt may settle it: {reason}"
        ),
    )
}
