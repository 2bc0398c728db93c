//! The `ClientRegistry` service: every call is decoded, given to its use case, and encoded.
//!
//! Longer than other files because a service is one trait and its implementation one block: a few lines a call, and no
//! decision in any of them. What takes more than that is in [`wire`].

use edina_proto::registry::v1::{
    AddByHandReply, AddByHandRequest, AddNoteRequest, AnswerContactReply, AnswerContactRequest,
    AssignOwnerReply, AssignOwnerRequest, BeginImportRequest, Card, ConfirmRelationRequest,
    CorrectFieldReply, CorrectFieldRequest, DecideReviewRequest, EndRelationRequest, ExplainPairRequest,
    FinishImportRequest, FreshnessLimits, GetCardRequest, GetContactabilityReply, GetContactabilityRequest,
    GetFreshnessLimitsRequest, GetIdentitySettingsRequest, GetSummariesReply, GetSummariesRequest,
    GetTimelineReply, GetTimelineRequest, IdentityModel, IdentitySettings, ImportBatch, ImportRowsReply,
    ImportRowsRequest, ListContactsToConfirmReply, ListContactsToConfirmRequest, ListImportsReply,
    ListImportsRequest, ListRecordsReply, ListRecordsRequest, ListReviewsReply, ListReviewsRequest,
    LookupPhoneReply, LookupPhoneRequest, MergeClientsReply, MergeClientsRequest, MoveRecordRequest,
    PairExplanation, PutRelationRequest, RecordConsentReply, RecordConsentRequest, RecordMove,
    RecordPurchaseReply, RecordPurchaseRequest, Relation, ResolveSourceReply, ResolveSourceRequest,
    ResolveSourcesReply, ResolveSourcesRequest, Review, RouteVehicleRequest, SearchClientsReply,
    SearchClientsRequest, SetFreshnessLimitRequest, SetIdentitySettingsRequest, SetVehicleRoleReply,
    SetVehicleRoleRequest, TimelineEntry, TrainModelRequest, UndoConsentReply, UndoConsentRequest,
    UndoCorrectionReply, UndoCorrectionRequest, UndoImportRequest, UndoMergeReply, UndoMergeRequest,
    UndoModelReply, UndoModelRequest, UndoMoveRequest, UndoRelationRequest, UndoReviewRequest,
    VehicleRouting,
    client_registry_server::{ClientRegistry, ClientRegistryServer},
};
use edina_runtime::{
    caller::{self, CallerKey},
    grpc::Reply,
};
use tonic::{Request, Response, Status, service::Routes};
use tracing::Instrument as _;

use super::wire;
use crate::registry::{Decided, Registry, RegistryError, Row, Which};

/// The service over a registry.
pub(crate) struct ClientRegistryService {
    registry: Registry,
}

impl ClientRegistryService {
    /// The gRPC routes; callers must bear a signed identity.
    pub(crate) fn routes(registry: Registry, key: &CallerKey) -> Routes {
        Routes::new(ClientRegistryServer::with_interceptor(
            Self { registry },
            key.interceptor(),
        ))
    }
}

/// Long work is done to its end, also when whoever asked for it no longer waits.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, RegistryError>> + Send + 'static,
) -> Reply<T> {
    let done = tokio::spawn(work.in_current_span()).await;
    let done = done.map_err(|_| Status::aborted("the work was cut off; ask again"))?;
    Ok(Response::new(done?))
}

#[tonic::async_trait]
impl ClientRegistry for ClientRegistryService {
    async fn resolve_source(&self, request: Request<ResolveSourceRequest>) -> Reply<ResolveSourceReply> {
        let (caller, asked) = caller::asks(request)?;
        let record = wire::given("record", asked.record)?;
        let said = wire::said(record)?;
        let resolved = self.registry.resolve(&caller, &said).await?;
        Ok(Response::new(wire::resolved(resolved)))
    }

