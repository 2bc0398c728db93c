//! One search box, every way to ask.

use edina_proto::common::v1::VehicleDescription;
use edina_proto::registry::v1::{Company, SearchClientsRequest, SearchHit, SourceRecord};

use crate::support::{self, Group, car, record};

const VIN: &str = "XW7BF4FK30S987654";

async fn find(group: &Group, query: &str) -> Vec<SearchHit> {
    let request = SearchClientsRequest {
        query: query.into(),
        limit: 10,
        ..Default::default()
    };
    group
        .client()
        .search_clients(group.ask(request))
        .await
        .unwrap()
        .into_inner()
        .clients
}

#[test]
fn every_way_finds_the_card_and_says_why() {
    support::run(async |group| {
        let maria = group
            .resolve(SourceRecord {
                full_name: "Соловьёва Мария Сергеевна".into(),
                phones: vec!["89161234567".into()],
                emails: vec!["m.solo@mail.ru".into()],
                vehicles: vec![VehicleDescription {
                    plate: "А123ВС777".into(),
                    ..car(VIN)
                }],
                ..record("service_dms", "ro-1", "repair_order", 1)
            })
            .await;
        let firm = group
            .resolve(SourceRecord {
                company: Some(Company {
                    name: "ООО «Ромашка-Плюс»".into(),
                    inn: "7707083893".into(),
                    ..Company::default()
                }),
                phones: vec!["84951112233".into()],
                ..record("sales_dms", "s-1", "sale", 2)
            })
            .await;
        for (query, kind) in [
            ("8 (916) 123-45-67", "phone"),
            ("+79161234567", "phone"),
            ("123-45-67", "phone"),
            ("4567", "phone"),
            ("916123", "phone"),
            ("8916", "phone"),
            ("8916123", "phone"),
            ("соловьев", "name"),
            ("Соловьёва Мар", "name"),
            ("мария соловьёва", "name"),
            ("Maria Solovyova", "name"),
            ("маша", "name"),
            ("M.Solo@mail.ru", "email"),
            ("m.so", "email"),
            (VIN, "vin"),
            ("987654", "vin"),
            ("S987654", "vin"),
            ("a123bc777", "plate"),
            ("А123ВС", "plate"),
        ] {
            let hits = find(&group, query).await;
            assert!(!hits.is_empty(), "{query}: nothing");
            let client = hits[0].client.as_ref().unwrap();
            assert_eq!(client.client_id, maria.client_id, "{query}");
            assert_eq!(hits[0].matched_by, kind, "{query}: {}", hits[0].matched_value);
        }
        let number = "79161234567";
        for (from, digits) in (0..number.len()).flat_map(|from| (4..=7).map(move |digits| (from, digits))) {
            let Some(part) = number.get(from..from + digits) else {
                continue;
            };
            let hits = find(&group, part).await;
            let of_maria = |hit: &&SearchHit| hit.client.as_ref().unwrap().client_id == maria.client_id;
            let found = hits.iter().find(of_maria);
            assert_eq!(
                found.map(|hit| hit.matched_by.as_str()),
                Some("phone"),
                "{part}: {hits:?}"
            );
        }
        for (query, kind) in [
            ("7707083893", "inn"),
            ("ромашка", "company"),
            ("ООО Ромашка", "company"),
        ] {
            let hits = find(&group, query).await;
            assert!(!hits.is_empty(), "{query}: nothing");
            assert_eq!(
                hits[0].client.as_ref().unwrap().client_id,
                firm.client_id,
                "{query}"
            );
            assert_eq!(hits[0].matched_by, kind, "{query}");
        }
        for nothing in ["", "   ", "Жуков", "9999999", "%", "' or 1=1"] {
            assert_eq!(find(&group, nothing).await, vec![], "{nothing}");
        }
    });
}

#[test]
fn merged_clients_are_one_hit() {
    support::run(async |group| {
        let mut ids = Vec::new();
        for (n, phone) in ["89161110001", "89037770466"].into_iter().enumerate() {
            let said = SourceRecord {
                full_name: "Журавлёв Тимофей".into(),
                birth_date: ["05.01.1970", "23.11.1988"][n].into(),
                phones: vec![phone.into()],
                ..record("service_dms", &format!("ro-{n}"), "repair_order", 1)
            };
            ids.push(group.resolve(said).await.client_id);
        }
        assert_eq!(find(&group, "журавлев").await.len(), 2);
        support::merge(&group, &ids[0], &ids[1]).await;
        let hits = find(&group, "журавлев").await;
        assert_eq!(hits.len(), 1);
        assert_eq!(
            hits[0].client.as_ref().unwrap().client_id,
            *ids.iter().min().unwrap()
        );
    });
}

