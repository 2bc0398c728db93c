//! Calls to the registry on behalf of an administrator, made again while it is away.

use std::time::Duration;

use anyhow::Context as _;
use edina_importing::{Mapping, Settings, salted};
use edina_proto::{
    directory::v1::Group,
    registry::v1::{
        BeginImportRequest, FinishImportRequest, ImportBatch, ImportRowsReply, ImportRowsRequest,
        ListImportsRequest, UndoImportRequest, client_registry_client::ClientRegistryClient,
    },
};
use edina_runtime::{
    caller::{Actor, Caller, CallerKey},
    clock, grpc,
};
use gateway::provision::Like;
use tonic::{Status, transport::Channel};
use uuid::Uuid;

use crate::{installation::Where, language::Language, setup::Gateway};

/// The registry may be away that long before the import stops; it can be gone on with later.
const PATIENCE: Duration = Duration::from_secs(120);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(60);
/// Times a file may have been imported and taken back.
const MOST_UNDONE: usize = 1000;

/// A connection to the registry, and the directory of the group.
pub(super) struct Session {
    registry: ClientRegistryClient<Channel>,
    address: String,
    key: CallerKey,
    caller: Caller,
    directory: Group,
    gateway: Gateway,
    pub(super) language: Language,
}

impl Session {
    pub(super) async fn open(place: &Where, group: &str, language: Language) -> anyhow::Result<Self> {
        let gateway = Gateway::open(place)?;
        let group = group.parse()?;
        let directory = gateway.directory(&group).await?;
        let config = &gateway.config;
        let caller = Caller {
            service: "edina".to_owned(),
            group,
            actor: Some(Actor {
                employee_id: String::new(),
                role: "administrator".to_owned(),
                branches: Vec::new(),
            }),
        };
        Ok(Self {
            registry: ClientRegistryClient::new(config.common.channel(&config.registry_url)?),
            address: config.registry_url.clone(),
            key: CallerKey::new(&config.common.caller_key, clock::system()),
            caller,
            directory,
            language,
            gateway,
        })
    }

    /// Settings for a branch by its name or id.
    pub(super) fn settings(&self, branch: &str, department: Option<&str>) -> anyhow::Result<Settings> {
        let branches = &self.directory.branches;
        let found = branches.iter().find(|known| {
            known.branch_id == branch || known.display_name.to_lowercase() == branch.to_lowercase()
        });
        let found = found.with_context(|| {
            let names: Vec<&str> = branches.iter().map(|known| known.display_name.as_str()).collect();
            if names.is_empty() {
                "the group has no branch yet: make one with `edina branch create`".to_owned()
            } else {
                format!("there is no branch {branch}; there are: {}", names.join(", "))
            }
        })?;
        let zone = found.time_zone.parse().ok();
        Ok(Settings {
            branch_id: found.branch_id.clone(),
            department: department.unwrap_or_default().to_owned(),
            zone: zone.with_context(|| format!("the branch's time zone {} is not known", found.time_zone))?,
        })
    }

    /// The mapping that the columns of such a file had the last time: in this branch, else in another one.
    pub(super) async fn known_mapping(
        &self,
        guessed: &Mapping,
        branch_id: &str,
    ) -> anyhow::Result<Option<Mapping>> {
        let files = Like {
            kind: guessed.kind.name(),
            branch_id,
            columns_key: &guessed.columns_key(),
        };
        let (database, group) = (&self.gateway.database, &self.caller.group);
        let found = gateway::provision::known_mapping(database, group, files).await?;
        let kept = found.and_then(|found| Mapping::from_json(&found).ok());
        Ok(kept
            .filter(|kept| kept.columns != guessed.columns)
            .map(|kept| Mapping {
                sheet: guessed.sheet.clone(),
                ..kept
            }))
    }

    /// Remembers it for the next file of the branch with these columns.
    pub(super) async fn remember(&self, mapping: &Mapping, branch_id: &str) -> anyhow::Result<()> {
        let files = Like {
            kind: mapping.kind.name(),
            branch_id,
            columns_key: &mapping.columns_key(),
        };
        let (database, group) = (&self.gateway.database, &self.caller.group);
        gateway::provision::remember_mapping(database, group, files, &mapping.to_json()).await
    }

    /// Begins the import or finds it. One that was taken back is begun anew; a dry run always is.
    pub(super) async fn begin(&self, mut asked: BeginImportRequest) -> anyhow::Result<ImportBatch> {
        if asked.dry_run {
            asked.key = salted(&asked.key, &Uuid::now_v7().to_string());
        }
        for _ in 0..MOST_UNDONE {
            let begun = self
                .call(&asked, async |registry, request| {
                    registry.begin_import(request).await
                })
                .await?;
            if begun.state != "undone" {
                return Ok(begun);
            }
            asked.key = salted(&asked.key, &begun.import_id);
        }
        anyhow::bail!("this file was imported and taken back too often")
    }

    /// Sends a portion; sent again, rows that were taken are left out of the answer.
    pub(super) async fn rows(&self, asked: ImportRowsRequest) -> anyhow::Result<ImportRowsReply> {
        self.call(&asked, async |registry, request| {
            registry.import_rows(request).await
        })
        .await
    }

    pub(super) async fn finish(&self, import_id: &str, rows: u64) -> anyhow::Result<ImportBatch> {
        let asked = FinishImportRequest {
            import_id: import_id.to_owned(),
            rows,
        };
        self.call(&asked, async |registry, request| {
            registry.finish_import(request).await
        })
        .await
    }

    pub(super) async fn list(&self, limit: u32) -> anyhow::Result<Vec<ImportBatch>> {
        let asked = ListImportsRequest {
            limit,
            cursor: String::new(),
        };
        let reply = self
            .call(&asked, async |registry, request| {
                registry.list_imports(request).await
            })
            .await?;
        Ok(reply.imports)
    }

    /// Takes an import back, and tells on the way how far that is.
    pub(super) async fn undo(
        &self,
        import_id: &str,
        so_far: impl Fn(&ImportBatch),
    ) -> anyhow::Result<ImportBatch> {
        let asked = UndoImportRequest {
            import_id: import_id.to_owned(),
        };
        // The registry answers after a while how far it is; asked again it goes on.
        loop {
            let batch = self
                .call(&asked, async |registry, request| {
                    registry.undo_import(request).await
                })
                .await?;
            so_far(&batch);
            if batch.state != "undoing" {
                return Ok(batch);
            }
        }
    }

    /// Every call of an import may be made again: the registry knows what it has taken.
    async fn call<Asked: Clone, Reply>(
        &self,
        asked: &Asked,
        call: impl AsyncFn(
            &mut ClientRegistryClient<Channel>,
            tonic::Request<Asked>,
        ) -> Result<tonic::Response<Reply>, Status>,
    ) -> anyhow::Result<Reply> {
        let begun = tokio::time::Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let mut request = self.key.request(&self.caller, asked.clone());
            request.set_timeout(ANSWER);
            let status = match call(&mut self.registry.clone(), request).await {
                Ok(reply) => return Ok(reply.into_inner()),
                Err(status) => status,
            };
            if !grpc::is_passing(status.code()) {
                return Err(anyhow::anyhow!("{}", self.language.refusal(&status)))
                    .context(format!("client-registry at {}", self.address));
            }
            anyhow::ensure!(
                begun.elapsed() < PATIENCE,
                "client-registry at {} does not answer ({}); run the same command again to go on",
                self.address,
                status.message()
            );
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
