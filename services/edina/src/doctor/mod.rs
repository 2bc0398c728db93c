//! `edina doctor`: looks at settings, servers, streams, clocks, providers and exchanges, and says what to do.
//!
//! A file per area; each answers [`finding::Finding`]s. All looks run at once, each bounded in time, none changes
//! anything. The system is the one [`crate::installation`] finds.

pub(crate) mod arguments;
mod certificates;
mod clocks;
mod disk;
mod finding;
mod nats;
mod pbx;
mod postgres;
mod providers;
mod report;
mod secrets;
mod services;
mod settings;
mod streams;
mod system;

use std::{process::ExitCode, time::Duration};

use finding::{Area, Finding, State, text};
use system::System;

use arguments::Doctor;

/// The longest any look may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// Looks at everything, prints the report; 0 well, 1 warnings, 2 failures.
pub(crate) async fn run(arguments: Doctor) -> ExitCode {
    let language = arguments.language();
    let findings = match arguments.place.installation() {
        Ok(installation) => look(installation, arguments.gateway.clone()).await,
        Err(error) => vec![Area::Settings.failure(
            "no_system",
            "edina",
            text(
                format!("проверять нечего: {error}"),
                format!("nothing to look at: {error}"),
            ),
            text(
                "укажите --data-dir (локальный запуск) или --config-dir (папка с пятью файлами настроек)",
                "name --data-dir (a local run) or --config-dir (the folder with the five settings files)",
            ),
        )],
    };
    report::print(&findings, language, arguments.json);
    match findings.iter().map(|finding| finding.state).max() {
        Some(State::Ok) => ExitCode::SUCCESS,
        Some(State::Warning) => ExitCode::from(1),
        Some(State::Failure) | None => ExitCode::from(2),
    }
}

async fn look(installation: crate::installation::Installation, gateway: Option<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let system = System::read(installation, gateway, &mut findings);
    findings.extend(secrets::look(&system));
    findings.extend(settings::authorities(&system));
    let looks = futures::join!(
        postgres::look(&system),
        nats::look(&system),
        services::look(&system),
        providers::look(&system),
        pbx::look(&system),
        certificates::look(&system),
    );
    for part in [
        looks.0,
        looks.1,
        looks.2,
        looks.3,
        looks.4,
        looks.5,
        disk::look(&system),
    ] {
        findings.extend(part);
    }
    findings.sort_by_key(|finding| finding.area);
    findings
}
