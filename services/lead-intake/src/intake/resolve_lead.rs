//! Asks the registry who a lead came from; tried until it answers. The lead is given to somebody in the same
//! transaction that notes the answer.

use edina_messaging::outbox::Facts;
use edina_postgres::jobs::{self, Job, JobResult, Outcome};
use edina_proto::{
    common::v1::VehicleDescription,
    intake::v1::LeadResolved,
    registry::v1::{Company, ConsentStatement, ResolveSourceRequest, SourceRecord},
    time::to_proto,
};
use tonic::{Code, Status};
use uuid::Uuid;

use super::{
    Intake,
    assign_lead::{ASK_AGAIN, AssignPayload},
    job,
};
use crate::{
    lead::{Condition, ConsentPurpose, ContactChannel, Vehicle},
    store::leads::{self, LeadRow},
};

/// How long a lead waits for the registry before it is given to somebody without knowing the client's owner.
pub(super) const PATIENCE: chrono::Duration = chrono::Duration::seconds(60);

impl Intake {
    /// Job: resolves the lead named by the key.
    pub async fn resolve_lead(&self, job: Job) -> JobResult {
        let lead_id: Uuid = job.key.parse()?;
        let mut tx = self.database.begin(&job.group).await?;
        let lead = leads::get(&mut tx, &job.group, lead_id).await?;
        tx.rollback().await?;
        let Some(lead) = lead.filter(|lead| lead.client_id.is_empty()) else {
            return Ok(Outcome::Done);
        };

        let request = ResolveSourceRequest {
            record: Some(source_record(&lead)),
        };
        let request = self.callers.request(&self.caller(&job.group), request);
        let reply = match self.registry.clone().resolve_source(request).await {
            Ok(reply) => reply.into_inner(),
            Err(status) => return self.unresolved(&job, &lead, &status).await,
        };

        let now = self.clock.now();
        let mut tx = self.database.begin(&job.group).await?;
        let resolved = leads::resolve(
            &mut tx,
            &job.group,
            lead_id,
            &reply.client_id,
            &reply.source_record_id,
        )
        .await?;
        job.done_in(&mut tx).await?;
        if let Some(resolved) = resolved {
            // It may have been given to somebody, or closed, while the registry was asked.
            let mut lead = LeadRow {
                client_id: reply.client_id.clone(),
                owner_employee_id: resolved.owner_employee_id,
                status: resolved.status,
                ..lead
            };
            let fact = LeadResolved {
                lead_id: job.key.clone(),
                client_id: reply.client_id,
                source_record_id: reply.source_record_id,
                outcome: reply.outcome,
                branch_id: lead.branch_id.clone(),
                topic: lead.topic.clone(),
                version: u64::try_from(resolved.version)?,
                channel: lead.channel.clone(),
                contact_kind: lead.contact_kind.clone(),
                department: lead.department.clone(),
                // Given to somebody before the client was known: that one may look after the client now.
                employee_id: lead.owner_employee_id.clone(),
            };
            Facts::default()
                .and(&job.group, &fact)
                .store(&mut tx, &job.group, now)
                .await?;
            if lead.status == "open" && lead.owner_employee_id.is_empty() {
                let owner = reply
                    .owners
                    .into_iter()
                    .find(|owner| owner.department == lead.department)
                    .map(|owner| owner.employee_id);
                let given = self
                    .give_by_rule(&mut tx, &job.group, &mut lead, owner.clone())
                    .await?;
                match given {
                    Some(facts) => facts.store(&mut tx, &job.group, now).await?,
                    None => {
                        let payload = AssignPayload { owner, asked: true };
                        let at = now + ASK_AGAIN;
                        jobs::enqueue(&mut tx, &job.group, job::ASSIGN, &job.key, at, &payload).await?;
                    }
                }
            }
        }
        tx.commit().await?;
        self.committed();
        Ok(Outcome::Settled)
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

/// Longest text that the registry is told, bytes; the whole stays with the lead. It would refuse a longer one, and the
/// person would have no card for having written much.
const LONGEST_TEXT: usize = 8 * 1024;
/// Most values of one kind that it is told.
const MOST_VALUES: usize = 32;

/// The text as far as the registry is told.
fn told(text: &str) -> String {
    text[..text.floor_char_boundary(LONGEST_TEXT)].to_owned()
}

fn source_record(lead: &LeadRow) -> SourceRecord {
    let content = &lead.content.0;
    let contact = &content.contact;
    let text = |value: &Option<String>| value.as_deref().map(told).unwrap_or_default();
    let wanted = content.wanted.iter().map(|vehicle| describe(vehicle, "wants"));
    let offered = content
        .offered
        .iter()
        .map(|vehicle| describe(vehicle, "trades_in"));
    let consents = content.consents.iter().map(|consent| ConsentStatement {
        purpose: match consent.purpose {
            ConsentPurpose::Processing => "personal_data",
            ConsentPurpose::Advertising => "advertising",
        }
        .to_owned(),
        channel: match consent.channel {
            Some(ContactChannel::Sms) => "sms",
            Some(ContactChannel::Email) => "email",
            Some(ContactChannel::Phone) => "call",
            _ => "any",
        }
        .to_owned(),
        granted: consent.given,
        text_version: told(&consent.text),
        proof: format!("{} {}", lead.source_name, lead.id),
        at: Some(to_proto(lead.received_at)),
    });
    let address = contact.address.as_ref().map(|address| {
        let parts = [
            &address.postal_code,
            &address.country,
            &address.region,
            &address.city,
            &address.street,
        ];
        parts
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>()
            .join(", ")
    });
    let handles = contact.handles.iter();
    let marketing = content.marketing.iter();
    let extra = handles
        .map(|handle| (format!("messenger_{}", handle.network), told(&handle.value)))
        .chain(marketing.map(|(name, value)| (name.clone(), told(value))))
        .take(MOST_VALUES);
    SourceRecord {
        source: "lead_intake".to_owned(),
        external_id: lead.id.to_string(),
        kind: "lead".to_owned(),
        occurred_at: Some(to_proto(lead.received_at)),
        branch_id: lead.branch_id.clone(),
        department: lead.department.clone(),
        full_name: text(&contact.name.full),
        last_name: text(&contact.name.last),
        first_name: text(&contact.name.first),
        middle_name: text(&contact.name.middle),
        phones: contact
            .phones
            .iter()
            .take(MOST_VALUES)
            .map(|phone| phone.number.clone())
            .collect(),
        emails: contact.emails.iter().take(MOST_VALUES).cloned().collect(),
        address: told(&address.unwrap_or_default()),
        company: contact.company.as_ref().map(|name| Company {
            name: told(name),
            inn: text(&contact.company_inn),
            kpp: String::new(),
        }),
        vehicles: wanted.chain(offered).take(MOST_VALUES).collect(),
        consents: consents.take(MOST_VALUES).collect(),
        comment: told(&content.comments.join("\n")),
        channel: lead.source_name.clone(),
        extra: extra.collect(),
        ..SourceRecord::default()
    }
}

/// A vehicle in the words of the contracts.
pub(crate) fn describe(vehicle: &Vehicle, role: &str) -> VehicleDescription {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let model = vehicle
        .model
        .clone()
        .or_else(|| vehicle.description.clone())
        .unwrap_or_default();
    VehicleDescription {
        vin: text(&vehicle.vin),
        plate: text(&vehicle.plate),
        make: text(&vehicle.make),
        model,
        year: vehicle.year.map_or(0, i32::from),
        mileage_km: vehicle
            .mileage_km
            .and_then(|km| i32::try_from(km).ok())
            .unwrap_or(0),
        role: role.to_owned(),
        condition: match vehicle.condition {
            Some(Condition::New) => "new",
            Some(Condition::Used) => "used",
            None => "",
        }
        .to_owned(),
    }
}
