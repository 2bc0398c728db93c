//! Cards that live: contacts go stale and are confirmed, people correct and take back, companies end and their people stay.

use edina_proto::common::v1::{Money, PageRequest};
use edina_proto::registry::v1::{
    AddByHandRequest, AnswerContactRequest, Card, Company, CompanyContact, Contact, CorrectFieldRequest,
    ListContactsToConfirmReply, ListContactsToConfirmRequest, PutRelationRequest, SearchClientsRequest,
    SetFreshnessLimitRequest, SocialProfile, SourceRecord, UndoCorrectionRequest, UndoRelationRequest,
};
use tonic::Code;

use crate::support::{self, Group, car, record};

const VIN: &str = "XW7BF4FK30S123456";

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

async fn correct(group: &Group, client_id: &str, field: &str, value: &str) -> String {
    let request = CorrectFieldRequest {
        client_id: client_id.into(),
        field: field.into(),
        value: value.into(),
    };
    let reply = group.client().correct_field(group.ask(request)).await;
    reply.unwrap().into_inner().correction_id
}

async fn undo(group: &Group, correction_id: &str) {
    let request = UndoCorrectionRequest {
        correction_id: correction_id.into(),
    };
    group.client().undo_correction(group.ask(request)).await.unwrap();
}

async fn by_hand(group: &Group, client_id: &str, said: SourceRecord) {
    let request = AddByHandRequest {
        client_id: client_id.into(),
        record: Some(said),
    };
    group.client().add_by_hand(group.ask(request)).await.unwrap();
}

async fn found(group: &Group, query: &str, include_liquidated: bool) -> Vec<String> {
    let request = SearchClientsRequest {
        query: query.into(),
        limit: 10,
        include_liquidated,
    };
    let reply = group.client().search_clients(group.ask(request)).await.unwrap();
    let hits = reply.into_inner().clients.into_iter();
    hits.filter_map(|hit| Some(hit.client?.client_id)).collect()
}

fn phone<'a>(card: &'a Card, value: &str) -> &'a Contact {
    let of = |contact: &&Contact| contact.kind == "phone" && contact.value == value;
    card.contacts.iter().find(of).unwrap()
}

fn state(card: &Card, value: &str) -> String {
    phone(card, value).datum.as_ref().unwrap().state.clone()
}

