//! The table of rpcs: a request with our ids in it, and what another group's caller gets for it.

use edina_proto::{
    calls::v1 as calls, common::v1 as common, intake::v1 as intake, notification::v1 as notification,
    registry::v1 as registry,
};
use prost::Message;

use crate::{requests::NOBODY, table::Of, world::World};

/// What another group's caller gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// There is nothing of that id.
    NotFound,
    /// An answer about their own group, with nothing of ours in it; or a refusal of what was asked.
    Own,
}

pub(crate) struct Rpc {
    /// `/package.Service/Method`
    pub(crate) path: &'static str,
    pub(crate) request: Vec<u8>,
    pub(crate) foreign: Foreign,
}

fn rpc(path: &'static str, foreign: Foreign, request: impl Message) -> Rpc {
    Rpc {
        path,
        request: request.encode_to_vec(),
        foreign,
    }
}

pub(crate) fn rpcs(world: &World) -> Vec<Rpc> {
    use Foreign::{NotFound, Own};
    let id = |of| world.ids.get(&of).unwrap().clone();
    let (client, lead, call, task) = (id(Of::Client), id(Of::Lead), id(Of::Call), id(Of::Task));
    let page = || None::<common::PageRequest>;
    let mut all = vec![
        rpc(
            "/edina.calls.v1.CallTracking/ListCalls",
            Own,
            calls::ListCallsRequest {
                client_id: client.clone(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.calls.v1.CallTracking/GetCall",
            NotFound,
            calls::GetCallRequest {
                call_id: call.clone(),
            },
        ),
        rpc(
            "/edina.calls.v1.CallTracking/ListLiveCalls",
            Own,
            calls::ListLiveCallsRequest {},
        ),
        rpc(
            "/edina.calls.v1.CallTracking/ListTasks",
            Own,
            calls::ListTasksRequest {
                client_id: client.clone(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.calls.v1.CallTracking/CompleteTask",
            NotFound,
            calls::CompleteTaskRequest {
                task_id: task,
                note: "x".into(),
            },
        ),
        rpc(
            "/edina.calls.v1.CallTracking/RecordResult",
            NotFound,
            calls::RecordResultRequest {
                call_id: call,
                result: "appointment".into(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.calls.v1.CallTracking/ListConnections",
            Own,
            calls::ListConnectionsRequest {},
        ),
        rpc(
            "/edina.calls.v1.CallTracking/Dial",
            Own,
            calls::DialRequest {
                extension: "301".into(),
                number: "+79160000000".into(),
            },
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/SubmitLead",
            Own,
            intake::SubmitLeadRequest::default(),
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/ListLeads",
            Own,
            intake::ListLeadsRequest {
                client_id: client.clone(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/GetLead",
            NotFound,
            intake::GetLeadRequest {
                lead_id: lead.clone(),
            },
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/MoveLead",
            NotFound,
            intake::MoveLeadRequest {
                lead_id: lead.clone(),
                step: "talk".into(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/CloseLead",
            NotFound,
            intake::CloseLeadRequest {
                lead_id: lead.clone(),
                outcome: "lost".into(),
                reason: "price".into(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/ReopenLead",
            NotFound,
            intake::ReopenLeadRequest {
                lead_id: lead.clone(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/MarkAnswered",
            NotFound,
            intake::MarkAnsweredRequest {
                lead_id: lead.clone(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/AssignLead",
            NotFound,
            intake::AssignLeadRequest {
                lead_id: lead,
                employee_id: world.other.seller.employee_id.clone(),
            },
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/ListInputs",
            Own,
            intake::ListInputsRequest::default(),
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/ResubmitInput",
            NotFound,
            intake::ResubmitInputRequest {
                input_id: id(Of::Input),
                body_text: "x".into(),
            },
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/ListReasons",
            Own,
            intake::ListReasonsRequest::default(),
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/ListSources",
            Own,
            intake::ListSourcesRequest::default(),
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/PutSource",
            Own,
            intake::PutSourceRequest::default(),
        ),
    ];
    let clients = || vec![client.clone()];
    all.extend([
        rpc(
            "/edina.notification.v1.Notification/ListMessages",
            Own,
            notification::ListMessagesRequest {
                client_id: client.clone(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.notification.v1.Notification/GetMessage",
            NotFound,
            notification::GetMessageRequest {
                message_id: id(Of::Message),
            },
        ),
        rpc(
            "/edina.notification.v1.Notification/ListTemplates",
            Own,
            notification::ListTemplatesRequest::default(),
        ),
        rpc(
            "/edina.notification.v1.Notification/PutTemplate",
            Own,
            notification::PutTemplateRequest::default(),
        ),
        rpc(
            "/edina.notification.v1.Notification/PreviewTemplate",
            Own,
            notification::PreviewTemplateRequest::default(),
        ),
        rpc(
            "/edina.notification.v1.Notification/ListSuppressions",
            Own,
            notification::ListSuppressionsRequest::default(),
        ),
        rpc(
            "/edina.notification.v1.Notification/PutSuppression",
            Own,
            notification::PutSuppressionRequest::default(),
        ),
        rpc(
            "/edina.notification.v1.Notification/RemoveSuppression",
            Own,
            notification::RemoveSuppressionRequest::default(),
        ),
        rpc(
            "/edina.notification.v1.Notification/ListConnections",
            Own,
            notification::ListConnectionsRequest::default(),
        ),
        rpc(
            "/edina.notification.v1.Notification/ListSandbox",
            Own,
            notification::ListSandboxRequest::default(),
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/ResolveSource",
            Own,
            registry::ResolveSourceRequest::default(),
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/SearchClients",
            Own,
            registry::SearchClientsRequest {
                query: world.secret_name.clone(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/LookupPhone",
            Own,
            registry::LookupPhoneRequest::default(),
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/GetCard",
            NotFound,
            registry::GetCardRequest {
                client_id: client.clone(),
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/GetSummaries",
            Own,
            registry::GetSummariesRequest {
                client_ids: clients(),
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/GetTimeline",
            NotFound,
            registry::GetTimelineRequest {
                client_id: client.clone(),
                page: page(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/AddNote",
            NotFound,
            registry::AddNoteRequest {
                client_id: client.clone(),
                text: "x".into(),
                kind: "note".into(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/MergeClients",
            NotFound,
            registry::MergeClientsRequest {
                client_id: client.clone(),
                other_client_id: NOBODY.into(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/UndoMerge",
            NotFound,
            registry::UndoMergeRequest {
                merge_id: id(Of::Merge),
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/ListReviews",
            Own,
            registry::ListReviewsRequest::default(),
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/DecideReview",
            NotFound,
            registry::DecideReviewRequest {
                review_id: id(Of::Review),
                decision: "same".into(),
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/UndoReview",
            NotFound,
            registry::UndoReviewRequest {
                review_id: id(Of::Review),
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/RecordConsent",
            NotFound,
            registry::RecordConsentRequest {
                client_id: client.clone(),
                consent: Some(registry::ConsentStatement {
                    purpose: "advertising".into(),
                    channel: "sms".into(),
                    granted: true,
                    proof: "x".into(),
                    ..Default::default()
                }),
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/GetContactability",
            NotFound,
            registry::GetContactabilityRequest {
                client_id: client.clone(),
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/AssignOwner",
            NotFound,
            registry::AssignOwnerRequest {
                client_id: client.clone(),
                department: "sales".into(),
                employee_id: "e".into(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/RecordPurchase",
            Own,
            registry::RecordPurchaseRequest {
                client_id: client,
                ..Default::default()
            },
        ),
    ]);
    all
}
