//! The copies of the service that run for a group.

use std::{net::SocketAddr, time::Duration};

use call_tracking::{App, Config};
use edina_proto::calls::v1::call_tracking_client::CallTrackingClient;
use edina_runtime::{service::Service as _, stop::Stop};
use secrecy::SecretString;
use tokio::runtime::Runtime;
use tonic::transport::Channel;

use super::{WORLD, common, office::Office, until};

/// A running copy of the service, on threads of its own.
pub struct Process {
    runtime: Option<Runtime>,
    stop: Stop,
    ended: tokio::sync::oneshot::Receiver<bool>,
    pub address: SocketAddr,
}

impl Process {
    /// Ends it as SIGKILL does: no task of it runs on.
    pub fn kill(mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }

    /// Ends it as SIGTERM does; answers whether no task had to be dropped.
    pub async fn stop(mut self) -> bool {
        self.stop.request();
        (&mut self.ended).await.unwrap()
    }

    pub fn client(&self) -> CallTrackingClient<Channel> {
        let url = format!("http://{}", self.address);
        CallTrackingClient::new(edina_runtime::grpc::channel(&url).unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Office {
    /// Starts the process and waits until it follows the PBX.
    pub async fn start(&mut self) {
        self.process = Some(self.copy().await);
        until("the PBX is followed", async || {
            self.connection(&self.client())
                .await
                .is_some_and(|pbx| pbx.state == "up" && pbx.last_event_at.is_some())
        })
        .await;
    }

    /// Waits until a copy has said that it waits for its turn: before, nobody hands over to it.
    pub async fn until_wanted(&self) {
        until("a copy waits for its turn", async || {
            let mut tx = self.database.begin(&self.group).await.unwrap();
            sqlx::query_scalar("select exists(select from pbx_readers where wanted_at is not null)")
                .fetch_one(&mut *tx)
                .await
                .unwrap()
        })
        .await;
    }

    /// Starts a copy of the process.
    pub async fn copy(&self) -> Process {
        self.copy_on(self.database_url.clone()).await
    }

    /// Starts a copy that reaches the database by another address.
    pub async fn copy_on(&self, database_url: SecretString) -> Process {
        let mut config = Config::new(
            common(&database_url, &WORLD.nats_url, 6),
            format!("http://{}", self.registry),
        );
        let url = format!("ami://edina:s3cret@{}", self.pbx.address());
        config.add_pbx("main", self.group.clone(), SecretString::from(url));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let clock = self.clock.clone();
        let (tell, told) = tokio::sync::oneshot::channel();
        let (end, ended) = tokio::sync::oneshot::channel();
        let stop = Stop::new();
        let asked = stop.clone();
        runtime.spawn(async move {
            let app = App::bind(config, clock).await.unwrap();
            tell.send(app.addresses().grpc).unwrap();
            app.run(asked.clone()).await.unwrap();
            let clean = asked.drain(Duration::from_secs(10)).await;
            let _ = end.send(clean);
        });
        Process {
            runtime: Some(runtime),
            stop,
            ended,
            address: told.await.unwrap(),
        }
    }

    /// Where the database is, for a copy that goes another way there.
    pub fn database_url(&self) -> &SecretString {
        &self.database_url
    }

    /// Ends the process as SIGKILL does: no task of it runs on.
    pub fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    /// Ends the process as SIGTERM does.
    pub async fn stop(&mut self) -> bool {
        self.process.take().unwrap().stop().await
    }

    pub fn client(&self) -> CallTrackingClient<Channel> {
        self.process.as_ref().unwrap().client()
    }

    /// From here on the copy is the one that is asked.
    pub fn adopt(&mut self, process: Process) {
        self.process = Some(process);
    }
}
