//! Companies that are renamed, put right and ended; relations that end.

use edina_proto::registry::v1::{
    Company, CompanyContact, CorrectFieldRequest, EndRelationRequest, PutRelationRequest,
    SearchClientsRequest, SearchHit, SourceRecord,
};
use tonic::Code;

use super::{buyer, correct, found, undo};
use crate::support::{self, Group, record};

const INN: &str = "7707083893";
const OGRN: &str = "1027700132195";

fn named(source: &str, id: &str, kind: &str, name: &str, day: i64) -> SourceRecord {
    SourceRecord {
        company: Some(Company {
            name: name.into(),
            inn: INN.into(),
            ogrn: "ОГРН 1027700132195".into(),
            ..Company::default()
        }),
        phones: vec!["84951234567".into()],
        ..record(source, id, kind, day)
    }
}

async fn hits(group: &Group, query: &str) -> Vec<SearchHit> {
    let request = SearchClientsRequest {
        query: query.into(),
        limit: 10,
        include_liquidated: false,
        ..Default::default()
    };
    let reply = group.client().search_clients(group.ask(request)).await.unwrap();
    reply.into_inner().clients
}

#[test]
fn the_newer_name_of_a_company_wins_and_then_the_more_trusted_writing() {
    support::run(async |group| {
        let firm = group
            .resolve(named("sales_dms", "s-1", "sale", "ООО «Ромашка»", 10))
            .await
            .client_id;
        let name = async || group.card(&firm).await.display_name;
        // The same name in other letters, later and from a form, is no new name.
        group
            .resolve(named("lead_intake", "l-1", "lead", "ромашка", 20))
            .await;
        assert_eq!(name().await, "ООО «Ромашка»");
        let renamed = group
            .resolve(named("import", "c-1", "contact", "АО «Лютик»", 30))
            .await;
        assert_eq!(renamed.client_id, firm);
        assert_eq!(name().await, "АО «Лютик»");
        let card = group.card(&firm).await;
        assert_eq!(card.company_names[0].value, "АО «Лютик»");
        assert!(
            card.company_names
                .iter()
                .any(|name| name.value == "ООО «Ромашка»")
        );
        // What comes late and was said before says what was.
        group
            .resolve(named("sales_dms", "s-2", "sale", "ООО «Ромашка»", 25))
            .await;
        assert_eq!(name().await, "АО «Лютик»");
    });
}

