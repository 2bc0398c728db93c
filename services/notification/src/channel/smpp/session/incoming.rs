//! What the centre sends: answers to submits, receipts, probes and farewells.

use super::{End, InFlight, MAX_UNANSWERED_RECEIPTS, Session};
use crate::channel::smpp::pdu::{self, Frame, ShortMessage};
use crate::channel::smpp::receipt;
use crate::channel::smpp::status::{self, Verdict};
use crate::channel::{Acknowledge, ProviderEvent, SubmitError};
use bytes::Bytes;
use futures::FutureExt;
use tokio::time::{Instant, timeout};

impl Session<'_> {
    pub(super) async fn take(&mut self, frame: Frame) -> Result<(), End> {
        self.probe_at = Instant::now() + self.line.config.enquire_interval;
        self.probe_expires = None;
        match frame.command {
            pdu::ENQUIRE_LINK => self.send(frame.answer(status::OK, Bytes::new())).await,
            pdu::DELIVER_SM | pdu::DATA_SM => self.take_receipt(&frame).await,
            pdu::UNBIND => {
                self.send(frame.answer(status::OK, Bytes::new())).await?;
                Err(End::Unbound)
            }
            command if command & pdu::RESPONSE != 0 => {
                if command == pdu::GENERIC_NACK || command == pdu::SUBMIT_SM | pdu::RESPONSE {
                    self.take_answer(&frame);
                }
                Ok(())
            }
            _ => {
                let nack = Frame {
                    command: pdu::GENERIC_NACK,
                    status: status::INVALID_COMMAND,
                    sequence: frame.sequence,
                    body: Bytes::new(),
                };
                self.send(nack).await
            }
        }
    }

    fn take_answer(&mut self, frame: &Frame) {
        let id = pdu::decode_id(&frame.body);
        let Some(InFlight { mut job, .. }) = self.in_flight.remove(&frame.sequence) else {
            if let Some(message_id) = self.late.remove(&frame.sequence) {
                let outcome = if frame.status == status::OK {
                    Ok(id)
                } else {
                    Err(frame.status)
                };
                // Best effort: a full channel means the receipt has to settle it.
                let _ = self
                    .line
                    .events
                    .try_send(ProviderEvent::LateAnswer { message_id, outcome });
            }
            return;
        };
        self.busy.remove(&job.recipient);
        let config = self.line.config;
        if frame.status == status::OK {
            self.line.queue.recover(config);
            job.parts.pop_front();
            if !id.is_empty() {
                job.accepted.push(id);
            }
            if job.parts.is_empty() {
                job.finish(Ok(()));
            } else {
                self.line.queue.jobs.push_front(job);
            }
        } else {
            match status::verdict(frame.status) {
                Verdict::SlowDown => {
                    self.line.queue.slow_down(config, Instant::now());
                    self.line.queue.jobs.push_front(job);
                }
                verdict => {
                    let reason = status::words(frame.status).to_owned();
                    // Once a part is out, sending the whole again would repeat that part.
                    let final_ = verdict == Verdict::Final || job.started();
                    job.finish(Err(SubmitError::Rejected {
                        code: frame.status,
                        reason,
                        final_,
                    }));
                }
            }
        }
        let throttled = self.line.queue.throttled(config);
        self.line
            .status
            .send_if_modified(|status| std::mem::replace(&mut status.throttled, throttled) != throttled);
    }

    /// A receipt is answered when its consumer has stored it; anything else is answered at once and dropped.
    async fn take_receipt(&mut self, frame: &Frame) -> Result<(), End> {
        let body = pdu::encode_id("");
        let message = if frame.command == pdu::DELIVER_SM {
            ShortMessage::decode(frame.body.clone())
                .inspect_err(|error| tracing::warn!(%error, "the centre sent a message that cannot be read"))
                .ok()
        } else {
            None
        };
        let Some(receipt) = message.as_ref().and_then(receipt::read) else {
            tracing::debug!(
                command = frame.command,
                "answered an incoming message that is no receipt"
            );
            return self.send(frame.answer(status::OK, body)).await;
        };
        let refused = frame.answer(status::RECEIVER_TEMPORARY, body.clone());
        let (acknowledge, told) = Acknowledge::pair();
        let full = self.receipts.len() >= MAX_UNANSWERED_RECEIPTS;
        if full
            || self
                .line
                .events
                .try_send(ProviderEvent::Receipt { receipt, acknowledge })
                .is_err()
        {
            return self.send(refused).await;
        }
        let stored = frame.answer(status::OK, body);
        let patience = self.line.config.response_timeout;
        let answer = async move {
            match timeout(patience, told).await {
                Ok(Ok(())) => stored,
                _ => refused,
            }
        };
        self.receipts.push(answer.boxed());
        Ok(())
    }
}
