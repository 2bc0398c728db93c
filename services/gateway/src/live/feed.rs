//! The last things that happened in each group, for whoever watches the day. In memory: a restart begins anew.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use edina_runtime::group::GroupId;
use serde_json::Value;

/// Happenings kept per group.
const KEPT: usize = 30;
/// Facts worth a line; the others are steps on the way to one of these.
const TOLD: &[&str] = &[
    "call.answered",
    "call.missed",
    "client.created",
    "client.merged",
    "client.split",
    "input.rejected",
    "lead.answered",
    "lead.assigned",
    "lead.lost",
    "lead.overdue",
    "lead.resolved",
    "lead.stage_changed",
    "lead.won",
    "message.blocked",
    "message.failed",
    "message.sent",
    "note.added",
    "review.opened",
    "task.done",
    "task.due",
    "vehicle.changed_hands",
];

/// Happenings by group, newest first.
#[derive(Debug, Clone, Default)]
pub struct Feed {
    groups: Arc<Mutex<HashMap<GroupId, VecDeque<Value>>>>,
}

impl Feed {
    /// Takes a happening in, if it is worth a line.
    pub(super) fn take(&self, group: &GroupId, happening: &Value) {
        let kind = happening["type"].as_str().unwrap_or_default();
        // A mail to an employee is about no client, and its lead has told it.
        let about_somebody = happening["client_ids"][0].is_string() || kind == "input.rejected";
        if !TOLD.contains(&kind) || !about_somebody {
            return;
        }
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = groups.entry(group.clone()).or_default();
        kept.push_front(happening.clone());
        kept.truncate(KEPT);
    }

    /// The last happenings of a group, newest first.
    pub fn of(&self, group: &GroupId) -> Vec<Value> {
        let groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        groups
            .get(group)
            .map(|kept| kept.iter().cloned().collect())
            .unwrap_or_default()
    }
}
