//! From settings to a running service and its exit code; the same for all five.

use std::{net::SocketAddr, num::NonZeroUsize, path::Path, process::ExitCode, time::Duration};

use serde::de::DeserializeOwned;

use crate::{clock, config, stop::Stop};

/// Exit code for settings that cannot be used (`EX_USAGE`).
const EXIT_USAGE: u8 = 64;
/// Exit code when a task had to be dropped at the stop deadline.
const EXIT_DROPPED_WORK: u8 = 3;

/// Where a service listens.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// gRPC.
    pub grpc: SocketAddr,
    /// HTTP: operations, and public routes if any.
    pub http: SocketAddr,
}

/// A service that has bound its listeners and is ready to run.
pub trait Service: Sized + Send + 'static {
    /// Its typed settings.
    type Config: DeserializeOwned + Send;
    /// Its name, for instance `lead-intake`.
    const NAME: &'static str;
    /// Threads that run it at least; otherwise one for each processor. A service that computes for long between two waits
    /// takes more, lest whoever asks meanwhile wait for a thread where the processor would be shared.
    const LEAST_THREADS: usize = 1;

    /// The settings common to all services.
    fn common(config: &Self::Config) -> &config::ServiceConfig;
    /// Binds the listeners and prepares (lazily connecting) what it needs.
    fn bind(
        config: Self::Config,
        clock: clock::SharedClock,
    ) -> impl Future<Output = anyhow::Result<Self>> + Send;
    /// Where it listens.
    fn addresses(&self) -> Addresses;
    /// Runs until the stop is asked for.
    fn run(self, stop: Stop) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// `main` of a service's own binary: its only argument is the settings file.
pub fn main<S: Service>() -> ExitCode {
    let file = std::env::args_os().nth(1).map(std::path::PathBuf::from);
    main_with::<S>(file.as_deref())
}

/// `main` of a process that is the service `S`, with this settings file, if any.
pub fn main_with<S: Service>(file: Option<&Path>) -> ExitCode {
    let config: S::Config = match config::load(S::NAME, file) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(EXIT_USAGE);
        }
    };
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(processors.max(S::LEAST_THREADS))
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{}: no async runtime: {error}", S::NAME);
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(async {
        let common = S::common(&config).clone();
        let started = common.trust().and_then(|trust| {
            edina_telemetry::init(S::NAME, common.otlp_endpoint.as_deref(), trust.own_pem())
        });
        let telemetry = match started {
            Ok(guard) => guard,
            Err(error) => {
                eprintln!("{}: {error:#}", S::NAME);
                return ExitCode::from(EXIT_USAGE);
            }
        };
        let code = run::<S>(config, common.stop_deadline, common.limits.notice).await;
        telemetry.shutdown();
        code
    })
}

async fn run<S: Service>(config: S::Config, stop_deadline: Duration, notice: Duration) -> ExitCode {
    let stop = Stop::new();
    let service = match S::bind(config, clock::system()).await {
        Ok(service) => service,
        Err(error) => {
            tracing::error!("{}: cannot start: {error:#}", S::NAME);
            return ExitCode::FAILURE;
        }
    };
    let addresses = service.addresses();
    tracing::info!(grpc = %addresses.grpc, http = %addresses.http, "{} listens", S::NAME);
    let signals = stop.clone();
    tokio::spawn(async move { signals.on_signal_after(notice).await });
    let outcome = run_until_deadline(service, &stop, stop_deadline).await;
    let clean = stop.drain(stop_deadline).await;
    match outcome {
        Err(error) => {
            tracing::error!("{}: {error:#}", S::NAME);
            ExitCode::FAILURE
        }
        Ok(()) if !clean => ExitCode::from(EXIT_DROPPED_WORK),
        Ok(()) => ExitCode::SUCCESS,
    }
}

/// Runs the service; once a stop is asked for, its listeners have `deadline` to let their callers end. A peer that
/// holds its connection and says nothing must not hold up the stop.
async fn run_until_deadline<S: Service>(service: S, stop: &Stop, deadline: Duration) -> anyhow::Result<()> {
    let overdue = async {
        stop.requested().await;
        tokio::time::sleep(deadline).await;
    };
    tokio::select! {
        outcome = service.run(stop.clone()) => outcome,
        () = overdue => {
            tracing::warn!("{}: connections were cut at the stop deadline", S::NAME);
            Ok(())
        }
    }
}
