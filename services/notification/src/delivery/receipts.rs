//! Receipts and late answers. A receipt is kept first and acknowledged then; matching it to its message is a scan that
//! runs after every receipt, after every recorded answer, and on a timer, so that either may come first.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use chrono::TimeDelta;
use edina_messaging::outbox::Facts;
use edina_postgres::Tx;
use edina_runtime::{group::GroupId, stop::Stop};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::Dispatcher;
use crate::{
    channel::{Acknowledge, ProviderEvent, Receipt, ReceiptState},
    message::progress::{Parts, Step},
    store::{
        dispatches,
        messages::{self, MessageRow},
        receipts::{self, MatchedReceipt},
    },
};

const SCAN_INTERVAL: Duration = Duration::from_secs(1);
/// Receipts come by the dozen: what settles one settles many at hardly more.
const GATHER: Duration = Duration::from_millis(20);
const SWEEP_INTERVAL: Duration = Duration::from_secs(600);
const BATCH: i64 = 1000;
/// Receipts settled in one transaction.
const SETTLED_TOGETHER: usize = 100;
/// Events of a provider that are kept at once.
const TOGETHER: usize = 64;
/// Nobody's receipts are kept so long.
const KEEP: TimeDelta = TimeDelta::days(7);
const LATE_ANSWER_ATTEMPTS: u32 = 20;

impl Dispatcher {
    /// Takes what the provider says on its own until its link ends.
    pub async fn listen(self, mut events: mpsc::Receiver<ProviderEvent>) {
        let Some((name, link)) = self.links.sms.as_ref().map(|link| (link.name.clone(), link)) else {
            return;
        };
        let mut arrived = Vec::with_capacity(TOGETHER);
        while events.recv_many(&mut arrived, TOGETHER).await > 0 {
            link.heard(self.clock.now());
            let mut receipts = Vec::with_capacity(arrived.len());
            for event in arrived.drain(..) {
                match event {
                    ProviderEvent::Receipt { receipt, acknowledge } => receipts.push((receipt, acknowledge)),
                    ProviderEvent::LateAnswer { message_id, outcome } => {
                        self.take_late_answer(message_id, &outcome).await;
                    }
                }
            }
            self.keep(&name, receipts).await;
        }
    }

