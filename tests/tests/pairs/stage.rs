//! The system of these journeys, and what each copy counted.

use std::{ops::Deref, sync::Arc, time::Duration};

use e2e::{Instance, Options, Service, System};
use tokio::sync::{Mutex, MutexGuard};

/// What is promised after a kill of the copy that reads the PBX.
pub const TAKEN_OVER: Duration = Duration::from_secs(5);

/// The system of one journey, while no other is there.
pub struct Pair {
    system: Arc<System>,
    _turn: MutexGuard<'static, ()>,
}

impl Deref for Pair {
    type Target = Arc<System>;

    fn deref(&self) -> &Arc<System> {
        &self.system
    }
}

/// Two copies of each service that give notice before they stop. One such system after the other: a request that is not
/// answered under the load of a journey is to be a fault of ours, and not of two dozen processes on two cores.
pub async fn pair() -> Pair {
    static TURN: Mutex<()> = Mutex::const_new(());
    let turn = TURN.lock().await;
    let notice = |service| (service, "LIMITS__NOTICE", "1s");
    static SETTINGS: std::sync::OnceLock<Vec<(Service, &str, &str)>> = std::sync::OnceLock::new();
    let settings = SETTINGS.get_or_init(|| Service::ALL.into_iter().map(notice).collect());
    let options = Options {
        copies: 2,
        settings,
        ..Options::default()
    };
    Pair {
        system: Arc::new(System::start(options).await),
        _turn: turn,
    }
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
