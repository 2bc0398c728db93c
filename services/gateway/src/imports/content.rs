//! The pieces of a file as one, opened.

use std::fs::File;

use chrono_tz::Tz;
use edina_importing::{ImportFile, Kind, Mapping, Reason, Refused, Settings};
use edina_runtime::group::GroupId;
use tokio::io::AsyncWriteExt as _;

use crate::{
    Gateway,
    console::pages::zone,
    store::{self, imports::ImportRow},
};

/// A file that is whole and what its rows are read with.
pub(super) struct Content {
    pub(super) file: File,
    pub(super) settings: Settings,
}

/// Copies the pieces into a nameless file. An error is ours, not the file's.
pub(super) async fn whole(
    gateway: &Gateway,
    group: &GroupId,
    row: &ImportRow,
    branch_id: &str,
) -> anyhow::Result<Content> {
    let file = tokio::task::spawn_blocking(tempfile::tempfile).await??;
    let mut file = tokio::fs::File::from_std(file);
    for number in 0.. {
        // One transaction a piece: a large file is no long one.
        let mut tx = gateway.database.begin(group).await?;
        let piece = store::imports::pieces::get(&mut tx, group.as_str(), row.id, number).await?;
        tx.commit().await?;
        let Some(piece) = piece else { break };
        file.write_all(&piece).await?;
    }
    file.flush().await?;
    let people = gateway
        .directory
        .get(&gateway.database, &gateway.clock, group)
        .await?;
    let zone: Tz = zone(&people, branch_id);
    Ok(Content {
        file: file.into_std().await,
        settings: Settings {
            branch_id: branch_id.to_owned(),
            department: String::new(),
            zone,
        },
    })
}

/// An opened file and what makes its import the same as another.
pub(super) struct Opened {
    pub(super) file: ImportFile<File>,
    /// SHA-256 of content, kind, mapping and branch, hex.
    pub(super) key: String,
    /// Rows it has.
    pub(super) rows: u64,
}

/// Opens a file to be sent, and reads it to its end once before anything is written: what is damaged in its middle is
/// refused whole. The inner error is the file's own fault.
pub(super) async fn open(
    gateway: &Gateway,
    group: &GroupId,
    row: &ImportRow,
) -> anyhow::Result<Result<Opened, Refused>> {
    let Content { file, settings } = whole(gateway, group, row, &row.branch_id).await?;
    let kind: Kind = row.kind.parse()?;
    let mapping: Option<Mapping> = row.mapping.as_deref().map(serde_json::from_str).transpose()?;
    let name = row.name.clone();
    let counted = u64::try_from(row.total_rows).unwrap_or(0);
    let opening = move || -> std::io::Result<Result<Opened, Refused>> {
        let content = file.try_clone()?;
        let mut file = match ImportFile::open(file, &name, kind, mapping, settings.clone()) {
            Ok(file) => file,
            Err(refused) => return Ok(Err(refused)),
        };
        let rows = if counted > 0 {
            counted
        } else {
            match file.visit(u64::MAX, &mut |_| std::ops::ControlFlow::Continue(())) {
                Ok(rows) => rows,
                Err(refused) => return Ok(Err(refused)),
            }
        };
        if rows == 0 {
            return Ok(Err(Refused(Reason::OnlyHeader)));
        }
        let key = edina_importing::key(content, file.mapping(), &settings)?;
        Ok(Ok(Opened { file, key, rows }))
    };
    Ok(tokio::task::spawn_blocking(opening).await??)
}
