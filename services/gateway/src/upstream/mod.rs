//! The other services by gRPC, asked under the requester's signed identity.

use edina_proto::{
    calls::v1::{self as calls, call_tracking_client::CallTrackingClient},
    intake::v1::{self as intake, lead_intake_client::LeadIntakeClient},
    notification::v1::{self as notification, notification_client::NotificationClient},
    registry::v1::{self as registry, client_registry_client::ClientRegistryClient},
};
use edina_runtime::caller::{Caller, CallerKey};
use futures::future::BoxFuture;
use tonic::{Request, Response, Status, transport::Channel};

use crate::Config;

/// Channels to the four services.
#[derive(Clone)]
pub struct Upstream {
    key: CallerKey,
    registry: ClientRegistryClient<Channel>,
    intake: LeadIntakeClient<Channel>,
    calls: CallTrackingClient<Channel>,
    notification: NotificationClient<Channel>,
}

impl Upstream {
    /// Prepares the channels; they connect when first used.
    pub fn new(config: &Config, key: CallerKey) -> anyhow::Result<Self> {
        Ok(Self {
            key,
            registry: ClientRegistryClient::new(config.common.channel(&config.registry_url)?),
            intake: LeadIntakeClient::new(config.common.channel(&config.intake_url)?),
            calls: CallTrackingClient::new(config.common.channel(&config.calls_url)?),
            notification: NotificationClient::new(config.common.channel(&config.notification_url)?),
        })
    }

    /// Asks whoever answers this message.
    pub async fn ask<T: Ask>(&self, caller: &Caller, message: T) -> Result<T::Reply, Status> {
        let request = self.key.request(caller, message);
        Ok(T::send(self, request).await?.into_inner())
    }
}

/// A request message that one of the services answers.
pub trait Ask: Sized {
    /// The answer.
    type Reply;
    /// Sends it to the service it belongs to.
    fn send(
        upstream: &Upstream,
        request: Request<Self>,
    ) -> BoxFuture<'static, Result<Response<Self::Reply>, Status>>;
}

macro_rules! asks {
    ($($service:ident . $method:ident : $request:ident -> $reply:ident;)*) => {
        $(impl Ask for $service::$request {
            type Reply = $service::$reply;

            fn send(upstream: &Upstream, request: Request<Self>) -> BoxFuture<'static, Result<Response<Self::Reply>, Status>> {
                let mut client = upstream.$service.clone();
                Box::pin(async move { client.$method(request).await })
            }
        })*
    };
}

asks! {
    registry.resolve_source: ResolveSourceRequest -> ResolveSourceReply;
    registry.search_clients: SearchClientsRequest -> SearchClientsReply;
    registry.get_card: GetCardRequest -> Card;
    registry.get_summaries: GetSummariesRequest -> GetSummariesReply;
    registry.get_timeline: GetTimelineRequest -> GetTimelineReply;
    registry.add_note: AddNoteRequest -> TimelineEntry;
    registry.merge_clients: MergeClientsRequest -> MergeClientsReply;
    registry.undo_merge: UndoMergeRequest -> UndoMergeReply;
    registry.list_reviews: ListReviewsRequest -> ListReviewsReply;
    registry.decide_review: DecideReviewRequest -> Review;
    registry.undo_review: UndoReviewRequest -> Review;
    registry.record_consent: RecordConsentRequest -> RecordConsentReply;
    registry.assign_owner: AssignOwnerRequest -> AssignOwnerReply;
    intake.submit_lead: SubmitLeadRequest -> SubmitLeadReply;
    intake.list_leads: ListLeadsRequest -> ListLeadsReply;
    intake.get_lead: GetLeadRequest -> Lead;
    intake.move_lead: MoveLeadRequest -> Lead;
    intake.close_lead: CloseLeadRequest -> Lead;
    intake.reopen_lead: ReopenLeadRequest -> Lead;
    intake.mark_answered: MarkAnsweredRequest -> Lead;
    intake.assign_lead: AssignLeadRequest -> Lead;
    intake.list_inputs: ListInputsRequest -> ListInputsReply;
    intake.resubmit_input: ResubmitInputRequest -> ResubmitInputReply;
    intake.list_reasons: ListReasonsRequest -> ListReasonsReply;
    intake.list_sources: ListSourcesRequest -> ListSourcesReply;
    intake.put_source: PutSourceRequest -> PutSourceReply;
    calls.list_calls: ListCallsRequest -> ListCallsReply;
    calls.get_call: GetCallRequest -> Call;
    calls.list_live_calls: ListLiveCallsRequest -> ListLiveCallsReply;
    calls.list_tasks: ListTasksRequest -> ListTasksReply;
    calls.complete_task: CompleteTaskRequest -> Task;
    calls.record_result: RecordResultRequest -> Call;
    calls.list_connections: ListConnectionsRequest -> ListConnectionsReply;
    calls.dial: DialRequest -> DialReply;
    notification.list_messages: ListMessagesRequest -> ListMessagesReply;
    notification.get_message: GetMessageRequest -> Message;
    notification.list_connections: ListConnectionsRequest -> ListConnectionsReply;
    notification.list_sandbox: ListSandboxRequest -> ListSandboxReply;
}
