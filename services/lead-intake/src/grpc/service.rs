//! The gRPC methods.

use edina_proto::common::v1::PageReply;
use edina_proto::intake::v1::{
    AssignLeadRequest, CloseLeadRequest, GetLeadRequest, Lead, ListInputsReply, ListInputsRequest,
    ListLeadsReply, ListLeadsRequest, ListReasonsReply, ListReasonsRequest, ListSourcesReply,
    ListSourcesRequest, MarkAnsweredRequest, MoveLeadRequest, PutSourceReply, PutSourceRequest, Reason,
    ReopenLeadRequest, ResubmitInputReply, ResubmitInputRequest, SubmitLeadReply, SubmitLeadRequest,
    lead_intake_server::LeadIntake,
};
use edina_proto::time::from_proto;
use edina_runtime::{
    caller::{self, Caller},
    page,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{status, wire};
use crate::{
    channel::{RejectedPart, journal},
    intake::{Close, Intake, IntakeError, Received},
    lead::{
        Topic, Vehicle,
        status::{Amount, LOST_REASONS, WON_REASONS},
    },
    store::{
        inputs,
        lead_list::{self, LeadFilter},
        leads::{self, LeadRow},
        sources,
    },
};

/// The service over its use cases.
#[derive(Debug, Clone)]
pub struct LeadIntakeService {
    intake: Intake,
    zone: chrono_tz::Tz,
}

impl LeadIntakeService {
    /// Serves these use cases; dates without a zone are read in `zone`.
    pub fn new(intake: Intake, zone: chrono_tz::Tz) -> Self {
        Self { intake, zone }
    }

    async fn answer(&self, caller: &Caller, row: LeadRow) -> Result<Response<Lead>, Status> {
        let mut tx = self
            .intake
            .database
            .begin(&caller.group)
            .await
            .map_err(database)?;
        let moves = lead_list::moves(&mut tx, &caller.group, row.id)
            .await
            .map_err(database)?;
        Ok(Response::new(wire::lead(row, moves)))
    }

    fn zone_of(&self, caller: &Caller, branch_id: &str) -> chrono_tz::Tz {
        let group = self.intake.directory.group(&caller.group);
        let branch = group.and_then(|group| {
            let branch = edina_messaging::directory::branch(&group, branch_id)?;
            branch.time_zone.parse().ok()
        });
        branch.unwrap_or(self.zone)
    }
}

fn id(field: &'static str, text: &str) -> Result<Uuid, Status> {
    text.parse()
        .map_err(|_| Status::invalid_argument(format!("{field}: a UUID is expected")))
}

fn database(error: sqlx::Error) -> Status {
    status::of(IntakeError::Database(error))
}

#[tonic::async_trait]
impl LeadIntake for LeadIntakeService {
    async fn submit_lead(
        &self,
        request: Request<SubmitLeadRequest>,
    ) -> Result<Response<SubmitLeadReply>, Status> {
        let caller = caller::of(&request)?;
        let body = serde_json::json!({ "journal": "line" }).to_string();
        let line = request.into_inner();
        let written = journal::JournalLine {
            occurred_at: line
                .occurred_at
                .as_ref()
                .and_then(from_proto)
                .map(|at| at.to_rfc3339())
                .unwrap_or_default(),
            kind: if line.contact_kind.is_empty() {
                "visit".to_owned()
            } else {
                line.contact_kind.clone()
            },
            name: line.full_name.clone(),
            phone: line.phones.first().cloned().unwrap_or_default(),
            email: line.emails.first().cloned().unwrap_or_default(),
            age: if line.age > 0 {
                line.age.to_string()
            } else {
                String::new()
            },
            stay_minutes: if line.stay_minutes > 0 {
                line.stay_minutes.to_string()
            } else {
                String::new()
            },
            comment: line.comment.clone(),
            vehicle: String::new(),
        };
        let mut source = self
            .intake
            .journal_source(&caller.group)
            .await
            .map_err(status::of)?;
        source.branch_id.clone_from(&line.branch_id);
        let zone = self.zone_of(&caller, &line.branch_id);
        let parts = match journal::read(&written, self.intake.clock.now(), zone) {
            Ok(mut lead) => {
                lead.wanted.extend(line.vehicles.iter().map(vehicle));
                if let Some(topic) = Topic::from_name(&line.topic) {
                    lead.topic = topic;
                }
                vec![Ok(lead)]
            }
            // The person at the form corrects it there: nothing is stored.
            Err(rejections) => {
                let said: Vec<String> = rejections
                    .iter()
                    .map(|rejection| {
                        format!(
                            "{}: {}",
                            rejection.field.as_deref().unwrap_or("line"),
                            rejection.message_en
                        )
                    })
                    .collect();
                return Err(Status::invalid_argument(said.join("; ")));
            }
        };
        let parts: Vec<Result<_, RejectedPart>> = parts;
        let stored = parts
            .iter()
            .flatten()
            .next()
            .and_then(|lead| serde_json::to_string(lead).ok())
            .unwrap_or(body);
        let received = Received {
            group: &caller.group,
            source: &source,
            channel: "journal",
            content_type: "application/json",
            body: stored.as_bytes(),
            idempotency_key: (!line.idempotency_key.is_empty()).then_some(line.idempotency_key.as_str()),
            corrects: None,
        };
        let taken = self
            .intake
            .take_input(&received, parts)
            .await
            .map_err(status::of)?;
        let first = taken
            .leads
            .first()
            .ok_or_else(|| Status::internal("a journal line without a lead"))?;
        if !line.employee_id.is_empty() && !first.already_known {
            self.intake
                .assign_lead(&caller.group, first.lead_id, &line.employee_id)
                .await
                .map_err(status::of)?;
        }
        Ok(Response::new(SubmitLeadReply {
            lead_id: first.lead_id.to_string(),
            already_known: first.already_known,
        }))
    }

    async fn list_leads(
        &self,
        request: Request<ListLeadsRequest>,
    ) -> Result<Response<ListLeadsReply>, Status> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let asked_page = asked.page.unwrap_or_default();
        let page = page::read(asked_page.limit, &asked_page.cursor)?;
        let mut client_ids = asked.client_ids;
        if !asked.client_id.is_empty() {
            client_ids.push(asked.client_id);
        }
        let filter = LeadFilter {
            client_ids,
            branch_id: asked.branch_id,
            owner_employee_id: asked.owner_employee_id,
            status: asked.status,
            step: asked.step,
            source_name: asked.source_name,
            overdue_only: asked.overdue_only,
            scope: caller
                .actor
                .as_ref()
                .map(|actor| actor.branches.clone())
                .unwrap_or_default(),
        };
        let mut tx = self
            .intake
            .database
            .begin(&caller.group)
            .await
            .map_err(database)?;
        let rows = lead_list::list(&mut tx, &caller.group, &filter, page.before, page.limit)
            .await
            .map_err(database)?;
        let counts = lead_list::counts(&mut tx, &caller.group, &filter)
            .await
            .map_err(database)?;
        let next_cursor = page.next(rows.len(), rows.last().map(|row| (row.received_at, row.id)));
        Ok(Response::new(ListLeadsReply {
            leads: rows.into_iter().map(|row| wire::lead(row, Vec::new())).collect(),
            page: Some(PageReply { next_cursor }),
            counts,
        }))
    }

    async fn get_lead(&self, request: Request<GetLeadRequest>) -> Result<Response<Lead>, Status> {
        let caller = caller::of(&request)?;
        let lead_id = id("lead_id", &request.get_ref().lead_id)?;
        let mut tx = self
            .intake
            .database
            .begin(&caller.group)
            .await
            .map_err(database)?;
        let row = leads::get(&mut tx, &caller.group, lead_id)
            .await
            .map_err(database)?;
        tx.rollback().await.map_err(database)?;
        self.answer(&caller, row.ok_or_else(|| Status::not_found("no such lead"))?)
            .await
    }

    async fn move_lead(&self, request: Request<MoveLeadRequest>) -> Result<Response<Lead>, Status> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let lead_id = id("lead_id", &asked.lead_id)?;
        let moved = self
            .intake
            .move_lead(
                &caller.group,
                lead_id,
                &asked.step,
                &asked.reason,
                caller.employee_id(),
            )
            .await
            .map_err(status::of)?;
        self.answer(&caller, moved).await
    }

    async fn close_lead(&self, request: Request<CloseLeadRequest>) -> Result<Response<Lead>, Status> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let lead_id = id("lead_id", &asked.lead_id)?;
        let close = Close {
            outcome: asked.outcome,
            reason: asked.reason,
            note: asked.note,
            amount: asked.amount.map(|money| Amount {
                minor: money.minor,
                currency: money.currency,
            }),
            vehicle: asked.vehicle,
        };
        let closed = self
            .intake
            .close_lead(&caller.group, lead_id, close, caller.employee_id())
            .await
            .map_err(status::of)?;
        self.answer(&caller, closed).await
    }

    async fn reopen_lead(&self, request: Request<ReopenLeadRequest>) -> Result<Response<Lead>, Status> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let lead_id = id("lead_id", &asked.lead_id)?;
        let opened = self
            .intake
            .reopen_lead(&caller.group, lead_id, &asked.reason, caller.employee_id())
            .await
            .map_err(status::of)?;
        self.answer(&caller, opened).await
    }

    async fn mark_answered(&self, request: Request<MarkAnsweredRequest>) -> Result<Response<Lead>, Status> {
        let caller = caller::of(&request)?;
        let lead_id = id("lead_id", &request.get_ref().lead_id)?;
        let marked = self
            .intake
            .mark_answered(&caller.group, lead_id, caller.employee_id())
            .await
            .map_err(status::of)?;
        self.answer(&caller, marked).await
    }

    async fn assign_lead(&self, request: Request<AssignLeadRequest>) -> Result<Response<Lead>, Status> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let lead_id = id("lead_id", &asked.lead_id)?;
        let given = self
            .intake
            .assign_lead(&caller.group, lead_id, &asked.employee_id)
            .await
            .map_err(status::of)?;
        self.answer(&caller, given).await
    }

    async fn list_inputs(
        &self,
        request: Request<ListInputsRequest>,
    ) -> Result<Response<ListInputsReply>, Status> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let asked_page = asked.page.unwrap_or_default();
        let page = page::read(asked_page.limit, &asked_page.cursor)?;
        let mut tx = self
            .intake
            .database
            .begin(&caller.group)
            .await
            .map_err(database)?;
        let rows = inputs::list(&mut tx, &caller.group, &asked.state, page.before, page.limit)
            .await
            .map_err(database)?;
        let rejected = inputs::rejected_count(&mut tx, &caller.group)
            .await
            .map_err(database)?;
        let next_cursor = page.next(rows.len(), rows.last().map(|row| (row.received_at, row.id)));
        Ok(Response::new(ListInputsReply {
            inputs: rows.into_iter().map(wire::input).collect(),
            page: Some(PageReply { next_cursor }),
            rejected_count: u32::try_from(rejected).unwrap_or(u32::MAX),
        }))
    }

    async fn resubmit_input(
        &self,
        request: Request<ResubmitInputRequest>,
    ) -> Result<Response<ResubmitInputReply>, Status> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let input_id = id("input_id", &asked.input_id)?;
        match self
            .intake
            .resubmit(&caller.group, input_id, &asked.body_text)
            .await
        {
            Ok(taken) => Ok(Response::new(ResubmitInputReply {
                input_id: taken.input_id.to_string(),
                lead_ids: taken.leads.iter().map(|lead| lead.lead_id.to_string()).collect(),
                ..ResubmitInputReply::default()
            })),
            // Still not right: kept again, with the new reason.
            Err(IntakeError::Rejected { rejection, input_id }) => Ok(Response::new(ResubmitInputReply {
                input_id: input_id.to_string(),
                lead_ids: Vec::new(),
                reason: rejection.message_en,
                reason_ru: rejection.message_ru,
            })),
            Err(error) => Err(status::of(error)),
        }
    }

    async fn list_reasons(
        &self,
        _: Request<ListReasonsRequest>,
    ) -> Result<Response<ListReasonsReply>, Status> {
        let reasons = |list: &[(&str, &str, &str)]| {
            let reason = |(code, ru, en): &(&str, &str, &str)| Reason {
                code: (*code).to_owned(),
                text_ru: (*ru).to_owned(),
                text_en: (*en).to_owned(),
            };
            list.iter().map(reason).collect()
        };
        Ok(Response::new(ListReasonsReply {
            won: reasons(WON_REASONS),
            lost: reasons(LOST_REASONS),
        }))
    }

    async fn list_sources(
        &self,
        request: Request<ListSourcesRequest>,
    ) -> Result<Response<ListSourcesReply>, Status> {
        let caller = caller::of(&request)?;
        let mut tx = self
            .intake
            .database
            .begin(&caller.group)
            .await
            .map_err(database)?;
        let rows = sources::list(&mut tx, &caller.group).await.map_err(database)?;
        Ok(Response::new(ListSourcesReply {
            sources: rows.into_iter().map(wire::source).collect(),
        }))
    }

    async fn put_source(
        &self,
        request: Request<PutSourceRequest>,
    ) -> Result<Response<PutSourceReply>, Status> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let source = asked
            .source
            .ok_or_else(|| Status::invalid_argument("source: missing"))?;
        let (source, key) = self
            .intake
            .put_source(&caller.group, wire::source_row(source), asked.new_key)
            .await
            .map_err(status::of)?;
        Ok(Response::new(PutSourceReply {
            source: Some(wire::source(source)),
            key: key.unwrap_or_default(),
        }))
    }
}

fn vehicle(given: &edina_proto::common::v1::VehicleDescription) -> Vehicle {
    let text = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    Vehicle {
        make: text(&given.make),
        model: text(&given.model),
        vin: text(&given.vin),
        plate: text(&given.plate),
        year: u16::try_from(given.year).ok().filter(|year| *year > 0),
        ..Vehicle::default()
    }
}
