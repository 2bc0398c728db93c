//! Databases, roles and schemas of all services.

use anyhow::Context as _;
use edina_postgres::migrate::{Target, provision, upgrade};
use secrecy::{ExposeSecret as _, SecretString};

use crate::cli;

/// The services' database URLs after provisioning.
#[derive(Debug)]
pub(crate) struct DatabaseUrls {
    pub(crate) registry: SecretString,
    pub(crate) intake: SecretString,
    pub(crate) calls: SecretString,
    pub(crate) notification: SecretString,
    pub(crate) gateway: SecretString,
}

/// The services' databases: client-registry, lead-intake, call-tracking, notification, gateway.
fn targets() -> [Target<'static>; 5] {
    [
        Target {
            name: client_registry::DATABASE,
            migrator: &client_registry::MIGRATOR,
        },
        Target {
            name: lead_intake::DATABASE,
            migrator: &lead_intake::MIGRATOR,
        },
        Target {
            name: call_tracking::DATABASE,
            migrator: &call_tracking::MIGRATOR,
        },
        Target {
            name: notification::DATABASE,
            migrator: &notification::MIGRATOR,
        },
        Target {
            name: gateway::DATABASE,
            migrator: &gateway::MIGRATOR,
        },
    ]
}

/// Creates what is missing and migrates every service's schema.
pub(crate) async fn all(admin_url: &str) -> anyhow::Result<DatabaseUrls> {
    let [registry, intake, calls, notification, gateway] = targets();
    Ok(DatabaseUrls {
        registry: provision(admin_url, &registry).await.context("client-registry")?,
        intake: provision(admin_url, &intake).await.context("lead-intake")?,
        calls: provision(admin_url, &calls).await.context("call-tracking")?,
        notification: provision(admin_url, &notification)
            .await
            .context("notification")?,
        gateway: provision(admin_url, &gateway).await.context("gateway")?,
    })
}

/// Migrates databases an operator made.
async fn existing(owner_url: &str) -> anyhow::Result<()> {
    for target in &targets() {
        upgrade(owner_url, target).await.with_context(|| target.name)?;
    }
    Ok(())
}

pub(crate) async fn run(arguments: cli::Migrate) -> anyhow::Result<()> {
    if arguments.existing {
        existing(&arguments.admin_url).await?;
        crate::up::say("all schemas are current");
        return Ok(());
    }
    let urls = all(&arguments.admin_url).await?;
    if arguments.print_urls {
        for (name, url) in [
            ("client_registry", &urls.registry),
            ("lead_intake", &urls.intake),
            ("call_tracking", &urls.calls),
            ("notification", &urls.notification),
            ("gateway", &urls.gateway),
        ] {
            crate::up::say(&format!("{name} = {:?}", url.expose_secret()));
        }
    } else {
        crate::up::say("all schemas are current");
    }
    Ok(())
}
