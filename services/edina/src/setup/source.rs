//! `edina source create`: a place leads come from, with the key it posts with.

use anyhow::Context as _;
use edina_proto::intake::v1::{
    ListSourcesRequest, PutSourceRequest, Source, lead_intake_client::LeadIntakeClient,
};
use edina_runtime::{
    caller::{Actor, Caller, CallerKey},
    clock,
    group::GroupId,
    grpc,
};

use super::Gateway;
use super::arguments::NewSource;
use crate::{language::Language, up::say};

pub(super) async fn create(gateway: &Gateway, wanted: NewSource) -> anyhow::Result<()> {
    let group: GroupId = wanted.group.parse()?;
    gateway.directory(&group).await?;
    let key = CallerKey::new(&gateway.config.common.caller_key, clock::system());
    let administrator = Caller {
        service: "edina".to_owned(),
        group,
        actor: Some(Actor {
            employee_id: String::new(),
            role: "administrator".to_owned(),
            branches: Vec::new(),
        }),
    };
    let address = &gateway.config.intake_url;
    let mut intake = LeadIntakeClient::new(grpc::channel(address)?);
    let known = intake
        .list_sources(key.request(&administrator, ListSourcesRequest::default()))
        .await
        .map_err(|status| anyhow::anyhow!("{}", Language::or_environment(None).refusal(&status)))
        .with_context(|| format!("lead-intake at {address}"))?;
    let taken = known
        .into_inner()
        .sources
        .iter()
        .any(|source| source.name == wanted.name);
    anyhow::ensure!(
        !taken || wanted.new_key,
        "there is a source {} already; --new-key gives it another key and ends the old one",
        wanted.name
    );
    let source = Source {
        name: wanted.name,
        display_name: wanted.title,
        channel: wanted.channel,
        ..Source::default()
    };
    let request = PutSourceRequest {
        source: Some(source),
        new_key: true,
    };
    let reply = intake
        .put_source(key.request(&administrator, request))
        .await
        .map_err(|status| anyhow::anyhow!("{}", Language::or_environment(None).refusal(&status)))
        .with_context(|| format!("lead-intake at {address}"))?;
    say(&format!("key: {}", reply.into_inner().key));
    Ok(())
}
