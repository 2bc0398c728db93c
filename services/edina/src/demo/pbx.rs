//! The demonstration's PBX: call-tracking's replay server on loopback.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use call_tracking::replay::ReplayServer;
use edina_runtime::{clock, stop::Stop};

use crate::{cli, instance};

const USER: &str = "edina";

/// A PBX that plays calls, or none without `--demo`.
pub(crate) struct Pbx {
    server: Option<ReplayServer>,
    url: Option<String>,
}

impl Pbx {
    /// Listens on a free port of 127.0.0.1 when the demonstration is wanted.
    pub(crate) async fn start(arguments: &cli::Up, stop: &Stop) -> anyhow::Result<Self> {
        if !arguments.demo {
            return Ok(Self {
                server: None,
                url: None,
            });
        }
        let secret = instance::secret();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = ReplayServer::bind(address, USER, secret.clone().into(), clock::system())
            .await
            .context("the demonstration's PBX cannot listen on 127.0.0.1")?;
        let url = format!("ami://{USER}:{secret}@{}", server.address());
        let (running, stopped) = (server.clone(), stop.clone());
        stop.spawn("demo pbx", async move { running.run(stopped.requested()).await });
        Ok(Self {
            server: Some(server),
            url: Some(url),
        })
    }

    /// `ami://user:secret@127.0.0.1:port`
    pub(crate) fn url(&self) -> Option<String> {
        self.url.clone()
    }

    /// The PBX itself.
    pub(crate) fn into_server(self) -> Option<ReplayServer> {
        self.server
    }
}
