//! City numbers without their code: completed where the branch has one, else shown, found and compared as local ones.

use edina_messaging::{connection, directory};
use edina_proto::{
    directory::v1::{Branch, Group as Directory},
    registry::v1::{
        Company, CompanyContact, Contact, GetContactabilityRequest, LookupPhoneRequest, SourceRecord,
    },
};

use super::{correct, found};
use crate::{
    reading_anew::superuser,
    support::{self, Group, record, until},
};

const TVER: &str = "tver";

/// Sets the code of Tver, and waits until the registry knows it.
async fn tver_has_code(group: &Group, version: u64, code: &str) {
    let nats = edina_messaging::connect(&group.world().nats_url, "test")
        .await
        .unwrap();
    let known = Directory {
        group_id: group.caller.group.to_string(),
        version,
        branches: vec![Branch {
            branch_id: TVER.into(),
            area_code: code.into(),
            ..Branch::default()
        }],
        ..Directory::default()
    };
    let jetstream = connection::jetstream(&nats);
    directory::publish(&jetstream, &group.caller.group, &known, 1)
        .await
        .unwrap();
    let mut of_tver = group.clone();
    of_tver.caller.actor.as_mut().unwrap().branches = vec![TVER.into()];
    until("the branch's code is known", async || {
        let typed = LookupPhoneRequest {
            phone: "46-12-77".into(),
        };
        let reply = of_tver.client().lookup_phone(of_tver.ask(typed)).await.unwrap();
        reply.into_inner().e164 == format!("+7{code}461277")
    })
    .await;
}

fn visitor(external_id: &str, branch: &str, phone: &str) -> SourceRecord {
    SourceRecord {
        full_name: "Круглова Ольга Андреевна".into(),
        phones: vec![phone.into()],
        branch_id: branch.into(),
        ..record("service_dms", external_id, "repair_order", 1)
    }
}

fn phones(contacts: &[Contact]) -> Vec<(&str, &str, bool)> {
    let phones = contacts.iter().filter(|contact| contact.kind == "phone");
    phones
        .map(|phone| (phone.value.as_str(), phone.display.as_str(), phone.local))
        .collect()
}

#[test]
fn one_without_a_code_is_shown_found_and_compared_within_its_town() {
    support::run(async |group| {
        let orel = group.resolve(visitor("ro-1", "orel", "46-12-77")).await;
        let card = group.card(&orel.client_id).await;
        assert_eq!(phones(&card.contacts), [("461277", "46-12-77", true)]);
        for typed in ["46-12-77", "461277", "4612", "2-77"] {
            let hits = found(&group, typed, false).await;
            assert_eq!(hits.contains(&orel.client_id), typed != "2-77", "{typed}");
        }
        // Nothing can be sent to it.
        let request = GetContactabilityRequest {
            client_id: orel.client_id.clone(),
        };
        let reply = group.client().get_contactability(group.ask(request)).await;
        assert!(reply.unwrap().into_inner().phones.is_empty());

        let again = group
            .resolve(visitor("ro-2", "orel", "461277 спросить Олю"))
            .await;
        assert_eq!(again.client_id, orel.client_id);
        // The same digits in another town are another number.
        let elsewhere = SourceRecord {
            full_name: String::new(),
            ..visitor("ro-3", "kursk", "46-12-77")
        };
        assert_ne!(group.resolve(elsewhere).await.client_id, orel.client_id);
        // Once the whole number is said, it is the one number of the card.
        let whole = group.resolve(visitor("ro-4", "orel", "8 (4862) 46-12-77")).await;
        assert_eq!(whole.client_id, orel.client_id);
        let card = group.card(&orel.client_id).await;
        assert_eq!(
            phones(&card.contacts),
            [("+74862461277", "+7 486 246-12-77", false)]
        );
    });
}

