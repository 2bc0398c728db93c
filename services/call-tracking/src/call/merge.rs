//! Two calls become one: an employee joins a client with a colleague, or a PBX gives channels another `Linkedid`.

use chrono::{DateTime, Utc};

use super::live::LiveCall;
use super::record::{CallUpdate, Direction};

impl LiveCall {
    /// Whether this call should stay when it meets `other`: the one with a client does, else the older.
    pub(super) fn outranks(&self, other: &Self) -> bool {
        let client = |c: &Self| c.call.direction != Direction::Internal;
        match (client(self), client(other)) {
            (true, false) => true,
            (false, true) => false,
            _ => self.call.started_at <= other.call.started_at,
        }
    }

    /// Takes over the legs of `other`, which ends by it.
    pub(super) fn absorb(&mut self, mut other: Self, now: DateTime<Utc>, out: &mut Vec<CallUpdate>) {
        let legs = std::mem::take(&mut other.legs);
        // A ringing phone goes on ringing in the surviving call.
        let ringing = legs
            .values()
            .filter(|l| l.ringing)
            .filter_map(|l| l.extension())
            .map(str::to_owned);
        for extension in ringing {
            other.call.ringing.retain(|e| *e != extension);
            if !self.call.ringing.contains(&extension) {
                self.call.ringing.push(extension);
            }
        }
        self.legs.extend(legs);
        self.linkedids.append(&mut other.linkedids);
        self.linkedids.dedup();
        other.call.merged_into = Some(self.call.linkedid.clone());
        other.end(now, out);
        self.review_talk(now, out);
    }
}
