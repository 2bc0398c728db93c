//! Receipts and late answers. A receipt is kept first and acknowledged then; matching it to its message is a scan that
//! runs after every receipt, after every recorded answer, and on a timer, so that either may come first.

use std::time::Duration;

use chrono::TimeDelta;
use edina_runtime::{group::GroupId, stop::Stop};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::Dispatcher;
use crate::{
    channel::{ProviderEvent, ReceiptState},
    message::progress::{Parts, Step},
    store::{
        dispatches, messages,
        receipts::{self, MatchedReceipt},
    },
};

const SCAN_INTERVAL: Duration = Duration::from_secs(1);
const BATCH: i64 = 100;
/// Nobody's receipts are kept so long.
const KEEP: TimeDelta = TimeDelta::days(7);
const LATE_ANSWER_ATTEMPTS: u32 = 20;

impl Dispatcher {
    /// Takes what the provider says on its own until its link ends.
    pub async fn listen(self, mut events: mpsc::Receiver<ProviderEvent>) {
        let Some((name, link)) = self.links.sms.as_ref().map(|link| (link.name.clone(), link)) else {
            return;
        };
        while let Some(event) = events.recv().await {
            let now = self.clock.now();
            link.heard(now);
            match event {
                ProviderEvent::Receipt { receipt, acknowledge } => {
                    let kept = async {
                        let mut tx = self.database.begin_system().await?;
                        receipts::keep(&mut tx, &name, &receipt, now).await?;
                        tx.commit().await
                    };
                    match kept.await {
                        Ok(()) => acknowledge.stored(),
                        // Dropped unacknowledged: the provider brings it again.
                        Err(error) => tracing::warn!(%error, "a receipt could not be kept"),
                    }
                    self.receipts.notify_one();
                }
                ProviderEvent::LateAnswer { message_id, outcome } => {
                    for _ in 0..LATE_ANSWER_ATTEMPTS {
                        match self.late_answer(message_id, &outcome).await {
                            Ok(()) => break,
                            Err(error) => {
                                tracing::warn!(message = %message_id, %error, "a late answer waits")
                            }
                        }
                        tokio::time::sleep(Duration::from_millis(500)).await;
                    }
                    self.committed();
                }
            }
        }
    }

    /// Brings receipts and messages together until the stop.
    pub async fn settle(self, stop: Stop) {
        while !stop.is_requested() {
            if let Err(error) = self.settle_once(&stop).await {
                tracing::warn!(%error, "receipts wait for the database");
            }
            tokio::select! {
                () = stop.requested() => {}
                () = self.receipts.notified() => {}
                () = tokio::time::sleep(SCAN_INTERVAL) => {}
            }
        }
    }

    /// Receipts may come faster than they are settled: a stop is looked for between any two of them.
    async fn settle_once(&self, stop: &Stop) -> sqlx::Result<()> {
        while !stop.is_requested() {
            let mut tx = self.database.begin_system().await?;
            let now = self.clock.now();
            receipts::sweep(&mut tx, now - KEEP).await?;
            while !stop.is_requested() && receipts::claim_for_doubt(&mut tx, now).await? {}
            let matched = receipts::matched(&mut tx, BATCH).await?;
            tx.commit().await?;
            if matched.is_empty() {
                return Ok(());
            }
            for receipt in &matched {
                if stop.is_requested() {
                    break;
                }
                self.apply(receipt).await?;
                let mut tx = self.database.begin_system().await?;
                receipts::forget(&mut tx, receipt.id).await?;
                tx.commit().await?;
            }
            self.relay.wake();
        }
        Ok(())
    }

    /// Idempotent: a receipt may come again, late, or out of order.
    async fn apply(&self, receipt: &MatchedReceipt) -> sqlx::Result<()> {
        let Some(said) = ReceiptState::from_code(&receipt.state) else {
            return Ok(());
        };
        let Ok(group) = receipt.group_id.parse::<GroupId>() else {
            return Ok(());
        };
        let id = receipt.message_id;
        let mut tx = self.database.begin(&group).await?;
        let Some(mut row) = messages::lock(&mut tx, &group, id).await? else {
            return Ok(());
        };
        let mut parts = Parts::default();
        for part in receipts::parts(&mut tx, &group, id).await? {
            if let Some(state) = ReceiptState::from_code(&part.state) {
                parts.note(&part.provider_id, state);
            }
        }
        parts.note(&receipt.provider_id, said);
        if let Some(state) = parts.state(&receipt.provider_id) {
            receipts::set_part(&mut tx, &group, id, &receipt.provider_id, state.code()).await?;
        }
        let count = usize::try_from(row.parts.max(1)).unwrap_or(1);
        if let Some(step) = parts.outcome(count) {
            let detail = if step == Step::AllDelivered {
                (
                    "Доставлено по отчёту".to_owned(),
                    "Delivered, says the receipt".to_owned(),
                )
            } else {
                row.error = format!("receipt_{}: {}", said.code(), receipt.error);
                (
                    format!("Не доставлено: {} {}", said.code(), receipt.error),
                    format!("Not delivered: {} {}", said.code(), receipt.error),
                )
            };
            if self
                .step(
                    &mut tx,
                    &group,
                    &mut row,
                    step,
                    (detail.0.trim(), detail.1.trim()),
                )
                .await?
            {
                dispatches::end(&mut tx, id, "answered").await?;
            }
        }
        tx.commit().await
    }

    /// The answer to a submit that was given up: one part's id, or a refusal.
    async fn late_answer(&self, id: Uuid, outcome: &Result<String, u32>) -> sqlx::Result<()> {
        let mut tx = self.database.begin_system().await?;
        let owner = dispatches::owner(&mut tx, id).await?;
        tx.commit().await?;
        let Some((group, provider)) = owner else {
            return Ok(());
        };
        let Ok(group) = group.parse::<GroupId>() else {
            return Ok(());
        };
        let mut tx = self.database.begin(&group).await?;
        let Some(mut row) = messages::lock(&mut tx, &group, id).await? else {
            return Ok(());
        };
        let (step, detail) = match outcome {
            Ok(provider_id) => {
                let ids = std::slice::from_ref(provider_id);
                receipts::add_parts(&mut tx, &group, &provider, id, ids, self.clock.now()).await?;
                let known = receipts::parts(&mut tx, &group, id).await?.len();
                if known < usize::try_from(row.parts).unwrap_or(0) {
                    tx.commit().await?;
                    return Ok(());
                }
                (
                    Step::Accepted,
                    (
                        "Провайдер ответил с опозданием".to_owned(),
                        "The provider answered late".to_owned(),
                    ),
                )
            }
            Err(code) => {
                row.error = format!("provider_{code}: late refusal");
                (
                    Step::Rejected,
                    (
                        format!("Провайдер отказал, код {code}"),
                        format!("Refused by the provider, code {code}"),
                    ),
                )
            }
        };
        if self
            .step(&mut tx, &group, &mut row, step, (&detail.0, &detail.1))
            .await?
        {
            dispatches::end(&mut tx, id, "answered").await?;
        }
        tx.commit().await
    }
}
