//! What is done on the pages of imports.

use std::time::Duration;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use edina_importing::{Kind, Mapping, field::Field};
use edina_proto::registry::v1::{ImportBatch, UndoImportRequest};
use edina_runtime::{caller::Caller, grpc};
use serde_json::json;
use tonic::Code;
use uuid::Uuid;

use super::{super::form::Fields, batch_of, file_id};
use crate::{
    Gateway,
    http::problem::Problem,
    imports::{self, Asked},
    session::Identity,
    store::{
        self,
        imports::{ImportRow, NewFile},
    },
};

const LONGEST_NAME: usize = 200;
/// A page waits that long for an import to be taken back; it goes on without it.
const WAITED: Duration = Duration::from_secs(5);
/// The registry takes a portion back in less; a channel's own bound is half a minute.
const PORTION: Duration = Duration::from_secs(28);
const PAUSE: Duration = Duration::from_secs(1);
/// Calls that may fail one after another before the taking back is given up.
const TRIES: u32 = 60;

/// `POST /imports`: a file is about to come; answers its id.
pub async fn begin(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    fields: Fields,
) -> Result<Response, Problem> {
    let name: String = fields.required("name")?.chars().take(LONGEST_NAME).collect();
    let name = name.replace('\0', "");
    let (kind, branch_id) = (kind(&fields)?, branch(&gateway, &who, &fields).await?);
    let bytes = fields.get("bytes").parse::<i64>().ok();
    let Some(bytes) = bytes.filter(|bytes| (1..=imports::LARGEST_FILE).contains(bytes)) else {
        let most = format!("a file of 1 byte to {} MiB", imports::LARGEST_FILE >> 20);
        return Err(Problem::field("bytes", "is too large or empty", most));
    };
    let id = Uuid::now_v7();
    let file = NewFile {
        id,
        name: &name,
        kind: kind.name(),
        branch_id: &branch_id,
        bytes,
        by_employee_id: who.employee_id(),
    };
    let (group, now) = (who.group.as_str(), gateway.clock.now());
    let mut tx = gateway.database.begin(&who.group).await?;
    let taken = store::imports::insert(&mut tx, group, &file, imports::MOST_KEPT, now).await?;
    tx.commit().await?;
    if !taken {
        let kept = imports::MOST_KEPT >> 30;
        return Err(Problem::new(
            StatusCode::CONFLICT,
            format!("files of {kept} GiB wait already: import some of them or remove them"),
        ));
    }
    Ok(Json(json!({ "id": id })).into_response())
}

fn kind(fields: &Fields) -> Result<Kind, Problem> {
    let named = fields.required("kind")?;
    named
        .parse()
        .map_err(|_| Problem::field("kind", "is no kind of file", Kind::ALL.map(Kind::name).join(", ")))
}

async fn branch(gateway: &Gateway, who: &Identity, fields: &Fields) -> Result<String, Problem> {
    let branch_id = fields.required("branch_id")?;
    let people = gateway.people(&who.group).await?;
    let known = people.branches.iter().any(|branch| branch.branch_id == branch_id);
    if known && who.sees_branch(&branch_id) {
        Ok(branch_id)
    } else {
        Err(Problem::field(
            "branch_id",
            "is no branch",
            "one of your branches",
        ))
    }
}

