//! The facts of a call: each once, with its client, however the registry and the processes fare.

use call_tracking::replay::Kind;
use edina_proto::calls::v1::{CallAnswered, CallEnded, CallMissed, CallStarted};

use crate::world::{self, Office};

#[test]
fn each_fact_is_said_once_with_its_client() {
    world::run(async || {
        let office = Office::open().await;
        let answered = office.play(Kind::QueueAnswered).await;
        let missed = office.play(Kind::QueueAbandoned).await;
        let answered = office.settled(&answered).await;
        let missed = office.settled(&missed).await;
        office.until_fact::<CallEnded>(&answered.call_id).await;
        office.until_fact::<CallMissed>(&missed.call_id).await;
        // Published in order: when a later call's end is heard, all of these were.
        let last = office.play(Kind::QueueAnswered).await;
        let last = office.settled(&last).await;
        office.until_fact::<CallEnded>(&last.call_id).await;

        let count = |id: &str| {
            (
                office.facts::<CallStarted>(id).len(),
                office.facts::<CallAnswered>(id).len(),
                office.facts::<CallMissed>(id).len(),
                office.facts::<CallEnded>(id).len(),
            )
        };
        assert_eq!(count(&answered.call_id), (1, 1, 0, 1));
        assert_eq!(count(&missed.call_id), (1, 0, 1, 1));
        let fact = &office.facts::<CallAnswered>(&answered.call_id)[0];
        assert_eq!(
            (&fact.client_id, fact.employee_id.as_str()),
            (&answered.client_id, "e-201")
        );
        let fact = &office.facts::<CallMissed>(&missed.call_id)[0];
        assert_eq!(
            (&fact.client_id, fact.outcome.as_str()),
            (&missed.client_id, "abandoned")
        );
        assert_eq!(fact.branch_id, "kazan");
        let fact = &office.facts::<CallEnded>(&missed.call_id)[0];
        assert_eq!(
            (&fact.client_id, fact.direction.as_str()),
            (&missed.client_id, "inbound")
        );
    });
}

#[test]
fn a_call_is_stored_while_the_registry_is_away_and_announced_when_it_is_back() {
    world::run(async || {
        let office = Office::without_registry("call_tracking_away").await;
        let linked_id = office.play(Kind::QueueAbandoned).await;
        let call = office
            .call_when(&linked_id, "ended", |call| call.state == "ended")
            .await;
        assert_eq!(
            (call.client_id.as_str(), call.outcome.as_str()),
            ("", "abandoned")
        );
        assert!(office.facts::<CallEnded>(&call.call_id).is_empty());
        office.bring_registry_back().await;
        let call = office.settled(&linked_id).await;
        assert_eq!(
            office.until_fact::<CallMissed>(&call.call_id).await.client_id,
            call.client_id
        );
        assert_eq!(
            office.until_fact::<CallEnded>(&call.call_id).await.client_id,
            call.client_id
        );
        assert_eq!(office.facts::<CallEnded>(&call.call_id).len(), 1);
    });
}
