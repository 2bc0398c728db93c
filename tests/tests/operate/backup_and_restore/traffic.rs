//! Leads that keep coming.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use e2e::{
    api::Api,
    eventually,
    people::{self, Person},
};

/// What a sender was told: the lead, or nothing yet.
type Accepted = Arc<Mutex<Vec<(Person, String)>>>;

/// Sends a lead after another until told to stop.
pub(super) struct Traffic {
    accepted: Accepted,
    stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<()>,
}

impl Traffic {
    pub(super) fn start(api: Api, key: String) -> Self {
        let (accepted, stop) = (Accepted::default(), Arc::new(AtomicBool::new(false)));
        let (told, ended) = (Arc::clone(&accepted), Arc::clone(&stop));
        let task = tokio::spawn(async move {
            while !ended.load(Ordering::Relaxed) {
                let person = Person::woman();
                let document = people::adf(
                    &format!("flow-{}", person.digits),
                    &person,
                    &person.local(),
                    "Заявка",
                );
                let lead = api.adf_lead(&key, document).await.unwrap();
                told.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push((person, lead));
                // Some ten leads a second: traffic, not load.
                tokio::time::sleep(Duration::from_millis(80)).await;
            }
        });
        Self { accepted, stop, task }
    }

    fn accepted(&self) -> Vec<(Person, String)> {
        self.accepted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) async fn more(&self, leads: usize) {
        let wanted = self.accepted().len() + leads;
        eventually("leads flow", async || {
            assert!(!self.task.is_finished(), "the sender was refused");
            let now = self.accepted().len();
            anyhow::ensure!(now >= wanted, "{now} of {wanted}");
            anyhow::Ok(())
        })
        .await;
    }

    pub(super) async fn end(self) -> Vec<(Person, String)> {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap();
        self.accepted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
