//! Asks the registry who leads came from: all that wait at once by one call.

use edina_proto::registry::v1::{
    ResolveSourceReply, ResolveSourceRequest, ResolveSourcesRequest, resolved_record::Answer,
};
use edina_runtime::group::GroupId;
use futures::future::join_all;
use tonic::{Code, Status};
use tracing::{Instrument as _, Span};

use super::{Intake, lead_as_record::source_record, resolve_lead::Waiting};
use crate::store::leads::LeadRow;

impl Intake {
    /// Whose these leads of one group are, in their order; a record that the registry refuses is an invalid argument.
    pub(super) async fn ask_all(
        &self,
        group: &GroupId,
        waiting: &[Waiting],
    ) -> Vec<Result<ResolveSourceReply, Status>> {
        match waiting {
            [] => return Vec::new(),
            [one] => return vec![self.ask(group, &one.lead).instrument(one.span.clone()).await],
            _ => {}
        }
        match self.ask_together(group, waiting).await {
            Ok(replies) if replies.len() == waiting.len() => replies,
            Ok(_) => {
                let short = || Err(Status::internal("fewer answers than records"));
                waiting.iter().map(|_| short()).collect()
            }
            // The registry is away: so it is for each of them.
            Err(status) if is_away(&status) => waiting.iter().map(|_| Err(status.clone())).collect(),
            // Whatever it is about, one shall not keep the others back.
            Err(_) => {
                let each = waiting
                    .iter()
                    .map(|one| self.ask(group, &one.lead).instrument(one.span.clone()));
                join_all(each).await
            }
        }
    }

    async fn ask(&self, group: &GroupId, lead: &LeadRow) -> Result<ResolveSourceReply, Status> {
        let request = ResolveSourceRequest {
            record: Some(source_record(lead)),
        };
        let request = self.callers.request(&self.caller(group), request);
        let reply = self.registry.clone().resolve_source(request).await?;
        Ok(reply.into_inner())
    }

    /// One call belongs to one trace: that of the first lead, to which the others are linked.
    async fn ask_together(
        &self,
        group: &GroupId,
        waiting: &[Waiting],
    ) -> Result<Vec<Result<ResolveSourceReply, Status>>, Status> {
        let first = waiting.first().map_or_else(Span::none, |one| one.span.clone());
        let span = tracing::info_span!(parent: &first, "resolve leads", leads = waiting.len());
        for one in waiting.iter().skip(1) {
            span.follows_from(&one.span);
        }
        let records = waiting.iter().map(|one| source_record(&one.lead)).collect();
        let mut registry = self.registry.clone();
        let reply = async {
            let request = ResolveSourcesRequest { records };
            let request = self.callers.request(&self.caller(group), request);
            registry.resolve_sources(request).await
        }
        .instrument(span)
        .await?;
        let answers = reply.into_inner().records.into_iter();
        Ok(answers
            .map(|answered| match answered.answer {
                Some(Answer::Resolved(reply)) => Ok(reply),
                // The field only: a reason may quote the record.
                Some(Answer::Refusal(refusal)) => Err(Status::invalid_argument(refusal.field)),
                None => Err(Status::internal("an answer that says nothing")),
            })
            .collect())
    }
}

fn is_away(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::ResourceExhausted
    )
}
