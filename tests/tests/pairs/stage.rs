//! The system of these journeys, and what each copy counted.

use std::{sync::Arc, time::Duration};

use e2e::{Instance, Options, Service, System};

/// What is promised after a kill of the copy that reads the PBX.
pub const TAKEN_OVER: Duration = Duration::from_secs(5);

/// Two copies of each service that give notice before they stop.
pub async fn pair() -> Arc<System> {
    let notice = |service| (service, "LIMITS__NOTICE", "1s");
    static SETTINGS: std::sync::OnceLock<Vec<(Service, &str, &str)>> = std::sync::OnceLock::new();
    let settings = SETTINGS.get_or_init(|| Service::ALL.into_iter().map(notice).collect());
    let options = Options {
        copies: 2,
        settings,
        ..Options::default()
    };
    Arc::new(System::start(options).await)
}

/// The copies of call-tracking that read the PBX.
pub async fn readers(system: &System) -> Vec<Instance> {
    let mut readers = Vec::new();
    for number in 0..2 {
        let copy = Service::Calls.copy(number);
        if system.metric(copy, "edina_pbx_reader", "asterisk").await > 0.0 {
            readers.push(copy);
        }
    }
    readers
}

/// The one copy that reads and is connected.
pub async fn reader(system: &System) -> Instance {
    e2e::eventually("one copy reads the PBX", async || {
        let readers = readers(system).await;
        let [reader] = readers.as_slice() else {
            return Err(format!("{readers:?}"));
        };
        let up = system.metric(*reader, "edina_pbx_connected", "asterisk").await > 0.0;
        up.then_some(*reader).ok_or_else(|| "not connected".to_owned())
    })
    .await
}

/// The other copy.
pub fn other(copy: Instance) -> Instance {
    copy.service.copy(1 - copy.number)
}
