//! Who talks with whom: legs in one bridge, and bridges joined by the two halves of a Local channel.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::live::{Leg, LiveCall};
use super::record::{CallUpdate, Change, Direction};

/// The talk of a call: a clock that runs while the client and one of us are connected.
#[derive(Debug, Clone, Default)]
pub(super) struct Talk {
    since: Option<DateTime<Utc>>,
    before: chrono::TimeDelta,
    /// Leg of ours that talks or talked last.
    leg: Option<String>,
}

impl Talk {
    pub(super) fn seconds(&self, at: DateTime<Utc>) -> i64 {
        let running = self.since.map_or(chrono::TimeDelta::zero(), |s| {
            (at - s).max(chrono::TimeDelta::zero())
        });
        self.before
            .checked_add(&running)
            .unwrap_or(self.before)
            .num_seconds()
    }

    pub(super) fn stop(&mut self, at: DateTime<Utc>) {
        if let Some(since) = self.since.take() {
            let ran = (at - since).max(chrono::TimeDelta::zero());
            self.before = self.before.checked_add(&ran).unwrap_or(self.before);
        }
    }
}

impl LiveCall {
    /// Looks again who talks; call it after anything that moves a leg.
    pub(super) fn review_talk(&mut self, now: DateTime<Utc>, out: &mut Vec<CallUpdate>) {
        match self.our_talking_leg() {
            Some(leg) => {
                self.talk.since.get_or_insert(now);
                self.answered_by_leg(&leg, now, out);
            }
            None => self.talk.stop(now),
        }
    }

    /// A leg of ours has taken the call.
    pub(super) fn answered_by_leg(&mut self, uniqueid: &str, now: DateTime<Utc>, out: &mut Vec<CallUpdate>) {
        if self.talk.leg.as_deref() == Some(uniqueid) {
            return;
        }
        let extension = self
            .legs
            .get(uniqueid)
            .and_then(Leg::extension)
            .map(str::to_owned);
        self.talk.leg = Some(uniqueid.to_owned());
        if self.call.answered_at.is_none() {
            self.call.answered_at = Some(now);
            self.call.answered_by.clone_from(&extension);
        }
        self.call.talking.clone_from(&extension);
        self.say(Change::Answered { extension }, now, out);
    }

    /// The leg of ours that is connected with the client (internal call: with the caller).
    fn our_talking_leg(&self) -> Option<String> {
        let groups = self.connected_groups();
        let internal = self.call.direction == Direction::Internal;
        groups.into_iter().find_map(|group| {
            if group.len() < 2 {
                return None;
            }
            let first = |id: &str| id == self.first;
            let outside = |id: &str| {
                self.legs
                    .get(id)
                    .is_some_and(|l| l.is_outside() && l.via.is_none())
            };
            let phone = |id: &str| self.legs.get(id).is_some_and(|l| l.extension().is_some());
            let pick = |fits: &dyn Fn(&str) -> bool| group.iter().copied().find(|id| fits(id));
            let other = if internal {
                pick(&first).or_else(|| group.first().copied())
            } else {
                pick(&|id| outside(id) && first(id)).or_else(|| pick(&outside))
            }?;
            let same = pick(&|id| self.talk.leg.as_deref() == Some(id) && id != other);
            let ours = same
                .or_else(|| pick(&|id| phone(id) && id != other))
                .or_else(|| pick(&|id| id != other));
            ours.map(str::to_owned)
        })
    }

    /// Parties (never Local halves) that hear each other, in groups.
    fn connected_groups(&self) -> Vec<Vec<&str>> {
        let mut nodes = Nodes::default();
        for leg in self.legs.values().filter(|l| l.is_dialplan()) {
            if let (Some(bridge), Some((pair, _))) = (&leg.bridge, leg.channel.rsplit_once(';')) {
                nodes.join(Node::Bridge(bridge), Node::Pair(pair));
            }
        }
        let mut groups: HashMap<usize, Vec<&str>> = HashMap::new();
        for (id, leg) in self.legs.iter().filter(|(_, l)| !l.is_dialplan()) {
            if let Some(bridge) = &leg.bridge {
                let index = nodes.index(Node::Bridge(bridge));
                groups.entry(nodes.root(index)).or_default().push(id);
            }
        }
        let mut groups: Vec<_> = groups.into_values().collect();
        groups.sort();
        groups
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Node<'a> {
    Bridge(&'a str),
    Pair(&'a str),
}

/// Union of bridges and Local pairs.
#[derive(Default)]
struct Nodes<'a> {
    known: HashMap<Node<'a>, usize>,
    parent: Vec<usize>,
}

impl<'a> Nodes<'a> {
    fn index(&mut self, node: Node<'a>) -> usize {
        let next = self.parent.len();
        let index = *self.known.entry(node).or_insert(next);
        if index == next {
            self.parent.push(next);
        }
        index
    }

    fn root(&self, mut index: usize) -> usize {
        while let Some(parent) = self.parent.get(index).copied().filter(|p| *p != index) {
            index = parent;
        }
        index
    }

    fn join(&mut self, a: Node<'a>, b: Node<'a>) {
        let (a, b) = (self.index(a), self.index(b));
        let (a, b) = (self.root(a), self.root(b));
        if let Some(parent) = self.parent.get_mut(a) {
            *parent = b;
        }
    }
}
