//! A change of a call into its row, with the facts and jobs it causes, in one transaction.

use chrono::{DateTime, Utc};
use edina_messaging::{directory, outbox};
use edina_postgres::jobs;
use edina_proto::calls::v1::CallStarted;
use uuid::Uuid;

use super::{Tracking, branch_of, call_id, job, number, recognise::Recognition};
use crate::{
    call::{Call, CallUpdate, Change, Direction, Outcome},
    config::PbxConfig,
    store::{
        calls::{self, CallRow, CallWrite},
        pbx_readers,
    },
};

impl Tracking {
    /// Stores the call as it is after the update. Answers false, and stores nothing, if `term` is given and another
    /// copy has taken over since.
    pub(super) async fn record_update(
        &self,
        pbx: &PbxConfig,
        update: &CallUpdate,
        recognition: &Recognition,
        term: Option<i64>,
    ) -> sqlx::Result<bool> {
        // A hold changes nothing that is stored.
        if matches!(update.change, Change::Held { .. }) {
            return Ok(true);
        }
        let group = &pbx.group;
        let call = &update.call;
        let id = call_id(group, &pbx.name, &call.linkedid);
        let mut tx = self.database.begin(group).await?;
        if let Some(term) = term
            && !pbx_readers::hold(&mut tx, group, &pbx.name, term).await?
        {
            return Ok(false);
        }
        let known = calls::get_for_update(&mut tx, group, id).await?;
        let number = number(call.client_number.as_deref());
        let write = self.write(pbx, call, id, &number, recognition, known.as_ref());
        if known.is_none() {
            let before =
                calls::of_number(&mut tx, group, &number, update.at - chrono::Duration::days(1)).await?;
            calls::insert(&mut tx, group, &write, !before.ever, before.outbound_since + 1).await?;
            if call.direction != Direction::Internal {
                let fact = CallStarted {
                    call_id: id.to_string(),
                    direction: direction(call.direction).to_owned(),
                    branch_id: write.branch_id.clone(),
                    version: 1,
                };
                outbox::enqueue(&mut tx, group, &fact, update.at).await?;
            }
        } else {
            calls::update(&mut tx, group, &write).await?;
            let turned = known.as_ref().is_some_and(|known| known.direction == "internal");
            if turned && call.direction != Direction::Internal {
                // Begun between our phones, now dialling outside: only now is it a call others hear of.
                let fact = CallStarted {
                    call_id: id.to_string(),
                    direction: direction(call.direction).to_owned(),
                    branch_id: write.branch_id.clone(),
                    version: 2,
                };
                outbox::enqueue(&mut tx, group, &fact, update.at).await?;
            }
        }
        let outside =
            call.direction != Direction::Internal && call.merged_into.is_none() && !number.is_empty();
        // Not `resolved()`: a call whose number is learned only now was not asked about yet.
        let resolved = known.as_ref().is_some_and(|known| known.resolved_at.is_some());
        if outside && !resolved {
            jobs::enqueue(
                &mut tx,
                group,
                job::RESOLVE,
                &id.to_string(),
                self.clock.now(),
                &(),
            )
            .await?;
        }
        self.announce(&mut tx, group, id, update.at).await?;
        tx.commit().await?;
        self.committed();
        Ok(true)
    }

