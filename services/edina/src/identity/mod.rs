//! `edina identity`: the identity engine over a file, without any server; and the model of a running system.

pub(crate) mod arguments;
pub(crate) mod figures;
mod records;
mod resolve;
mod rulings;
mod running;
mod score;

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use edina_identity::engine::{Model, model::MODEL_VERSION};
use tokio::runtime::Handle;

use crate::language::Language;
use arguments::{Identity, IdentityCommand};

pub(crate) fn run(arguments: Identity) -> anyhow::Result<()> {
    let language = Language::or_environment(arguments.lang);
    match arguments.command {
        IdentityCommand::Resolve(arguments) => resolve::run(&arguments),
        IdentityCommand::Score {
            clusters,
            truth,
            relations,
        } => score::run(&clusters, &truth, relations.as_deref()),
        IdentityCommand::Train {
            records: Some(records),
            model: Some(model),
            schema,
        } => {
            let schema = schema.into();
            let base = records::read(&records, schema)?.base;
            let learned = edina_identity::engine::train::train(&base, &Model::for_schema(schema));
            let text = serde_json::to_string_pretty(&learned)?;
            fs::write(&model, text).with_context(|| format!("cannot write {}", model.display()))
        }
        IdentityCommand::Train { .. } => {
            Handle::current().block_on(running::train(&arguments.place, &arguments.group, language))
        }
        IdentityCommand::Undo { model } => {
            let undone = running::undo(&arguments.place, &arguments.group, language, model);
            Handle::current().block_on(undone)
        }
    }
}

/// A stored model, or why it cannot be used.
fn stored(path: &Path) -> anyhow::Result<Model> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let model: Model =
        serde_json::from_str(&text).with_context(|| format!("{} is not a model", path.display()))?;
    anyhow::ensure!(
        model.version == MODEL_VERSION,
        "{} is of model version {}, this program reads {MODEL_VERSION}: train again",
        path.display(),
        model.version
    );
    Ok(model)
}