    async fn take_late_answer(&self, message_id: Uuid, outcome: &Result<String, u32>) {
        for _ in 0..LATE_ANSWER_ATTEMPTS {
            match self.late_answer(message_id, outcome).await {
                Ok(()) => break,
                Err(error) => tracing::warn!(message = %message_id, %error, "a late answer waits"),
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        self.committed();
    }

    /// Stores receipts and acknowledges them then; each alone if they cannot be stored together.
    async fn keep(&self, provider: &str, arrived: Vec<(Receipt, Acknowledge)>) {
        if arrived.is_empty() {
            return;
        }
        let all: Vec<&Receipt> = arrived.iter().map(|(receipt, _)| receipt).collect();
        let together = self.store_receipts(provider, &all).await.is_ok();
        for (receipt, acknowledge) in arrived {
            let stored = if together {
                Ok(())
            } else {
                self.store_receipts(provider, &[&receipt]).await
            };
            match stored {
                Ok(()) => acknowledge.stored(),
                // Dropped unacknowledged: the provider brings it again.
                Err(error) => tracing::warn!(%error, "a receipt could not be kept"),
            }
        }
        self.receipts.notify_one();
    }

    async fn store_receipts(&self, provider: &str, arrived: &[&Receipt]) -> sqlx::Result<()> {
        let mut tx = self.database.begin_system().await?;
        receipts::keep(&mut tx, provider, arrived, self.clock.now()).await?;
        tx.commit().await
    }

    /// Brings receipts and messages together until the stop.
    pub async fn settle(self, stop: Stop) {
        let mut sweep = tokio::time::interval(SWEEP_INTERVAL);
        while !stop.is_requested() {
            if let Err(error) = self.settle_once(&stop).await {
                tracing::warn!(%error, "receipts wait for the database");
            }
            tokio::select! {
                () = stop.requested() => {}
                () = tokio::time::sleep(GATHER) => {}
            }
            tokio::select! {
                () = stop.requested() => {}
                () = self.receipts.notified() => {}
                () = tokio::time::sleep(SCAN_INTERVAL) => {}
                _ = sweep.tick() => self.sweep_receipts().await,
            }
        }
    }

    async fn sweep_receipts(&self) {
        let swept = async {
            let mut tx = self.database.begin_system().await?;
            receipts::sweep(&mut tx, self.clock.now() - KEEP).await?;
            tx.commit().await
        };
        if let Err(error) = swept.await {
            tracing::warn!(%error, "old receipts cannot be swept");
        }
    }

    /// Receipts may come faster than they are settled: a stop is looked for between any two batches of them.
    async fn settle_once(&self, stop: &Stop) -> sqlx::Result<()> {
        while !stop.is_requested() {
            let matched = self.matched(stop).await?;
            if matched.is_empty() {
                return Ok(());
            }
            let mut groups: BTreeMap<&str, Vec<&MatchedReceipt>> = BTreeMap::new();
            for receipt in &matched {
                groups.entry(&receipt.group_id).or_default().push(receipt);
            }
            for (group, of_group) in groups {
                let Ok(group) = group.parse::<GroupId>() else {
                    continue;
                };
                for some in of_group.chunks(SETTLED_TOGETHER) {
                    self.apply_all(&group, some).await?;
                }
            }
            let applied: Vec<Uuid> = matched.iter().map(|receipt| receipt.id).collect();
            // Applied again if that is lost, to the same effect.
            let mut tx = self.database.begin_repeatable().await?;
            receipts::forget(&mut tx, &applied).await?;
            tx.commit().await?;
            self.relay.wake();
        }
        Ok(())
    }

    /// Receipts whose message is known, or can be told.
    async fn matched(&self, stop: &Stop) -> sqlx::Result<Vec<MatchedReceipt>> {
        let mut tx = self.database.begin_system().await?;
        let mut matched = receipts::matched(&mut tx, BATCH).await?;
        if matched.is_empty() && receipts::any(&mut tx).await? {
            let now = self.clock.now();
            let mut claimed = false;
            while !stop.is_requested() && receipts::claim_for_doubt(&mut tx, now).await? {
                claimed = true;
            }
            if claimed {
                matched = receipts::matched(&mut tx, BATCH).await?;
            }
        }
        tx.commit().await?;
        Ok(matched)
    }

    /// Applies receipts of one group. Idempotent: a receipt may come again, late, or out of order.
    async fn apply_all(&self, group: &GroupId, arrived: &[&MatchedReceipt]) -> sqlx::Result<()> {
        let ids: Vec<Uuid> = arrived.iter().map(|receipt| receipt.message_id).collect();
        let mut tx = self.database.begin(group).await?;
        let rows = messages::lock_gone(&mut tx, group, &ids).await?;
        let gone: HashSet<Uuid> = rows.iter().map(|row| row.id).collect();
        self.apply_to(tx, group, rows, arrived).await?;
        // A receipt may overtake the answer to its submit. Such a message is in its recipient's line, which it leaves
        // alone: who holds it must not wait for others.
        for receipt in arrived
            .iter()
            .filter(|receipt| !gone.contains(&receipt.message_id))
        {
            let mut tx = self.database.begin(group).await?;
            let row = messages::lock(&mut tx, group, receipt.message_id).await?;
            self.apply_to(tx, group, row.into_iter().collect(), &[receipt])
                .await?;
        }
        Ok(())
    }

    /// Applies receipts to those of their messages that are given, and commits.
    async fn apply_to(
        &self,
        mut tx: Tx,
        group: &GroupId,
        mut rows: Vec<MessageRow>,
        arrived: &[&MatchedReceipt],
    ) -> sqlx::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut known: HashMap<Uuid, Parts> = HashMap::new();
        for part in receipts::parts(&mut tx, group, &ids).await? {
            if let Some(state) = ReceiptState::from_code(&part.state) {
                let parts = known.entry(part.message_id).or_default();
                parts.note(&part.provider_id, state);
            }
        }
        let (mut said, mut facts) = (BTreeMap::new(), Facts::default());
        for receipt in arrived {
            let row = rows.iter_mut().find(|row| row.id == receipt.message_id);
            let (Some(row), Some(says)) = (row, ReceiptState::from_code(&receipt.state)) else {
                continue;
            };
            let parts = known.entry(row.id).or_default();
            parts.note(&receipt.provider_id, says);
            if let Some(state) = parts.state(&receipt.provider_id) {
                said.insert((row.id, receipt.provider_id.as_str()), state.code());
            }
            let count = usize::try_from(row.parts.max(1)).unwrap_or(1);
            let Some(step) = parts.outcome(count) else {
                continue;
            };
            let detail = if step == Step::AllDelivered {
                (
                    "Доставлено по отчёту".to_owned(),
                    "Delivered, says the receipt".to_owned(),
                )
            } else {
                row.error = format!("receipt_{}: {}", says.code(), receipt.error);
                (
                    format!("Не доставлено: {} {}", says.code(), receipt.error),
                    format!("Not delivered: {} {}", says.code(), receipt.error),
                )
            };
            let detail = (detail.0.trim(), detail.1.trim());
            let open = matches!(row.state.as_str(), "sending" | "unknown");
            if self
                .step_saying(&mut tx, group, row, step, detail, &mut facts)
                .await?
                && open
            {
                dispatches::end(&mut tx, row.id, "answered").await?;
            }
        }
        let said: Vec<(Uuid, &str, &str)> = said
            .into_iter()
            .map(|((id, part), state)| (id, part, state))
            .collect();
        receipts::set_parts(&mut tx, group, &said).await?;
        facts.store(&mut tx, group, self.clock.now()).await?;
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
                let known = receipts::parts(&mut tx, &group, &[id]).await?.len();
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
