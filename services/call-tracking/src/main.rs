//! call-tracking as a process of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    edina_runtime::service::main::<call_tracking::App>()
}
