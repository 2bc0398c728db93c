//! Relations that records show by themselves: where somebody works, his own business, who lives with whom; and what goes with
//! them.

use edina_proto::registry::v1::{
    BeginImportRequest, Company, CompanyContact, ConfirmRelationRequest, FinishImportRequest, ImportRow,
    ImportRowsRequest, Relation, SourceRecord, UndoImportRequest, UndoRelationRequest, import_row::Content,
};

use crate::support::{self, Group, record, until};

fn person(id: &str, name: &str, phone: &str, address: &str) -> SourceRecord {
    SourceRecord {
        full_name: name.into(),
        phones: vec![phone.into()],
        address: address.into(),
        ..record("sales_dms", id, "sale", 10)
    }
}

fn company(id: &str, name: &str, inn: &str, phone: &str) -> SourceRecord {
    SourceRecord {
        company: Some(Company {
            name: name.into(),
            inn: inn.into(),
            ..Company::default()
        }),
        phones: vec![phone.into()],
        ..record("import", id, "contact", 10)
    }
}

fn firm(id: &str) -> SourceRecord {
    SourceRecord {
        contacts: vec![CompanyContact {
            name: "Кравцов И. О.".into(),
            position: "директор".into(),
            phone: "8 916 765-43-21".into(),
            ..CompanyContact::default()
        }],
        ..company(id, "ООО «Ромашка»", "7707083893", "84951234567")
    }
}

/// The relations of a card, once it has one.
async fn related(group: &Group, client: &str) -> Vec<Relation> {
    until("a relation", async || {
        !group.card(client).await.relations.is_empty()
    })
    .await;
    group.card(client).await.relations
}

/// When everything that came before has been looked at: a relation of others shows it.
async fn looked_at(group: &Group, number: u32) {
    let address = format!("г. Тверь, ул. Речная, д. {number}, кв. 1");
    let one = person(
        &format!("w-1-{number}"),
        "Фролов Егор Ильич",
        &format!("+7901000{number:04}"),
        &address,
    );
    let other = person(
        &format!("w-2-{number}"),
        "Фролова Инна Львовна",
        &format!("+7902000{number:04}"),
        &address,
    );
    group.resolve(one).await;
    let other = group.resolve(other).await.client_id;
    related(group, &other).await;
}

#[test]
fn somebody_a_company_lists_by_his_own_number_works_there() {
    support::run(async |group| {
        let kravtsov = person("s-1", "Кравцов Игорь Олегович", "89167654321", "");
        let person = group.resolve(kravtsov).await.client_id;
        let namesake = person_named_otherwise(&group).await;
        let firm = group.resolve(firm("c-1")).await.client_id;
        let works = related(&group, &person).await;
        assert_eq!(
            (works[0].kind.as_str(), works[0].client_id.as_str()),
            ("employer", firm.as_str())
        );
        assert_eq!(
            (works[0].position.as_str(), works[0].proposed, works[0].outward),
            ("директор", false, true)
        );
        assert_eq!(works[0].because, ["work_phone", "name"]);
        assert_eq!(group.card(&firm).await.relations.len(), 1);
        assert!(group.card(&namesake).await.relations.is_empty());
        assert_eq!(group.card(&firm).await.decision_makers[0].client_id, person);
    });
}

/// He has the number, too, under a name that is not the contact's.
async fn person_named_otherwise(group: &Group) -> String {
    let other = person("s-2", "Зуева Мария Львовна", "89167654321", "");
    group.resolve(other).await.client_id
}

#[test]
fn a_person_and_his_own_business_are_two_clients_that_belong_together() {
    support::run(async |group| {
        let himself = SourceRecord {
            company: None,
            ..person("s-1", "Иванов Пётр Ильич", "89031112233", "")
        };
        let himself = group.resolve(himself).await.client_id;
        let business = company("c-1", "ИП Иванов П. И.", "500100732259", "89031112233");
        let business = group.resolve(business).await.client_id;
        assert_ne!(himself, business);
        let owns = related(&group, &himself).await;
        assert_eq!(
            (owns[0].kind.as_str(), owns[0].client_id.as_str()),
            ("sole_proprietorship", business.as_str())
        );
        assert!(owns[0].outward && !owns[0].proposed);
    });
}

