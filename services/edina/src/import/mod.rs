//! `edina import`: a file of another system into the registry, row by row, resumable; `edina imports`: list and undo.
//!
//! [`session`] sends portions of rows and asks again when the connection breaks, [`rejected`] keeps what
//! was left out. Where to go on is the registry's word alone.

pub(crate) mod arguments;
mod rejected;
mod session;
mod shown;

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use edina_importing::{ImportFile, Mapping, Settings};
use edina_proto::registry::v1::BeginImportRequest;
use futures::{StreamExt as _, stream::FuturesOrdered};
use indicatif::{ProgressBar, ProgressStyle};

use crate::up::say;
use arguments::{Import, Imports, ImportsCommand};
use rejected::RejectedRows;
use session::Session;

/// Rows shown by `--preview`.
const SHOWN: usize = 10;
const SOME_REJECTED: u8 = 3;
/// Portions on their way: while the registry stores one, it reads the next.
const AT_ONCE: usize = 2;
/// Rows that a dry run sends at once, as many as the registry takes: it weighs those against each other.
const TRIED_AT_ONCE: usize = 1000;
/// Portions read ahead of the sending.
const WAITING: usize = 3;

pub(crate) async fn run(arguments: Import) -> anyhow::Result<ExitCode> {
    let session = if arguments.branch.is_some() {
        Some(Session::open(&arguments.place, &arguments.group).await?)
    } else {
        None
    };
    let settings = match (&session, &arguments.branch) {
        (Some(session), Some(branch)) => session.settings(branch, arguments.department.as_deref())?,
        _ => Settings {
            branch_id: String::new(),
            department: arguments.department.clone().unwrap_or_default(),
            zone: chrono_tz::Europe::Moscow,
        },
    };
    let mut file = open(&arguments, settings.clone())?;
    if let Some(path) = &arguments.save_mapping {
        std::fs::write(path, file.mapping().to_json()).with_context(|| path.display().to_string())?;
    }
    if arguments.preview {
        let preview = tokio::task::block_in_place(|| file.preview(SHOWN))?;
        shown::preview(&preview);
        return Ok(ExitCode::SUCCESS);
    }
    let session = session.context("name the branch with --branch")?;
    send(&arguments, session, file, &settings).await
}

/// Opens the file and finds everything out that can stop the import before its first row.
fn open(arguments: &Import, settings: Settings) -> anyhow::Result<ImportFile<File>> {
    let path = &arguments.file;
    let mapping = match &arguments.mapping {
        None => None,
        Some(kept) => {
            let text = std::fs::read_to_string(kept).with_context(|| kept.display().to_string())?;
            Some(Mapping::from_json(&text).with_context(|| kept.display().to_string())?)
        }
    };
    let input = File::open(path).with_context(|| path.display().to_string())?;
    let name = name_of(path);
    let opened = tokio::task::block_in_place(|| {
        if arguments.preview {
            ImportFile::look(input, &name, arguments.kind, mapping, settings)
        } else {
            ImportFile::open(input, &name, arguments.kind, mapping, settings)
        }
    });
    opened.with_context(|| path.display().to_string())
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

async fn send(
    arguments: &Import,
    session: Session,
    mut file: ImportFile<File>,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let content = File::open(&arguments.file)?;
    let bytes = content.metadata()?.len();
    let key = tokio::task::block_in_place(|| edina_importing::key(content, file.mapping(), settings))?;
    // To the end once before anything is written: a file that is damaged in its middle is refused whole.
    let total =
        tokio::task::block_in_place(|| file.visit(u64::MAX, &mut |_| std::ops::ControlFlow::Continue(())))?;
    let begun = session
        .begin(BeginImportRequest {
            key,
            file_name: name_of(&arguments.file).chars().take(100).collect(),
            kind: arguments.kind.name().to_owned(),
            branch_id: settings.branch_id.clone(),
            department: settings.department.clone(),
            bytes,
            dry_run: arguments.dry_run,
        })
        .await?;
    if begun.state == "done" {
        say(&format!(
            "this file was imported before ({}); nothing was added",
            begun.import_id
        ));
        shown::counts(&begun, true);
        return Ok(ExitCode::SUCCESS);
    }
    let from = begun.next_row;
    if from > 0 {
        say(&format!("going on at row {from} of {total}"));
    }
    let path = arguments
        .rejected
        .clone()
        .unwrap_or_else(|| beside(&arguments.file));
    let mut rejected = RejectedRows::open(path, file.headers(), from > 0)?;
    let bar = ProgressBar::new(total);
    bar.set_style(ProgressStyle::with_template(
        "{bar:30} {pos}/{len} rows, {per_sec}, {eta} left {msg}",
    )?);
    bar.set_position(from);
    bar.reset_eta();
    let at_once = if arguments.dry_run {
        TRIED_AT_ONCE
    } else {
        usize::from(arguments.batch)
    };
    let mut portions = file.ahead(from, at_once, WAITING)?;
    let mut import = begun;
    let mut sent = 0;
    let import_id = import.import_id.clone();
    let mut on_their_way = FuturesOrdered::new();
    let mut read = false;
    while !read || !on_their_way.is_empty() {
        let (portion, reply) = tokio::select! {
            next = portions.recv(), if !read && on_their_way.len() < AT_ONCE => {
                match next.transpose()? {
                    None => read = true,
                    Some(portion) if portion.first_row < from => rejected.add(&portion, &[])?,
                    Some(portion) => on_their_way.push_back(async {
                        let reply = session.rows(&import_id, &portion).await;
                        (portion, reply)
                    }),
                }
                continue;
            }
            Some(answered) = on_their_way.next() => answered,
        };
        let reply = reply?;
        rejected.add(&portion, &reply.rows)?;
        sent += 1;
        import = reply.batch.context("the registry's answer has no import")?;
        bar.set_position(import.next_row);
        bar.set_message(shown::brief(&import));
    }
    let import = session.finish(&import.import_id, total).await?;
    bar.finish_and_clear();
    shown::counts(&import, sent <= 1);
    let lost = rejected.close(import.counts.as_ref().map_or(0, |counts| counts.rejected))?;
    if let Some(note) = lost {
        say(&note);
    }
    Ok(match &import.counts {
        Some(counts) if counts.rejected > 0 => ExitCode::from(SOME_REJECTED),
        _ => ExitCode::SUCCESS,
    })
}

/// `clients.xlsx` has its rejected rows in `clients.rejected.csv`.
fn beside(path: &Path) -> PathBuf {
    path.with_extension("rejected.csv")
}

/// `edina imports`.
pub(crate) async fn imports(arguments: Imports) -> anyhow::Result<()> {
    let session = Session::open(&arguments.place, &arguments.group).await?;
    match arguments.command {
        ImportsCommand::List { limit } => shown::list(&session.list(limit).await?),
        ImportsCommand::Undo { import_id } => {
            let undone = session.undo(&import_id).await?;
            say(&format!(
                "taken back: {} ({})",
                undone.file_name, undone.import_id
            ));
            shown::counts(&undone, true);
        }
    }
    Ok(())
}