    fn write(
        &self,
        pbx: &PbxConfig,
        call: &Call,
        id: Uuid,
        number: &str,
        recognition: &Recognition,
        known: Option<&CallRow>,
    ) -> CallWrite {
        let directory = self.directory.group(&pbx.group);
        let line = super::number(call.line.as_deref());
        let queue = call.queue.clone().unwrap_or_default();
        let answered = call.answered_by.clone().unwrap_or_default();
        let placed = call.placed_by.clone().unwrap_or_default();
        // Whose call it is: who talked with the client, for an outbound one who placed it.
        let extension = if answered.is_empty() {
            placed.clone()
        } else {
            answered.clone()
        };
        let employee = directory
            .as_deref()
            .and_then(|group| directory::employee_at(group, &extension));
        let ringing = call.ringing.first().cloned().unwrap_or_default();
        let any_extension = [&extension, &ringing]
            .into_iter()
            .find(|extension| !extension.is_empty());
        let branch = directory
            .as_deref()
            .map(|group| branch_of(group, &line, &queue, any_extension.map_or("", String::as_str)))
            .filter(|branch| !branch.is_empty());
        let state = if call.outcome.is_some() {
            "ended"
        } else if call.answered_at.is_some() {
            "talking"
        } else {
            "ringing"
        };
        // An answer from an earlier life of this process stays: after a resync the tracker may not know it.
        let answered_at = known.and_then(|known| known.answered_at).or(call.answered_at);
        let outcome = match (call.outcome, answered_at) {
            (Some(Outcome::Missed | Outcome::Abandoned), Some(_)) => "answered",
            (outcome, _) => outcome.map_or("", outcome_name),
        };
        let mut wait = i32::try_from(call.wait_seconds).unwrap_or(0);
        let mut talk = i32::try_from(call.talk_seconds).unwrap_or(0);
        let mut transfers = serde_json::to_value(&call.transfers).unwrap_or_default();
        let (mut answered, mut employee_id) =
            (answered, employee.map(|employee| employee.employee_id.clone()));
        let (mut line, mut queue, mut direction) = (line, queue, direction(call.direction).to_owned());
        // Taken up in the middle by this process: what an earlier one saw comes first.
        if let Some(known) = known.filter(|_| call.met_midway) {
            // A channel shows the dialplan's present step, not what was dialled to get there.
            if known.direction != "internal" {
                direction.clone_from(&known.direction);
            }
            if !known.line.is_empty() {
                line.clone_from(&known.line);
            }
            if queue.is_empty() {
                queue.clone_from(&known.queue);
            }
            if known.answered_at.is_some() {
                wait = known.wait_seconds;
            } else if let Some(at) = answered_at {
                wait = seconds_between(known.started_at, at);
            } else if let Some(at) = call.ended_at {
                wait = seconds_between(known.started_at, at);
            }
            if let (Some(from), Some(to)) = (known.answered_at, call.ended_at) {
                talk = talk.max(seconds_between(from, to));
            }
            talk = talk.max(known.talk_seconds);
            if !known.answered_extension.is_empty() {
                answered.clone_from(&known.answered_extension);
                employee_id = Some(known.employee_id.clone());
            }
            transfers = joined(&known.transfers, &transfers);
        }
        CallWrite {
            id,
            pbx: pbx.name.clone(),
            linked_id: call.linkedid.clone(),
            direction,
            number: number.to_owned(),
            line,
            queue,
            branch_id: branch
                .or_else(|| known.map(|known| known.branch_id.clone()))
                .unwrap_or_default(),
            client_id: recognition.client_id.clone(),
            recognition: recognition.what.to_owned(),
            state: state.to_owned(),
            outcome: outcome.to_owned(),
            ringing_extensions: call.ringing.clone(),
            answered_extension: answered,
            employee_id: employee_id.unwrap_or_default(),
            started_at: call.started_at,
            answered_at,
            ended_at: call.ended_at,
            wait_seconds: wait,
            talk_seconds: talk,
            transfers,
            resynchronised: call.met_midway || call.ended_while_disconnected,
            merged_into: call.merged_into.clone().unwrap_or_default(),
        }
    }

    /// Whether the copy that read before `term` still writes what it heard.
    pub(super) async fn is_predecessor_leaving(&self, pbx: &PbxConfig, term: i64) -> sqlx::Result<bool> {
        let mut tx = self.database.begin(&pbx.group).await?;
        let leaving = pbx_readers::is_predecessor_leaving(&mut tx, &pbx.group, &pbx.name, term).await?;
        tx.commit().await?;
        Ok(leaving)
    }

    /// Ends the rows of calls that the exchange does not have any more. Answers how many; none, and ends none, if
    /// another copy has taken over since `term`.
    pub(super) async fn settle_left_over(
        &self,
        pbx: &PbxConfig,
        live: &[String],
        term: i64,
    ) -> sqlx::Result<Option<usize>> {
        let now = self.clock.now();
        let mut tx = self.database.begin(&pbx.group).await?;
        if !pbx_readers::hold(&mut tx, &pbx.group, &pbx.name, term).await? {
            return Ok(None);
        }
        let ended = calls::end_left_over(&mut tx, &pbx.group, &pbx.name, live, now).await?;
        for id in &ended {
            self.announce(&mut tx, &pbx.group, *id, now).await?;
        }
        tx.commit().await?;
        self.committed();
        Ok(Some(ended.len()))
    }
}

fn seconds_between(from: DateTime<Utc>, to: DateTime<Utc>) -> i32 {
    i32::try_from((to - from).num_seconds().max(0)).unwrap_or(i32::MAX)
}

/// The earlier transfers and those that are new.
fn joined(before: &serde_json::Value, now: &serde_json::Value) -> serde_json::Value {
    let mut all = before.as_array().cloned().unwrap_or_default();
    for transfer in now.as_array().into_iter().flatten() {
        if !all.contains(transfer) {
            all.push(transfer.clone());
        }
    }
    serde_json::Value::Array(all)
}

pub(super) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "inbound",
        Direction::Outbound => "outbound",
        Direction::Internal => "internal",
    }
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answered => "answered",
        Outcome::Missed => "missed",
        Outcome::Abandoned => "abandoned",
        Outcome::Busy => "busy",
        Outcome::Failed => "failed",
        Outcome::Voicemail => "voicemail",
    }
}
