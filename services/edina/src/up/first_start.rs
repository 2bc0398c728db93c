//! The first start of a data folder: group, administrator, token, intake sources. Later starts keep them.

use std::time::Duration;

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
use crate::instance::{self, Credentials};

const ADMIN_USER: &str = "admin";
const PATIENCE: Duration = Duration::from_secs(30);

/// Name, what it is called, channel.
const SOURCES: [(&str, &str, &str); 3] = [
    ("site", "Сайт группы", "form"),
    ("adf", "Площадки объявлений (ADF)", "adf"),
    ("tilda", "Лендинги", "form"),
];

/// Creates what is missing and answers the full credentials.
pub(crate) async fn ensure(
    known: Credentials,
    group: &GroupId,
    gateway_database: &SecretString,
    running: &Running,
) -> anyhow::Result<Credentials> {
    let mut credentials = known;
    let database = Database::connect_lazy(gateway_database, 2, "edina up")?;
    let clock = clock::system();
    gateway::provision::ensure_group(&database, &clock, group, "Edina").await?;
    if credentials.admin_password.is_empty() {
        ADMIN_USER.clone_into(&mut credentials.admin_user);
        credentials.admin_password = instance::secret();
        gateway::provision::ensure_admin(
            &database,
            &clock,
            group,
            &credentials.admin_user,
            &credentials.admin_password,
        )
        .await?;
    }
    if credentials.api_token.is_empty() {
        credentials.api_token =
            gateway::provision::create_token(&database, &clock, group, "administrator", "local run").await?;
    }
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
                let request = PutSourceRequest { source: Some(source.clone()), new_key: true };
                match intake.put_source(running.caller_key.request(&administrator, request)).await {
                    Ok(reply) => return Ok(reply.into_inner().key),
                    Err(status) if status.code() == tonic::Code::Unavailable => {
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                    Err(status) => return Err(anyhow::anyhow!("intake source {name}: {}", status.message())),
                }
            }
        };
        let key = tokio::time::timeout(PATIENCE, put).await.context("lead-intake does not come up")??;
        credentials.intake_sources.insert(name.to_owned(), key);
    }
    Ok(credentials)
}
