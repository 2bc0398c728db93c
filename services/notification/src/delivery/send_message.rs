//! Takes one message as far as it gets: through the gate, into `sending`, to the provider, and notes what came of it.
//!
//! The order is what makes it at most once: `sending` is committed before anything leaves. A message found `sending`
//! that nobody here is handing over was cut off by a crash; whether it left is unknown, and it is never sent again.

use chrono::TimeDelta;
use edina_postgres::{
    Tx,
    jobs::{Job, JobResult, Outcome},
};
use edina_telemetry::propagation;
use sqlx::types::Json;
use tracing::{Instrument as _, field::Empty};
use uuid::Uuid;

use super::{Dispatcher, clearance, problems_text, recipient::Known, record_outcome::HandedOver, writing};
use crate::{
    channel::smpp::encoding,
    message::{
        Channel,
        gate::{Suppression, Verdict},
        progress::{MessageState, Step},
        reason::{Language, Reason},
    },
    store::{
        dispatches,
        messages::{self, MessageRow, Weighed},
        suppressions, turns, wordings,
    },
};

/// After this a message that could not leave is old news.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::hours(24);
/// Whose turn it is not is called when it comes; this look is for what nobody foresaw.
pub(super) const TURN_LOOK: TimeDelta = TimeDelta::minutes(2);
const LINK_WAIT: TimeDelta = TimeDelta::seconds(1);

impl Dispatcher {
    /// Job: the message named by the key.
    pub async fn send_message(&self, job: Job) -> JobResult {
        let id: Uuid = job.key.parse()?;
        let now = self.clock.now();
        let mut tx = self.database.begin(&job.group).await?;
        let Some(row) = messages::get(&mut tx, &job.group, id).await? else {
            return Ok(Outcome::Done);
        };
        match MessageState::from_code(&row.state) {
            Some(MessageState::Queued | MessageState::Deferred) if now - row.created_at > GIVE_UP_AFTER => {
                return self.too_late(tx, &job, id).await;
            }
            Some(MessageState::Queued | MessageState::Deferred) => {}
            Some(MessageState::Sending) => return self.cut_off(tx, &job, id).await,
            _ => return Ok(Outcome::Done),
        }
        if turns::seems_to_wait(&mut tx, &job.group, &row).await?
            && turns::must_wait(&mut tx, &job.group, &row).await?
        {
            return Ok(Outcome::Again(now + TURN_LOOK));
        }
        // The neighbours are asked with no transaction open.
        tx.rollback().await?;
        let known = self.look_up(&job, &row).await?;
        self.through_gate(&job, id, known).await
    }

    /// A message found `sending`: in the hands of this process, or of one that has died.
    async fn cut_off(&self, mut tx: Tx, job: &Job, id: Uuid) -> JobResult {
        if self.in_flight.has(id) {
            return Ok(Outcome::Again(self.clock.now() + TimeDelta::seconds(2)));
        }
        let Some(mut row) = messages::lock(&mut tx, &job.group, id).await? else {
            return Ok(Outcome::Done);
        };
        let detail = (
            "Отправка прервана: ушло ли сообщение, неизвестно",
            "Cut off while sending: whether it left is unknown",
        );
        if row.state == MessageState::Sending.code()
            && self
                .step(&mut tx, &job.group, &mut row, Step::InDoubt, detail)
                .await?
        {
            dispatches::end(&mut tx, id, "in_doubt").await?;
        }
        self.end(tx, job).await
    }

    async fn too_late(&self, mut tx: Tx, job: &Job, id: Uuid) -> JobResult {
        let Some(row) = messages::lock(&mut tx, &job.group, id).await? else {
            return Ok(Outcome::Done);
        };
        if !matches!(row.state.as_str(), "queued" | "deferred") {
            return Ok(Outcome::Done);
        }
        let detail = ("Не удалось отправить за сутки", "Could not be sent within a day");
        self.give_up(tx, job, row, "expired", detail).await
    }

    /// Nothing is left to be done for the job: it ends with what was done.
    async fn end(&self, mut tx: Tx, job: &Job) -> JobResult {
        job.done_in(&mut tx).await?;
        tx.commit().await?;
        self.committed();
        Ok(Outcome::Settled)
    }

