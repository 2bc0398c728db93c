//! Takes an input: stores it as received with the leads read from it, their facts and their jobs, in one transaction.

use edina_messaging::outbox::{self, Facts};
use edina_postgres::{
    Tx,
    jobs::{self, NewJob},
};
use edina_proto::intake::v1::{InputRejected, LeadReceived, LeadResolved};
use edina_runtime::group::GroupId;
use uuid::Uuid;

use super::{
    Intake, IntakeError, Source,
    assign_lead::AssignPayload,
    job,
    sameness::{are_different_people, are_same, lock_numbers, source_ids},
};
use crate::{
    channel::{RejectedPart, Rejection},
    lead::{Lead, Topic, fingerprint, fingerprint::DUPLICATE_WINDOW_SECONDS},
    store::{inputs, leads, sources},
};

/// An input as it came in.
#[derive(Debug)]
pub struct Received<'a> {
    /// Group of the source.
    pub group: &'a GroupId,
    /// Whose key it came with.
    pub source: &'a Source,
    /// adf, form, journal
    pub channel: &'a str,
    /// Media type as sent.
    pub content_type: &'a str,
    /// The bytes.
    pub body: &'a [u8],
    /// The sender's idempotency key.
    pub idempotency_key: Option<&'a str>,
    /// The rejected input that this corrects.
    pub corrects: Option<Uuid>,
    /// The card, when it is known already: then the registry is not asked.
    pub client_id: &'a str,
    /// Who gets the leads, when the person at the form said so.
    pub assign_to: Option<&'a str>,
}

/// What became of it.
#[derive(Debug)]
pub struct Taken {
    /// The stored input.
    pub input_id: Uuid,
    /// One per readable lead, in the order of the document.
    pub leads: Vec<TakenLead>,
    /// One per unreadable part; those are kept for correcting.
    pub rejected: Vec<Rejection>,
}

/// A lead of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenLead {
    /// Its id.
    pub lead_id: Uuid,
    /// The same lead had come before: this is another arrival of it.
    pub already_known: bool,
}

impl Intake {
    /// Stores the input and its leads. An input without any lead is stored too, and answered with the reason.
    pub async fn take_input(
        &self,
        received: &Received<'_>,
        parts: Vec<Result<Lead, RejectedPart>>,
    ) -> Result<Taken, IntakeError> {
        let parts: Vec<_> = parts.into_iter().map(|part| part.map(Lead::storable)).collect();
        // Two requests with one key, and copies of one lead at the same moment, wait for each other here.
        let locks = lock_numbers(received, &parts);
        let mut tx = self.database.begin_locked(received.group, &locks).await?;
        let now = self.clock.now();
        if let Some(key) = received.idempotency_key
            && let Some(before) = inputs::by_key(&mut tx, received, key).await?
        {
            let taken = self.take_again(&mut tx, received, &before, &parts).await?;
            tx.commit().await?;
            return Ok(taken);
        }
        let input_id = Uuid::now_v7();
        let readable = parts.iter().any(Result::is_ok);
        let mut taken = Taken {
            input_id,
            leads: Vec::new(),
            rejected: Vec::new(),
        };
        let readable_parts = parts.iter().filter(|part| part.is_ok()).count();
        let counted = sources::Counted {
            source: &received.source.name,
            accepted: i64::try_from(readable_parts).unwrap_or(i64::MAX),
            rejected: i64::try_from(parts.len() - readable_parts).unwrap_or(i64::MAX),
            at: now,
        };
        for part in parts {
            match part {
                Ok(lead) => taken
                    .leads
                    .push(self.take_lead(&mut tx, received, input_id, &lead).await?),
                Err(part) => {
                    // The first reason stands for the document when nothing in it could be read.
                    let (id, body) = if readable || !taken.rejected.is_empty() {
                        (Uuid::now_v7(), part.raw.as_bytes())
                    } else {
                        (input_id, received.body)
                    };
                    let part_of = (id != input_id).then_some(input_id);
                    inputs::insert_rejected(&mut tx, id, now, received, body, part_of, &part.rejection)
                        .await?;
                    let fact = InputRejected {
                        input_id: id.to_string(),
                        source_name: received.source.name.clone(),
                        channel: received.channel.to_owned(),
                        code: part.rejection.code.as_str().to_owned(),
                    };
                    outbox::enqueue(&mut tx, received.group, &fact, now).await?;
                    taken.rejected.push(part.rejection);
                }
            }
        }
        if readable {
            inputs::insert_accepted(&mut tx, input_id, received, &counted).await?;
        } else {
            sources::count(&mut tx, received.group, &counted).await?;
        }
        if let Some(corrected) = received.corrects {
            // A correction that is still wrong takes the place of what it was to correct.
            let first = inputs::mark_resubmitted(&mut tx, received.group, corrected, input_id).await?;
            if !first {
                return Err(already_corrected());
            }
        }
        tx.commit().await?;
        self.committed();
        metrics::counter!("edina_intake_leads_total", "channel" => received.channel.to_owned())
            .increment(taken.leads.len() as u64);
        metrics::counter!("edina_intake_rejected_total", "channel" => received.channel.to_owned())
            .increment(taken.rejected.len() as u64);
        match (readable, taken.rejected.first()) {
            (false, Some(rejection)) => Err(IntakeError::Rejected {
                rejection: Box::new(rejection.clone()),
                input_id,
            }),
            _ => Ok(taken),
        }
    }

