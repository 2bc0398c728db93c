//! The rpcs of client-registry.

use edina_proto::registry::v1 as registry;

use super::{
    Foreign::{NotFound, Own},
    Rpc, rpc,
};
use crate::{requests::NOBODY, table::Of, world::World};

pub(super) fn rpcs(world: &World) -> Vec<Rpc> {
    let client = world.id(Of::Client);
    vec![
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
                client_ids: vec![client.clone()],
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/GetTimeline",
            NotFound,
            registry::GetTimelineRequest {
                client_id: client.clone(),
                page: None,
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
                merge_id: world.id(Of::Merge),
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/ResolveSources",
            Own,
            registry::ResolveSourcesRequest::default(),
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/ExplainPair",
            NotFound,
            registry::ExplainPairRequest {
                left_id: world.id(Of::Record),
                right_id: world.id(Of::Client),
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/ListRecords",
            NotFound,
            registry::ListRecordsRequest {
                client_id: world.id(Of::Client),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/MoveRecord",
            NotFound,
            registry::MoveRecordRequest {
                source_record_id: world.id(Of::Record),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/UndoMove",
            NotFound,
            registry::UndoMoveRequest {
                move_id: world.id(Of::Move),
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/TrainModel",
            Own,
            registry::TrainModelRequest::default(),
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/GetIdentitySettings",
            Own,
            registry::GetIdentitySettingsRequest::default(),
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/SetIdentitySettings",
            Own,
            registry::SetIdentitySettingsRequest::default(),
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/UndoModel",
            Own,
            registry::UndoModelRequest::default(),
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/BeginImport",
            Own,
            registry::BeginImportRequest::default(),
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/ImportRows",
            NotFound,
            registry::ImportRowsRequest {
                // Of no import, and surely of none of theirs.
                import_id: world.id(Of::Client),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/FinishImport",
            NotFound,
            registry::FinishImportRequest {
                // Of no import, and surely of none of theirs.
                import_id: world.id(Of::Client),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/UndoImport",
            NotFound,
            registry::UndoImportRequest {
                // Of no import, and surely of none of theirs.
                import_id: world.id(Of::Client),
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/ListImports",
            Own,
            registry::ListImportsRequest::default(),
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
                review_id: world.id(Of::Review),
                decision: "same".into(),
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/UndoReview",
            NotFound,
            registry::UndoReviewRequest {
                review_id: world.id(Of::Review),
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
            "/edina.registry.v1.ClientRegistry/UndoConsent",
            NotFound,
            registry::UndoConsentRequest {
                consent_id: world.id(Of::Consent),
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
                client_id: client.clone(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/ListContactsToConfirm",
            Own,
            registry::ListContactsToConfirmRequest::default(),
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/AnswerContact",
            NotFound,
            registry::AnswerContactRequest {
                client_id: client.clone(),
                kind: "phone".into(),
                value: "+79161234567".into(),
                answer: "wrong".into(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/GetFreshnessLimits",
            Own,
            registry::GetFreshnessLimitsRequest {},
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/SetFreshnessLimit",
            Own,
            registry::SetFreshnessLimitRequest::default(),
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/CorrectField",
            NotFound,
            registry::CorrectFieldRequest {
                client_id: client.clone(),
                field: "last_name".into(),
                value: "x".into(),
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/UndoCorrection",
            NotFound,
            registry::UndoCorrectionRequest {
                correction_id: world.id(Of::Correction),
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/AddByHand",
            NotFound,
            registry::AddByHandRequest {
                client_id: client.clone(),
                record: Some(registry::SourceRecord::default()),
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/PutRelation",
            NotFound,
            registry::PutRelationRequest {
                client_id: client,
                other_client_id: NOBODY.into(),
                kind: "household".into(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/UndoRelation",
            NotFound,
            registry::UndoRelationRequest {
                relation_id: world.id(Of::Relation),
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/ConfirmRelation",
            NotFound,
            registry::ConfirmRelationRequest {
                relation_id: world.id(Of::Relation),
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/EndRelation",
            NotFound,
            registry::EndRelationRequest {
                relation_id: world.id(Of::Relation),
                until: Some(edina_proto::time::to_proto(chrono::DateTime::UNIX_EPOCH)),
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/SetVehicleRole",
            NotFound,
            registry::SetVehicleRoleRequest {
                client_id: world.id(Of::Client),
                vehicle_id: NOBODY.into(),
                role: "payer".into(),
                from: Some(edina_proto::time::to_proto(chrono::DateTime::UNIX_EPOCH)),
                until: None,
            },
        ),
        rpc(
            "/edina.registry.v1.ClientRegistry/RouteVehicle",
            NotFound,
            registry::RouteVehicleRequest {
                vehicle_id: NOBODY.into(),
                ..Default::default()
            },
        ),
    ]
}