#[test]
fn the_code_of_the_branch_completes_it_and_reading_anew_keeps_what_it_was() {
    support::run(async |group| {
        tver_has_code(&group, 1, "4822").await;
        let tver = group.resolve(visitor("ro-1", TVER, "46-12-77")).await.client_id;
        let shown = [("+74822461277", "+7 482 246-12-77", false)];
        assert_eq!(phones(&group.card(&tver).await.contacts), shown);
        assert_eq!(
            found(&group, "8 4822 461277", false).await,
            std::slice::from_ref(&tver)
        );

        // The code changes, and everything is read anew, as after an update.
        tver_has_code(&group, 2, "4842").await;
        let pool = superuser(&group).await;
        let name = group.caller.group.as_str().to_owned();
        let mut keys = Vec::new();
        for change in [
            "update source_records set profile_version = profile_version - 1, profile = null, brief_version = 0,
                 normalised = normalised || '{\"version\": 1}' where group_id = $1",
            "delete from key_counts where group_id = $1 and kind <> 'total'",
            "insert into jobs (id, group_id, kind, key, payload, due_at)
             values (gen_random_uuid(), $1, 'read_anew', '', '{}', now())",
        ] {
            keys.push(indexes(&pool, &name).await);
            sqlx::query(change).bind(&name).execute(&pool).await.unwrap();
        }
        until("records are read anew", async || {
            let stale: i64 = sqlx::query_scalar(
                "select count(*) from source_records where group_id = $1 and brief_version = 0",
            )
            .bind(&name)
            .fetch_one(&pool)
            .await
            .unwrap();
            stale == 0
        })
        .await;
        assert_eq!(indexes(&pool, &name).await, keys[0]);
        pool.close().await;
        assert_eq!(phones(&group.card(&tver).await.contacts), shown);
    });
}

#[test]
fn the_numbers_of_a_companys_people_are_of_the_branch_that_typed_them() {
    support::run(async |group| {
        tver_has_code(&group, 1, "4822").await;
        let firm = |id: &str, branch: &str, name: &str| SourceRecord {
            company: Some(Company {
                name: "ООО «Ромашка»".into(),
                inn: "7707083893".into(),
                ..Company::default()
            }),
            contacts: vec![CompanyContact {
                name: name.into(),
                phone: "46-12-77".into(),
                ..CompanyContact::default()
            }],
            branch_id: branch.into(),
            ..record("import", id, "contact", 1)
        };
        let client = group
            .resolve(firm("c-1", TVER, "Кравцов Игорь Олегович"))
            .await
            .client_id;
        group.resolve(firm("c-2", "orel", "Зуев Лев Львович")).await;
        let numbers = async || -> Vec<(String, String)> {
            let people = group.card(&client).await.decision_makers.into_iter();
            let mut numbers: Vec<_> = people.map(|person| (person.name, person.phone)).collect();
            numbers.sort();
            numbers
        };
        let said = [
            ("Зуев Лев Львович".to_owned(), "46-12-77".to_owned()),
            ("Кравцов Игорь Олегович".to_owned(), "+74822461277".to_owned()),
        ];
        assert_eq!(numbers().await, said);
        // What was typed there stays what it was.
        tver_has_code(&group, 2, "4842").await;
        assert_eq!(numbers().await, said);
        // As clients of their own they keep their numbers: the one of Orel is still without its code.
        correct(&group, &client, "liquidated", "2026-03-01").await;
        for (query, is_local) in [("кравцов игорь", false), ("зуев лев", true)] {
            let mut own = found(&group, query, false).await;
            own.retain(|id| *id != client);
            let contacts = group.card(&own[0]).await.contacts;
            assert_eq!(phones(&contacts)[0].2, is_local, "{query}");
        }
    });
}

/// What records are found by.
async fn indexes(pool: &sqlx::PgPool, group: &str) -> Vec<String> {
    sqlx::query_scalar(
        "select concat_ws('|', 'key', key, client_id) as line from client_keys where group_id = $1
         union all
         select concat_ws('|', kind, term, client_id) from search_terms where group_id = $1 order by 1",
    )
    .bind(group)
    .fetch_all(pool)
    .await
    .unwrap()
}
