//! The `ClientRegistry` service: every call is decoded, given to its use case, and encoded.

use edina_proto::{
    common::v1::PageReply,
    registry::v1::{
        AddByHandReply, AddByHandRequest, AddNoteRequest, AnswerContactReply, AnswerContactRequest,
        AssignOwnerReply, AssignOwnerRequest, BeginImportRequest, Card, CorrectFieldReply,
        CorrectFieldRequest, DecideReviewRequest, ExplainPairRequest, FinishImportRequest, FreshnessLimits,
        GetCardRequest, GetContactabilityReply, GetContactabilityRequest, GetFreshnessLimitsRequest,
        GetIdentitySettingsRequest, GetSummariesReply, GetSummariesRequest, GetTimelineReply,
        GetTimelineRequest, IdentityModel, IdentitySettings, ImportBatch, ImportRowsReply, ImportRowsRequest,
        ListContactsToConfirmReply, ListContactsToConfirmRequest, ListImportsReply, ListImportsRequest,
        ListRecordsReply, ListRecordsRequest, ListReviewsReply, ListReviewsRequest, LookupPhoneReply,
        LookupPhoneRequest, MergeClientsReply, MergeClientsRequest, MoveRecordRequest, PairExplanation,
        PutRelationRequest, RecordConsentReply, RecordConsentRequest, RecordMove, RecordPurchaseReply,
        RecordPurchaseRequest, Relation, ResolveSourceReply, ResolveSourceRequest, ResolveSourcesReply,
        ResolveSourcesRequest, Review, SearchClientsReply, SearchClientsRequest, SetFreshnessLimitRequest,
        SetIdentitySettingsRequest, TimelineEntry, TrainModelRequest, UndoCorrectionReply,
        UndoCorrectionRequest, UndoImportRequest, UndoMergeReply, UndoMergeRequest, UndoModelReply,
        UndoModelRequest, UndoMoveRequest, UndoRelationRequest, UndoReviewRequest,
        client_registry_server::{ClientRegistry, ClientRegistryServer},
    },
};
use edina_runtime::caller::{self, CallerKey};
use tonic::{Request, Response, Status, service::Routes};
use tracing::Instrument as _;

use super::{status, wire};
use crate::registry::{
    Answer, Decided, NewImport, NewNote, NewOwner, NewPurchase, NewRelation, Registry, RegistryError, Row,
};

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

type Reply<T> = Result<Response<T>, Status>;

/// Long work is done to its end, also when whoever asked for it no longer waits.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, RegistryError>> + Send + 'static,
) -> Reply<T> {
    let done = tokio::spawn(work.in_current_span()).await;
    let done = done.map_err(|_| Status::aborted("the work was cut off; ask again"))?;
    done.map(Response::new).map_err(status::of)
}

#[tonic::async_trait]
impl ClientRegistry for ClientRegistryService {
    async fn resolve_source(&self, request: Request<ResolveSourceRequest>) -> Reply<ResolveSourceReply> {
        let caller = caller::of(&request)?;
        let record = request
            .into_inner()
            .record
            .ok_or_else(|| status::of(RegistryError::invalid("record", "must be given")))?;
        let said = wire::said(record).map_err(status::of)?;
        let resolved = self.registry.resolve(&caller, &said).await.map_err(status::of)?;
        Ok(Response::new(wire::resolved(resolved)))
    }

