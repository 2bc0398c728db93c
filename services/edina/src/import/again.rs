//! Reasons of rows that the registry had refused when the import was cut off before they were written down: it gives the same
//! ones in a trial, of which nothing stays.

use std::fs::File;

use edina_importing::ImportFile;
use edina_proto::registry::v1::{BeginImportRequest, ImportBatch};

use super::{TRIED_AT_ONCE, WAITING, rejected::RejectedRows, session::Session};

/// Rows before the place where it went on among which they are, as a rule: those that were on their way.
const LATELY: u64 = 2 * TRIED_AT_ONCE as u64;

/// Fetches them, of the rows before `end`, until as many are written as were counted. `open` opens the file once more.
pub(super) async fn reasons(
    session: &Session,
    import: &ImportBatch,
    open: impl Fn() -> anyhow::Result<ImportFile<File>>,
    end: u64,
    rejected: &mut RejectedRows,
) -> anyhow::Result<()> {
    let counted = import.counts.as_ref().map_or(0, |counts| counts.rejected);
    for first in [end.saturating_sub(LATELY), 0] {
        if rejected.count() >= counted || end == 0 {
            break;
        }
        of_rows(session, import, open()?, first..end, rejected).await?;
    }
    Ok(())
}

async fn of_rows(
    session: &Session,
    import: &ImportBatch,
    file: ImportFile<File>,
    rows: std::ops::Range<u64>,
    rejected: &mut RejectedRows,
) -> anyhow::Result<()> {
    let trial = session
        .begin(BeginImportRequest {
            key: import.key.clone(),
            file_name: import.file_name.clone(),
            kind: import.kind.clone(),
            branch_id: import.branch_id.clone(),
            department: String::new(),
            bytes: 0,
            dry_run: true,
        })
        .await?;
    let mut tried = 0;
    let mut portions = file.ahead(rows.start, TRIED_AT_ONCE, WAITING)?;
    while let Some(portion) = portions.recv().await.transpose()? {
        let left = rows.end.saturating_sub(portion.first_row);
        let most = usize::try_from(left).unwrap_or(usize::MAX);
        let Some(part) = portion.part(0, most) else { break };
        // Of the rows before the first only those that cannot be read come.
        if portion.first_row < rows.start {
            rejected.add(part, &[])?;
            continue;
        }
        let reply = session.rows(part.request(&trial.import_id, tried)).await?;
        rejected.add(part, &reply.rows)?;
        tried += part.len() as u64;
    }
    session.finish(&trial.import_id, tried).await?;
    Ok(())
}