/// `POST /imports/{id}/pieces/{number}`: a piece; all but the last have the size the page was told. With the last one to
/// arrive the file is looked at.
pub async fn piece(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path((id, number)): Path<(String, i32)>,
    content: Bytes,
) -> Result<Response, Problem> {
    let file = gateway.import_file(&who, file_id(&id)?).await?;
    let size = i64::try_from(imports::PIECE).unwrap_or(i64::MAX);
    let from = size
        .checked_mul(i64::from(number))
        .filter(|from| (0..file.bytes).contains(from));
    let wanted = from.map(|from| size.min(file.bytes - from));
    if file.state != "arriving" || wanted != i64::try_from(content.len()).ok() {
        return Err(Problem::field(
            "content",
            "is no piece of this file",
            "a missing piece of a file that is arriving",
        ));
    }
    let mut tx = gateway.database.begin(&who.group).await?;
    let there = store::imports::pieces::put(&mut tx, who.group.as_str(), file.id, number, &content).await?;
    tx.commit().await?;
    if there == file.bytes {
        let asked = Asked {
            kind: file.kind.parse().map_err(|_| Problem::not_found())?,
            branch_id: file.branch_id.clone(),
            sheet: String::new(),
            fields: None,
        };
        gateway.look(&who, &file, &asked).await?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /imports/{id}/mapping`: what the file is: kind, branch, sheet, and `field.N` for the column N. Of another kind
/// or sheet the columns are guessed anew; of another branch they are what they were there the last time, unless somebody has
/// just said otherwise.
pub async fn map(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let file = gateway.import_file(&who, file_id(&id)?).await?;
    let (kind, branch_id) = (kind(&fields)?, branch(&gateway, &who, &fields).await?);
    let sheet = fields.text("sheet");
    let columns: usize = fields.get("columns").parse().unwrap_or(0);
    let same = kind.name() == file.kind && sheet == fields.get("sheet_before");
    let said = || {
        let columns = (0..columns.min(edina_importing::limits::COLUMNS)).map(|at| format!("field.{at}"));
        // What a person leaves out is left out on purpose.
        let said = columns.map(|name| Field::of_name(fields.get(&name)).or(Some(Field::Ignore)));
        said.collect::<Vec<_>>()
    };
    let moved = branch_id != file.branch_id;
    let asked = Asked {
        kind,
        branch_id,
        sheet,
        fields: (same && columns > 0)
            .then(said)
            .filter(|said| !(moved && as_shown(&file, said))),
    };
    if file.state == "arriving" || !gateway.look(&who, &file, &asked).await? {
        return Err(going());
    }
    Ok(Redirect::to(&format!("/imports/{}", file.id)).into_response())
}

/// `POST /imports/{id}/start`: import, or only try.
pub async fn start(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let file = gateway.import_file(&who, file_id(&id)?).await?;
    let dry_run = fields.get("dry_run") == "true";
    if !gateway.start_import(&who, file.id, dry_run).await? {
        return Err(going());
    }
    Ok(Redirect::to(&format!("/imports/{}", file.id)).into_response())
}

/// Whether these are the fields that the page showed.
fn as_shown(file: &ImportRow, said: &[Option<Field>]) -> bool {
    let shown = file
        .mapping
        .as_deref()
        .and_then(|kept| Mapping::from_json(kept).ok());
    shown.is_some_and(|shown| {
        let fields = shown.columns.iter();
        fields
            .map(|column| column.field.or(Some(Field::Ignore)))
            .eq(said.iter().copied())
    })
}

fn going() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "the file is arriving, going, done or cannot be read",
    )
}

/// `POST /imports/{id}/remove`: the file is not wanted any more; what was imported of it stays.
pub async fn remove(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let file = gateway.import_file(&who, file_id(&id)?).await?;
    let mut tx = gateway.database.begin(&who.group).await?;
    let gone = store::imports::forget(&mut tx, who.group.as_str(), file.id).await?;
    tx.commit().await?;
    if !gone {
        return Err(going());
    }
    gateway.hub.say(&who.group, &[imports::TOPIC]);
    Ok(Redirect::to("/imports").into_response())
}

/// `POST /imports/{id}/undo`: takes back everything an import of the registry brought. It goes on when nobody waits any
/// more.
pub async fn undo(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let import_id = file_id(&id)?;
    let import = batch_of(&gateway, &who, import_id).await?;
    let taking = {
        let (gateway, caller) = (gateway.clone(), who.caller());
        tokio::spawn(async move { take_back(&gateway, &caller, &import).await })
    };
    if let Ok(Ok(taken)) = tokio::time::timeout(WAITED, taking).await {
        taken?;
    }
    Ok(Redirect::to("/imports").into_response())
}

/// Asks the registry until everything is taken back: it does so in portions.
async fn take_back(gateway: &Gateway, caller: &Caller, import: &ImportBatch) -> Result<(), Problem> {
    let mut failed = 0;
    loop {
        let request = UndoImportRequest {
            import_id: import.import_id.clone(),
        };
        match gateway.upstream.ask_within(caller, request, PORTION).await {
            Ok(reply) if reply.state == "undoing" => failed = 0,
            Ok(_) => break,
            // An answer was lost, and what it said is so.
            Err(status) if failed > 0 && status.code() == Code::FailedPrecondition => break,
            Err(status) if grpc::is_passing(status.code()) && failed < TRIES => {
                failed += 1;
                tokio::time::sleep(PAUSE).await;
            }
            Err(status) => return Err(status.into()),
        }
        gateway.hub.say(&caller.group, &[imports::TOPIC]);
    }
    gateway.hub.say(&caller.group, &[imports::TOPIC]);
    Ok(())
}
