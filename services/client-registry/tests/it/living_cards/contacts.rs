//! Contacts go stale, are confirmed, and are found wrong.

use edina_proto::common::v1::PageRequest;
use edina_proto::registry::v1::{
    AnswerContactRequest, Card, Contact, GetContactabilityRequest, ListContactsToConfirmReply,
    ListContactsToConfirmRequest, SetFreshnessLimitRequest, SourceRecord,
};
use tonic::Code;

use super::{buyer, correct, undo};
use crate::support::{self, Group, record};

async fn to_confirm(group: &Group, limit: u32, cursor: &str) -> ListContactsToConfirmReply {
    let request = ListContactsToConfirmRequest {
        page: Some(PageRequest {
            limit,
            cursor: cursor.into(),
        }),
        kind: "phone".into(),
    };
    let reply = group.client().list_contacts_to_confirm(group.ask(request)).await;
    reply.unwrap().into_inner()
}

async fn answer(group: &Group, client_id: &str, value: &str, answer: &str) -> String {
    let request = AnswerContactRequest {
        client_id: client_id.into(),
        kind: "phone".into(),
        value: value.into(),
        answer: answer.into(),
        ..Default::default()
    };
    let reply = group.client().answer_contact(group.ask(request)).await;
    reply.unwrap().into_inner().correction_id
}

fn phone<'a>(card: &'a Card, value: &str) -> &'a Contact {
    let of = |contact: &&Contact| contact.kind == "phone" && contact.value == value;
    card.contacts.iter().find(of).unwrap()
}

fn state(card: &Card, value: &str) -> String {
    phone(card, value).datum.as_ref().unwrap().state.clone()
}

#[test]
fn stale_contacts_are_listed_by_worth_until_somebody_answers() {
    support::run(async |group| {
        let little = group
            .resolve(buyer("s-1", "Петров Пётр Ильич", "89031112233", 1, 10_000))
            .await
            .client_id;
        let much = group
            .resolve(buyer("s-2", "Анина Анна Олеговна", "89057778899", 1, 3_000_000))
            .await
            .client_id;
        let fresh = group
            .resolve(buyer("s-3", "Орлов Олег Олегович", "89261234567", 310, 9_000_000))
            .await
            .client_id;
        assert_eq!(state(&group.card(&much).await, "+79057778899"), "stale");
        assert_eq!(state(&group.card(&fresh).await, "+79261234567"), "current");

        let first = to_confirm(&group, 1, "").await;
        assert_eq!(first.contacts[0].client.as_ref().unwrap().client_id, much);
        assert!(first.contacts[0].worth > 1_000_000.0);
        let rest = to_confirm(&group, 5, &first.page.unwrap().next_cursor).await;
        assert_eq!(rest.contacts.len(), 1);
        assert_eq!(rest.contacts[0].client.as_ref().unwrap().client_id, little);
        assert_eq!(rest.page.unwrap().next_cursor, "");

        answer(&group, &much, "+79057778899", "confirmed").await;
        let card = group.card(&much).await;
        assert_eq!(state(&card, "+79057778899"), "current");
        let shown = phone(&card, "+79057778899");
        assert_eq!(shown.datum.as_ref().unwrap().confirmed_by, "person");
        assert_eq!(shown.proofs[0].actor_employee_id, "e-1");
        assert_eq!(shown.proofs[1].by, "document");

        let wrong = answer(&group, &little, "+79031112233", "wrong").await;
        let card = group.card(&little).await;
        assert_eq!(state(&card, "+79031112233"), "wrong");
        assert!(!phone(&card, "+79031112233").preferred);
        assert!(to_confirm(&group, 5, "").await.contacts.is_empty());
        let request = GetContactabilityRequest {
            client_id: little.clone(),
        };
        let reachable = group
            .client()
            .get_contactability(group.ask(request.clone()))
            .await
            .unwrap();
        assert!(reachable.into_inner().phones.is_empty());

        undo(&group, &wrong).await;
        assert_eq!(to_confirm(&group, 5, "").await.contacts.len(), 1);
        let reachable = group
            .client()
            .get_contactability(group.ask(request))
            .await
            .unwrap();
        assert_eq!(reachable.into_inner().phones, ["+79031112233"]);
    });
}

