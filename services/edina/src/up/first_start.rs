//! The first start of a data folder: group, administrator, token, intake sources. Later starts keep them.

use std::{path::Path, time::Duration};

use anyhow::Context as _;
use edina_postgres::Database;
use edina_proto::intake::v1::{PutSourceRequest, Source, lead_intake_client::LeadIntakeClient};
use edina_runtime::{
    caller::{Actor, Caller},
    clock,
    group::GroupId,
    grpc,
};
use secrecy::SecretString;

use super::services::Running;
use crate::{
    cli, demo,
    instance::{self, Credentials},
    language::Language,
};

const ADMIN_USER: &str = "admin";
const TOKEN_NAME: &str = "local run";
const PATIENCE: Duration = Duration::from_secs(30);

/// Name, what it is called, channel.
const SOURCES: [(&str, &str, &str); 3] = [
    ("site", "Сайт группы", "form"),
    ("adf", "Площадки объявлений (ADF)", "adf"),
    ("tilda", "Лендинги", "form"),
];

/// Group, administrator, token and intake keys. What is chosen is written down before it is used, so that a start cut
/// short at any point is finished by the next one.
pub(crate) async fn ensure(
    arguments: &cli::Up,
    data_dir: &Path,
    group: &GroupId,
    database: &Database,
    running: &Running,
) -> anyhow::Result<Credentials> {
    let mut credentials: Credentials = instance::read(data_dir, instance::CREDENTIALS)?;
    if credentials.admin_password.is_empty() {
        ADMIN_USER.clone_into(&mut credentials.admin_user);
        credentials.admin_password = instance::secret();
    }
    if arguments.demo {
        demo::group::choose_passwords(&mut credentials);
    }
    instance::write(data_dir, instance::CREDENTIALS, &credentials)?;

    let now = clock::system().now();
    let known = gateway::directory::read(database, group, now).await?;
    if known.is_none() {
        gateway::provision::ensure_group(database, group, "Edina").await?;
    }
    let administrator = demo::group::administrator("");
    let is_known = |id: &str| {
        known
            .iter()
            .flat_map(|group| &group.employees)
            .any(|employee| employee.employee_id == id)
    };
    if !is_known(&administrator.employee_id) {
        gateway::provision::put_employee(database, group, &administrator).await?;
    }
    gateway::provision::put_account(
        database,
        group,
        &credentials.admin_user,
        SecretString::from(credentials.admin_password.clone()),
        &administrator.role,
        &administrator.employee_id,
        &[],
    )
    .await?;
    if credentials.api_token.is_empty() {
        // One of a start that was cut short is of no use to anybody.
        gateway::provision::revoke_tokens(database, group, TOKEN_NAME).await?;
        credentials.api_token =
            gateway::provision::create_token(database, group, &administrator.role, TOKEN_NAME).await?;
        instance::write(data_dir, instance::CREDENTIALS, &credentials)?;
    }
    open_sources(&mut credentials, group, running).await?;
    instance::write(data_dir, instance::CREDENTIALS, &credentials)?;
    Ok(credentials)
}

/// Gives every source that has none its key.
async fn open_sources(
    credentials: &mut Credentials,
    group: &GroupId,
    running: &Running,
) -> anyhow::Result<()> {
    let mut intake = LeadIntakeClient::new(grpc::channel(&running.intake_grpc)?);
    let administrator = Caller {
        service: "edina".to_owned(),
        group: group.clone(),
        actor: Some(Actor {
            employee_id: String::new(),
            role: "administrator".to_owned(),
            branches: Vec::new(),
        }),
    };
    for (name, display_name, channel) in SOURCES {
        if credentials.intake_sources.contains_key(name) {
            continue;
        }
        let source = Source {
            name: name.to_owned(),
            display_name: display_name.to_owned(),
            channel: channel.to_owned(),
            ..Source::default()
        };
        let put = async {
            loop {
                let request = PutSourceRequest {
                    source: Some(source.clone()),
                    new_key: true,
                };
                match intake
                    .put_source(running.caller_key.request(&administrator, request))
                    .await
                {
                    Ok(reply) => return Ok(reply.into_inner().key),
                    Err(status) if status.code() == tonic::Code::Unavailable => {
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                    Err(status) => {
                        return Err(anyhow::anyhow!(
                            "intake source {name}: {}",
                            Language::or_environment(None).refusal(&status)
                        ));
                    }
                }
            }
        };
        let key = tokio::time::timeout(PATIENCE, put)
            .await
            .context("lead-intake does not come up")??;
        credentials.intake_sources.insert(name.to_owned(), key);
    }
    Ok(())
}
