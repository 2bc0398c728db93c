//! Passing a call on: who sent the client where.

use chrono::{DateTime, Utc};

use super::live::LiveCall;
use super::plan::{ChannelName, NumberingPlan};
use super::record::{CallUpdate, Transfer, TransferKind};
use super::tracker::CallTracker;
use crate::ami::event::Channel;

/// The parties of an attended transfer, as the PBX names them.
pub(super) struct Attended<'a> {
    /// The transferer's leg towards the client, and towards the target.
    pub(super) first: &'a Channel,
    pub(super) second: &'a Channel,
    pub(super) transferee: Option<&'a Channel>,
    pub(super) target: Option<&'a Channel>,
}

impl Attended<'_> {
    /// The extension the client was sent to: the target's own, else whoever else is in the second bridge, else what
    /// the transferer dialled.
    fn to(&self, live: &LiveCall, plan: &NumberingPlan, from: Option<&str>) -> Option<String> {
        let extension = |c: &Channel| {
            live.legs
                .get(&c.uniqueid)
                .and_then(|l| l.extension())
                .map(str::to_owned)
        };
        let bridge = live
            .legs
            .get(&self.second.uniqueid)
            .and_then(|l| l.bridge.as_deref());
        let transferer = |id: &str| id == self.first.uniqueid || id == self.second.uniqueid;
        let company = || {
            let mut legs = live
                .legs
                .iter()
                .filter(|(id, l)| bridge.is_some() && l.bridge.as_deref() == bridge && !transferer(id));
            legs.find_map(|(_, l)| l.extension().map(str::to_owned))
        };
        let dialplan = || {
            let name = self
                .target
                .map(|t| ChannelName::read(&t.name))
                .filter(ChannelName::is_local);
            name.map(|n| n.peer.to_owned()).filter(|p| plan.is_extension(p))
        };
        let other = |e: Option<String>| e.filter(|e| Some(e.as_str()) != from);
        self.target
            .and_then(extension)
            .or_else(company)
            .or_else(dialplan)
            .or_else(|| other(self.second.exten.clone()))
            .or_else(|| other(live.call.talking.clone()))
            .or_else(|| other(self.transferee.and_then(|t| t.connected_number.clone())))
    }
}

impl CallTracker {
    /// A party sent the other one to `extension` without asking there.
    pub(super) fn blind(
        &mut self,
        transferer: &Channel,
        extension: &str,
        now: DateTime<Utc>,
        out: &mut Vec<CallUpdate>,
    ) {
        let key = self
            .by_channel
            .get(&transferer.uniqueid)
            .or_else(|| self.by_linkedid.get(&transferer.linkedid));
        let Some(live) = key.and_then(|k| self.calls.get_mut(k)) else {
            return;
        };
        live.heard_at = now;
        let from = live
            .legs
            .get(&transferer.uniqueid)
            .and_then(|l| l.extension())
            .map(str::to_owned);
        live.transferred(
            Transfer {
                kind: TransferKind::Blind,
                from,
                to: Some(extension.to_owned()),
                at: now,
            },
            now,
            out,
        );
    }

    /// A party joined its two calls; where they were two for us, they become one.
    pub(super) fn attended(&mut self, parties: &Attended<'_>, now: DateTime<Utc>, out: &mut Vec<CallUpdate>) {
        let key_of = |c: &Channel| {
            self.by_channel
                .get(&c.uniqueid)
                .or_else(|| self.by_linkedid.get(&c.linkedid))
                .copied()
        };
        let (a, b) = (key_of(parties.first), key_of(parties.second));
        let Some(key) = a.or(b) else { return };
        let from_leg = self
            .calls
            .get(&key)
            .and_then(|l| l.legs.get(&parties.first.uniqueid));
        let from = from_leg.and_then(|l| l.extension()).map(str::to_owned);
        let second = b.or(a).and_then(|k| self.calls.get(&k));
        let to = second.and_then(|live| parties.to(live, &self.plan, from.as_deref()));
        let key = match (a, b) {
            (Some(a), Some(b)) if a != b => self.merge(a, b, now, out).unwrap_or(key),
            _ => key,
        };
        if let Some(live) = self.calls.get_mut(&key) {
            live.heard_at = now;
            live.transferred(
                Transfer {
                    kind: TransferKind::Attended,
                    from,
                    to,
                    at: now,
                },
                now,
                out,
            );
        }
    }
}
