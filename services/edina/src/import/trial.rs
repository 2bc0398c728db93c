//! A dry run: every row weighed with those of the file that may be of the same client, and nothing kept.

use std::fs::File;

use anyhow::Context as _;
use edina_importing::{Closeness, ImportFile, MOST_TOGETHER, Trial};
use edina_proto::registry::v1::ImportBatch;
use indicatif::ProgressBar;
use tokio::task::block_in_place;

use super::{WAITING, rejected::RejectedRows, session::Session, shown, told};

/// Tries all rows; answers the import with the counts they came to, and how near these are.
pub(super) async fn run(
    session: &Session,
    file: ImportFile<File>,
    mut import: ImportBatch,
    rejected: &mut RejectedRows,
    bar: &ProgressBar,
) -> anyhow::Result<(ImportBatch, Closeness)> {
    let mut trial = block_in_place(Trial::new).context("no room for a temporary file")?;
    let mut portions = file.ahead(0, MOST_TOGETHER, WAITING)?;
    while let Some(portion) = portions.recv().await {
        let portion = portion.map_err(told(session.language))?;
        let mut from = 0;
        while let Some(asked) =
            block_in_place(|| trial.ask(&import.import_id, &portion, from, MOST_TOGETHER))?
        {
            let mut reply = session.rows(asked.request.clone()).await?;
            if !block_in_place(|| trial.answered(&portion, from, &asked, &mut reply))? {
                continue;
            }
            if let Some(part) = portion.part(from, asked.rows) {
                rejected.add(part, &reply.rows)?;
            }
            from += asked.rows;
            import.next_row = portion.first_row + from as u64;
            import.counts = Some(trial.counts());
            bar.set_position(import.next_row);
            bar.set_message(shown::brief(&import));
        }
    }
    let ended = session.finish(&import.import_id, trial.sent()).await?;
    let import = ImportBatch {
        next_row: import.next_row,
        counts: Some(trial.counts()),
        ..ended
    };
    Ok((import, trial.closeness()))
}