    async fn through_gate(&self, job: &Job, id: Uuid, known: Known) -> JobResult {
        let group = &job.group;
        let mut tx = self.database.begin(group).await?;
        let Some(mut row) = messages::lock(&mut tx, group, id).await? else {
            return Ok(Outcome::Done);
        };
        // Another copy of the service may have been faster.
        if !matches!(row.state.as_str(), "queued" | "deferred") {
            return Ok(Outcome::Done);
        }
        let now = self.clock.now();
        let channel = known.template.channel();
        row.channel = channel.code().to_owned();
        row.template = known.template.code().to_owned();
        row.locale = known.language.code().to_owned();
        row.recipient = known.address.clone().unwrap_or_default();
        row.contact_ref.clone_from(&known.contact_ref);
        let Some(address) = known.address.clone().filter(|_| !known.erased) else {
            let reason = if known.erased {
                Reason::Erased
            } else {
                Reason::NoAddress
            };
            return self.block(tx, job, row, vec![reason]).await;
        };
        let suppressed = suppressions::of_address(&mut tx, group, channel.code(), &address).await?;
        let suppressed: Vec<Suppression> = suppressed
            .map(|(reason, scope)| clearance::suppression(&reason, &scope))
            .into_iter()
            .collect();
        let decision = self.decide(&row, channel, &known, &suppressed, now);
        let token = match decision.verdict {
            Verdict::Send(token) => token,
            Verdict::Block => return self.block(tx, job, row, decision.why).await,
            Verdict::Defer { until } => {
                if row.state == "queued" || row.deferred_until != Some(until) {
                    row.deferred_until = Some(until);
                    row.reasons = weighed(&decision.why, |reason| reason != Reason::QuietHours);
                    let text = |language| Reason::QuietHours.text(language);
                    let detail = (text(Language::Ru), text(Language::En));
                    self.step(&mut tx, group, &mut row, Step::PutOff, detail).await?;
                    tx.commit().await?;
                    self.committed();
                }
                return Ok(Outcome::Again(until));
            }
        };
        row.reasons = weighed(&decision.why, |_| true);
        let link = match channel {
            Channel::Sms => self
                .links
                .sms
                .as_ref()
                .map(|link| (link.name.clone(), link.sandboxed)),
            Channel::Email => self
                .links
                .mail
                .as_ref()
                .map(|link| (link.name.clone(), link.sandboxed)),
        };
        let Some((provider, sandboxed)) = link else {
            let detail = (
                "Для этого канала не настроен провайдер",
                "No provider is set up for this channel",
            );
            return self.give_up(tx, job, row, "no_provider", detail).await;
        };
        if channel == Channel::Sms && !self.sms_link_is_up() {
            return Ok(Outcome::Again(now + LINK_WAIT));
        }
        let own = wordings::get(&mut tx, group, known.template.code(), known.language.code()).await?;
        let text = match writing::write(&known, &row, own, &self.console_url, now) {
            Ok(text) => text,
            Err(problem) => {
                let problems = [problem];
                let detail = [Language::Ru, Language::En].map(|language| problems_text(&problems, language));
                return self
                    .give_up(tx, job, row, "wording", (&detail[0], &detail[1]))
                    .await;
            }
        };
        let parts = if channel == Channel::Sms {
            encoding::measure(&text.text).parts
        } else {
            1
        };
        row.parts = i32::try_from(parts)?;
        row.subject = text.subject.clone().unwrap_or_default();
        row.body.clone_from(&text.text);
        row.attempts += 1;
        row.sandboxed = sandboxed;
        row.deferred_until = None;
        row.error.clear();
        let flight = self.in_flight.begin(id);
        self.step(&mut tx, group, &mut row, Step::HandedOver, ("", ""))
            .await?;
        dispatches::begin(&mut tx, group, id, &provider, &address, row.parts, now).await?;
        tx.commit().await?;

        // From here on the outcome is recorded even if this job is cut off: the task does not depend on it.
        let (this, attempts) = (self.clone(), row.attempts);
        let handed = HandedOver {
            job: job.clone(),
            id,
            provider,
            attempts,
        };
        let span = tracing::info_span!(
            "submit",
            channel = channel.code(),
            otel.kind = "client",
            otel.name = Empty
        );
        propagation::name(&span, format_args!("submit {}", channel.code()));
        let handing_over = async move {
            let answer = this.submit(channel, id, address, text, token).await;
            let outcome = this.record_outcome(&handed, answer).await;
            drop(flight);
            outcome
        };
        let task = tokio::spawn(handing_over.instrument(span));
        Ok(task.await?)
    }

    async fn block(&self, mut tx: Tx, job: &Job, mut row: MessageRow, why: Vec<Reason>) -> JobResult {
        row.reasons = weighed(&why, |_| false);
        let text = |language| why.first().map_or("", |reason| reason.text(language));
        let detail = (text(Language::Ru), text(Language::En));
        self.step(&mut tx, &job.group, &mut row, Step::Refused, detail)
            .await?;
        self.end(tx, job).await
    }

    async fn give_up(
        &self,
        mut tx: Tx,
        job: &Job,
        mut row: MessageRow,
        code: &str,
        detail: (&str, &str),
    ) -> JobResult {
        row.error = format!("{code}: {}", detail.1);
        self.step(&mut tx, &job.group, &mut row, Step::GivenUp, detail)
            .await?;
        self.end(tx, job).await
    }
}

fn weighed(why: &[Reason], passed: impl Fn(Reason) -> bool) -> Json<Vec<Weighed>> {
    let weigh = |reason: &Reason| Weighed {
        code: reason.code().to_owned(),
        passed: passed(*reason),
    };
    Json(why.iter().map(weigh).collect())
}
