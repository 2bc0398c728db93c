//! All five services in this process, each on its own ports.

use std::{net::SocketAddr, path::Path};

use anyhow::Context as _;
use edina_runtime::{
    caller::CallerKey,
    clock,
    config::ServiceConfig,
    group::GroupId,
    service::{Addresses, Service},
    stop::Stop,
};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::settings::{Started, secret};
use crate::{cli, instance::Runtime, migrate::DatabaseUrls};

/// What the rest of the start needs of the running services.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) intake_grpc: String,
    pub(crate) caller_key: CallerKey,
}

/// Binds and runs the services; fills in their addresses.
pub(crate) async fn start(
    arguments: &cli::Up,
    http: SocketAddr,
    group: &GroupId,
    urls: &DatabaseUrls,
    runtime: &mut Runtime,
    demo_pbx: Option<String>,
    stop: &Stop,
) -> anyhow::Result<Running> {
    let data_dir = &*arguments.data_dir;
    let common = |url: &SecretString, http: Option<SocketAddr>| ServiceConfig {
        database_url: url.clone(),
        database_connections: 10,
        nats_url: runtime.nats_url.clone().into(),
        stream_replicas: 1,
        caller_key: runtime.caller_key.clone().into(),
        grpc_listen: ([127, 0, 0, 1], 0).into(),
        http_listen: http.unwrap_or_else(|| ([127, 0, 0, 1], 0).into()),
        stop_deadline: std::time::Duration::from_secs(10),
        tls_ca: None,
        otlp_endpoint: None,
        limits: edina_runtime::limits::Limits::default(),
    };
    // The gateway's port is known to the others before it is bound: links in messages lead to the console.
    let console = format!("http://{http}");

    let registry = client_registry::Config {
        common: common(&urls.registry, None),
        home_country: "RU".to_owned(),
        home_area_code: None,
    };
    let own = json!({ "home_country": registry.home_country });
    let registry = launch::<client_registry::App>(registry, own, data_dir, stop).await?;
    let registry_url = format!("http://{}", registry.grpc);

    let mut intake = lead_intake::Config::new(common(&urls.intake, None), registry_url.clone());
    // Only the gateway, in this process, knows its port.
    intake.trust_forwarded_for = true;
    let own = json!({ "registry_url": registry_url, "trust_forwarded_for": true });
    let intake = launch::<lead_intake::App>(intake, own, data_dir, stop).await?;
    let intake_url = format!("http://{}", intake.grpc);
    let intake_grpc = intake_url.clone();

    let mut calls = call_tracking::Config::new(common(&urls.calls, None), registry_url.clone());
    for (name, url) in [("asterisk", arguments.ami.clone()), ("demo", demo_pbx)] {
        if let Some(url) = url {
            calls.add_pbx(name, group.clone(), url.into());
        }
    }
    let exchange = |pbx: &call_tracking::PbxConfig| json!({ "name": pbx.name, "group": pbx.group.as_str(), "url": secret(Some(&pbx.url)) });
    let own =
        json!({ "registry_url": registry_url, "pbx": calls.pbx.iter().map(exchange).collect::<Vec<_>>() });
    let calls = launch::<call_tracking::App>(calls, own, data_dir, stop).await?;
    let calls_url = format!("http://{}", calls.grpc);

    let mut notification = notification::Config::new(
        common(&urls.notification, None),
        registry_url.clone(),
        intake_url.clone(),
        calls_url.clone(),
    );
    notification.smpp_url = arguments.smpp.clone().map(SecretString::from);
    notification.smtp_url = arguments.smtp.clone().map(SecretString::from);
    notification.sandbox = true;
    notification.console_url.clone_from(&console);
    let own = json!({
        "registry_url": registry_url, "intake_url": intake_url, "calls_url": calls_url, "console_url": console,
        "smpp_url": secret(notification.smpp_url.as_ref()), "smtp_url": secret(notification.smtp_url.as_ref()),
        "sandbox": true,
    });
    let notification = launch::<notification::App>(notification, own, data_dir, stop).await?;

    let gateway = gateway::Config {
        common: common(&urls.gateway, Some(http)),
        registry_url,
        intake_url,
        calls_url,
        notification_url: format!("http://{}", notification.grpc),
        intake_http_url: Some(format!("http://{}", intake.http)),
        calls_http_url: Some(format!("http://{}", calls.http)),
        public_url: Some(console.clone()),
        trust_forwarded_for: false,
    };
    let own = json!({
        "registry_url": gateway.registry_url, "intake_url": gateway.intake_url, "calls_url": gateway.calls_url,
        "notification_url": gateway.notification_url, "intake_http_url": gateway.intake_http_url,
        "calls_http_url": gateway.calls_http_url, "public_url": gateway.public_url,
    });
    let gateway = launch::<gateway::App>(gateway, own, data_dir, stop).await?;

    runtime.console = console;
    runtime.grpc.clear();
    runtime.http.clear();
    for (name, addresses) in [
        ("client-registry", registry),
        ("lead-intake", intake),
        ("call-tracking", calls),
        ("notification", notification),
        ("gateway", gateway),
    ] {
        runtime.grpc.insert(name.to_owned(), addresses.grpc.to_string());
        runtime.http.insert(name.to_owned(), addresses.http.to_string());
    }
    let caller_key = CallerKey::new(&runtime.caller_key.clone().into(), clock::system());
    Ok(Running {
        intake_grpc,
        caller_key,
    })
}

/// Starts a service and writes down its settings, `own` being those that it alone has.
async fn launch<S: Service>(
    config: S::Config,
    own: Value,
    data_dir: &Path,
    stop: &Stop,
) -> anyhow::Result<Addresses> {
    let common = S::common(&config).clone();
    let service = S::bind(config, clock::system())
        .await
        .with_context(|| format!("{} cannot start", S::NAME))?;
    let addresses = service.addresses();
    Started {
        data_dir,
        name: S::NAME,
        common: &common,
        at: addresses,
    }
    .write(own)?;
    let ending = stop.clone();
    stop.spawn(S::NAME, async move {
        if let Err(error) = service.run(ending.clone()).await {
            tracing::error!("{}: {error:#}", S::NAME);
            ending.request();
        }
    });
    Ok(addresses)
}

/// The address itself if its port is free, for port 0 a free one: none that the kernel may give to a connection of ours before
/// the gateway listens there, the last of all.
pub(crate) async fn pick(mut wanted: SocketAddr) -> anyhow::Result<SocketAddr> {
    if wanted.port() == 0 {
        wanted.set_port(edina_devstack::free_port().context("a port for the console")?);
    }
    tokio::net::TcpListener::bind(wanted).await.with_context(|| {
        format!("{wanted} cannot be used for the console: choose another with --http 127.0.0.1:PORT (0 takes a free one)")
    })?;
    Ok(wanted)
}
