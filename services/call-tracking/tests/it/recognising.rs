//! Who calls: known while it rings, a new client afterwards.

use call_tracking::replay::Kind;

use crate::world::{self, Office, until};

#[test]
fn an_unknown_number_becomes_a_client() {
    world::run(async || {
        let office = Office::open().await;
        let linked_id = office.play(Kind::QueueAbandoned).await;
        let call = office.settled(&linked_id).await;
        assert_eq!(call.recognition, "unknown");
        assert_eq!(
            office.search("8 916 123 45 67").await,
            std::slice::from_ref(&call.client_id)
        );
        // The next call of the same number is that client's.
        let again = office.play(Kind::QueueAnswered).await;
        let again = office.settled(&again).await;
        assert_eq!(
            (again.recognition.as_str(), again.client_id),
            ("known", call.client_id)
        );
    });
}

#[test]
fn a_known_number_is_recognised_while_it_rings() {
    world::run(async || {
        let office = Office::open().await;
        let client = office.known("Громов Олег", "+7 916 123-45-67").await;
        let linked_id = office.play(Kind::QueueAnswered).await;
        let call = office.settled(&linked_id).await;
        assert_eq!(
            (call.client_id.as_str(), call.recognition.as_str()),
            (client.as_str(), "known")
        );
        until("the end", async || {
            office.live(&call.call_id).iter().any(|live| live.what == "ended")
        })
        .await;
        let live = office.live(&call.call_id);
        let before: Vec<_> = live.iter().take_while(|live| live.what != "answered").collect();
        let rings: Vec<_> = before.iter().filter(|live| live.what == "ringing").collect();
        assert_eq!(rings.len(), 2);
        assert!(
            rings
                .iter()
                .all(|live| live.client_id == client && live.recognition == "known")
        );
        assert!(rings.iter().any(|live| live.extensions == ["201"]));
        let said = format!("{live:?}");
        assert!(!said.contains("9161234567"), "a number in a live signal");
    });
}

#[test]
fn a_number_of_two_clients_names_neither() {
    world::run(async || {
        let office = Office::open().await;
        let one = office.known("Громов Олег Ильич", world::CLIENT).await;
        let other = office.known("Серова Анна Игоревна", world::CLIENT).await;
        assert_ne!(one, other);
        let linked_id = office.play(Kind::QueueAnswered).await;
        let call = office
            .call_when(&linked_id, "ended", |call| call.state == "ended")
            .await;
        assert_eq!(call.recognition, "ambiguous");
        assert!(
            office
                .live(&call.call_id)
                .iter()
                .all(|live| live.client_id.is_empty())
        );
    });
}
