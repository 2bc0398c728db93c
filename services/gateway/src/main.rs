//! The gateway as a process of its own.

fn main() -> std::process::ExitCode {
    edina_runtime::service::main::<gateway::App>()
}
