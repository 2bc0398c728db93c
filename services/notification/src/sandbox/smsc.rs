//! One SMPP session of the sandbox's message centre.

use super::Shared;
use super::phone::{Phone, id_in_answer, id_in_receipt};
use crate::channel::smpp::pdu::{self, Bind, Frame, Framing, ShortMessage, Tlv};
use crate::channel::smpp::status;
use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::codec::Framed;

/// A client that says nothing for this long is gone.
const IDLE: Duration = Duration::from_secs(300);
/// How often due receipts are looked for.
const RECEIPT_TICK: Duration = Duration::from_millis(25);
/// Frames waiting to be written; a client that does not read loses its receipts.
const MAX_OUTGOING: usize = 4096;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    No,
    Transmitter,
    Receiver,
    Transceiver,
}

enum Next {
    GoOn,
    HangUp,
}

struct Centre<'a> {
    shared: &'a Shared,
    bound: Bound,
    out: mpsc::Sender<Frame>,
    sequence: u32,
    /// Receipts sent and not yet answered: sequence number to part.
    receipts: HashMap<u32, u64>,
}

/// Serves one client until it leaves, errs or is dropped on purpose.
pub(super) async fn session(stream: TcpStream, shared: &Shared) {
    let (mut sink, mut source) = Framed::new(stream, Framing).split();
    let (out, mut outgoing) = mpsc::channel::<Frame>(MAX_OUTGOING);
    let mut centre = Centre {
        shared,
        bound: Bound::No,
        out,
        sequence: 0,
        receipts: HashMap::new(),
    };
    let read = async {
        let mut tick = tokio::time::interval(RECEIPT_TICK);
        let mut heard = Instant::now();
        while heard.elapsed() < IDLE {
            tokio::select! {
                frame = source.next() => {
                    let Some(Ok(frame)) = frame else { break };
                    heard = Instant::now();
                    if matches!(centre.take(&frame), Next::HangUp) {
                        break;
                    }
                }
                _ = tick.tick() => centre.send_receipts(),
            }
        }
        let unbound = centre.bound == Bound::No;
        drop(centre);
        unbound
    };
    let write = async {
        while let Some(frame) = outgoing.recv().await {
            if sink.send(frame).await.is_err() {
                return;
            }
        }
    };
    tokio::pin!(write);
    let orderly = tokio::select! {
        orderly = read => orderly,
        () = &mut write => false,
    };
    if orderly {
        // Let the answer to an unbind or a refused bind out; delayed receipts die with the session.
        let _ = tokio::time::timeout(Duration::from_millis(200), write).await;
    }
}

