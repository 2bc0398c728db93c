//! The one program: the local run, and the tools an administrator needs.

mod bench;
mod cli;
mod dead_letters;
mod demo;
mod doctor;
mod events;
mod identity;
mod import;
mod installation;
mod instance;
mod language;
mod migrate;
mod restored;
mod setup;
mod token;
mod up;

use std::{
    fmt::Display,
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{CommandFactory as _, Parser as _};

use cli::{Cli, Command};

/// The services make and drop many small texts: with the system's allocator a fifth of the registry's time went there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // One TLS provider for the whole process, before anything may need it.
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        tell("edina: a TLS provider was installed already");
        return ExitCode::FAILURE;
    }
    let command = match cli.command {
        Command::Serve(arguments) => return bench::serve::run(&arguments),
        command => command,
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tell(format_args!("edina: no async runtime: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let mut code = ExitCode::SUCCESS;
    let outcome = runtime.block_on(async {
        match command {
            Command::Up(arguments) => up::run(arguments).await,
            Command::Migrate(arguments) => migrate::run(arguments).await,
            Command::Token(arguments) => token::run(arguments).await,
            Command::DeadLetters(arguments) => dead_letters::run(arguments).await,
            Command::Events(arguments) => events::run(arguments).await,
            Command::Bench(arguments) => bench::run(arguments).await,
            Command::Serve(_) => anyhow::bail!("a service has a runtime of its own"),
            Command::Doctor(arguments) => {
                code = doctor::run(arguments).await;
                Ok(())
            }
            Command::Import(arguments) => {
                code = import::run(arguments).await?;
                Ok(())
            }
            Command::Imports(arguments) => import::imports(arguments).await,
            Command::Identity(arguments) => tokio::task::block_in_place(|| identity::run(arguments)),
            Command::Group(arguments) => setup::group(arguments).await,
            Command::Branch(arguments) => setup::branch(arguments).await,
            Command::Account(arguments) => setup::account(arguments).await,
            Command::Source(arguments) => setup::source(arguments).await,
            Command::Restored { place } => restored::run(&place).await,
            Command::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Cli::command(), "edina", &mut script);
                Ok(io::stdout().write_all(&script)?)
            }
        }
    });
    match outcome {
        Ok(()) => code,
        Err(error) => {
            tell(format_args!("edina: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Says something beside what was asked for. Where nobody hears it, on a full disk or at the end of a pipe, nothing else
/// comes of that: `eprintln` would panic.
fn tell(text: impl Display) {
    writeln!(io::stderr(), "{text}").ok();
}