    async fn search_clients(&self, request: Request<SearchClientsRequest>) -> Reply<SearchClientsReply> {
        let (caller, asked) = caller::asks(request)?;
        let clients = self
            .registry
            .search(
                &caller,
                &asked.query,
                asked.limit,
                asked.include_liquidated,
                &asked.mark,
            )
            .await?;
        Ok(Response::new(SearchClientsReply { clients }))
    }

    async fn lookup_phone(&self, request: Request<LookupPhoneRequest>) -> Reply<LookupPhoneReply> {
        let (caller, asked) = caller::asks(request)?;
        let found = self.registry.lookup_phone(&caller, &asked.phone).await?;
        Ok(Response::new(found))
    }

    async fn get_card(&self, request: Request<GetCardRequest>) -> Reply<Card> {
        let (caller, asked) = caller::asks(request)?;
        let card = self.registry.card(&caller, &asked.client_id).await?;
        Ok(Response::new(card))
    }

    async fn get_summaries(&self, request: Request<GetSummariesRequest>) -> Reply<GetSummariesReply> {
        let (caller, asked) = caller::asks(request)?;
        let found = self.registry.summaries(&caller, &asked.client_ids).await?;
        Ok(Response::new(GetSummariesReply {
            clients: found.into_iter().collect(),
        }))
    }

    async fn get_timeline(&self, request: Request<GetTimelineRequest>) -> Reply<GetTimelineReply> {
        let (caller, asked) = caller::asks(request)?;
        let (limit, cursor) = wire::page(asked.page);
        let page = self
            .registry
            .timeline(&caller, &asked.client_id, &asked.kinds, limit, &cursor)
            .await?;
        Ok(Response::new(GetTimelineReply {
            entries: page.rows,
            page: wire::next(page.next_cursor),
        }))
    }

    async fn add_note(&self, request: Request<AddNoteRequest>) -> Reply<TimelineEntry> {
        let (caller, asked) = caller::asks(request)?;
        let note = wire::note(asked)?;
        let entry = self.registry.add_note(&caller, &note).await?;
        Ok(Response::new(entry))
    }

    async fn merge_clients(&self, request: Request<MergeClientsRequest>) -> Reply<MergeClientsReply> {
        let (caller, asked) = caller::asks(request)?;
        let (merge_id, client_id) = self
            .registry
            .merge(&caller, &asked.client_id, &asked.other_client_id, &asked.reason)
            .await?;
        let reply = MergeClientsReply {
            merge_id: merge_id.to_string(),
            client_id: client_id.to_string(),
        };
        Ok(Response::new(reply))
    }

    async fn undo_merge(&self, request: Request<UndoMergeRequest>) -> Reply<UndoMergeReply> {
        let (caller, asked) = caller::asks(request)?;
        let (one, other) = self.registry.undo_merge(&caller, &asked.merge_id).await?;
        let reply = UndoMergeReply {
            client_id: one.to_string(),
            other_client_id: other.to_string(),
        };
        Ok(Response::new(reply))
    }

    async fn list_reviews(&self, request: Request<ListReviewsRequest>) -> Reply<ListReviewsReply> {
        let (caller, asked) = caller::asks(request)?;
        let (limit, cursor) = wire::page(asked.page);
        let (page, open_count) = self
            .registry
            .reviews(&caller, &asked.state, &asked.client_id, limit, &cursor)
            .await?;
        Ok(Response::new(ListReviewsReply {
            reviews: page.rows,
            page: wire::next(page.next_cursor),
            open_count,
        }))
    }

    async fn decide_review(&self, request: Request<DecideReviewRequest>) -> Reply<Review> {
        let (caller, asked) = caller::asks(request)?;
        let decision = Decided::parse(&asked.decision)?;
        let review = self
            .registry
            .decide_review(&caller, &asked.review_id, decision)
            .await?;
        Ok(Response::new(review))
    }

    async fn undo_review(&self, request: Request<UndoReviewRequest>) -> Reply<Review> {
        let (caller, asked) = caller::asks(request)?;
        let review = self.registry.undo_review(&caller, &asked.review_id).await?;
        Ok(Response::new(review))
    }