    async fn search_clients(&self, request: Request<SearchClientsRequest>) -> Reply<SearchClientsReply> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let clients = self
            .registry
            .search(&caller, &asked.query, asked.limit, asked.include_liquidated)
            .await
            .map_err(status::of)?;
        Ok(Response::new(SearchClientsReply { clients }))
    }

    async fn lookup_phone(&self, request: Request<LookupPhoneRequest>) -> Reply<LookupPhoneReply> {
        let caller = caller::of(&request)?;
        let found = self
            .registry
            .lookup_phone(&caller, &request.into_inner().phone)
            .await;
        found.map(Response::new).map_err(status::of)
    }

    async fn get_card(&self, request: Request<GetCardRequest>) -> Reply<Card> {
        let caller = caller::of(&request)?;
        let card = self.registry.card(&caller, &request.into_inner().client_id).await;
        card.map(Response::new).map_err(status::of)
    }

    async fn get_summaries(&self, request: Request<GetSummariesRequest>) -> Reply<GetSummariesReply> {
        let caller = caller::of(&request)?;
        let found = self
            .registry
            .summaries(&caller, &request.into_inner().client_ids)
            .await
            .map_err(status::of)?;
        Ok(Response::new(GetSummariesReply {
            clients: found.into_iter().collect(),
        }))
    }

    async fn get_timeline(&self, request: Request<GetTimelineRequest>) -> Reply<GetTimelineReply> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let (limit, cursor) = wire::page(asked.page);
        let page = self
            .registry
            .timeline(&caller, &asked.client_id, &asked.kinds, limit, &cursor)
            .await
            .map_err(status::of)?;
        let next = PageReply {
            next_cursor: page.next_cursor,
        };
        Ok(Response::new(GetTimelineReply {
            entries: page.rows,
            page: Some(next),
        }))
    }

    async fn add_note(&self, request: Request<AddNoteRequest>) -> Reply<TimelineEntry> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let due_at = wire::instant("due_at", asked.due_at.as_ref()).map_err(status::of)?;
        let note = NewNote {
            client_id: asked.client_id,
            text: asked.text,
            kind: asked.kind,
            due_at,
        };
        self.registry
            .add_note(&caller, &note)
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn merge_clients(&self, request: Request<MergeClientsRequest>) -> Reply<MergeClientsReply> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let (merge_id, client_id) = self
            .registry
            .merge(&caller, &asked.client_id, &asked.other_client_id, &asked.reason)
            .await
            .map_err(status::of)?;
        let reply = MergeClientsReply {
            merge_id: merge_id.to_string(),
            client_id: client_id.to_string(),
        };
        Ok(Response::new(reply))
    }

    async fn undo_merge(&self, request: Request<UndoMergeRequest>) -> Reply<UndoMergeReply> {
        let caller = caller::of(&request)?;
        let (one, other) = self
            .registry
            .undo_merge(&caller, &request.into_inner().merge_id)
            .await
            .map_err(status::of)?;
        let reply = UndoMergeReply {
            client_id: one.to_string(),
            other_client_id: other.to_string(),
        };
        Ok(Response::new(reply))
    }

    async fn list_reviews(&self, request: Request<ListReviewsRequest>) -> Reply<ListReviewsReply> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let (limit, cursor) = wire::page(asked.page);
        let (page, open_count) = self
            .registry
            .reviews(&caller, &asked.state, &asked.client_id, limit, &cursor)
            .await
            .map_err(status::of)?;
        let next = PageReply {
            next_cursor: page.next_cursor,
        };
        Ok(Response::new(ListReviewsReply {
            reviews: page.rows,
            page: Some(next),
            open_count,
        }))
    }

    async fn decide_review(&self, request: Request<DecideReviewRequest>) -> Reply<Review> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let decision = Decided::parse(&asked.decision).map_err(status::of)?;
        let review = self
            .registry
            .decide_review(&caller, &asked.review_id, decision)
            .await;
        review.map(Response::new).map_err(status::of)
    }

    async fn undo_review(&self, request: Request<UndoReviewRequest>) -> Reply<Review> {
        let caller = caller::of(&request)?;
        let review = self
            .registry
            .undo_review(&caller, &request.into_inner().review_id)
            .await;
        review.map(Response::new).map_err(status::of)
    }

    async fn record_consent(&self, request: Request<RecordConsentRequest>) -> Reply<RecordConsentReply> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let consent = asked
            .consent
            .ok_or_else(|| status::of(RegistryError::invalid("consent", "must be given")))?;
        let said = wire::consent(consent).map_err(status::of)?;
        let consents = self
            .registry
            .record_consent(&caller, &asked.client_id, &said)
            .await
            .map_err(status::of)?;
        Ok(Response::new(RecordConsentReply { consents }))
    }

    async fn get_contactability(
        &self,
        request: Request<GetContactabilityRequest>,
    ) -> Reply<GetContactabilityReply> {
        let caller = caller::of(&request)?;
        let found = self
            .registry
            .contactability(&caller, &request.into_inner().client_id)
            .await;
        found.map(Response::new).map_err(status::of)
    }

    async fn assign_owner(&self, request: Request<AssignOwnerRequest>) -> Reply<AssignOwnerReply> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let new = NewOwner {
            client_id: asked.client_id,
            department: asked.department,
            employee_id: asked.employee_id,
            branch_id: asked.branch_id,
            only_if_absent: asked.only_if_absent,
        };
        let owners = self
            .registry
            .assign_owner(&caller, &new)
            .await
            .map_err(status::of)?;
        Ok(Response::new(AssignOwnerReply { owners }))
    }

    async fn record_purchase(&self, request: Request<RecordPurchaseRequest>) -> Reply<RecordPurchaseReply> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let at = wire::instant("at", asked.at.as_ref()).map_err(status::of)?;
        let new = NewPurchase {
            client_id: asked.client_id,
            source: asked.source,
            external_id: asked.external_id,
            at,
            vehicle: asked.vehicle.map(wire::vehicle),
            amount: asked.amount.map(wire::money),
            branch_id: asked.branch_id,
            employee_id: asked.employee_id,
            reason: asked.reason,
        };
        let id = self
            .registry
            .record_purchase(&caller, new)
            .await
            .map_err(status::of)?;
        Ok(Response::new(RecordPurchaseReply {
            source_record_id: id.to_string(),
        }))
    }

    async fn resolve_sources(&self, request: Request<ResolveSourcesRequest>) -> Reply<ResolveSourcesReply> {
        let caller = caller::of(&request)?;
        let rows: Vec<Row> = request.into_inner().records.into_iter().map(wire::row).collect();
        let records = self
            .registry
            .resolve_all(&caller, &rows)
            .await
            .map_err(status::of)?;
        Ok(Response::new(ResolveSourcesReply {
            records: records.into_iter().map(wire::answer).collect(),
        }))
    }

    async fn begin_import(&self, request: Request<BeginImportRequest>) -> Reply<ImportBatch> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let new = NewImport {
            key: asked.key,
            file_name: asked.file_name,
            kind: asked.kind,
            branch_id: asked.branch_id,
            department: asked.department,
            bytes: asked.bytes,
            dry_run: asked.dry_run,
        };
        let begun = self
            .registry
            .begin_import(&caller, &new)
            .await
            .map_err(status::of)?;
        Ok(Response::new(wire::import(begun)))
    }

    async fn import_rows(&self, request: Request<ImportRowsRequest>) -> Reply<ImportRowsReply> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let rows: Vec<Row> = asked.rows.into_iter().map(wire::import_row).collect();
        let taken = self
            .registry
            .import_rows(&caller, &asked.import_id, asked.first_row, &rows)
            .await
            .map_err(status::of)?;
        Ok(Response::new(ImportRowsReply {
            rows: taken.rows.into_iter().map(wire::answer).collect(),
            batch: Some(wire::import(taken.import)),
        }))
    }

    async fn finish_import(&self, request: Request<FinishImportRequest>) -> Reply<ImportBatch> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let ended = self
            .registry
            .finish_import(&caller, &asked.import_id, asked.rows)
            .await;
        ended
            .map(|import| Response::new(wire::import(import)))
            .map_err(status::of)
    }

    async fn list_imports(&self, request: Request<ListImportsRequest>) -> Reply<ListImportsReply> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let page = self
            .registry
            .imports(&caller, asked.limit, &asked.cursor)
            .await
            .map_err(status::of)?;
        Ok(Response::new(ListImportsReply {
            imports: page.rows.into_iter().map(wire::import).collect(),
            next_cursor: page.next_cursor,
        }))
    }

    async fn explain_pair(&self, request: Request<ExplainPairRequest>) -> Reply<PairExplanation> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let told = self
            .registry
            .explain_pair(&caller, &asked.left_id, &asked.right_id)
            .await;
        told.map(Response::new).map_err(status::of)
    }

    async fn list_records(&self, request: Request<ListRecordsRequest>) -> Reply<ListRecordsReply> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let (limit, cursor) = wire::page(asked.page);
        let page = self
            .registry
            .records(&caller, &asked.client_id, limit, &cursor)
            .await
            .map_err(status::of)?;
        Ok(Response::new(ListRecordsReply {
            records: page.rows.into_iter().map(wire::placed).collect(),
            page: Some(PageReply {
                next_cursor: page.next_cursor,
            }),
        }))
    }

    async fn move_record(&self, request: Request<MoveRecordRequest>) -> Reply<RecordMove> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let moved = self
            .registry
            .move_record(&caller, &asked.source_record_id, &asked.to_client_id)
            .await;
        moved.map(Response::new).map_err(status::of)
    }

    async fn undo_move(&self, request: Request<UndoMoveRequest>) -> Reply<RecordMove> {
        let caller = caller::of(&request)?;
        let undone = self
            .registry
            .undo_move(&caller, &request.into_inner().move_id)
            .await;
        undone.map(Response::new).map_err(status::of)
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
        let settings = self.registry.identity_settings(&caller).await;
        settings.map(Response::new).map_err(status::of)
    }

    async fn set_identity_settings(
        &self,
        request: Request<SetIdentitySettingsRequest>,
    ) -> Reply<IdentitySettings> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let settings = self
            .registry
            .set_identity_settings(&caller, asked.model_version, asked.link_bits, asked.ask_bits)
            .await;
        settings.map(Response::new).map_err(status::of)
    }

    async fn undo_model(&self, request: Request<UndoModelRequest>) -> Reply<UndoModelReply> {
        let caller = caller::of(&request)?;
        let registry = self.registry.clone();
        let version = request.into_inner().model_version;
        to_its_end(async move { registry.undo_model(&caller, version).await }).await
    }

    async fn undo_import(&self, request: Request<UndoImportRequest>) -> Reply<ImportBatch> {
        let caller = caller::of(&request)?;
        let undone = self
            .registry
            .undo_import(&caller, &request.into_inner().import_id)
            .await;
        undone
            .map(|import| Response::new(wire::import(import)))
            .map_err(status::of)
    }

    async fn list_contacts_to_confirm(
        &self,
        request: Request<ListContactsToConfirmRequest>,
    ) -> Reply<ListContactsToConfirmReply> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let (limit, cursor) = wire::page(asked.page);
        let found = self
            .registry
            .contacts_to_confirm(&caller, &asked.kind, limit, &cursor)
            .await;
        found.map(Response::new).map_err(status::of)
    }

    async fn answer_contact(&self, request: Request<AnswerContactRequest>) -> Reply<AnswerContactReply> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let answer = Answer {
            client_id: asked.client_id,
            kind: asked.kind,
            value: asked.value,
            answer: asked.answer,
            by: asked.by,
            ref_id: asked.ref_id,
        };
        let correction = self
            .registry
            .answer_contact(&caller, &answer)
            .await
            .map_err(status::of)?;
        Ok(Response::new(AnswerContactReply {
            correction_id: correction.map(|id| id.to_string()).unwrap_or_default(),
        }))
    }

    async fn get_freshness_limits(
        &self,
        request: Request<GetFreshnessLimitsRequest>,
    ) -> Reply<FreshnessLimits> {
        let caller = caller::of(&request)?;
        let limits = self.registry.freshness_limits(&caller).await;
        limits.map(Response::new).map_err(status::of)
    }

    async fn set_freshness_limit(
        &self,
        request: Request<SetFreshnessLimitRequest>,
    ) -> Reply<FreshnessLimits> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let limits = self
            .registry
            .set_freshness_limit(&caller, &asked.kind, &asked.segment, asked.days)
            .await;
        limits.map(Response::new).map_err(status::of)
    }

    async fn correct_field(&self, request: Request<CorrectFieldRequest>) -> Reply<CorrectFieldReply> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let id = self
            .registry
            .correct_field(&caller, &asked.client_id, &asked.field, &asked.value)
            .await
            .map_err(status::of)?;
        Ok(Response::new(CorrectFieldReply {
            correction_id: id.to_string(),
        }))
    }

    async fn undo_correction(&self, request: Request<UndoCorrectionRequest>) -> Reply<UndoCorrectionReply> {
        let caller = caller::of(&request)?;
        let id = self
            .registry
            .undo_correction(&caller, &request.into_inner().correction_id)
            .await
            .map_err(status::of)?;
        Ok(Response::new(UndoCorrectionReply {
            client_id: id.to_string(),
        }))
    }

    async fn add_by_hand(&self, request: Request<AddByHandRequest>) -> Reply<AddByHandReply> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let record = asked
            .record
            .ok_or_else(|| status::of(RegistryError::invalid("record", "must be given")))?;
        let said = wire::said(record).map_err(status::of)?;
        let id = self
            .registry
            .add_by_hand(&caller, &asked.client_id, said)
            .await
            .map_err(status::of)?;
        Ok(Response::new(AddByHandReply {
            source_record_id: id.to_string(),
        }))
    }

    async fn put_relation(&self, request: Request<PutRelationRequest>) -> Reply<Relation> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner();
        let new = NewRelation {
            since: wire::instant("since", asked.since.as_ref()).map_err(status::of)?,
            until: wire::instant("until", asked.until.as_ref()).map_err(status::of)?,
            client_id: asked.client_id,
            other_client_id: asked.other_client_id,
            kind: asked.kind,
            position: asked.position,
            buyer_role: asked.buyer_role,
        };
        let relation = self.registry.put_relation(&caller, &new).await;
        relation.map(Response::new).map_err(status::of)
    }

    async fn undo_relation(&self, request: Request<UndoRelationRequest>) -> Reply<Relation> {
        let caller = caller::of(&request)?;
        let relation = self
            .registry
            .undo_relation(&caller, &request.into_inner().relation_id)
            .await;
        relation.map(Response::new).map_err(status::of)
    }
}
