//! The other services by gRPC, asked under the requester's signed identity.

use std::time::Duration;

use edina_proto::{
    calls::v1::{self as calls, call_tracking_client::CallTrackingClient},
    intake::v1::{self as intake, lead_intake_client::LeadIntakeClient},
    notification::v1::{self as notification, notification_client::NotificationClient},
    registry::v1::{self as registry, client_registry_client::ClientRegistryClient},
};
use edina_runtime::{
    caller::{Caller, CallerKey},
    grpc::was_not_sent,
};
use futures::future::BoxFuture;
use tonic::{Code, Request, Response, Status, transport::Channel};

use crate::Config;

/// Before another try; whoever asked waits for all of them at most.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(10),
    Duration::from_millis(60),
    Duration::from_millis(250),
];

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

    /// Asks whoever answers this message. Where a copy is just leaving, another one is asked: at once if the message
    /// never left, and also after that if it changes nothing.
    pub async fn ask<T: Ask>(&self, caller: &Caller, message: T) -> Result<T::Reply, Status> {
        for pause in PAUSES {
            match T::send(self, self.key.request(caller, message.clone())).await {
                Ok(reply) => return Ok(reply.into_inner()),
                Err(status) if was_not_sent(&status) => {}
                // A status without a cause is an answer, and an overloaded service is not asked once more.
                Err(status)
                    if T::READS
                        && matches!(status.code(), Code::Unavailable | Code::Unknown)
                        && std::error::Error::source(&status).is_some() => {}
                Err(status) => return Err(status),
            }
            tokio::time::sleep(pause).await;
        }
        Ok(T::send(self, self.key.request(caller, message))
            .await?
            .into_inner())
    }

    /// Asks once, and waits for the answer for so long.
    pub async fn ask_within<T: Ask>(
        &self,
        caller: &Caller,
        message: T,
        patience: Duration,
    ) -> Result<T::Reply, Status> {
        let mut request = self.key.request(caller, message);
        request.set_timeout(patience);
        Ok(T::send(self, request).await?.into_inner())
    }
}

/// A request message that one of the services answers.
pub trait Ask: Clone {
    /// The answer.
    type Reply;
    /// Whether asking twice is the same as asking once.
    const READS: bool;
    /// Sends it to the service it belongs to.
    fn send(
        upstream: &Upstream,
        request: Request<Self>,
    ) -> BoxFuture<'static, Result<Response<Self::Reply>, Status>>;
}

/// Methods that read, by their names.
const fn reads(method: &str) -> bool {
    matches!(
        method.as_bytes(),
        [b'g', b'e', b't', b'_', ..]
            | [b'e', b'x', b'p', b'l', b'a', b'i', b'n', b'_', ..]
            | [b'l', b'i', b's', b't', b'_', ..]
            | [b's', b'e', b'a', b'r', b'c', b'h', b'_', ..]
            | [b'r', b'o', b'u', b't', b'e', b'_', ..]
    )
}

macro_rules! asks {
    ($($service:ident . $method:ident : $request:ident -> $reply:ident;)*) => {
        $(impl Ask for $service::$request {
            type Reply = $service::$reply;
            const READS: bool = reads(stringify!($method));

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
    registry.lookup_phone: LookupPhoneRequest -> LookupPhoneReply;
    registry.get_card: GetCardRequest -> Card;
    registry.get_summaries: GetSummariesRequest -> GetSummariesReply;
    registry.get_timeline: GetTimelineRequest -> GetTimelineReply;
    registry.add_note: AddNoteRequest -> TimelineEntry;
    registry.merge_clients: MergeClientsRequest -> MergeClientsReply;
    registry.undo_merge: UndoMergeRequest -> UndoMergeReply;
    registry.list_reviews: ListReviewsRequest -> ListReviewsReply;
    registry.decide_review: DecideReviewRequest -> Review;
    registry.undo_review: UndoReviewRequest -> Review;
    registry.explain_pair: ExplainPairRequest -> PairExplanation;
    registry.list_records: ListRecordsRequest -> ListRecordsReply;
    registry.move_record: MoveRecordRequest -> RecordMove;
    registry.undo_move: UndoMoveRequest -> RecordMove;
    registry.train_model: TrainModelRequest -> IdentityModel;
    registry.get_identity_settings: GetIdentitySettingsRequest -> IdentitySettings;
    registry.set_identity_settings: SetIdentitySettingsRequest -> IdentitySettings;
    registry.undo_model: UndoModelRequest -> UndoModelReply;
    registry.record_consent: RecordConsentRequest -> RecordConsentReply;
    registry.undo_consent: UndoConsentRequest -> UndoConsentReply;
    registry.list_contacts_to_confirm: ListContactsToConfirmRequest -> ListContactsToConfirmReply;
    registry.answer_contact: AnswerContactRequest -> AnswerContactReply;
    registry.get_freshness_limits: GetFreshnessLimitsRequest -> FreshnessLimits;
    registry.set_freshness_limit: SetFreshnessLimitRequest -> FreshnessLimits;
    registry.correct_field: CorrectFieldRequest -> CorrectFieldReply;
    registry.undo_correction: UndoCorrectionRequest -> UndoCorrectionReply;
    registry.add_by_hand: AddByHandRequest -> AddByHandReply;
    registry.put_relation: PutRelationRequest -> Relation;
    registry.undo_relation: UndoRelationRequest -> Relation;
    registry.confirm_relation: ConfirmRelationRequest -> Relation;
    registry.end_relation: EndRelationRequest -> Relation;
    registry.set_vehicle_role: SetVehicleRoleRequest -> SetVehicleRoleReply;
    registry.route_vehicle: RouteVehicleRequest -> VehicleRouting;
    registry.begin_import: BeginImportRequest -> ImportBatch;
    registry.import_rows: ImportRowsRequest -> ImportRowsReply;
    registry.finish_import: FinishImportRequest -> ImportBatch;
    registry.list_imports: ListImportsRequest -> ListImportsReply;
    registry.undo_import: UndoImportRequest -> ImportBatch;
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
