//! How a file will be understood: found out once its last piece is there, and again when somebody says otherwise.

use std::fs::File;

use edina_importing::{ImportFile, Kind, Mapping, Preview, Refused, Settings, field::Field};
use serde::{Deserialize, Serialize};

use super::{TOPIC, content};
use crate::{
    Gateway,
    http::problem::Problem,
    session::Identity,
    store::{
        self,
        imports::{ImportRow, Looked, mappings::Like},
    },
};

/// Rows shown before a file is imported.
const SHOWN: usize = 8;

/// What somebody says a file is.
#[derive(Debug)]
pub struct Asked {
    pub kind: Kind,
    pub branch_id: String,
    /// Sheet of a workbook; empty: whichever fits.
    pub sheet: String,
    /// By column, from the first; none: as guessed, or as the last time.
    pub fields: Option<Vec<Option<Field>>>,
}

/// What is shown of a file.
#[derive(Debug, Serialize, Deserialize)]
pub struct Shown {
    pub preview: Preview,
    /// The columns are taken for what they were the last time.
    pub remembered: bool,
}

impl Gateway {
    /// Looks at a whole file and keeps what is to be shown; false when it is being sent, or was.
    pub async fn look(&self, who: &Identity, row: &ImportRow, asked: &Asked) -> Result<bool, Problem> {
        let _turn = self.importing.looking.acquire().await;
        let group = who.group.as_str();
        let looked = self.looked(who, row, asked).await.map_err(|error| {
            tracing::error!(%error, "a file for import cannot be looked at");
            Problem::new(
                axum::http::StatusCode::SERVICE_UNAVAILABLE,
                "the file cannot be put together now: try again",
            )
        })?;
        let (shown, problem) = match &looked {
            Ok(shown) => (Some(shown), None),
            Err(refused) => (None, Some((refused.0.english(), refused.0.russian()))),
        };
        let kept = shown.and_then(|shown| serde_json::to_string(shown).ok());
        let mapping = shown.map(|shown| shown.preview.mapping.to_json());
        let (english, russian) = problem.unwrap_or_default();
        let now = self.clock.now();
        let mut tx = self.database.begin(&who.group).await?;
        let looked = Looked {
            kind: asked.kind.name(),
            branch_id: &asked.branch_id,
            mapping: mapping.as_deref(),
            preview: kept.as_deref(),
            problem: (&english, &russian),
        };
        let changed = store::imports::set_looked(&mut tx, group, row.id, &looked, now).await?;
        if let (true, Some(shown), true) = (changed, shown, asked.fields.is_some()) {
            let mapping = &shown.preview.mapping;
            let key = mapping.columns_key();
            let files = like(asked, &key);
            store::imports::mappings::put(&mut tx, group, files, &mapping.to_json(), now).await?;
        }
        tx.commit().await?;
        self.hub.say(&who.group, &[TOPIC]);
        Ok(changed)
    }

    async fn looked(
        &self,
        who: &Identity,
        row: &ImportRow,
        asked: &Asked,
    ) -> anyhow::Result<Result<Shown, Refused>> {
        let content = content::whole(self, &who.group, row, &asked.branch_id).await?;
        let look = Look {
            file: content.file,
            settings: content.settings,
            name: row.name.clone(),
            kind: asked.kind,
        };
        let sheet = (!asked.sheet.is_empty()).then(|| Mapping {
            sheet: asked.sheet.clone(),
            ..Mapping::guess(asked.kind, &[])
        });
        let (look, guessed) = tokio::task::spawn_blocking(move || look.at(sheet)).await?;
        let mut mapping = match guessed? {
            Ok(preview) if asked.fields.is_none() => {
                let mut tx = self.database.begin(&who.group).await?;
                let (group, key) = (who.group.as_str(), preview.mapping.columns_key());
                let found = store::imports::mappings::find(&mut tx, group, like(asked, &key)).await?;
                tx.commit().await?;
                let kept = found.and_then(|found| Mapping::from_json(&found).ok());
                match kept.filter(|kept| kept.columns != preview.mapping.columns) {
                    Some(kept) => Mapping {
                        sheet: preview.mapping.sheet.clone(),
                        ..kept
                    },
                    None => {
                        return Ok(Ok(Shown {
                            preview,
                            remembered: false,
                        }));
                    }
                }
            }
            Ok(preview) => preview.mapping,
            Err(refused) => return Ok(Err(refused)),
        };
        for (at, field) in asked.fields.iter().flatten().enumerate() {
            mapping.set(at, *field);
        }
        let remembered = asked.fields.is_none();
        let (_, shown) = tokio::task::spawn_blocking(move || look.at(Some(mapping))).await?;
        Ok(shown?.map(|preview| Shown { preview, remembered }))
    }
}

/// The files that have a mapping in common with the one asked about.
fn like<'a>(asked: &'a Asked, columns_key: &'a str) -> Like<'a> {
    Like {
        kind: asked.kind.name(),
        branch_id: &asked.branch_id,
        columns_key,
    }
}

struct Look {
    file: File,
    settings: Settings,
    name: String,
    kind: Kind,
}

impl Look {
    /// The preview with a mapping; comes back to be used again.
    fn at(self, mapping: Option<Mapping>) -> (Self, std::io::Result<Result<Preview, Refused>>) {
        let preview = self.file.try_clone().map(|file| {
            let opened = ImportFile::look(file, &self.name, self.kind, mapping, self.settings.clone());
            opened.and_then(|mut opened| opened.preview(SHOWN))
        });
        (self, preview)
    }
}
