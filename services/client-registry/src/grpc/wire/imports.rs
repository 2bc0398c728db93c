//! Imports and their rows.

use edina_proto::{
    registry::v1::{BeginImportRequest, ImportBatch, ImportCounts, ImportRow, import_row},
    time::to_proto,
};

use super::record::row;
use crate::{
    client::evidence::Unusable,
    registry::{Import, NewImport, Row},
};

pub(in crate::grpc) fn new_import(asked: BeginImportRequest) -> NewImport {
    NewImport {
        key: asked.key,
        file_name: asked.file_name,
        kind: asked.kind,
        branch_id: asked.branch_id,
        department: asked.department,
        bytes: asked.bytes,
        dry_run: asked.dry_run,
    }
}

pub(in crate::grpc) fn import_row(sent: ImportRow) -> Row {
    match sent.content {
        Some(import_row::Content::Record(record)) => row(record),
        Some(import_row::Content::Rejected(refusal)) => Row::Rejected(Unusable {
            field: refusal.field.into(),
            reason: refusal.reason,
        }),
        None => Row::Rejected(Unusable {
            field: "record".into(),
            reason: "is empty".to_owned(),
        }),
    }
}

pub(in crate::grpc) fn import(import: Import) -> ImportBatch {
    ImportBatch {
        import_id: import.id.to_string(),
        key: import.key,
        file_name: import.file_name,
        kind: import.kind,
        branch_id: import.branch_id,
        state: import.state,
        next_row: import.next_row.unsigned_abs(),
        counts: Some(ImportCounts {
            created: import.created.unsigned_abs(),
            linked: import.linked.unsigned_abs(),
            to_review: import.to_review.unsigned_abs(),
            rejected: import.rejected.unsigned_abs(),
            known: import.known.unsigned_abs(),
        }),
        started_at: Some(to_proto(import.started_at)),
        finished_at: import.finished_at.map(to_proto),
        actor_employee_id: import.by_employee_id,
        withdrawn: import.withdrawn.unsigned_abs(),
        handed_on: import.handed_on.unsigned_abs(),
    }
}
