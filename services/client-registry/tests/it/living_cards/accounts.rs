//! Messengers and social networks of a card: each network's account by itself, and the numbers by which some are held.

use edina_proto::registry::v1::{
    AnswerContactRequest, Contact, SearchClientsRequest, SocialProfile, SourceRecord,
};
use tonic::Code;

use super::found;
use crate::support::{self, Group, record};

fn with_accounts(external_id: &str, accounts: &[(&str, &str)]) -> SourceRecord {
    SourceRecord {
        full_name: "Круглова Ольга Андреевна".into(),
        profiles: accounts
            .iter()
            .map(|(network, handle)| SocialProfile {
                network: (*network).into(),
                handle: (*handle).into(),
            })
            .collect(),
        ..record("console", external_id, "contact", 1)
    }
}

async fn answer(group: &Group, client_id: &str, network: &str, answer: &str) -> Result<String, Code> {
    let request = AnswerContactRequest {
        client_id: client_id.into(),
        kind: "messenger".into(),
        value: "kruglova".into(),
        answer: answer.into(),
        network: network.into(),
        ..Default::default()
    };
    let reply = group.client().answer_contact(group.ask(request)).await;
    reply
        .map(|reply| reply.into_inner().correction_id)
        .map_err(|status| status.code())
}

async fn states(group: &Group, client_id: &str) -> Vec<(String, String)> {
    let state = |contact: &Contact| contact.datum.as_ref().unwrap().state.clone();
    let mut states: Vec<(String, String)> = group
        .card(client_id)
        .await
        .contacts
        .iter()
        .filter(|contact| contact.kind == "messenger")
        .map(|contact| (contact.network.clone(), state(contact)))
        .collect();
    states.sort();
    states
}

fn pairs(states: &[(String, String)]) -> Vec<(&str, &str)> {
    states
        .iter()
        .map(|(network, state)| (&**network, &**state))
        .collect()
}

#[test]
fn an_answer_about_one_network_is_none_about_another() {
    support::run(async |group| {
        let said = with_accounts(
            "c-1",
            &[("telegram", "@kruglova"), ("VK", "https://vk.com/kruglova")],
        );
        let client = group.resolve(said).await.client_id;
        let before = states(&group, &client).await;
        let first = before[0].1.clone();
        assert_eq!(pairs(&before), [("telegram", &*first), ("vk", &*first)]);

        let wrong = answer(&group, &client, "telegram", "wrong").await.unwrap();
        assert_eq!(
            pairs(&states(&group, &client).await),
            [("telegram", "wrong"), ("vk", &*first)]
        );
        super::undo(&group, &wrong).await;
        assert_eq!(states(&group, &client).await, before);

        // Which of the two is meant must be said; a network in which he has none is no contact.
        assert_eq!(
            answer(&group, &client, "", "wrong").await,
            Err(Code::InvalidArgument)
        );
        assert_eq!(
            answer(&group, &client, "viber", "wrong").await,
            Err(Code::NotFound)
        );
    });
}

#[test]
fn a_messenger_held_by_a_number_is_known_by_it() {
    support::run(async |group| {
        let said = with_accounts(
            "c-1",
            &[
                ("WhatsApp", "https://wa.me/79161234567"),
                ("telegram", "9161234568"),
            ],
        );
        let client = group.resolve(said).await.client_id;
        assert_eq!(
            found(&group, "8 916 123-45-67", false).await,
            std::slice::from_ref(&client)
        );
        // Ten digits in Telegram may be anybody's id there.
        assert!(found(&group, "8 916 123-45-68", false).await.is_empty());
        let called = SourceRecord {
            full_name: "Круглова О. А.".into(),
            phones: vec!["89161234567".into()],
            ..record("service_dms", "ro-1", "repair_order", 2)
        };
        assert_eq!(group.resolve(called).await.client_id, client);
    });
}

#[test]
fn a_card_is_found_by_its_messengers() {
    support::run(async |group| {
        let said = with_accounts(
            "c-1",
            &[
                ("telegram", "https://t.me/Olya_Kruglova"),
                ("VK", "vk.com/id4815162"),
                ("viber", "+7 916 123-45-67"),
            ],
        );
        let client = group.resolve(said).await.client_id;
        let hits = async |query: &str| -> Vec<(String, String)> {
            let request = SearchClientsRequest {
                query: query.into(),
                limit: 10,
                ..SearchClientsRequest::default()
            };
            let reply = group.client().search_clients(group.ask(request)).await.unwrap();
            let hits = reply.into_inner().clients.into_iter();
            hits.map(|hit| (hit.matched_by, hit.client.unwrap().client_id))
                .collect()
        };
        for (query, by) in [
            ("@olya_kruglova", "messenger"),
            ("@Olya_K", "messenger"),
            ("t.me/olya_kruglova", "messenger"),
            ("https://t.me/Olya_Kruglova?start=1", "messenger"),
            ("olya_kruglova", "messenger"),
            ("vk.com/id4815162", "messenger"),
            ("viber:+79161234567", "phone"),
            ("wa.me/79161234567", "phone"),
            ("8 916 123 45 67", "phone"),
        ] {
            assert_eq!(hits(query).await, [(by.to_owned(), client.clone())], "{query}");
        }
        for nothing in ["@kruglova", "t.me/kruglova", "@o", "@"] {
            assert_eq!(hits(nothing).await, [], "{nothing}");
        }
        // A name in Latin letters is a name first, also with a slip in it.
        for name in ["Kruglova", "Kruglva"] {
            assert_eq!(hits(name).await, [("name".to_owned(), client.clone())], "{name}");
        }
    });
}