    async fn record_consent(&self, request: Request<RecordConsentRequest>) -> Reply<RecordConsentReply> {
        let (caller, asked) = caller::asks(request)?;
        let consent = wire::given("consent", asked.consent)?;
        let said = wire::consent(consent)?;
        let (consents, word) = self
            .registry
            .record_consent(&caller, &asked.client_id, &said)
            .await?;
        Ok(Response::new(RecordConsentReply {
            consents,
            consent_id: word.to_string(),
        }))
    }

    async fn undo_consent(&self, request: Request<UndoConsentRequest>) -> Reply<UndoConsentReply> {
        let (caller, asked) = caller::asks(request)?;
        let (client_id, consents) = self.registry.undo_consent(&caller, &asked.consent_id).await?;
        Ok(Response::new(UndoConsentReply {
            client_id: client_id.to_string(),
            consents,
        }))
    }

    async fn get_contactability(
        &self,
        request: Request<GetContactabilityRequest>,
    ) -> Reply<GetContactabilityReply> {
        let (caller, asked) = caller::asks(request)?;
        let found = self.registry.contactability(&caller, &asked.client_id).await?;
        Ok(Response::new(found))
    }

    async fn assign_owner(&self, request: Request<AssignOwnerRequest>) -> Reply<AssignOwnerReply> {
        let (caller, asked) = caller::asks(request)?;
        let new = wire::owner(asked);
        let owners = self.registry.assign_owner(&caller, &new).await?;
        Ok(Response::new(AssignOwnerReply { owners }))
    }

    async fn record_purchase(&self, request: Request<RecordPurchaseRequest>) -> Reply<RecordPurchaseReply> {
        let (caller, asked) = caller::asks(request)?;
        let new = wire::purchase(asked)?;
        let id = self.registry.record_purchase(&caller, new).await?;
        Ok(Response::new(RecordPurchaseReply {
            source_record_id: id.to_string(),
        }))
    }

    async fn resolve_sources(&self, request: Request<ResolveSourcesRequest>) -> Reply<ResolveSourcesReply> {
        let (caller, asked) = caller::asks(request)?;
        let rows: Vec<Row> = asked.records.into_iter().map(wire::row).collect();
        let records = self.registry.resolve_all(&caller, &rows).await?;
        Ok(Response::new(ResolveSourcesReply {
            records: records.into_iter().map(wire::answer).collect(),
        }))
    }

    async fn begin_import(&self, request: Request<BeginImportRequest>) -> Reply<ImportBatch> {
        let (caller, asked) = caller::asks(request)?;
        let new = wire::new_import(asked);
        let begun = self.registry.begin_import(&caller, &new).await?;
        Ok(Response::new(wire::import(begun)))
    }

    async fn import_rows(&self, request: Request<ImportRowsRequest>) -> Reply<ImportRowsReply> {
        let (caller, asked) = caller::asks(request)?;
        let rows: Vec<Row> = asked.rows.into_iter().map(wire::import_row).collect();
        let taken = self
            .registry
            .import_rows(&caller, &asked.import_id, asked.first_row, &rows)
            .await?;
        Ok(Response::new(ImportRowsReply {
            rows: taken.rows.into_iter().map(wire::answer).collect(),
            batch: Some(wire::import(taken.import)),
        }))
    }

    async fn finish_import(&self, request: Request<FinishImportRequest>) -> Reply<ImportBatch> {
        let (caller, asked) = caller::asks(request)?;
        let ended = self
            .registry
            .finish_import(&caller, &asked.import_id, asked.rows)
            .await?;
        Ok(Response::new(wire::import(ended)))
    }

    async fn list_imports(&self, request: Request<ListImportsRequest>) -> Reply<ListImportsReply> {
        let (caller, asked) = caller::asks(request)?;
        let page = self.registry.imports(&caller, asked.limit, &asked.cursor).await?;
        Ok(Response::new(ListImportsReply {
            imports: page.rows.into_iter().map(wire::import).collect(),
            next_cursor: page.next_cursor,
        }))
    }