    async fn take_again(
        &self,
        tx: &mut Tx,
        received: &Received<'_>,
        before: &inputs::WithKey,
        parts: &[Result<Lead, RejectedPart>],
    ) -> Result<Taken, IntakeError> {
        let input_id = before.id;
        let known = leads::of_input(tx, received.group, input_id).await?;
        if !before.same_body && !are_same(parts, &known) {
            return Err(IntakeError::KeyReused);
        }
        let mut taken = Taken {
            input_id,
            leads: Vec::new(),
            rejected: Vec::new(),
        };
        for (lead_id, _) in known {
            leads::arrive_again(tx, received.group, lead_id, input_id, self.clock.now()).await?;
            taken.leads.push(TakenLead {
                lead_id,
                already_known: true,
            });
        }
        Ok(taken)
    }

    async fn take_lead(
        &self,
        tx: &mut Tx,
        received: &Received<'_>,
        input_id: Uuid,
        lead: &Lead,
    ) -> Result<TakenLead, IntakeError> {
        let now = self.clock.now();
        let group = received.group;
        let source = received.source;
        let print = fingerprint::of(lead);
        let ids = source_ids(lead);
        let since = now - chrono::Duration::seconds(DUPLICATE_WINDOW_SECONDS);
        let alike = leads::alike(tx, group, &source.name, &ids, print.as_bytes(), since).await?;
        // Some senders repeat one number for everybody: then it names nobody.
        let other = alike.content.filter(|other| are_different_people(&other.0, lead));
        let known = match other {
            None => alike.by_number.or(alike.by_content),
            Some(_) => alike.by_content,
        };
        if let Some(lead_id) = known {
            leads::arrive_again(tx, group, lead_id, input_id, now).await?;
            return Ok(TakenLead {
                lead_id,
                already_known: true,
            });
        }
        let lead_id = Uuid::now_v7();
        let topic = match (lead.topic, Topic::from_name(&source.default_topic)) {
            (Topic::Other, Some(default)) => default,
            (topic, _) => topic,
        };
        let branch_id = self.branch_of(group, source, lead);
        let due = now + chrono::Duration::minutes(i64::from(source.answer_minutes));
        let new = leads::NewLead {
            id: lead_id,
            source_name: &source.name,
            channel: received.channel,
            topic,
            branch_id: &branch_id,
            content: lead,
            fingerprint: print.as_bytes(),
            client_id: received.client_id,
            call_id: "",
            received_at: now,
            answer_due_at: due,
        };
        let came = leads::Came {
            input_id,
            source_ids: &ids,
        };
        leads::insert(tx, group, &new, Some(came)).await?;
        let key = lead_id.to_string();
        let mut facts = Facts::default().and(
            group,
            &LeadReceived {
                lead_id: key.clone(),
                source_name: source.name.clone(),
                channel: received.channel.to_owned(),
                branch_id: branch_id.clone(),
                topic: topic.as_str().to_owned(),
                version: 1,
            },
        );
        let next = if received.client_id.is_empty() {
            (job::RESOLVE, serde_json::Value::Null)
        } else {
            let fact = LeadResolved {
                lead_id: key.clone(),
                client_id: received.client_id.to_owned(),
                outcome: "linked".to_owned(),
                branch_id,
                topic: topic.as_str().to_owned(),
                version: 1,
                channel: received.channel.to_owned(),
                ..LeadResolved::default()
            };
            facts = facts.and(group, &fact);
            (job::ASSIGN, serde_json::json!(AssignPayload::default()))
        };
        facts.store(tx, group, now).await?;
        let work = [
            NewJob::new(job::CLOCK, key.clone(), due, serde_json::Value::Null),
            NewJob::new(next.0, key, now, next.1),
        ];
        jobs::enqueue_all(tx, group, &work).await?;
        if let Some(employee_id) = received.assign_to
            && let Some(stored) = leads::get(tx, group, lead_id).await?
        {
            let given = self.give(tx, group, &stored, employee_id, "by_hand").await?;
            given.store(tx, group, now).await?;
        }
        Ok(TakenLead {
            lead_id,
            already_known: false,
        })
    }

    /// The source's branch, else the one the lead names, else the group's only or first one.
    fn branch_of(&self, group: &GroupId, source: &Source, lead: &Lead) -> String {
        if source.branch_id.is_empty() {
            self.branch_by_hint(group, lead)
        } else {
            source.branch_id.clone()
        }
    }

    /// The branch the lead names, else the group's first one; empty while the directory is unknown.
    pub(super) fn branch_by_hint(&self, group: &GroupId, lead: &Lead) -> String {
        let Some(directory) = self.directory.group(group) else {
            return String::new();
        };
        let hint = lead.branch_hint.as_deref().unwrap_or_default().to_lowercase();
        let named = directory.branches.iter().find(|branch| {
            let name = branch.display_name.to_lowercase();
            let city = branch.city.to_lowercase();
            !hint.is_empty()
                && (branch.branch_id == hint
                    || name.contains(&hint)
                    || hint.contains(&name)
                    || (!city.is_empty() && hint.contains(&city)))
        });
        named
            .or(directory.branches.first())
            .map(|branch| branch.branch_id.clone())
            .unwrap_or_default()
    }
}

fn already_corrected() -> IntakeError {
    IntakeError::Invalid {
        field: "input_id",
        message: "only a rejected input can be corrected; this one was corrected just now".to_owned(),
    }
}
