//! One service as a process of its own, so that what it takes is told apart from the others and from the load.

use std::{io::Read as _, process::ExitCode};

use edina_runtime::service::{self, Service};
use rustix::process::{Signal, getpid, kill_process};

use crate::cli;

/// Runs the named service until it is told to stop or standard input, held by the bench, closes.
pub(crate) fn run(arguments: &cli::Serve) -> ExitCode {
    std::thread::spawn(end_with_the_bench);
    let file = Some(arguments.config.as_path());
    match arguments.service.as_str() {
        client_registry::App::NAME => service::main_with::<client_registry::App>(file),
        lead_intake::App::NAME => service::main_with::<lead_intake::App>(file),
        call_tracking::App::NAME => service::main_with::<call_tracking::App>(file),
        notification::App::NAME => service::main_with::<notification::App>(file),
        gateway::App::NAME => service::main_with::<gateway::App>(file),
        other => {
            crate::tell(format_args!("edina: there is no service {other}"));
            ExitCode::FAILURE
        }
    }
}

fn end_with_the_bench() {
    let mut nothing = [0_u8; 64];
    while matches!(std::io::stdin().read(&mut nothing), Ok(read) if read > 0) {}
    // A process can always signal itself.
    kill_process(getpid(), Signal::TERM).ok();
}