    async fn explain_pair(&self, request: Request<ExplainPairRequest>) -> Reply<PairExplanation> {
        let (caller, asked) = caller::asks(request)?;
        let told = self
            .registry
            .explain_pair(&caller, &asked.left_id, &asked.right_id)
            .await?;
        Ok(Response::new(told))
    }

    async fn list_records(&self, request: Request<ListRecordsRequest>) -> Reply<ListRecordsReply> {
        let (caller, asked) = caller::asks(request)?;
        let (limit, cursor) = wire::page(asked.page);
        let page = self
            .registry
            .records(&caller, &asked.client_id, limit, &cursor)
            .await?;
        Ok(Response::new(ListRecordsReply {
            records: page.rows.into_iter().map(wire::placed).collect(),
            page: wire::next(page.next_cursor),
        }))
    }

    async fn move_record(&self, request: Request<MoveRecordRequest>) -> Reply<RecordMove> {
        let (caller, asked) = caller::asks(request)?;
        let moved = self
            .registry
            .move_record(&caller, &asked.source_record_id, &asked.to_client_id)
            .await?;
        Ok(Response::new(moved))
    }

    async fn undo_move(&self, request: Request<UndoMoveRequest>) -> Reply<RecordMove> {
        let (caller, asked) = caller::asks(request)?;
        let undone = self.registry.undo_move(&caller, &asked.move_id).await?;
        Ok(Response::new(undone))
    }

    async fn train_model(&self, request: Request<TrainModelRequest>) -> Reply<IdentityModel> {
        let caller = caller::of(&request)?;
        let registry = self.registry.clone();
        to_its_end(async move { registry.train_model(&caller).await }).await
    }

    async fn get_identity_settings(
        &self,
        request: Request<GetIdentitySettingsRequest>,
    ) -> Reply<IdentitySettings> {
        let caller = caller::of(&request)?;
        let settings = self.registry.identity_settings(&caller).await?;
        Ok(Response::new(settings))
    }

    async fn set_identity_settings(
        &self,
        request: Request<SetIdentitySettingsRequest>,
    ) -> Reply<IdentitySettings> {
        let (caller, asked) = caller::asks(request)?;
        let settings = self
            .registry
            .set_identity_settings(&caller, asked.model_version, asked.link_bits, asked.ask_bits)
            .await?;
        Ok(Response::new(settings))
    }

    async fn undo_model(&self, request: Request<UndoModelRequest>) -> Reply<UndoModelReply> {
        let (caller, asked) = caller::asks(request)?;
        let registry = self.registry.clone();
        let version = asked.model_version;
        to_its_end(async move { registry.undo_model(&caller, version).await }).await
    }

    async fn undo_import(&self, request: Request<UndoImportRequest>) -> Reply<ImportBatch> {
        let (caller, asked) = caller::asks(request)?;
        let undone = self.registry.undo_import(&caller, &asked.import_id).await?;
        Ok(Response::new(wire::import(undone)))
    }

    async fn list_contacts_to_confirm(
        &self,
        request: Request<ListContactsToConfirmRequest>,
    ) -> Reply<ListContactsToConfirmReply> {
        let (caller, asked) = caller::asks(request)?;
        let (limit, cursor) = wire::page(asked.page);
        let found = self
            .registry
            .contacts_to_confirm(&caller, &asked.kind, limit, &cursor)
            .await?;
        Ok(Response::new(found))
    }

    async fn answer_contact(&self, request: Request<AnswerContactRequest>) -> Reply<AnswerContactReply> {
        let (caller, asked) = caller::asks(request)?;
        let answer = wire::contact_answer(asked);
        let correction = self.registry.answer_contact(&caller, &answer).await?;
        Ok(Response::new(AnswerContactReply {
            correction_id: correction.map(|id| id.to_string()).unwrap_or_default(),
        }))
    }