impl Centre<'_> {
    fn take(&mut self, frame: &Frame) -> Next {
        match frame.command {
            pdu::BIND_TRANSCEIVER | pdu::BIND_TRANSMITTER | pdu::BIND_RECEIVER => self.bind(frame),
            pdu::SUBMIT_SM => self.submit(frame),
            pdu::ENQUIRE_LINK => {
                if !self.shared.config.misbehaviour.deaf {
                    self.say(frame.answer(status::OK, Bytes::new()));
                }
                Next::GoOn
            }
            pdu::UNBIND => {
                self.say(frame.answer(status::OK, Bytes::new()));
                self.bound = Bound::No;
                Next::HangUp
            }
            command if command & pdu::RESPONSE != 0 => {
                let answered = self.receipts.remove(&frame.sequence);
                if let Some(number) = answered.filter(|_| frame.status == status::OK) {
                    self.phone().receipt_done(number);
                }
                Next::GoOn
            }
            _ => {
                let (status, sequence) = (status::INVALID_COMMAND, frame.sequence);
                self.say(Frame {
                    command: pdu::GENERIC_NACK,
                    status,
                    sequence,
                    body: Bytes::new(),
                });
                Next::GoOn
            }
        }
    }

    fn bind(&mut self, frame: &Frame) -> Next {
        let config = &self.shared.config;
        let refusal = match Bind::decode(frame.body.clone()) {
            _ if self.bound != Bound::No => status::ALREADY_BOUND,
            Err(_) => status::BIND_FAILED,
            Ok(bind) if bind.system_id != config.system_id => status::INVALID_SYSTEM_ID,
            Ok(bind) if bind.password != config.password => status::INVALID_PASSWORD,
            Ok(_) => status::OK,
        };
        if refusal != status::OK {
            self.say(frame.answer(refusal, Bytes::new()));
            return if self.bound == Bound::No {
                Next::HangUp
            } else {
                Next::GoOn
            };
        }
        self.bound = match frame.command {
            pdu::BIND_TRANSMITTER => Bound::Transmitter,
            pdu::BIND_RECEIVER => Bound::Receiver,
            _ => Bound::Transceiver,
        };
        self.say(frame.answer(status::OK, pdu::encode_id("EDINA-SANDBOX")));
        Next::GoOn
    }

    fn submit(&mut self, frame: &Frame) -> Next {
        if !matches!(self.bound, Bound::Transmitter | Bound::Transceiver) {
            self.say(frame.answer(status::INVALID_BIND_STATUS, Bytes::new()));
            return Next::GoOn;
        }
        let Ok(part) = ShortMessage::decode(frame.body.clone()) else {
            self.say(frame.answer(0x02, Bytes::new()));
            return Next::GoOn;
        };
        let wrong = &self.shared.config.misbehaviour;
        let mut phone = self.phone();
        let turn = phone.count();
        if wrong
            .throttle_every
            .is_some_and(|every| every > 0 && turn.is_multiple_of(every))
        {
            drop(phone);
            self.say(frame.answer(status::THROTTLED, Bytes::new()));
            return Next::GoOn;
        }
        if wrong.refuse.contains(&part.destination.digits) {
            drop(phone);
            self.say(frame.answer(status::INVALID_DESTINATION, Bytes::new()));
            return Next::GoOn;
        }
        let taken = phone.take(&part, (self.shared.config.now)(), wrong.mixed_ids);
        drop(phone);
        if let Some(whole) = taken.whole {
            self.shared.caught_sms(whole);
        }
        let late = if wrong.late_on.contains(&turn) {
            wrong.late_by
        } else {
            Duration::ZERO
        };
        if part.registered_delivery & 0x03 == 1 && !wrong.no_receipts {
            let receipt = self.receipt(&part, taken.number);
            self.phone()
                .owe_receipt(taken.number, receipt, self.shared.config.receipt_delay + late);
        }
        if wrong.drop_on.contains(&turn) {
            return Next::HangUp;
        }
        let answer = frame.answer(
            status::OK,
            pdu::encode_id(&id_in_answer(taken.number, wrong.mixed_ids)),
        );
        if late.is_zero() {
            self.say(answer);
        } else {
            self.say_later(answer, late);
        }
        Next::GoOn
    }

    fn phone(&self) -> MutexGuard<'_, Phone> {
        self.shared.phone.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send_receipts(&mut self) {
        if !matches!(self.bound, Bound::Receiver | Bound::Transceiver) {
            return;
        }
        let due = self.phone().due_receipts();
        for (number, message) in due {
            // Its addresses came through `decode`, its text is ours: it fits.
            let Ok(body) = message.encode() else { continue };
            self.sequence += 1;
            self.receipts.insert(self.sequence, number);
            self.say(Frame::request(pdu::DELIVER_SM, self.sequence, body));
        }
    }

    fn receipt(&self, part: &ShortMessage, number: u64) -> ShortMessage {
        let wrong = &self.shared.config.misbehaviour;
        let failed = wrong.undeliverable.contains(&part.destination.digits);
        let (word, code, error) = if failed {
            ("UNDELIV", 5_u8, "027")
        } else {
            ("DELIVRD", 2, "000")
        };
        let date = (self.shared.config.now)().format("%y%m%d%H%M");
        let id = id_in_receipt(number, wrong.mixed_ids);
        let delivered = u8::from(!failed);
        let text = format!(
            "id:{id} sub:001 dlvrd:{delivered:03} submit date:{date} done date:{date} stat:{word} err:{error} text:"
        );
        let mut tlvs = Vec::new();
        if !wrong.mixed_ids {
            tlvs.push(Tlv {
                tag: pdu::TAG_RECEIPTED_MESSAGE_ID,
                value: pdu::encode_id(&id),
            });
            tlvs.push(Tlv {
                tag: pdu::TAG_MESSAGE_STATE,
                value: Bytes::copy_from_slice(&[code]),
            });
        }
        ShortMessage {
            source: part.destination.clone(),
            destination: part.source.clone(),
            esm_class: 0x04,
            short_message: text.into(),
            tlvs,
            ..ShortMessage::default()
        }
    }

    fn say(&self, frame: Frame) {
        // A full queue means a client that does not read; it will time out by itself.
        let _ = self.out.try_send(frame);
    }

    fn say_later(&self, frame: Frame, delay: Duration) {
        let out = self.out.downgrade();
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            if let Some(out) = out.upgrade() {
                let _ = out.try_send(frame);
            }
        });
    }
}