#[test]
fn a_household_is_known_by_surname_and_flat_and_never_by_a_phone_alone() {
    support::run(async |group| {
        let home = "г. Тверь, ул. Садовая, д. 5, кв. 12";
        let husband = group
            .resolve(person("s-1", "Иванов Пётр Ильич", "89031112233", home))
            .await;
        let wife = group
            .resolve(person("s-2", "Иванова Ольга Петровна", "89262223344", home))
            .await;
        let lives = related(&group, &wife.client_id).await;
        assert_eq!(
            (lives[0].kind.as_str(), lives[0].client_id.as_str()),
            ("household", husband.client_id.as_str())
        );
        assert!(!lives[0].proposed);
        // One number, other homes: colleagues, or whoever had the number before.
        let elsewhere = "г. Тверь, ул. Лесная, д. 7, кв. 3";
        let other = group
            .resolve(person("s-3", "Сидорова Анна Олеговна", "89031112233", elsewhere))
            .await;
        // A house without flats: a person is asked.
        let house = "г. Тверь, ул. Полевая, д. 9";
        let one = group
            .resolve(person("s-4", "Орлов Олег Ильич", "89161110000", house))
            .await;
        let two = group
            .resolve(person("s-5", "Зуева Мария Львовна", "89161110000", house))
            .await;
        let asked = related(&group, &two.client_id).await;
        assert!(asked[0].proposed && asked[0].client_id == one.client_id);
        looked_at(&group, 1).await;
        assert!(group.card(&other.client_id).await.relations.is_empty());
        assert_eq!(group.card(&husband.client_id).await.relations.len(), 1);

        // Confirmed it is what a person said; refused it is not proposed again.
        let confirm = ConfirmRelationRequest {
            relation_id: asked[0].relation_id.clone(),
        };
        group.client().confirm_relation(group.ask(confirm)).await.unwrap();
        let confirmed = group.card(&one.client_id).await.relations;
        assert!(!confirmed[0].proposed && confirmed[0].actor_employee_id == "e-1");
        let refuse = UndoRelationRequest {
            relation_id: lives[0].relation_id.clone(),
        };
        group.client().undo_relation(group.ask(refuse)).await.unwrap();
        group
            .resolve(person("s-6", "Иванова Ольга Петровна", "89262223344", home))
            .await;
        looked_at(&group, 2).await;
        assert!(group.card(&wife.client_id).await.relations.is_empty());
    });
}

/// An import that has brought the firm, and goes on.
async fn begun_import(group: &Group, key: &str) -> String {
    let begun = BeginImportRequest {
        key: key.repeat(64),
        file_name: "firms.csv".into(),
        kind: "contacts".into(),
        ..BeginImportRequest::default()
    };
    let begun = group.client().begin_import(group.ask(begun)).await.unwrap();
    let import_id = begun.into_inner().import_id;
    let row = ImportRow {
        content: Some(Content::Record(firm("c-1"))),
        line: 2,
    };
    let rows = ImportRowsRequest {
        import_id: import_id.clone(),
        first_row: 0,
        rows: vec![row],
    };
    group.client().import_rows(group.ask(rows)).await.unwrap();
    import_id
}

async fn finish(group: &Group, import_id: &str) {
    let finished = FinishImportRequest {
        import_id: import_id.to_owned(),
        rows: 1,
    };
    group.client().finish_import(group.ask(finished)).await.unwrap();
}

#[test]
fn a_relation_goes_with_the_import_that_showed_it_and_comes_again_with_the_next() {
    support::run(async |group| {
        let person = person("s-1", "Кравцов Игорь Олегович", "89167654321", "");
        let person = group.resolve(person).await.client_id;
        let first = begun_import(&group, "a").await;
        finish(&group, &first).await;
        related(&group, &person).await;
        until("the import is taken back", async || {
            let request = UndoImportRequest {
                import_id: first.clone(),
            };
            let undone = group.client().undo_import(group.ask(request)).await.unwrap();
            undone.into_inner().state == "undone"
        })
        .await;
        assert!(group.card(&person).await.relations.is_empty());
        let second = begun_import(&group, "b").await;
        finish(&group, &second).await;
        assert_eq!(related(&group, &person).await.len(), 1);
    });
}

#[test]
fn relations_are_looked_for_when_a_file_has_come_in_and_not_beside_it() {
    support::run(async |group| {
        let person = person("s-1", "Кравцов Игорь Олегович", "89167654321", "");
        let person = group.resolve(person).await.client_id;
        let import = begun_import(&group, "a").await;
        // What comes by itself meanwhile has relations looked for.
        group.resolve(firm("c-2")).await;
        until("the search is put off", async || {
            let mut tx = group.world().database.begin(&group.caller.group).await.unwrap();
            sqlx::query_scalar(
                "select exists (select from jobs where kind = 'relate' and due_at > now() + interval '10 seconds')",
            )
            .fetch_one(&mut *tx)
            .await
            .unwrap()
        })
        .await;
        assert!(group.card(&person).await.relations.is_empty());
        finish(&group, &import).await;
        assert_eq!(related(&group, &person).await.len(), 1);
    });
}
