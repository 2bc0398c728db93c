//! Imports: a file given in pieces, shown as it will be understood, sent while its page follows, taken back as a whole.

mod acts;
mod rejected;

use axum::{
    Extension,
    extract::{Path, Query, State},
    response::Response,
};
use edina_importing::{Kind, field::Field};
use edina_proto::{
    registry::v1::{ImportBatch, ListImportsRequest},
    time::from_proto,
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::lists;
use crate::{
    Gateway,
    http::problem::Problem,
    imports,
    session::Identity,
    store::{self, imports::ImportRow},
};
pub use acts::{begin, map, piece, remove, start, undo};
pub use rejected::download;

const ROWS: u32 = 30;

#[derive(Debug, Default, Deserialize)]
pub struct Look {
    #[serde(default)]
    cursor: String,
}

/// `GET /imports`
pub async fn list(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Query(look): Query<Look>,
) -> Result<Response, Problem> {
    let mut tx = gateway.database.begin(&who.group).await?;
    let mut files = store::imports::latest(&mut tx, who.group.as_str(), i64::from(ROWS) * 2).await?;
    tx.commit().await?;
    files.retain(|file| who.sees_branch(&file.branch_id));
    let request = ListImportsRequest {
        limit: ROWS,
        cursor: look.cursor.clone(),
    };
    let listed = gateway.ask(&who, request).await;
    let people = gateway.people(&who.group).await?;
    let (batches, next_cursor) = match &listed {
        Ok(reply) => (reply.imports.as_slice(), reply.next_cursor.as_str()),
        Err(_) => Default::default(),
    };
    let waits = |file: &&ImportRow| file.state != "done";
    // What goes on is shown with its file.
    let of_console = |import: &&ImportBatch| {
        let mut going = files.iter().filter(|file| file.state == "running");
        !going.any(|file| file.import_id == import.import_id)
    };
    let told = batches
        .iter()
        .filter(|import| who.sees_branch(&import.branch_id))
        .filter(of_console);
    let data = json!({
        "files": if look.cursor.is_empty() {
            files.iter().filter(waits).map(|file| shown(&gateway, file)).collect::<Vec<Value>>()
        } else {
            Vec::new()
        },
        "imports": told.map(|import| batch(import, &files)).collect::<Vec<Value>>(),
        "next_cursor": next_cursor,
        "older": !look.cursor.is_empty(),
        "away": listed.is_err(),
        "kinds": Kind::ALL.map(Kind::name),
        "branch_ids": lists::branches(&people, &who),
        "any_branch": !people.branches.is_empty(),
        "largest": imports::LARGEST_FILE,
        "piece": imports::PIECE,
    });
    gateway.page(&who, "imports/page.html", "imports", data).await
}

/// `GET /imports/{id}`
pub async fn one(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let file = gateway.import_file(&who, file_id(&id)?).await?;
    let people = gateway.people(&who.group).await?;
    let mut data = json!({
        "file": shown(&gateway, &file),
        "fields": Field::ALL.iter().map(|field| field.name()).collect::<Vec<String>>(),
        "kinds": Kind::ALL.map(Kind::name),
        "branch_ids": lists::branches(&people, &who),
    });
    if matches!(file.state.as_str(), "ready" | "tried" | "failed") {
        let mut tx = gateway.database.begin(&who.group).await?;
        let kept = store::imports::preview(&mut tx, who.group.as_str(), file.id).await?;
        tx.commit().await?;
        let looked: Option<imports::Shown> = kept.and_then(|kept| serde_json::from_str(&kept).ok());
        data["looked"] = json!(looked);
    }
    if file.state == "done"
        && let Ok(import_id) = file.import_id.parse()
        && let Ok(import) = batch_of(&gateway, &who, import_id).await
    {
        data["import"] = batch(&import, std::slice::from_ref(&file));
    }
    gateway.page(&who, "imports/file.html", "imports", data).await
}

fn file_id(id: &str) -> Result<Uuid, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}

/// An import of the registry within the requester's sight.
async fn batch_of(gateway: &Gateway, who: &Identity, id: Uuid) -> Result<ImportBatch, Problem> {
    // The list goes on below its cursor: the first one below the next id is this one.
    let request = ListImportsRequest {
        limit: 1,
        cursor: Uuid::from_u128(id.as_u128().saturating_add(1)).to_string(),
    };
    let listed = gateway.ask(who, request).await?;
    let mut imports = listed.imports.into_iter();
    imports
        .find(|import| import.import_id == id.to_string() && who.sees_branch(&import.branch_id))
        .ok_or_else(Problem::not_found)
}

/// A file with its rate and the time left, or the time it took.
fn shown(gateway: &Gateway, file: &ImportRow) -> Value {
    let mut value = json!(file);
    let Some(begun) = file.begun_at else {
        return value;
    };
    if matches!(file.state.as_str(), "running" | "trying") {
        let seconds = (gateway.clock.now() - begun).num_seconds().max(1);
        let rate = (file.next_row - file.begun_row) / seconds;
        value["rate"] = json!(rate);
        if rate > 0 {
            value["seconds_left"] = json!((file.total_rows - file.next_row) / rate);
        }
    } else if let Some(started) = file.started_at {
        value["seconds"] = json!((file.changed_at - started).num_seconds());
    }
    value
}

/// An import of the registry; with the file it came from, if the console has that.
fn batch(import: &ImportBatch, files: &[ImportRow]) -> Value {
    let counts = import.counts.unwrap_or_default();
    let file = files
        .iter()
        .find(|file| file.import_id == import.import_id && file.state == "done");
    json!({
        "import_id": import.import_id,
        "file_name": import.file_name,
        "kind": import.kind,
        "branch_id": import.branch_id,
        "state": import.state,
        "rows": import.next_row,
        "created": counts.created,
        "linked": counts.linked,
        "to_review": counts.to_review,
        "rejected": counts.rejected,
        "known": counts.known,
        "stored": counts.created + counts.linked + counts.to_review,
        "withdrawn": import.withdrawn,
        "handed_on": import.handed_on,
        "started_at": import.started_at.as_ref().and_then(from_proto),
        "actor": import.actor_employee_id,
        "file_id": file.map(|file| file.id),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use edina_importing::{Kind, field::Field};

    use super::super::i18n::{Locale, Texts};

    #[test]
    fn every_kind_of_file_and_every_field_has_a_name() {
        let kinds = Kind::ALL.map(|kind| format!("import_kind.{}", kind.name().replace('-', "_")));
        let offered = Field::ALL.into_iter().filter(|field| *field != Field::Ignore);
        let fields: Vec<String> = offered
            .map(|field| format!("import_field.{}", field.name()))
            .collect();
        for locale in Locale::ALL {
            let texts = Texts::load(locale).unwrap();
            let known: BTreeSet<&str> = texts.keys().collect();
            for key in kinds.iter().chain(&fields) {
                assert!(known.contains(key.as_str()), "{key} in {}", locale.name());
            }
        }
    }
}
