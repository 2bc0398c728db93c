//! The model of a running system: learning one, taking back what one did.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use edina_proto::registry::v1::{
    GetIdentitySettingsRequest, IdentityModel, TrainModelRequest, UndoModelRequest,
    client_registry_client::ClientRegistryClient,
};
use edina_runtime::{
    caller::{Actor, Caller, CallerKey},
    clock,
};
use tonic::{Code, Request, Status, transport::Channel};

use crate::{installation::Where, language::Language, up::say};

/// One call waits that long; the registry does the work to its end anyway.
const ANSWER: Duration = Duration::from_secs(25);
/// Learning from many records, or taking back many, may take that long.
const PATIENCE: Duration = Duration::from_secs(25 * 60);
const PAUSE: Duration = Duration::from_secs(2);

/// The registry of a running system, asked on behalf of an administrator.
struct Session {
    registry: ClientRegistryClient<Channel>,
    key: CallerKey,
    caller: Caller,
    language: Language,
}

impl Session {
    fn open(place: &Where, group: &str, language: Language) -> anyhow::Result<Self> {
        let config = place.installation()?.load::<gateway::App>()?;
        Ok(Self {
            registry: ClientRegistryClient::new(config.common.channel(&config.registry_url)?),
            key: CallerKey::new(&config.common.caller_key, clock::system()),
            caller: Caller {
                service: "edina".to_owned(),
                group: group.parse()?,
                actor: Some(Actor {
                    employee_id: String::new(),
                    role: "administrator".to_owned(),
                    branches: Vec::new(),
                }),
            },
            language,
        })
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = self.key.request(&self.caller, message);
        request.set_timeout(ANSWER);
        request
    }

    /// Why the registry refused, in the language of whoever sits here.
    fn told(&self, status: &Status) -> anyhow::Error {
        anyhow::anyhow!("the registry: {}", self.language.refusal(status))
    }
}

/// Whether the registry goes on with what was asked, though it has not answered yet.
fn goes_on(status: &Status) -> bool {
    [Code::Cancelled, Code::DeadlineExceeded].contains(&status.code())
}

/// Learns a model from the group's own records; it decides from then on.
pub(super) async fn train(place: &Where, group: &str, language: Language) -> anyhow::Result<()> {
    let mut session = Session::open(place, group, language)?;
    let before = session.newest().await?.map_or(0, |model| model.version);
    let request = session.request(TrainModelRequest {});
    let model = match session.registry.train_model(request).await {
        Ok(model) => model.into_inner(),
        Err(status) if goes_on(&status) => {
            say("learning takes longer; waiting for the model");
            tokio::time::timeout(PATIENCE, session.newer_than(before))
                .await
                .context("no model came; see the registry's log")??
        }
        Err(status) => return Err(session.told(&status)),
    };
    say(&format!(
        "model {} learned from {} records; it decides from now on",
        model.version, model.records
    ));
    Ok(())
}

/// Takes back what a model did.
pub(super) async fn undo(
    place: &Where,
    group: &str,
    language: Language,
    model_version: i32,
) -> anyhow::Result<()> {
    let mut session = Session::open(place, group, language)?;
    let begun = Instant::now();
    loop {
        let request = session.request(UndoModelRequest { model_version });
        match session.registry.undo_model(request).await {
            Ok(undone) => {
                let undone = undone.into_inner();
                say(&format!(
                    "model {model_version} is undone; by the last call: {} merges, {} moves, {} links",
                    undone.merges, undone.moves, undone.records
                ));
                return Ok(());
            }
            Err(status) if goes_on(&status) && begun.elapsed() < PATIENCE => say("undoing goes on"),
            Err(status) => return Err(session.told(&status)),
        }
    }
}

impl Session {
    /// The model learned last.
    async fn newest(&mut self) -> anyhow::Result<Option<IdentityModel>> {
        let request = self.request(GetIdentitySettingsRequest {});
        let settings = self.registry.get_identity_settings(request).await;
        let settings = settings.map_err(|status| self.told(&status))?.into_inner();
        Ok(settings.models.into_iter().last())
    }

    async fn newer_than(&mut self, version: i32) -> anyhow::Result<IdentityModel> {
        loop {
            if let Some(model) = self.newest().await?.filter(|model| model.version > version) {
                return Ok(model);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
