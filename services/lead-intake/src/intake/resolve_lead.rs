//! Notes who leads came from, as `ask_registry` learned; tried until the registry answers. A lead is given to somebody in the
//! same transaction that notes the answer.

use std::collections::HashMap;

use edina_messaging::outbox::Facts;
use edina_postgres::jobs::{self, Claimed, Job, JobResult, NewJob, Outcome};
use edina_proto::{intake::v1::LeadResolved, registry::v1::ResolveSourceReply};
use edina_runtime::group::GroupId;
use tonic::{Code, Status};
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use super::{
    Intake,
    assign_lead::{ASK_AGAIN, AssignPayload, Decided, Unowned, given},
    job,
};
use crate::store::{
    leads::{self, LeadRow},
    record_places,
};

/// How long a lead waits for the registry before it is given to somebody without knowing the client's owner.
pub(super) const PATIENCE: chrono::Duration = chrono::Duration::seconds(60);

/// A lead whose client is not known.
pub(super) struct Waiting {
    job: Job,
    pub(super) span: Span,
    pub(super) lead: LeadRow,
}

/// A lead whose client the registry has named.
struct Answered {
    job: Job,
    span: Span,
    lead: LeadRow,
    reply: ResolveSourceReply,
}

impl Intake {
    /// Jobs: resolve the leads named by the keys, which are of one group.
    pub async fn resolve_leads(&self, claimed: Vec<Claimed>) -> Vec<JobResult> {
        let Some(group) = claimed.first().map(|claimed| claimed.job.group.clone()) else {
            return Vec::new();
        };
        let ids: Vec<Uuid> = claimed
            .iter()
            .filter_map(|claimed| claimed.job.key.parse().ok())
            .collect();
        let mut leads = match self.leads(&group, &ids).await {
            Ok(leads) => leads,
            Err(error) => {
                let failed = |_| Err(anyhow::anyhow!("the leads cannot be read: {error}"));
                return claimed.iter().map(failed).collect();
            }
        };
        let mut waiting = Vec::with_capacity(claimed.len());
        let mut places = Vec::with_capacity(claimed.len());
        for Claimed { job, span } in claimed {
            let lead = job.key.parse().ok().and_then(|id: Uuid| leads.remove(&id));
            let lead = lead.filter(|lead| lead.client_id.is_empty());
            places.push(lead.is_some());
            waiting.extend(lead.map(|lead| Waiting { job, span, lead }));
        }
        let replies = self.ask_all(&group, &waiting).await;
        let mut told = Vec::with_capacity(waiting.len());
        for (Waiting { job, span, lead }, reply) in waiting.into_iter().zip(replies) {
            told.push(match reply {
                Ok(reply) => Ok(Answered {
                    job,
                    span,
                    lead,
                    reply,
                }),
                Err(status) => {
                    let unresolved = self.unresolved(&job, &lead, &status);
                    Err(unresolved.instrument(span.clone()).await)
                }
            });
        }
        let mut told = told.into_iter();
        let asked: Vec<Result<Answered, JobResult>> = places
            .into_iter()
            .map(|waited| {
                if waited {
                    told.next()
                        .unwrap_or_else(|| Err(Err(anyhow::anyhow!("not asked"))))
                } else {
                    Err(Ok(Outcome::Done))
                }
            })
            .collect();
        let answered: Vec<&Answered> = asked.iter().filter_map(|asked| asked.as_ref().ok()).collect();
        let noted = self.note_all(&group, &answered).await;
        let mut noted = noted.into_iter();
        asked
            .into_iter()
            .map(|asked| match asked {
                Ok(_) => noted.next().unwrap_or_else(|| Err(anyhow::anyhow!("not noted"))),
                Err(outcome) => outcome,
            })
            .collect()
    }

    async fn leads(&self, group: &GroupId, ids: &[Uuid]) -> sqlx::Result<HashMap<Uuid, LeadRow>> {
        let mut tx = self.database.begin(group).await?;
        let leads = leads::get_all(&mut tx, group, ids).await?;
        tx.rollback().await?;
        Ok(leads.into_iter().map(|lead| (lead.id, lead)).collect())
    }

    /// Notes the answers in one transaction; if that fails each in one of its own, lest one keep the others back.
    async fn note_all(&self, group: &GroupId, answered: &[&Answered]) -> Vec<JobResult> {
        let together = self.note(group, answered).await;
        if together.is_ok() || answered.len() < 2 {
            let settled = |_: &&Answered| match &together {
                Ok(()) => Ok(Outcome::Settled),
                Err(error) => Err(anyhow::anyhow!("{error:#}")),
            };
            return answered.iter().map(settled).collect();
        }
        let mut outcomes = Vec::with_capacity(answered.len());
        for one in answered {
            let noted = self.note(group, &[one]).instrument(one.span.clone()).await;
            outcomes.push(noted.map(|()| Outcome::Settled));
        }
        outcomes
    }