#[test]
fn the_limit_is_the_groups_by_kind_and_segment() {
    support::run(async |group| {
        let client = group
            .resolve(buyer("s-1", "Петров Пётр Ильич", "89031112233", 300, 1))
            .await
            .client_id;
        let set = async |days| {
            let request = SetFreshnessLimitRequest {
                kind: "phone".into(),
                segment: "person".into(),
                days,
            };
            group.client().set_freshness_limit(group.ask(request)).await
        };
        assert_eq!(state(&group.card(&client).await, "+79031112233"), "current");
        set(7).await.unwrap();
        assert_eq!(state(&group.card(&client).await, "+79031112233"), "stale");
        assert_eq!(to_confirm(&group, 5, "").await.contacts.len(), 1);
        set(3650).await.unwrap();
        assert!(to_confirm(&group, 5, "").await.contacts.is_empty());
        assert_eq!(set(0).await.unwrap_err().code(), Code::InvalidArgument);
    });
}

#[test]
fn a_newer_phone_goes_before_one_that_was_confirmed_long_ago() {
    support::run(async |group| {
        let said = |external_id: &str, kind: &str, phones: &[&str], day| SourceRecord {
            full_name: "Петров Пётр Ильич".into(),
            birth_date: "1980-02-03".into(),
            phones: phones.iter().map(|phone| (*phone).to_owned()).collect(),
            channel: "site".into(),
            ..record("lead_intake", external_id, kind, day)
        };
        let client = group
            .resolve(said("l-1", "sale", &["89031112233"], 1))
            .await
            .client_id;
        let same = group
            .resolve(said("l-2", "lead", &["89031112233", "89057778899"], 5))
            .await
            .client_id;
        assert_eq!(client, same);
        group.resolve(said("l-3", "lead", &["89057778899"], 320)).await;
        let card = group.card(&client).await;
        assert_eq!(card.contacts[0].value, "+79057778899");
        assert!(card.contacts[0].preferred && !card.contacts[1].preferred);
        let datum = card.contacts[0].datum.as_ref().unwrap();
        assert_eq!(
            (datum.state.as_str(), datum.channel.as_str()),
            ("unconfirmed", "site")
        );
    });
}

#[test]
fn an_answer_about_an_address_holds_however_it_is_written() {
    support::run(async |group| {
        let living = |id: &str, address: &str, day: i64| SourceRecord {
            full_name: "Орлов Олег Олегович".into(),
            phones: vec!["89261234567".into()],
            address: address.into(),
            ..record("import", id, "contact", day)
        };
        let first = "г. Тверь, ул. Садовая, д. 5, кв. 12";
        let client_id = group.resolve(living("c-1", first, 1)).await.client_id;
        let answered = AnswerContactRequest {
            client_id: client_id.clone(),
            kind: "address".into(),
            value: first.into(),
            answer: "confirmed".into(),
            ..Default::default()
        };
        group.client().answer_contact(group.ask(answered)).await.unwrap();
        group.resolve(living("c-2", "Садовая ул. 5-12", 2)).await;
        let addresses = group.card(&client_id).await.addresses;
        assert_eq!(addresses.len(), 1, "{addresses:?}");
        assert_eq!(addresses[0].value, "Садовая ул. 5-12", "the newest writing");
        assert_eq!(addresses[0].confirmed_by, "person");

        correct(&group, &client_id, "address", "Тверь, Садовая, д.5 кв.12").await;
        let addresses = group.card(&client_id).await.addresses;
        assert_eq!(addresses.len(), 1, "put right, not another one: {addresses:?}");
    });
}
