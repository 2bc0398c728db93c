//! Facts: heard as they are published, and delivered as other services would.

use std::sync::{Arc, Mutex};

use edina_messaging::{connection, envelope, envelope::Delivery, streams};
use edina_proto::fact::Fact;
use futures::StreamExt as _;
use uuid::Uuid;

use super::{Group, until};

/// The facts of a group as they are published.
#[derive(Clone, Default)]
pub struct Facts(Arc<Mutex<Vec<(Delivery, async_nats::HeaderMap)>>>);

impl Facts {
    pub fn of<F: Fact>(&self) -> Vec<F> {
        self.0
            .lock()
            .unwrap()
            .iter()
            .filter_map(|(fact, _)| fact.decode::<F>())
            .map(Result::unwrap)
            .collect()
    }

    pub fn first<F: Fact>(&self) -> Option<(Delivery, async_nats::HeaderMap)> {
        self.0
            .lock()
            .unwrap()
            .iter()
            .find(|(fact, _)| fact.event_type == F::TYPE)
            .cloned()
    }

    pub async fn until<F: Fact>(&self, count: usize) -> Vec<F> {
        until(F::TYPE, async || self.of::<F>().len() >= count).await;
        self.of()
    }
}

impl Group {
    /// Listens to this group's facts from now on.
    pub async fn facts(&self) -> Facts {
        let facts = Facts::default();
        let kept = facts.clone();
        let mut heard = self
            .intake
            .nats
            .subscribe(format!("edina.{}.>", self.caller.group))
            .await
            .unwrap();
        self.intake.nats.flush().await.unwrap();
        tokio::spawn(async move {
            while let Some(message) = heard.next().await {
                let fact = Delivery::read(&message).unwrap();
                kept.0
                    .lock()
                    .unwrap()
                    .push((fact, message.headers.unwrap_or_default()));
            }
        });
        facts
    }

    /// Delivers a fact as another service would, under an event id of the test's choice.
    pub async fn deliver<F: Fact>(&self, event: Uuid, fact: &F) {
        let jetstream = connection::jetstream(&self.intake.nats);
        streams::ensure(&jetstream, F::SERVICE, 1).await.unwrap();
        let now = self.intake.clock.now();
        let mut headers = envelope::headers(event, F::TYPE, fact.entity_id(), now, None, "/edina/test");
        // Past the server's own guard against repeats: the inbox is what is tested.
        headers.insert(envelope::MESSAGE_ID, Uuid::now_v7().to_string().as_str());
        let subject = streams::subject(self.caller.group.as_str(), F::SERVICE, F::ENTITY, F::FACT);
        #[expect(
            clippy::disallowed_methods,
            reason = "the test stands for another service's relay"
        )]
        let sent = jetstream
            .publish_with_headers(subject, headers, fact.encode_to_vec().into())
            .await
            .unwrap();
        sent.await.unwrap();
    }

    /// Waits until this service has heard all there is in a stream.
    pub async fn heard_all(&self, stream: &str) {
        let jetstream = connection::jetstream(&self.intake.nats);
        until("all is heard", async || {
            let Ok(stream) = jetstream.get_stream(stream).await else {
                return false;
            };
            let info = stream.consumer_info("lead-intake").await;
            info.is_ok_and(|info| info.num_pending == 0 && info.num_ack_pending == 0)
        })
        .await;
    }
}