#[test]
fn a_name_is_found_in_any_order_with_typos_in_either_script_and_layout() {
    support::run(async |group| {
        let mut ids = Vec::new();
        for (n, name) in [
            "Константинопольский Александр Сергеевич",
            "Ковальчук Пётр Ильич",
            "Салтыкова-Щедрина Анна Юрьевна",
            "Ковалёв П.И.",
            "Ковалёва Мария Петровна",
        ]
        .into_iter()
        .enumerate()
        {
            let said = SourceRecord {
                full_name: name.into(),
                phones: vec![format!("8916222000{n}")],
                ..record("service_dms", &format!("ro-{n}"), "repair_order", 1)
            };
            ids.push(group.resolve(said).await.client_id);
        }
        for (query, whose) in [
            // Orders, beginnings, initials, the other gender's form.
            ("Константинопольский Ал", 0),
            ("Александр Константин", 0),
            ("Александр Сергеевич", 0),
            ("александр сергеевич конст", 0),
            ("сергеевич константинопольский", 0),
            ("Константинопольская", 0),
            ("Константинопольский А.С.", 0),
            ("Ковальчук П", 1),
            ("щедрина анна", 2),
            ("Салтыкова-Щедрина", 2),
            ("салтыкова-щедрина ан", 2),
            ("Ковалев П.И.", 3),
            // A letter left out, put in, replaced, two swapped; two slips in a long word.
            ("Ковальчк", 1),
            ("Коввальчук", 1),
            ("Ковильчук", 1),
            ("Квоальчук", 1),
            ("Ковлаьчук Петр", 1),
            ("Пётр Ковальчуг", 1),
            ("Константинпольский", 0),
            ("Кастантинопольский Александр", 0),
            ("Ковлаева Мария", 4),
            ("Мария Кавалева", 4),
            // The other layout, Latin letters, and a slip in them.
            ("rjdfkmxer", 1),
            ("rjdfkmxer gtnh", 1),
            ("Kovalchuk Petr", 1),
            ("kovalchuc", 1),
            ("Константинполский", 0),
            ("Konstantinopolckij Aleksandr", 0),
            ("Konstantinopolskiy Aleksandr", 0),
            ("rjdfktdf vfhbz", 4),
        ] {
            let hits = find(&group, query).await;
            let first = hits.first().and_then(|hit| hit.client.as_ref());
            let shown = first.map(|client| client.display_name.as_str());
            assert_eq!(
                first.map(|client| &client.client_id),
                Some(&ids[whose]),
                "{query}: {shown:?}"
            );
            assert_eq!(hits[0].matched_by, "name", "{query}");
        }
        // What is just what was typed comes before what begins with it.
        let hits = find(&group, "Ковалёв").await;
        assert_eq!(hits[0].client.as_ref().unwrap().client_id, ids[3]);
        assert_eq!(hits.len(), 2);
        for nobody in ["Кутузов", "Ковальчук Мария", "Пржевальский Пётр", "ывапролдж"]
        {
            assert_eq!(find(&group, nobody).await, vec![], "{nobody}");
        }
    });
}

#[test]
fn the_beginning_of_a_surname_is_not_hidden_by_whoever_it_is_a_short_name_of() {
    support::run(async |group| {
        let said = |name: String, number: u32| SourceRecord {
            full_name: name,
            phones: vec![format!("8916{:07}", 1_234_567 + number * 37)],
            ..record("sales_dms", &format!("s-{number}"), "sale", 1)
        };
        let meant = group
            .resolve(said("Сашаров Пётр Ильич".into(), 0))
            .await
            .client_id;
        for (number, surname) in (1..).zip([
            "Белов",
            "Волков",
            "Громов",
            "Дроздов",
            "Ершов",
            "Жуков",
            "Зайцев",
            "Козлов",
            "Лосев",
            "Медведев",
            "Носов",
            "Орлов",
        ]) {
            group
                .resolve(said(format!("{surname} Александр Ильич"), number))
                .await;
        }
        let hits = find(&group, "саша").await;
        assert_eq!(hits.len(), 10);
        assert_eq!(hits[0].client.as_ref().unwrap().client_id, meant);
        assert!(
            hits[1..]
                .iter()
                .all(|hit| { hit.client.as_ref().unwrap().display_name.contains("Александр") })
        );
    });
}

#[test]
fn a_company_is_found_with_a_slip_in_its_name_and_anybody_without_marks_over_letters() {
    support::run(async |group| {
        let firm = SourceRecord {
            company: Some(Company {
                name: "ООО «Северный мост»".into(),
                ..Company::default()
            }),
            ..record("import", "c-1", "contact", 1)
        };
        let firm = group.resolve(firm).await.client_id;
        let named = |id: &str, name: &str| SourceRecord {
            full_name: name.into(),
            phones: vec![format!("+34 612 34 56 {id}")],
            ..record("import", id, "contact", 1)
        };
        let jose = group.resolve(named("71", "José Núñez García")).await.client_id;
        // `й` of two characters, as some programs write it.
        let sergey = group
            .resolve(named("72", "Сергеи\u{306} Белозёров"))
            .await
            .client_id;
        for (query, whose, by) in [
            ("Севреный мост", &firm, "company"),
            ("Сиверный", &firm, "company"),
            ("ООО Северныи мост", &firm, "company"),
            ("Severnij most", &firm, "company"),
            ("Jose Nunez", &jose, "name"),
            ("Núñez", &jose, "name"),
            ("garcia", &jose, "name"),
            ("Сергей Белозеров", &sergey, "name"),
        ] {
            let hits = find(&group, query).await;
            let first = hits.first().and_then(|hit| hit.client.as_ref());
            assert_eq!(first.map(|client| &client.client_id), Some(whose), "{query}");
            assert_eq!(hits[0].matched_by, by, "{query}");
        }
        assert_eq!(group.card(&sergey).await.display_name, "Белозёров Сергей");
    });
}