    async fn note(&self, group: &GroupId, answered: &[&Answered]) -> anyhow::Result<()> {
        if answered.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let mut tx = self.database.begin(group).await?;
        let ids: Vec<Uuid> = answered.iter().map(|one| one.lead.id).collect();
        let mut unresolved = leads::lock_unresolved(&mut tx, group, &ids).await?;
        let names: Vec<String> = ids.iter().map(Uuid::to_string).collect();
        let places = record_places::of(&mut tx, group, record_places::LEADS, &names).await?;
        Job::all_done_in(&mut tx, answered.iter().map(|one| &one.job)).await?;
        let (mut facts, mut cards, mut unowned) = (Facts::default(), Vec::new(), Vec::new());
        for one in answered {
            let Some(unresolved) = unresolved.remove(&one.lead.id) else {
                continue;
            };
            // It may have been given to somebody, or closed, while the registry was asked; its record may have been moved.
            let client_id = places
                .get(&one.lead.id.to_string())
                .unwrap_or(&one.reply.client_id);
            let lead = LeadRow {
                client_id: client_id.clone(),
                owner_employee_id: unresolved.owner_employee_id,
                status: unresolved.status,
                version: unresolved.version + 1,
                ..one.lead.clone()
            };
            let fact = resolved_fact(&lead, &one.reply, u64::try_from(lead.version)?);
            one.span.in_scope(|| facts.say(group, &fact));
            cards.push(leads::Card {
                lead_id: lead.id,
                client_id,
                source_record_id: &one.reply.source_record_id,
                employee_id: None,
            });
            if lead.status == "open" && lead.owner_employee_id.is_empty() {
                let mut owners = one.reply.owners.iter();
                let owner = owners.find(|owner| owner.department == lead.department);
                unowned.push(Unowned {
                    lead,
                    owner: owner.map(|owner| owner.employee_id.clone()),
                    span: one.span.clone(),
                });
            }
        }
        let Decided { taken, turns, nobody } = self.decide(&mut tx, group, unowned).await?;
        for (one, employee, why) in &taken {
            let card = cards.iter_mut().find(|card| card.lead_id == one.lead.id);
            if let Some(card) = card {
                card.employee_id = Some(employee.as_str());
            }
            let version = one.lead.version + 1;
            one.span
                .in_scope(|| facts.append(given(group, &one.lead, employee, why, version)));
        }
        leads::resolve_all(&mut tx, group, &cards, &turns).await?;
        let mut work = Vec::with_capacity(nobody.len());
        for unowned in nobody {
            let payload = serde_json::to_value(AssignPayload {
                owner: unowned.owner,
                asked: true,
            })?;
            let (key, at) = (unowned.lead.id.to_string(), now + ASK_AGAIN);
            let job = unowned
                .span
                .in_scope(|| NewJob::new(job::ASSIGN, key, at, payload));
            work.push(job);
        }
        if !work.is_empty() {
            jobs::enqueue_all(&mut tx, group, &work).await?;
        }
        facts.store(&mut tx, group, now).await?;
        tx.commit().await?;
        self.committed();
        Ok(())
    }
}

fn resolved_fact(lead: &LeadRow, reply: &ResolveSourceReply, version: u64) -> LeadResolved {
    LeadResolved {
        lead_id: lead.id.to_string(),
        client_id: lead.client_id.clone(),
        source_record_id: reply.source_record_id.clone(),
        outcome: reply.outcome.clone(),
        branch_id: lead.branch_id.clone(),
        topic: lead.topic.clone(),
        version,
        channel: lead.channel.clone(),
        contact_kind: lead.contact_kind.clone(),
        department: lead.department.clone(),
        // Given to somebody before the client was known: that one may look after the client now.
        employee_id: lead.owner_employee_id.clone(),
        call_id: lead.call_id.clone(),
    }
}

impl Intake {
    /// The registry did not say who this is. A lead must not wait for that: after a while somebody gets it all the
    /// same. A record that the registry will never take is not sent again.
    async fn unresolved(&self, job: &Job, lead: &LeadRow, status: &Status) -> JobResult {
        let now = self.clock.now();
        let never = status.code() == Code::InvalidArgument;
        if never || now - lead.received_at > PATIENCE {
            let mut tx = self.database.begin(&job.group).await?;
            let payload = AssignPayload {
                owner: None,
                asked: true,
            };
            jobs::enqueue(&mut tx, &job.group, job::ASSIGN, &job.key, now, &payload).await?;
            tx.commit().await?;
            self.jobs.wake();
        }
        // The code only: a message may quote the record.
        if never {
            tracing::warn!(
                lead_id = job.key,
                "the registry cannot use this lead; it stays without a card"
            );
            return Ok(Outcome::Done);
        }
        anyhow::bail!("the registry answered {:?}", status.code())
    }
}

/// A refusal that no repetition changes ends the job; anything else is tried again. The code only goes into the log: a
/// message may quote a person.
pub(super) fn settled_or_again(status: &Status) -> JobResult {
    match status.code() {
        code @ (Code::InvalidArgument | Code::NotFound | Code::FailedPrecondition) => {
            tracing::error!(?code, "the registry refuses for good");
            Ok(Outcome::Done)
        }
        code => anyhow::bail!("the registry answered {code:?}"),
    }
}