fn buyer(external_id: &str, name: &str, phone: &str, day: i64, roubles: i64) -> SourceRecord {
    SourceRecord {
        full_name: name.into(),
        phones: vec![phone.into()],
        amount: Some(Money {
            minor: roubles * 100,
            currency: "RUB".into(),
        }),
        ..record("sales_dms", external_id, "sale", day)
    }
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
        let request = edina_proto::registry::v1::GetContactabilityRequest {
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
fn a_former_owner_is_asked_what_he_drives_now() {
    support::run(async |group| {
        let owner = SourceRecord {
            vehicles: vec![car(VIN)],
            ..buyer("s-1", "Иванов Пётр Ильич", "89031112233", 1, 1_000_000)
        };
        let old = group.resolve(owner).await.client_id;
        let mut driven = car(VIN);
        driven.role = "driver".into();
        let driver = SourceRecord {
            full_name: "Иванова Ольга Петровна".into(),
            phones: vec!["89262223344".into()],
            vehicles: vec![driven],
            ..record("service_dms", "ro-1", "repair_order", 30)
        };
        let driver = group.resolve(driver).await.client_id;
        let receives = async |client: &str| group.card(client).await.vehicles[0].receives.clone();
        assert_eq!(receives(&old).await, ["invoice", "recall"]);
        assert_eq!(receives(&driver).await, ["reminder"]);
        assert!(group.card(&old).await.hints.is_empty());

        let next = SourceRecord {
            vehicles: vec![car(VIN)],
            ..buyer("s-2", "Сидорова Анна Олеговна", "89057778899", 200, 900_000)
        };
        let new = group.resolve(next).await.client_id;
        assert_eq!(receives(&new).await, ["invoice", "reminder", "recall"]);
        assert!(receives(&old).await.is_empty() && receives(&driver).await.is_empty());
        let card = group.card(&old).await;
        assert_eq!(card.hints[0].kind, "what_do_you_drive_now");
        assert_eq!(card.hints[0].at, card.vehicles[0].to);

        let asked = correct(&group, &old, "asked_vehicle", &card.hints[0].vehicle_id).await;
        assert!(group.card(&old).await.hints.is_empty());
        undo(&group, &asked).await;
        assert_eq!(group.card(&old).await.hints.len(), 1);
        let now = SourceRecord {
            vehicles: vec![car("XW8ZZZ61ZJG000001")],
            ..SourceRecord::default()
        };
        by_hand(&group, &old, now).await;
        let card = group.card(&old).await;
        assert!(card.hints.is_empty());
        assert_eq!(card.vehicles[0].receives.len(), 3);
    });
}

fn company(external_id: &str, day: i64) -> SourceRecord {
    let contact = |name: &str, phone: &str, role: &str| CompanyContact {
        name: name.into(),
        position: "директор".into(),
        buyer_role: role.into(),
        phone: phone.into(),
        email: String::new(),
    };
    SourceRecord {
        company: Some(Company {
            name: "ООО «Ромашка»".into(),
            inn: "7707083893".into(),
            kpp: String::new(),
        }),
        phones: vec!["84951234567".into()],
        contacts: vec![contact(
            "Кравцов Игорь Олегович",
            "8 916 765-43-21",
            "financial_buyer",
        )],
        ..record("sales_dms", external_id, "contact", day)
    }
}

#[test]
fn a_company_names_who_decides_and_its_people_outlive_it() {
    support::run(async |group| {
        let firm = group.resolve(company("c-1", 300)).await.client_id;
        let card = group.card(&firm).await;
        let boss = &card.decision_makers[0];
        assert_eq!(
            (
                boss.phone.as_str(),
                boss.position.as_str(),
                boss.buyer_role.as_str()
            ),
            ("+79167654321", "директор", "financial_buyer")
        );
        let engineer = CompanyContact {
            name: "Зуева Мария".into(),
            position: "механик".into(),
            buyer_role: "technical_buyer".into(),
            email: "Zueva@Romashka.example".into(),
            ..Default::default()
        };
        by_hand(
            &group,
            &firm,
            SourceRecord {
                contacts: vec![engineer],
                ..SourceRecord::default()
            },
        )
        .await;
        let card = group.card(&firm).await;
        assert_eq!(card.decision_makers.len(), 2);
        assert_eq!(card.decision_makers[0].email, "zueva@romashka.example");
        correct(&group, &firm, "left_company", "Зуева Мария").await;
        assert_eq!(group.card(&firm).await.decision_makers.len(), 1);
        assert_eq!(found(&group, "ромашка", false).await, std::slice::from_ref(&firm));

        let ended = correct(&group, &firm, "liquidated", "2026-10-01").await;
        assert!(found(&group, "ромашка", false).await.is_empty());
        assert_eq!(found(&group, "ромашка", true).await, std::slice::from_ref(&firm));
        let kept = found(&group, "кравцов", false).await;
        assert_eq!(kept.len(), 1);
        assert_ne!(kept[0], firm);
        let person = group.card(&kept[0]).await;
        let worked = &person.relations[0];
        assert_eq!(
            (worked.kind.as_str(), worked.client_id.as_str()),
            ("employer", firm.as_str())
        );
        assert!(worked.until.is_some() && worked.outward);
        assert_eq!(worked.display_name, group.card(&firm).await.display_name);
        undo(&group, &ended).await;
        assert_eq!(found(&group, "ромашка", false).await, [firm]);

        let request = CorrectFieldRequest {
            client_id: kept[0].clone(),
            field: "liquidated".into(),
            value: "2026-10-01".into(),
        };
        let refused = group
            .client()
            .correct_field(group.ask(request))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
    });
}

#[test]
fn a_relation_stands_on_both_cards_until_it_is_taken_back() {
    support::run(async |group| {
        let wife = group
            .resolve(buyer("s-1", "Иванова Ольга Петровна", "89262223344", 300, 1))
            .await
            .client_id;
        let husband = group
            .resolve(buyer("s-2", "Иванов Пётр Ильич", "89031112233", 300, 1))
            .await
            .client_id;
        let request = PutRelationRequest {
            client_id: wife.clone(),
            other_client_id: husband.clone(),
            kind: "household".into(),
            ..Default::default()
        };
        let relation = group
            .client()
            .put_relation(group.ask(request.clone()))
            .await
            .unwrap();
        let relation = relation.into_inner();
        let (hers, his) = (group.card(&wife).await, group.card(&husband).await);
        assert_eq!(hers.relations[0].display_name, his.display_name);
        assert_eq!(his.relations[0].display_name, hers.display_name);
        assert!(hers.relations[0].outward && !his.relations[0].outward);
        assert_eq!(his.relations[0].actor_employee_id, "e-1");
        let taken_back = UndoRelationRequest {
            relation_id: relation.relation_id,
        };
        group
            .client()
            .undo_relation(group.ask(taken_back.clone()))
            .await
            .unwrap();
        assert!(group.card(&wife).await.relations.is_empty());
        let again = group
            .client()
            .undo_relation(group.ask(taken_back))
            .await
            .unwrap_err();
        assert_eq!(again.code(), Code::NotFound);
        let oneself = PutRelationRequest {
            other_client_id: wife,
            ..request
        };
        let refused = group.client().put_relation(group.ask(oneself)).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
    });
}

#[test]
fn values_are_dated_and_what_a_person_says_wins_until_taken_back() {
    support::run(async |group| {
        let said = |external_id: &str, address: &str, day| SourceRecord {
            address: address.into(),
            profiles: vec![SocialProfile {
                network: "telegram".into(),
                handle: "https://t.me/petrov".into(),
            }],
            channel: "showroom".into(),
            ..buyer(external_id, "Петров Пётр Ильич", "89031112233", day, 1)
        };
        let client = group
            .resolve(said("s-1", "г. Тверь, ул. Садовая, д. 5", 1))
            .await
            .client_id;
        group
            .resolve(said("s-2", "г. Москва, ул. Лесная, д. 7", 300))
            .await;
        let card = group.card(&client).await;
        let states: Vec<&str> = card
            .addresses
            .iter()
            .map(|address| address.state.as_str())
            .collect();
        assert_eq!(states, ["current", "stale"]);
        assert!(card.addresses[0].value.contains("Лесная"));
        let messenger = card
            .contacts
            .iter()
            .find(|contact| contact.kind == "messenger")
            .unwrap();
        assert_eq!(
            (messenger.network.as_str(), messenger.value.as_str()),
            ("telegram", "petrov")
        );
        assert_eq!(
            card.missing_minimum[0].missing,
            ["birth_date", "personal_data_consent", "vehicle"]
        );
        let complete = card.completeness_detail.clone().unwrap();
        assert_eq!(complete.score, card.completeness);
        assert_eq!(complete.parts.iter().map(|part| part.of).sum::<u32>(), 100);

        let married = correct(&group, &client, "last_name", "Лопухов").await;
        let card = group.card(&client).await;
        assert_eq!(card.display_name, "Лопухов Пётр Ильич");
        assert_eq!(card.last_name.as_ref().unwrap().earlier[0].value, "Петров");
        assert_eq!(card.corrections[0].correction_id, married);
        assert_eq!(
            found(&group, "лопухов", false).await,
            std::slice::from_ref(&client)
        );
        undo(&group, &married).await;
        assert_eq!(group.card(&client).await.display_name, "Петров Пётр Ильич");
        assert!(
            group
                .timeline(&client)
                .await
                .iter()
                .any(|entry| entry.kind == "corrected")
        );
    });
}
