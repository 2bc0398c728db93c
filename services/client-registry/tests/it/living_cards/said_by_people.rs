//! What people say of a client: values of the card, the cars he drives now.

use edina_proto::registry::v1::{SearchClientsRequest, SocialProfile, SourceRecord};

use super::{buyer, by_hand, correct, found, undo};
use crate::support::{self, car, record};

const VIN: &str = "XW7BF4FK30S123456";

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

#[test]
fn a_name_that_was_put_right_by_mistake_finds_nobody_once_taken_back() {
    support::run(async |group| {
        let said = buyer("s-1", "Петров Пётр Ильич", "89031112233", 1, 1);
        let client = group.resolve(said).await.client_id;
        let mistake = correct(&group, &client, "last_name", "Лопухов").await;
        let twice = correct(&group, &client, "last_name", "Лопухов").await;
        let own = correct(&group, &client, "first_name", "Пётр").await;
        assert_eq!(
            found(&group, "лопухов", false).await,
            std::slice::from_ref(&client)
        );
        undo(&group, &mistake).await;
        assert_eq!(
            found(&group, "лопухов", false).await,
            std::slice::from_ref(&client),
            "it was said twice"
        );
        undo(&group, &twice).await;
        assert!(found(&group, "лопухов", false).await.is_empty());
        undo(&group, &own).await;
        assert_eq!(
            found(&group, "пётр", false).await,
            std::slice::from_ref(&client),
            "the record says it, too"
        );
        assert_eq!(found(&group, "петров", false).await, [client]);
    });
}

#[test]
fn clients_prospects_and_partners_are_told_apart_and_found_by_their_mark() {
    support::run(async |group| {
        let said = |name: &str, kind: &str, phone: &str, who: &str| SourceRecord {
            full_name: who.into(),
            phones: vec![phone.into()],
            ..record("import", name, kind, 1)
        };
        let bought = group
            .resolve(said("s", "sale", "89031112233", "Журавлёв Олег Ильич"))
            .await
            .client_id;
        let asked = group
            .resolve(said("l", "lead", "89161234567", "Журавлёва Инна Павловна"))
            .await
            .client_id;
        let known = group
            .resolve(said("c", "contact", "89267654321", "Журавлёв Марк Львович"))
            .await
            .client_id;
        let marks = async |id: &str| group.card(id).await.marks;
        assert_eq!(marks(&bought).await, ["client"]);
        assert_eq!(marks(&asked).await, ["prospect"]);
        assert!(marks(&known).await.is_empty());
        let partner = correct(&group, &known, "partner", "yes").await;
        assert_eq!(marks(&known).await, ["partner"]);
        for (mark, whom) in [("client", &bought), ("prospect", &asked), ("partner", &known)] {
            for query in ["журавлёв", "", "  "] {
                let found = marked(&group, query, mark).await;
                assert_eq!(found, std::slice::from_ref(whom), "{mark} {query}");
            }
        }
        assert!(
            marked(&group, "сидоров", "client").await.is_empty(),
            "nobody of that name"
        );
        assert!(
            marked(&group, "%", "client").await.is_empty(),
            "nothing to look for"
        );
        assert!(marked(&group, "", "").await.is_empty());
        correct(&group, &known, "partner", "no").await;
        for query in ["журавлёв", ""] {
            assert!(marked(&group, query, "partner").await.is_empty());
        }
        correct(&group, &known, "partner", "yes").await;
        undo(&group, &partner).await;
        assert_eq!(marks(&known).await, ["partner"], "said again since");
    });
}

/// Who is found with the mark.
async fn marked(group: &support::Group, query: &str, mark: &str) -> Vec<String> {
    let request = SearchClientsRequest {
        query: query.into(),
        limit: 1,
        mark: mark.into(),
        ..Default::default()
    };
    let reply = group.client().search_clients(group.ask(request)).await.unwrap();
    let hits = reply.into_inner().clients.into_iter();
    hits.filter_map(|hit| Some(hit.client?.client_id)).collect()
}
