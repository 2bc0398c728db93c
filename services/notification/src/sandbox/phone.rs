//! What the sandbox's message centre keeps between sessions: parts of long messages, ids, planned mischief.

use crate::channel::smpp::encoding::{self, Place};
use crate::channel::smpp::pdu::{ESM_UDHI, ShortMessage};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use tokio::time::Instant;

/// Long messages being put together at once; when full the collection starts anew.
const MAX_UNFINISHED: usize = 1000;

/// A text message as a phone would show it.
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
pub struct CaughtSms {
    pub from: String,
    pub to: String,
    pub text: String,
    pub at: DateTime<Utc>,
    pub parts: usize,
    /// Ids given to the parts, in the form of `submit_sm_resp`.
    pub provider_ids: Vec<String>,
}

impl std::fmt::Debug for CaughtSms {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CaughtSms")
            .field("parts", &self.parts)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// Ways in which the centre fails. Counts are of submits since the start, over all sessions, from 1.
#[derive(Debug, Clone, Default)]
pub struct Misbehaviour {
    /// Every n-th submit is answered "too fast" and not taken.
    pub throttle_every: Option<u64>,
    /// These submits are taken, but the connection is cut instead of answered.
    pub drop_on: Vec<u64>,
    /// These submits are taken and answered this much later.
    pub late_on: Vec<u64>,
    pub late_by: Duration,
    /// Numbers that are refused with `ESME_RINVDSTADR`, without the plus sign.
    pub refuse: Vec<String>,
    /// Numbers whose receipts say undeliverable, without the plus sign.
    pub undeliverable: Vec<String>,
    pub no_receipts: bool,
    /// Ids in hexadecimal in the answer, decimal in the receipt, and no TLV there.
    pub mixed_ids: bool,
    /// Probes stay unanswered.
    pub deaf: bool,
}

/// A taken part: what to answer, and the whole message once it is complete.
pub(super) struct Taken {
    pub number: u64,
    pub whole: Option<CaughtSms>,
}

/// Receipts kept for a client that is away; the oldest go first.
const MAX_RECEIPTS: usize = 10_000;
/// A receipt that is not answered with "ok" is repeated after this, so many times.
const RECEIPT_AGAIN: Duration = Duration::from_secs(2);
const RECEIPT_ATTEMPTS: u32 = 20;

/// Sender, recipient, reference, count.
type LongMessage = (String, String, u16, u8);
/// Id and octets by place.
type Pieces = BTreeMap<u8, (u64, Vec<u8>)>;

struct WaitingReceipt {
    due: Instant,
    attempts: u32,
    message: ShortMessage,
}

#[derive(Default)]
pub(super) struct Phone {
    submits: u64,
    ids: u64,
    receipts: BTreeMap<u64, WaitingReceipt>,
    unfinished: HashMap<LongMessage, Pieces>,
}

impl Phone {
    /// Counts a submit and gives its number.
    pub(super) fn count(&mut self) -> u64 {
        self.submits += 1;
        self.submits
    }

    /// Keeps the receipt of part `number` until it is due and answered; sessions come and go meanwhile.
    pub(super) fn owe_receipt(&mut self, number: u64, message: ShortMessage, delay: Duration) {
        if self.receipts.len() >= MAX_RECEIPTS {
            self.receipts.pop_first();
        }
        self.receipts.insert(
            number,
            WaitingReceipt {
                due: Instant::now() + delay,
                attempts: 0,
                message,
            },
        );
    }

    /// Receipts to send now; each comes again until [`Self::receipt_done`].
    pub(super) fn due_receipts(&mut self) -> Vec<(u64, ShortMessage)> {
        let now = Instant::now();
        self.receipts
            .retain(|_, receipt| receipt.attempts < RECEIPT_ATTEMPTS);
        let due = self.receipts.iter_mut().filter(|(_, receipt)| receipt.due <= now);
        due.map(|(number, receipt)| {
            receipt.due = now + RECEIPT_AGAIN;
            receipt.attempts += 1;
            (*number, receipt.message.clone())
        })
        .collect()
    }

    /// The client has it.
    pub(super) fn receipt_done(&mut self, number: u64) {
        self.receipts.remove(&number);
    }

    /// Takes a part; gives the message when this part completed it.
    pub(super) fn take(&mut self, part: &ShortMessage, now: DateTime<Utc>, mixed_ids: bool) -> Taken {
        self.ids += 1;
        let number = 0xED1_0000 + self.ids;
        let (place, octets) = if part.esm_class & ESM_UDHI == 0 {
            (None, &part.payload()[..])
        } else {
            encoding::strip_header(part.payload())
        };
        let (from, to) = (part.source.digits.clone(), part.destination.digits.clone());
        let whole = |octets: &[u8], numbers: Vec<u64>| CaughtSms {
            from: from.clone(),
            to: to.clone(),
            text: encoding::decode(octets, part.data_coding).unwrap_or_else(|| "?".repeat(octets.len())),
            at: now,
            parts: numbers.len(),
            provider_ids: numbers
                .into_iter()
                .map(|number| id_in_answer(number, mixed_ids))
                .collect(),
        };
        let Some(Place {
            reference,
            count,
            number: at,
        }) = place
        else {
            return Taken {
                number,
                whole: Some(whole(octets, vec![number])),
            };
        };
        if self.unfinished.len() >= MAX_UNFINISHED {
            self.unfinished.clear();
        }
        let key = (from.clone(), to.clone(), reference, count);
        let parts = self.unfinished.entry(key.clone()).or_default();
        parts.insert(at, (number, octets.to_vec()));
        if parts.len() < usize::from(count) {
            return Taken { number, whole: None };
        }
        let parts = self.unfinished.remove(&key).unwrap_or_default();
        let (numbers, pieces): (Vec<u64>, Vec<Vec<u8>>) = parts.into_values().unzip();
        Taken {
            number,
            whole: Some(whole(&pieces.concat(), numbers)),
        }
    }
}

/// The id as `submit_sm_resp` gives it.
pub(super) fn id_in_answer(number: u64, mixed: bool) -> String {
    if mixed {
        format!("{number:X}")
    } else {
        format!("sb-{number}")
    }
}

/// The id as the receipt's text gives it.
pub(super) fn id_in_receipt(number: u64, mixed: bool) -> String {
    if mixed {
        number.to_string()
    } else {
        id_in_answer(number, false)
    }
}
