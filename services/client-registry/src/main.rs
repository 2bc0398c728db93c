//! The client-registry as a process of its own.

fn main() -> std::process::ExitCode {
    edina_runtime::service::main::<client_registry::App>()
}
