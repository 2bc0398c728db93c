//! The gRPC methods.

use edina_postgres::Tx;
use edina_proto::common::v1::PageReply;
use edina_proto::intake::v1::{
    AssignLeadRequest, CloseLeadRequest, GetLeadRequest, Lead, ListInputsReply, ListInputsRequest,
    ListLeadsReply, ListLeadsRequest, ListReasonsReply, ListReasonsRequest, ListSourcesReply,
    ListSourcesRequest, MarkAnsweredRequest, MoveLeadRequest, PutSourceReply, PutSourceRequest, Reason,
    ReopenLeadRequest, ResubmitInputReply, ResubmitInputRequest, SubmitLeadReply, SubmitLeadRequest,
    lead_intake_server::LeadIntake,
};
use edina_runtime::{
    caller::{self, Caller},
    group::GroupId,
    grpc::Reply,
    page,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::wire;
use crate::{
    intake::{Close, Intake, IntakeError},
    lead::status::{Amount, LOST_REASONS, WON_REASONS},
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
}

impl LeadIntakeService {
    /// Serves these use cases.
    pub fn new(intake: Intake) -> Self {
        Self { intake }
    }

    async fn answer(&self, caller: &Caller, row: LeadRow) -> Reply<Lead> {
        let mut tx = self.begin(&caller.group).await?;
        let moves = lead_list::moves(&mut tx, &caller.group, row.id)
            .await
            .map_err(IntakeError::Database)?;
        Ok(Response::new(wire::lead(row, moves)))
    }

    async fn begin(&self, group: &GroupId) -> Result<Tx, Status> {
        let begun = self.intake.database.begin(group).await;
        Ok(begun.map_err(IntakeError::Database)?)
    }
}

fn id(field: &'static str, text: &str) -> Result<Uuid, Status> {
    text.parse()
        .map_err(|_| Status::invalid_argument(format!("{field}: a UUID is expected")))
}

#[tonic::async_trait]
impl LeadIntake for LeadIntakeService {
    async fn submit_lead(&self, request: Request<SubmitLeadRequest>) -> Reply<SubmitLeadReply> {
        let caller = caller::of(&request)?;
        let taken = self
            .intake
            .take_journal_line(&caller.group, wire::journal_entry(request.into_inner()))
            .await?;
        Ok(Response::new(SubmitLeadReply {
            lead_id: taken.lead_id.to_string(),
            already_known: taken.already_known,
        }))
    }

    async fn list_leads(&self, request: Request<ListLeadsRequest>) -> Reply<ListLeadsReply> {
        let (caller, asked) = caller::asks(request)?;
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
        let mut tx = self.begin(&caller.group).await?;
        let rows = lead_list::list(&mut tx, &caller.group, &filter, page.before, page.limit)
            .await
            .map_err(IntakeError::Database)?;
        let counts = lead_list::counts(&mut tx, &caller.group, &filter)
            .await
            .map_err(IntakeError::Database)?;
        let next_cursor = page.next(rows.len(), rows.last().map(|row| (row.received_at, row.id)));
        Ok(Response::new(ListLeadsReply {
            leads: rows.into_iter().map(|row| wire::lead(row, Vec::new())).collect(),
            page: Some(PageReply { next_cursor }),
            counts,
        }))
    }

    async fn get_lead(&self, request: Request<GetLeadRequest>) -> Reply<Lead> {
        let caller = caller::of(&request)?;
        let lead_id = id("lead_id", &request.get_ref().lead_id)?;
        let mut tx = self.begin(&caller.group).await?;
        let row = leads::get(&mut tx, &caller.group, lead_id)
            .await
            .map_err(IntakeError::Database)?
            .ok_or_else(|| Status::not_found("no such lead"))?;
        let moves = lead_list::moves(&mut tx, &caller.group, lead_id)
            .await
            .map_err(IntakeError::Database)?;
        tx.rollback().await.map_err(IntakeError::Database)?;
        Ok(Response::new(wire::lead(row, moves)))
    }

    async fn move_lead(&self, request: Request<MoveLeadRequest>) -> Reply<Lead> {
        let (caller, asked) = caller::asks(request)?;
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
            .await?;
        self.answer(&caller, moved).await
    }

    async fn close_lead(&self, request: Request<CloseLeadRequest>) -> Reply<Lead> {
        let (caller, asked) = caller::asks(request)?;
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
            .await?;
        self.answer(&caller, closed).await
    }

    async fn reopen_lead(&self, request: Request<ReopenLeadRequest>) -> Reply<Lead> {
        let (caller, asked) = caller::asks(request)?;
        let lead_id = id("lead_id", &asked.lead_id)?;
        let opened = self
            .intake
            .reopen_lead(&caller.group, lead_id, &asked.reason, caller.employee_id())
            .await?;
        self.answer(&caller, opened).await
    }

    async fn mark_answered(&self, request: Request<MarkAnsweredRequest>) -> Reply<Lead> {
        let caller = caller::of(&request)?;
        let lead_id = id("lead_id", &request.get_ref().lead_id)?;
        let marked = self
            .intake
            .mark_answered(&caller.group, lead_id, caller.employee_id())
            .await?;
        self.answer(&caller, marked).await
    }

    async fn assign_lead(&self, request: Request<AssignLeadRequest>) -> Reply<Lead> {
        let (caller, asked) = caller::asks(request)?;
        let lead_id = id("lead_id", &asked.lead_id)?;
        let given = self
            .intake
            .assign_lead(&caller.group, lead_id, &asked.employee_id)
            .await?;
        self.answer(&caller, given).await
    }

    async fn list_inputs(&self, request: Request<ListInputsRequest>) -> Reply<ListInputsReply> {
        let (caller, asked) = caller::asks(request)?;
        let asked_page = asked.page.unwrap_or_default();
        let page = page::read(asked_page.limit, &asked_page.cursor)?;
        let mut tx = self.begin(&caller.group).await?;
        let rows = inputs::list(&mut tx, &caller.group, &asked.state, page.before, page.limit)
            .await
            .map_err(IntakeError::Database)?;
        let rejected = inputs::rejected_count(&mut tx, &caller.group)
            .await
            .map_err(IntakeError::Database)?;
        let next_cursor = page.next(rows.len(), rows.last().map(|row| (row.received_at, row.id)));
        Ok(Response::new(ListInputsReply {
            inputs: rows.into_iter().map(wire::input).collect(),
            page: Some(PageReply { next_cursor }),
            rejected_count: u32::try_from(rejected).unwrap_or(u32::MAX),
        }))
    }

    async fn resubmit_input(&self, request: Request<ResubmitInputRequest>) -> Reply<ResubmitInputReply> {
        let (caller, asked) = caller::asks(request)?;
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
            Err(error) => Err(Status::from(error)),
        }
    }

    async fn list_reasons(&self, _: Request<ListReasonsRequest>) -> Reply<ListReasonsReply> {
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

    async fn list_sources(&self, request: Request<ListSourcesRequest>) -> Reply<ListSourcesReply> {
        let caller = caller::of(&request)?;
        let mut tx = self.begin(&caller.group).await?;
        let rows = sources::list(&mut tx, &caller.group)
            .await
            .map_err(IntakeError::Database)?;
        Ok(Response::new(ListSourcesReply {
            sources: rows.into_iter().map(wire::source).collect(),
        }))
    }

    async fn put_source(&self, request: Request<PutSourceRequest>) -> Reply<PutSourceReply> {
        let (caller, asked) = caller::asks(request)?;
        let source = asked
            .source
            .ok_or_else(|| Status::invalid_argument("source: missing"))?;
        let (source, key) = self
            .intake
            .put_source(&caller.group, wire::source_row(source), asked.new_key)
            .await?;
        Ok(Response::new(PutSourceReply {
            source: Some(wire::source(source)),
            key: key.unwrap_or_default(),
        }))
    }
}
