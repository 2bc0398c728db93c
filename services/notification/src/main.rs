//! notification as a process of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    edina_runtime::service::main::<notification::App>()
}