    async fn get_freshness_limits(
        &self,
        request: Request<GetFreshnessLimitsRequest>,
    ) -> Reply<FreshnessLimits> {
        let caller = caller::of(&request)?;
        let limits = self.registry.freshness_limits(&caller).await?;
        Ok(Response::new(limits))
    }

    async fn set_freshness_limit(
        &self,
        request: Request<SetFreshnessLimitRequest>,
    ) -> Reply<FreshnessLimits> {
        let (caller, asked) = caller::asks(request)?;
        let limits = self
            .registry
            .set_freshness_limit(&caller, &asked.kind, &asked.segment, asked.days)
            .await?;
        Ok(Response::new(limits))
    }

    async fn correct_field(&self, request: Request<CorrectFieldRequest>) -> Reply<CorrectFieldReply> {
        let (caller, asked) = caller::asks(request)?;
        let id = self
            .registry
            .correct_field(&caller, &asked.client_id, &asked.field, &asked.value)
            .await?;
        Ok(Response::new(CorrectFieldReply {
            correction_id: id.to_string(),
        }))
    }

    async fn undo_correction(&self, request: Request<UndoCorrectionRequest>) -> Reply<UndoCorrectionReply> {
        let (caller, asked) = caller::asks(request)?;
        let id = self
            .registry
            .undo_correction(&caller, &asked.correction_id)
            .await?;
        Ok(Response::new(UndoCorrectionReply {
            client_id: id.to_string(),
        }))
    }

    async fn add_by_hand(&self, request: Request<AddByHandRequest>) -> Reply<AddByHandReply> {
        let (caller, asked) = caller::asks(request)?;
        let record = wire::given("record", asked.record)?;
        let said = wire::said(record)?;
        let id = self.registry.add_by_hand(&caller, &asked.client_id, said).await?;
        Ok(Response::new(AddByHandReply {
            source_record_id: id.to_string(),
        }))
    }

    async fn put_relation(&self, request: Request<PutRelationRequest>) -> Reply<Relation> {
        let (caller, asked) = caller::asks(request)?;
        let new = wire::relation(asked)?;
        let relation = self.registry.put_relation(&caller, &new).await?;
        Ok(Response::new(relation))
    }

    async fn undo_relation(&self, request: Request<UndoRelationRequest>) -> Reply<Relation> {
        let (caller, asked) = caller::asks(request)?;
        let relation = self.registry.undo_relation(&caller, &asked.relation_id).await?;
        Ok(Response::new(relation))
    }

    async fn confirm_relation(&self, request: Request<ConfirmRelationRequest>) -> Reply<Relation> {
        let (caller, asked) = caller::asks(request)?;
        let relation = self
            .registry
            .confirm_relation(&caller, &asked.relation_id)
            .await?;
        Ok(Response::new(relation))
    }

    async fn end_relation(&self, request: Request<EndRelationRequest>) -> Reply<Relation> {
        let (caller, asked) = caller::asks(request)?;
        let until = wire::instant("until", asked.until.as_ref())?;
        let until = until.ok_or_else(|| RegistryError::invalid("until", "is missing"))?;
        let relation = self
            .registry
            .end_relation(&caller, &asked.relation_id, until)
            .await?;
        Ok(Response::new(relation))
    }

    async fn set_vehicle_role(&self, request: Request<SetVehicleRoleRequest>) -> Reply<SetVehicleRoleReply> {
        let (caller, asked) = caller::asks(request)?;
        let role = wire::vehicle_role(asked)?;
        let records = self.registry.set_vehicle_role(&caller, &role).await?;
        Ok(Response::new(SetVehicleRoleReply {
            source_record_ids: records.iter().map(ToString::to_string).collect(),
        }))
    }

    async fn route_vehicle(&self, request: Request<RouteVehicleRequest>) -> Reply<VehicleRouting> {
        let (caller, asked) = caller::asks(request)?;
        let which = Which {
            vehicle_id: &asked.vehicle_id,
            vin: &asked.vin,
            plate: &asked.plate,
        };
        let routing = self.registry.route_vehicle(&caller, &which).await?;
        Ok(Response::new(routing))
    }
}
