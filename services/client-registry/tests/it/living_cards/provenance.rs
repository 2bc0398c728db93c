//! Where the parts of a card come from, beyond names: a company's numbers, a car's plates, what a telephone is called.

use edina_proto::{
    common::v1::VehicleDescription,
    registry::v1::{Company, Contact, ResolveSourceRequest, SourceRecord},
};
use tonic::Code;

use super::buyer;
use crate::support::{self, Group, record};

fn called(source: &str, id: &str, day: i64, labels: &[(&str, &str)]) -> SourceRecord {
    SourceRecord {
        full_name: "Осипова Дарья Олеговна".into(),
        phones: labels
            .iter()
            .map(|(value, _)| *value)
            .filter(|v| !v.contains('@'))
            .map(Into::into)
            .collect(),
        emails: labels
            .iter()
            .map(|(value, _)| *value)
            .filter(|v| v.contains('@'))
            .map(Into::into)
            .collect(),
        labels: labels
            .iter()
            .map(|(value, label)| ((*value).into(), (*label).into()))
            .collect(),
        ..record(source, id, "contact", day)
    }
}

fn labels(contacts: &[Contact], value: &str) -> Vec<String> {
    let found = contacts.iter().find(|contact| contact.value == value);
    found.unwrap().labels.clone()
}

#[test]
fn contacts_are_called_what_sources_call_them() {
    support::run(async |group| {
        let first = called(
            "import",
            "c-1",
            1,
            &[
                ("8 916 123-45-67", "mobile"),
                ("8 (495) 111-22-33, доб. 4", "work"),
                ("D.Osipova@example.com", "work"),
            ],
        );
        let client_id = group.resolve(first).await.client_id;
        let later = called("sales_dms", "s-1", 5, &[("+79161234567", "work")]);
        assert_eq!(group.resolve(later).await.client_id, client_id);

        let contacts = group.card(&client_id).await.contacts;
        assert_eq!(labels(&contacts, "+79161234567"), ["work", "mobile"]);
        assert_eq!(labels(&contacts, "+74951112233"), ["work"]);
        assert_eq!(labels(&contacts, "d.osipova@example.com"), ["work"]);
    });
}

#[test]
fn labels_are_of_the_records_own_numbers_and_make_no_other_record() {
    support::run(async |group| {
        let unlabelled = SourceRecord {
            labels: Default::default(),
            external_id: String::new(),
            ..called("import", "", 1, &[("8 916 123-45-67", "home")])
        };
        let before = group.resolve(unlabelled.clone()).await;
        let again = SourceRecord {
            labels: [("8 916 123-45-67".to_owned(), "home".to_owned())].into(),
            ..unlabelled
        };
        assert_eq!(
            group.resolve(again).await.source_record_id,
            before.source_record_id
        );

        for (value, label) in [("8 916 123-45-67", "fax"), ("8 916 000-00-00", "home")] {
            let wrong = SourceRecord {
                labels: [(value.to_owned(), label.to_owned())].into(),
                ..called("import", "c-2", 2, &[("8 916 123-45-67", "home")])
            };
            let request = ResolveSourceRequest { record: Some(wrong) };
            let refused = group
                .client()
                .resolve_source(group.ask(request))
                .await
                .unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument, "{value} {label}");
            assert!(refused.message().contains("labels"), "{}", refused.message());
        }
    });
}

/// A sale, and the same car at a service with another plate.
async fn twice(group: &Group) -> String {
    let car = |plate: &str, mileage_km: i32| VehicleDescription {
        vin: "XW8ZZZ61ZJG000001".into(),
        plate: plate.into(),
        model: "Polo".into(),
        mileage_km,
        ..VehicleDescription::default()
    };
    let sold = SourceRecord {
        vehicles: vec![car("А001АА77", 0)],
        ..buyer("s-1", "Крылов Пётр Ильич", "89161112233", 1, 1_500_000)
    };
    let client_id = group.resolve(sold).await.client_id;
    let serviced = SourceRecord {
        vehicles: vec![car("В 002 ВВ 77", 15_000)],
        source: "service_dms".into(),
        kind: "repair_order".into(),
        ..buyer("r-1", "Крылов Пётр Ильич", "89161112233", 40, 12_000)
    };
    assert_eq!(group.resolve(serviced).await.client_id, client_id);
    client_id
}

#[test]
fn every_part_of_a_vehicle_says_where_it_comes_from() {
    support::run(async |group| {
        let client_id = twice(&group).await;
        let card = group.card(&client_id).await;
        let role = card.vehicles.iter().find(|role| role.role == "owner").unwrap();
        assert_eq!(role.vehicle.as_ref().unwrap().plate, "В 002 ВВ 77");
        let part = |name: &str| {
            let found = role.parts.iter().find(|part| part.name == name);
            found.and_then(|part| part.datum.clone())
        };
        let plate = part("plate").unwrap();
        assert_eq!(
            (plate.value.as_str(), plate.source.as_str()),
            ("В 002 ВВ 77", "service_dms")
        );
        assert_eq!(plate.earlier[0].value, "А 001 АА 77");
        assert_eq!(plate.earlier[0].source, "sales_dms");
        assert_eq!(part("mileage_km").unwrap().value, "15000");
        let vin = part("vin").unwrap();
        assert_ne!(vin.first_seen_at, vin.last_seen_at);
        assert_eq!(part("year"), None, "never said");
    });
}

#[test]
fn every_number_of_a_company_says_where_it_comes_from() {
    support::run(async |group| {
        let firm = |source: &str, id: &str, kpp: &str, day: i64| SourceRecord {
            company: Some(Company {
                name: "ООО «Ромашка»".into(),
                inn: "7707083893".into(),
                kpp: kpp.into(),
                ..Company::default()
            }),
            ..record(source, id, "contact", day)
        };
        let client_id = group
            .resolve(firm("import", "c-1", "770701001", 1))
            .await
            .client_id;
        group.resolve(firm("sales_dms", "s-1", "770801001", 9)).await;
        let data = group.card(&client_id).await.company_data.unwrap();
        let kpp = data.kpp.unwrap();
        assert_eq!(
            (kpp.value.as_str(), kpp.source.as_str()),
            ("770801001", "sales_dms")
        );
        assert_eq!(
            (kpp.earlier[0].value.as_str(), kpp.earlier[0].source.as_str()),
            ("770701001", "import")
        );
        let inn = data.inn.unwrap();
        assert!(inn.first_seen_at != inn.last_seen_at && inn.earlier.is_empty());
        assert_eq!(data.name.unwrap().value, "ООО «Ромашка»");
        assert!(data.ogrn.is_none());
    });
}

#[test]
fn of_two_numbers_of_one_record_the_mobile_one_stands_first() {
    support::run(async |group| {
        let said = SourceRecord {
            full_name: "Осипова Дарья Олеговна".into(),
            phones: vec!["8 843 555-01-02".into(), "8 916 555-01-03".into()],
            ..record("import", "two", "contact", 1)
        };
        let client_id = group.resolve(said).await.client_id;
        let contacts = group.card(&client_id).await.contacts;
        let values: Vec<&str> = contacts.iter().map(|contact| contact.value.as_str()).collect();
        assert_eq!(values, ["+79165550103", "+78435550102"]);
    });
}