#[test]
fn people_put_a_companys_name_numbers_and_address_right() {
    support::run(async |group| {
        let said = SourceRecord {
            address: "г. Тверь, ул. Садовая, д. 5".into(),
            ..named("sales_dms", "s-1", "sale", "ООО «Ромашка»", 10)
        };
        let firm = group.resolve(said).await.client_id;
        assert_eq!(group.card(&firm).await.company.unwrap().ogrn, OGRN);
        let found_by_it = hits(&group, OGRN).await;
        assert_eq!(found_by_it[0].matched_by, "ogrn");
        assert_eq!(found_by_it[0].client.as_ref().unwrap().client_id, firm);
        let put_right = [
            ("company_name", "ООО «Незабудка»"),
            ("inn", "7736050003"),
            ("kpp", "773601001"),
            ("ogrn", "1027739609391"),
            ("address", "г. Тверь, ул. Лесная, д. 7"),
        ];
        let mut made = Vec::new();
        for (field, value) in put_right {
            made.push(correct(&group, &firm, field, value).await);
        }
        let card = group.card(&firm).await;
        let company = card.company.unwrap();
        assert_eq!(
            [
                &card.display_name,
                &company.inn,
                &company.kpp,
                &company.ogrn,
                &card.addresses[0].value
            ],
            put_right.map(|(_, value)| value)
        );
        for query in ["незабудка", "7736050003", "1027739609391"] {
            assert_eq!(
                found(&group, query, false).await,
                std::slice::from_ref(&firm),
                "{query}"
            );
        }
        for id in &made {
            undo(&group, id).await;
        }
        let card = group.card(&firm).await;
        assert_eq!(
            (card.display_name.as_str(), card.company.unwrap().inn.as_str()),
            ("ООО «Ромашка»", INN)
        );
        assert_eq!(card.addresses.len(), 1);
        for (field, value) in [("inn", "7707083894"), ("ogrn", "1027700132196"), ("kpp", "77")] {
            let request = CorrectFieldRequest {
                client_id: firm.clone(),
                field: field.into(),
                value: value.into(),
            };
            let refused = group
                .client()
                .correct_field(group.ask(request))
                .await
                .unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument, "{field}");
        }
        let person = group
            .resolve(buyer("s-9", "Иванов Пётр", "89031112233", 1, 1))
            .await;
        let request = CorrectFieldRequest {
            client_id: person.client_id,
            field: "inn".into(),
            value: INN.into(),
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
fn a_companys_people_stay_once_however_often_it_ends() {
    support::run(async |group| {
        let contact = |name: &str, phone: &str| CompanyContact {
            name: name.into(),
            phone: phone.into(),
            ..CompanyContact::default()
        };
        let said = SourceRecord {
            contacts: vec![
                contact("Кравцов Игорь Олегович", "89167654321"),
                contact("Зуева Мария Львовна", ""),
            ],
            ..named("sales_dms", "s-1", "sale", "ООО «Ромашка»", 10)
        };
        let firm = group.resolve(said).await.client_id;
        let people = async || {
            let mut all = found(&group, "кравцов", false).await;
            all.extend(found(&group, "зуева", false).await);
            all
        };
        let mut stayed = Vec::new();
        for _ in 0..2 {
            let ended = correct(&group, &firm, "liquidated", "2026-03-01").await;
            let now = people().await;
            assert_eq!(now.len(), 2, "one of each, also of whom only the name is known");
            assert!(!now.contains(&firm));
            for person in &now {
                let relations = group.card(person).await.relations;
                assert_eq!(relations.len(), 1);
                assert!(relations[0].until.is_some() && relations[0].client_id == firm);
                let entries = group.timeline(person).await;
                assert!(entries.iter().all(|entry| entry.kind != "visit"), "nobody came");
            }
            assert_eq!(group.card(&firm).await.relations.len(), 2);
            // Out of the way of who looks around, and there for who asks for it.
            assert!(found(&group, "ромашка", false).await.is_empty());
            for query in [INN, OGRN, "84951234567"] {
                let direct = hits(&group, query).await;
                let client = direct[0].client.as_ref().unwrap();
                assert!(client.client_id == firm && client.liquidated, "{query}");
            }
            undo(&group, &ended).await;
            assert!(group.card(&firm).await.relations.is_empty());
            stayed.push(now);
        }
        assert_eq!(stayed[0], stayed[1]);
        assert_eq!(found(&group, "ромашка", false).await, [firm]);
    });
}

#[test]
fn whose_business_ends_stays_as_a_person() {
    support::run(async |group| {
        let said = SourceRecord {
            company: Some(Company {
                name: "ИП Рогожин Пётр Ильич".into(),
                inn: "500100732259".into(),
                ..Company::default()
            }),
            phones: vec!["89031112244".into()],
            ..record("sales_dms", "s-1", "sale", 10)
        };
        let business = group.resolve(said).await.client_id;
        assert_eq!(
            found(&group, "рогожин", false).await,
            std::slice::from_ref(&business)
        );
        let mut stayed = Vec::new();
        for _ in 0..2 {
            let ended = correct(&group, &business, "liquidated", "2026-03-01").await;
            let people = found(&group, "рогожин", false).await;
            assert_eq!(people.len(), 1, "he, and not his business");
            let card = group.card(&people[0]).await;
            assert_eq!(
                (card.display_name.as_str(), card.kind.as_str()),
                ("Рогожин Пётр Ильич", "person")
            );
            assert_eq!(card.contacts[0].value, "+79031112244");
            assert_eq!(card.relations[0].kind, "sole_proprietorship");
            assert_eq!(card.relations[0].client_id, business);
            stayed.push(people);
            undo(&group, &ended).await;
        }
        assert_eq!(stayed[0], stayed[1]);
    });
}

#[test]
fn a_relation_has_its_dates_and_an_end() {
    support::run(async |group| {
        let firm = group
            .resolve(named("sales_dms", "s-1", "sale", "ООО «Ромашка»", 10))
            .await
            .client_id;
        let person = group
            .resolve(buyer("s-9", "Иванов Пётр", "89031112233", 1, 1))
            .await
            .client_id;
        let day = |day: i64| record("import", "", "contact", day).occurred_at;
        let request = PutRelationRequest {
            client_id: person.clone(),
            other_client_id: firm.clone(),
            kind: "employer".into(),
            position: "водитель".into(),
            since: day(5),
            ..PutRelationRequest::default()
        };
        let reply = group.client().put_relation(group.ask(request)).await.unwrap();
        let relation_id = reply.into_inner().relation_id;
        let end = async |until: i64| {
            let request = EndRelationRequest {
                relation_id: relation_id.clone(),
                until: day(until),
            };
            group.client().end_relation(group.ask(request)).await
        };
        assert_eq!(end(1).await.unwrap_err().code(), Code::InvalidArgument);
        assert_eq!(
            group.card(&person).await.relations[0].until,
            None,
            "nothing has changed"
        );
        end(40).await.unwrap();
        for client in [&person, &firm] {
            let relations = group.card(client).await.relations;
            assert_eq!(relations.len(), 1);
            assert_eq!((relations[0].since, relations[0].until), (day(5), day(40)));
            assert_eq!(relations[0].position, "водитель");
        }
        assert_eq!(
            end(41).await.unwrap_err().code(),
            Code::NotFound,
            "it was said anew"
        );
    });
}

#[test]
fn who_works_at_a_company_works_there_until_it_ends() {
    support::run(async |group| {
        let firm = group
            .resolve(named("sales_dms", "s-1", "sale", "ООО «Ромашка»", 10))
            .await
            .client_id;
        let day = |day: i64| record("import", "", "contact", day).occurred_at;
        let relate = async |person: &str, kind: &str, since: Option<i64>, until: Option<i64>| {
            let request = PutRelationRequest {
                client_id: person.into(),
                other_client_id: firm.clone(),
                kind: kind.into(),
                position: "водитель".into(),
                since: since.and_then(day),
                until: until.and_then(day),
                ..PutRelationRequest::default()
            };
            group.client().put_relation(group.ask(request)).await.unwrap();
        };
        let person = async |id: &str, name: &str, phone: &str| {
            group.resolve(buyer(id, name, phone, 1, 1)).await.client_id
        };
        let driver = person("s-2", "Иванов Пётр", "89031112233").await;
        let former = person("s-3", "Зуева Мария", "89262223344").await;
        let relative = person("s-4", "Рябов Захар", "89852223344").await;
        relate(&driver, "employer", Some(5), None).await;
        relate(&former, "employer", None, Some(20)).await;
        relate(&relative, "household", None, None).await;
        let until = async |client: &str| {
            let relations = group.card(client).await.relations;
            assert_eq!(relations.len(), 1);
            relations[0].until
        };
        let before = group.card(&driver).await;
        let ended = correct(&group, &firm, "liquidated", "2026-03-01").await;
        let the_day = until(&driver).await.expect("his work there has ended");
        assert_eq!(the_day.seconds, 1_772_323_200, "2026-03-01");
        assert_eq!(until(&former).await, day(20), "what was said stands");
        assert_eq!(until(&relative).await, None, "nobody is employed by his family");
        let of_firm = group.card(&firm).await.relations;
        let his = of_firm.iter().find(|line| line.client_id == driver).unwrap();
        assert_eq!(his.until, Some(the_day));
        let version = group.card(&driver).await.version;
        assert!(version > before.version, "who shows his card is told");
        // Said after it ended: not before it began.
        relate(&relative, "employer", Some(4_000), None).await;
        let later = group.card(&relative).await.relations;
        let later = later.iter().find(|line| line.kind == "employer").unwrap();
        assert_eq!(later.until, later.since);
        // Taken back, everything is as it was.
        undo(&group, &ended).await;
        let mut after = group.card(&driver).await;
        assert!(after.version > version);
        after.version = before.version;
        assert_eq!(after, before);
        assert_eq!(until(&former).await, day(20));
    });
}
