//! `edina import`: a file of another system into the registry, row by row, resumable; `edina imports`: list and undo.
//!
//! [`session`] sends portions of rows and asks again when the connection breaks, [`trial`] is a dry run, [`rejected`] keeps
//! what was left out. Where to go on is the registry's word alone.

mod again;
pub(crate) mod arguments;
mod rejected;
mod session;
mod shown;
mod trial;

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use edina_importing::{Closeness, ImportFile, Mapping, Reason, Refused, Settings};
use edina_proto::registry::v1::{BeginImportRequest, ImportBatch};
use futures::{StreamExt as _, stream::FuturesOrdered};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{language::Language, up::say};
use arguments::{Import, Imports, ImportsCommand};
use rejected::RejectedRows;
use session::Session;

/// Rows shown by `--preview`.
const SHOWN: usize = 10;
const SOME_REJECTED: u8 = 3;
/// Portions on their way: while the registry stores one, it reads the next.
const AT_ONCE: usize = 2;
/// Rows sent at once where nothing of them stays, as many as the registry takes.
const TRIED_AT_ONCE: usize = 1000;
/// Portions read ahead of the sending.
const WAITING: usize = 3;

pub(crate) async fn run(arguments: Import) -> anyhow::Result<ExitCode> {
    let language = Language::or_environment(arguments.lang);
    let session = if arguments.branch.is_some() {
        Some(Session::open(&arguments.place, &arguments.group, language).await?)
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
    let mapping = wanted(&arguments, session.as_ref(), &settings).await?;
    let mut file = open(&arguments, mapping, settings.clone(), arguments.preview)?;
    if let (Some(session), true) = (&session, arguments.mapping.is_some()) {
        session.remember(file.mapping(), &settings.branch_id).await?;
    }
    if let Some(path) = &arguments.save_mapping {
        std::fs::write(path, file.mapping().to_json()).with_context(|| path.display().to_string())?;
    }
    if arguments.preview {
        let preview = tokio::task::block_in_place(|| file.preview(SHOWN)).map_err(told(language))?;
        shown::preview(&preview, language);
        return Ok(ExitCode::SUCCESS);
    }
    let session = session.context("name the branch with --branch")?;
    send(&arguments, session, file, &settings).await
}

/// What the columns are: as the mapping says that is given, else as the last time, else none, and their names decide.
async fn wanted(
    arguments: &Import,
    session: Option<&Session>,
    settings: &Settings,
) -> anyhow::Result<Option<Mapping>> {
    if let Some(kept) = &arguments.mapping {
        let text = std::fs::read_to_string(kept).with_context(|| kept.display().to_string())?;
        let language = Language::or_environment(arguments.lang);
        let mapping = Mapping::from_json(&text)
            .map_err(told(language))
            .with_context(|| kept.display().to_string())?;
        return Ok(Some(mapping));
    }
    let Some(session) = session else { return Ok(None) };
    let guessed = open(arguments, None, settings.clone(), true)?;
    let known = session
        .known_mapping(guessed.mapping(), &settings.branch_id)
        .await?;
    if known.is_some() {
        say("columns are taken for what they were the last time; --mapping FILE says otherwise");
    }
    Ok(known)
}

/// Opens the file and finds everything out that can stop the import before its first row; `only_look` takes also one of
/// which no column names a client.
fn open(
    arguments: &Import,
    mapping: Option<Mapping>,
    settings: Settings,
    only_look: bool,
) -> anyhow::Result<ImportFile<File>> {
    let path = &arguments.file;
    let input = File::open(path).with_context(|| path.display().to_string())?;
    let name = name_of(path);
    let opened = tokio::task::block_in_place(|| {
        if only_look {
            ImportFile::look(input, &name, arguments.kind, mapping, settings)
        } else {
            ImportFile::open(input, &name, arguments.kind, mapping, settings)
        }
    });
    opened
        .map_err(told(Language::or_environment(arguments.lang)))
        .with_context(|| path.display().to_string())
}

/// Why a file is refused, in a language.
fn told(language: Language) -> impl Fn(Refused) -> anyhow::Error {
    move |refused| match language {
        Language::Ru => anyhow::anyhow!("{}", refused.0.russian()),
        Language::En => anyhow::anyhow!("{}", refused.0.english()),
    }
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
        tokio::task::block_in_place(|| file.visit(u64::MAX, &mut |_| std::ops::ControlFlow::Continue(())));
    let language = Language::or_environment(arguments.lang);
    let total = total.map_err(told(language))?;
    if total == 0 {
        return Err(told(language)(Refused(Reason::OnlyHeader)));
    }
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
    let path = arguments
        .rejected
        .clone()
        .unwrap_or_else(|| beside(&arguments.file));
    let mapping = file.mapping().clone();
    let once_more = || open(arguments, Some(mapping.clone()), settings.clone(), false);
    if begun.state == "done" {
        say(&format!(
            "this file was imported before ({}); nothing was added",
            begun.import_id
        ));
        shown::counts(&begun, Closeness::Exact, language);
        // Whoever was cut off at the very end gets its reasons now.
        let counted = begun.counts.as_ref().map_or(0, |counts| counts.rejected);
        if counted > 0 {
            let mut rejected = RejectedRows::open(path, mapping.clone(), language, true)?;
            again::reasons(&session, &begun, once_more, begun.next_row, &mut rejected).await?;
            if let Some(note) = rejected.close(counted)? {
                say(&note);
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let from = begun.next_row;
    if from > 0 {
        say(&format!("going on at row {from} of {total}"));
    }
    let mut rejected = RejectedRows::open(path, mapping.clone(), language, from > 0)?;
    let bar = ProgressBar::new(total);
    bar.set_style(ProgressStyle::with_template(
        "{bar:30} {pos}/{len} rows, {per_sec}, {eta} left {msg}",
    )?);
    bar.set_position(from);
    bar.reset_eta();
    if arguments.dry_run {
        let (import, closeness) = trial::run(&session, file, begun, &mut rejected, &bar).await?;
        bar.finish_and_clear();
        shown::counts(&import, closeness, language);
        return ended(&import, rejected);
    }
    let mut portions = file.ahead(from, usize::from(arguments.batch), WAITING)?;
    let mut import = begun;
    let import_id = import.import_id.clone();
    let mut on_their_way = FuturesOrdered::new();
    let mut read = false;
    while !read || !on_their_way.is_empty() {
        let (portion, reply) = tokio::select! {
            next = portions.recv(), if !read && on_their_way.len() < AT_ONCE => {
                match next.transpose().map_err(told(language))? {
                    None => read = true,
                    Some(portion) if portion.first_row < from => rejected.add(portion.whole(), &[])?,
                    Some(portion) => on_their_way.push_back(async {
                        let reply = session.rows(portion.request(&import_id)).await;
                        (portion, reply)
                    }),
                }
                continue;
            }
            Some(answered) = on_their_way.next() => answered,
        };
        let reply = reply?;
        rejected.add(portion.whole(), &reply.rows)?;
        import = reply.batch.context("the registry's answer has no import")?;
        bar.set_position(import.next_row);
        bar.set_message(shown::brief(&import));
    }
    let import = session.finish(&import.import_id, total).await?;
    bar.finish_and_clear();
    again::reasons(&session, &import, once_more, from, &mut rejected).await?;
    shown::counts(&import, Closeness::Exact, language);
    ended(&import, rejected)
}

/// Closes the file of rejected rows; answers the exit code.
fn ended(import: &ImportBatch, rejected: RejectedRows) -> anyhow::Result<ExitCode> {
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
    let language = Language::or_environment(arguments.lang);
    let session = Session::open(&arguments.place, &arguments.group, language).await?;
    match arguments.command {
        ImportsCommand::List { limit } => shown::list(&session.list(limit).await?),
        ImportsCommand::Undo { import_id } => {
            let bar = ProgressBar::no_length();
            bar.set_style(ProgressStyle::with_template(
                "{bar:30} {pos}/{len} records taken back, {eta} left",
            )?);
            let undone = session
                .undo(&import_id, |batch| {
                    bar.set_length(shown::stored(batch).saturating_sub(batch.handed_on));
                    bar.set_position(batch.withdrawn);
                })
                .await?;
            bar.finish_and_clear();
            say(&format!(
                "taken back: {} ({})",
                undone.file_name, undone.import_id
            ));
            shown::counts(&undone, Closeness::Exact, language);
            if undone.handed_on > 0 {
                say(&format!(
                    "stay         {}: other files have them too",
                    undone.handed_on
                ));
            }
        }
    }
    Ok(())
}
