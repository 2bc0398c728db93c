//! The people of a company: found by their numbers, called from them, and clients of their own when they come for themselves.

use edina_proto::registry::v1::{
    Company, CompanyContact, LookupPhoneReply, LookupPhoneRequest, SearchClientsRequest, SearchHit,
    SourceRecord,
};

use crate::support::{self, Group, car, record};

const NUMBER: &str = "8 (916) 765-43-21";

fn firm(external_id: &str, name: &str, inn: &str) -> SourceRecord {
    SourceRecord {
        company: Some(Company {
            name: name.into(),
            inn: inn.into(),
            ..Company::default()
        }),
        phones: vec!["84951234567".into()],
        contacts: vec![
            CompanyContact {
                name: "Кравцов Игорь Олегович".into(),
                position: "начальник автопарка".into(),
                phone: NUMBER.into(),
                email: "Kravtsov@romashka.example".into(),
                ..Default::default()
            },
            CompanyContact {
                name: "Зуева Мария".into(),
                phone: "8 903 111-22-33".into(),
                ..Default::default()
            },
        ],
        ..record("import", external_id, "contact", 10)
    }
}

fn call(external_id: &str, number: &str, day: i64) -> SourceRecord {
    SourceRecord {
        phones: vec![number.into()],
        ..record("call_tracking", external_id, "call", day)
    }
}

async fn lookup(group: &Group, phone: &str) -> LookupPhoneReply {
    let request = LookupPhoneRequest { phone: phone.into() };
    group
        .client()
        .lookup_phone(group.ask(request))
        .await
        .unwrap()
        .into_inner()
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

fn ids(hits: &[SearchHit]) -> Vec<&str> {
    let clients = hits.iter().filter_map(|hit| hit.client.as_ref());
    clients.map(|client| client.client_id.as_str()).collect()
}

#[test]
fn a_company_is_found_by_the_numbers_of_its_people_and_says_who_it_is() {
    support::run(async |group| {
        let firm = group
            .resolve(firm("1", "ООО «Ромашка»", "7707083893"))
            .await
            .client_id;
        for query in [
            "+79167654321",
            "7654321",
            "kravtsov@romashka.example",
            "кравцов игорь",
        ] {
            let found = hits(&group, query).await;
            assert_eq!(ids(&found), [firm.as_str()], "{query}");
            let person = found[0].person.as_ref().unwrap();
            assert_eq!(
                (person.name.as_str(), person.position.as_str()),
                ("Кравцов Игорь Олегович", "начальник автопарка"),
                "{query}"
            );
            assert!(!found[0].matched_value.contains('\u{1f}'));
        }
        assert_eq!(
            hits(&group, "79031112233").await[0].person.as_ref().unwrap().name,
            "Зуева Мария"
        );
        let own = hits(&group, "84951234567").await;
        assert!(own[0].person.is_none(), "the company's own number is nobody's");
    });
}

#[test]
fn who_calls_from_the_number_of_somebody_at_a_company_calls_for_it() {
    support::run(async |group| {
        let firm = group
            .resolve(firm("1", "ООО «Ромашка»", "7707083893"))
            .await
            .client_id;
        let known = lookup(&group, NUMBER).await;
        assert_eq!(known.clients[0].client_id, firm);
        assert_eq!(known.people[0].name, "Кравцов Игорь Олегович");
        let called = group.resolve(call("call-1", NUMBER, 20)).await;
        assert_eq!(
            (called.client_id.as_str(), called.outcome.as_str()),
            (firm.as_str(), "linked")
        );
        assert_eq!(group.resolve(call("call-2", NUMBER, 21)).await.client_id, firm);
        assert_eq!(lookup(&group, NUMBER).await.clients.len(), 1);
    });
}

#[test]
fn a_number_that_called_before_the_company_was_known_calls_for_it_then() {
    support::run(async |group| {
        let nobody = group.resolve(call("call-1", NUMBER, 5)).await.client_id;
        let firm = group
            .resolve(firm("1", "ООО «Ромашка»", "7707083893"))
            .await
            .client_id;
        assert_ne!(nobody, firm);
        assert_eq!(lookup(&group, NUMBER).await.clients[0].client_id, firm);
        assert_eq!(group.resolve(call("call-2", NUMBER, 20)).await.client_id, firm);
    });
}

#[test]
fn whoever_buys_for_himself_is_not_the_company_he_works_for() {
    support::run(async |group| {
        let firm = group
            .resolve(firm("1", "ООО «Ромашка»", "7707083893"))
            .await
            .client_id;
        group.resolve(call("call-1", NUMBER, 15)).await;
        let himself = group
            .resolve(SourceRecord {
                full_name: "Кравцов Игорь Олегович".into(),
                phones: vec![NUMBER.into()],
                vehicles: vec![car("XW7BF4FK30S123456")],
                ..record("sales_dms", "s-1", "sale", 20)
            })
            .await
            .client_id;
        assert_ne!(himself, firm);
        assert!(group.card(&firm).await.vehicles.is_empty());
        // His number is his own now, and he is still told to be of the company.
        let known = lookup(&group, NUMBER).await;
        assert_eq!(known.clients.len(), 1);
        assert_eq!(known.clients[0].client_id, himself);
        assert_eq!(known.people[0].client_id, firm);
        assert_eq!(group.resolve(call("call-2", NUMBER, 30)).await.client_id, himself);
        // Another company he manages is another client.
        let other = group
            .resolve(self::firm("2", "ООО «Василёк»", "7736050003"))
            .await;
        assert_ne!(other.client_id, firm);
    });
}
