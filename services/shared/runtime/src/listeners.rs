//! The two doors of a service: gRPC for the others, HTTP for operations and the public.

use std::net::SocketAddr;

use anyhow::Context as _;
use axum::Router;
use tokio::net::TcpListener;
use tonic::service::Routes;

use crate::{
    config::ServiceConfig, grpc, http, limits::Limits, readiness::Readiness, service::Addresses, stop::Stop,
};

/// Bound listeners.
#[derive(Debug)]
pub struct Listeners {
    grpc: TcpListener,
    http: TcpListener,
    addresses: Addresses,
}

impl Listeners {
    /// Binds both as the settings say.
    pub async fn bind(settings: &ServiceConfig) -> anyhow::Result<Self> {
        let grpc = listen(settings.grpc_listen).await?;
        let http = listen(settings.http_listen).await?;
        let addresses = Addresses {
            grpc: grpc.local_addr()?,
            http: http.local_addr()?,
        };
        Ok(Self {
            grpc,
            http,
            addresses,
        })
    }

    /// Where they listen.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Serves both within `limits` until the stop, or until one of them cannot go on: `routes` by gRPC; by HTTP the
    /// operations, and public routes if any.
    pub async fn serve(
        self,
        routes: Routes,
        descriptors: &'static [u8],
        public: impl Into<Option<Router>>,
        readiness: Readiness,
        limits: &Limits,
        stop: &Stop,
    ) -> anyhow::Result<()> {
        let operations = http::operations(readiness.clone());
        let router = match public.into() {
            Some(public) => operations.merge(public),
            None => operations,
        };
        tokio::try_join!(
            grpc::serve(self.grpc, routes, descriptors, readiness, limits, stop.clone()),
            http::serve(self.http, router, limits, stop.clone()),
        )?;
        Ok(())
    }
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("listening on {address}"))
}
