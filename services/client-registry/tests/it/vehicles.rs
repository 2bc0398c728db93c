//! Cars and their people: a car sold on changes hands, its owners stay who they are.

use edina_proto::common::v1::{Money, VehicleDescription};
use edina_proto::registry::v1::{
    Card, ClientSummary, GetSummariesRequest, LookupPhoneRequest, RecordPurchaseRequest, RouteVehicleRequest,
    SearchClientsRequest, SetVehicleRoleRequest, SourceRecord, VehicleRole,
};

use crate::support::{self, Group, car, record};

const VIN: &str = "XW7BF4FK30S123456";

#[test]
fn a_car_sold_on_changes_hands() {
    support::run(async |group| {
        let seller = group
            .resolve(SourceRecord {
                full_name: "Иванов Пётр Ильич".into(),
                phones: vec!["89031112233".into()],
                vehicles: vec![car(VIN)],
                ..record("sales_dms", "s-1", "sale", 1)
            })
            .await;
        let buyer = group
            .resolve(SourceRecord {
                full_name: "Сидорова Анна Олеговна".into(),
                phones: vec!["89057778899".into()],
                vehicles: vec![car(VIN)],
                ..record("service_dms", "ro-1", "repair_order", 90)
            })
            .await;
        assert_ne!(seller.client_id, buyer.client_id);
        let used = &group.card(&buyer.client_id).await.vehicles[0];
        assert_eq!(used.role, "uses", "who brings it once may be anybody");
        assert!(group.card(&seller.client_id).await.vehicles[0].to.is_none());
        group
            .resolve(SourceRecord {
                full_name: "Сидорова Анна Олеговна".into(),
                phones: vec!["89057778899".into()],
                vehicles: vec![car(VIN)],
                ..record("service_dms", "ro-2", "repair_order", 200)
            })
            .await;
        let (old, new) = (
            group.card(&seller.client_id).await,
            group.card(&buyer.client_id).await,
        );
        assert_eq!(old.vehicles[0].vehicle_id, new.vehicles[0].vehicle_id);
        assert_eq!(old.vehicles[0].to, new.vehicles[0].from);
        assert!(new.vehicles[0].to.is_none());

        // Nor does a list, or the panel of a call, show it with him who had it.
        let shown = |client: &ClientSummary| -> Vec<String> {
            let cars = client.vehicles.iter();
            cars.map(|car| car.vin.clone()).collect()
        };
        let summaries = GetSummariesRequest {
            client_ids: vec![seller.client_id.clone(), buyer.client_id.clone()],
        };
        let reply = group.client().get_summaries(group.ask(summaries)).await.unwrap();
        let known = reply.into_inner().clients;
        assert!(shown(&known[&seller.client_id]).is_empty());
        assert_eq!(shown(&known[&buyer.client_id]), [VIN]);
        let call = LookupPhoneRequest {
            phone: "89031112233".into(),
        };
        let callers = group.client().lookup_phone(group.ask(call)).await.unwrap();
        assert!(shown(&callers.into_inner().clients[0]).is_empty());
        let both = [(buyer.client_id.clone(), false), (seller.client_id.clone(), true)];
        assert_eq!(found(&group, VIN).await, both);
        assert_eq!(
            found(&group, "Иванов Пётр").await,
            [(seller.client_id.clone(), false)]
        );

        // A late record of the first owner's time changes nothing now.
        group
            .resolve(SourceRecord {
                full_name: "Иванов Пётр Ильич".into(),
                phones: vec!["89031112233".into()],
                vehicles: vec![car(VIN)],
                ..record("service_dms", "ro-0", "repair_order", 30)
            })
            .await;
        let roles = |card: &Card| -> Vec<VehicleRole> {
            let told = card.vehicles.iter().cloned();
            told.map(|role| VehicleRole {
                parts: vec![],
                ..role
            })
            .collect()
        };
        assert_eq!(roles(&group.card(&seller.client_id).await), roles(&old));

        let said: Vec<String> = support::facts(&group).await;
        assert_eq!(
            said.iter()
                .filter(|kind| *kind == "edina.registry.vehicle.changed_hands.v1")
                .count(),
            1
        );
    });
}

/// Who is found, and whether by a car that he has no more.
async fn found(group: &Group, query: &str) -> Vec<(String, bool)> {
    let request = SearchClientsRequest {
        query: query.into(),
        limit: 10,
        ..SearchClientsRequest::default()
    };
    let reply = group.client().search_clients(group.ask(request)).await.unwrap();
    let hits = reply.into_inner().clients.into_iter();
    hits.map(|hit| (hit.client.unwrap().client_id, hit.former_vehicle))
        .collect()
}

#[test]
fn of_those_found_by_a_car_whose_it_is_comes_first() {
    support::run(async |group| {
        let of = |id: &str, name: &str, phone: &str, day: i64| SourceRecord {
            full_name: name.into(),
            phones: vec![phone.into()],
            ..record("sales_dms", id, "sale", day)
        };
        // Known long before he bought it.
        let heir = group
            .resolve(of("s-0", "Сидорова Анна Олеговна", "89057778899", 1))
            .await
            .client_id;
        let with_car = |said: SourceRecord| SourceRecord {
            vehicles: vec![VehicleDescription {
                plate: "А123ВС777".into(),
                ..car(VIN)
            }],
            ..said
        };
        let first = with_car(of("s-1", "Иванов Пётр Ильич", "89031112233", 2));
        let former = group.resolve(first).await.client_id;
        assert_eq!(found(&group, VIN).await, [(former.clone(), false)]);
        let second = with_car(of("s-2", "Сидорова Анна Олеговна", "89057778899", 50));
        assert_eq!(group.resolve(second).await.client_id, heir);
        for query in [VIN, "123456", "А123ВС777"] {
            let both = [(heir.clone(), false), (former.clone(), true)];
            assert_eq!(found(&group, query).await, both, "{query}");
        }
    });
}

#[test]
fn a_won_lead_is_a_purchase_once() {
    support::run(async |group| {
        let lead = group
            .resolve(SourceRecord {
                full_name: "Олег Кузнецов".into(),
                phones: vec!["89161234567".into()],
                vehicles: vec![VehicleDescription {
                    vin: String::new(),
                    ..car("")
                }],
                ..record("lead_intake", "l-1", "lead", 1)
            })
            .await;
        let won = RecordPurchaseRequest {
            client_id: lead.client_id.clone(),
            source: "lead_intake".into(),
            external_id: "l-1".into(),
            vehicle: Some(car(VIN)),
            amount: Some(Money {
                minor: 350_000_000,
                currency: "RUB".into(),
            }),
            reason: "цена".into(),
            ..Default::default()
        };
        let first = group
            .client()
            .record_purchase(group.ask(won.clone()))
            .await
            .unwrap()
            .into_inner();
        let again = group
            .client()
            .record_purchase(group.ask(won))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(first, again);
        let card = group.card(&lead.client_id).await;
        assert_eq!(card.display_name, "Кузнецов Олег");
        assert_eq!(card.purchases.len(), 1);
        assert_eq!(card.purchases[0].comment, "цена");
        assert!(
            card.vehicles
                .iter()
                .any(|role| role.role == "owner" && role.to.is_none())
        );
        assert_eq!(
            group
                .timeline(&lead.client_id)
                .await
                .iter()
                .filter(|entry| entry.kind == "sale")
                .count(),
            1
        );
    });
}

#[test]
fn husband_and_wife_bring_one_car_and_it_stays_whose_it_is() {
    support::run(async |group| {
        let brings = |id: &str, name: &str, phone: &str, day: i64| SourceRecord {
            full_name: name.into(),
            phones: vec![phone.into()],
            vehicles: vec![car(VIN)],
            ..record("service_dms", id, "repair_order", day)
        };
        let (his, hers) = (
            ("Иванов Пётр Ильич", "89031112233"),
            ("Иванова Ольга Петровна", "89262223344"),
        );
        let husband = group.resolve(brings("ro-0", his.0, his.1, 1)).await.client_id;
        let wife = group.resolve(brings("ro-1", hers.0, hers.1, 60)).await.client_id;
        assert_ne!(husband, wife);
        for (id, who, day) in [("ro-2", his, 120), ("ro-3", hers, 180), ("ro-4", hers, 290)] {
            group.resolve(brings(id, who.0, who.1, day)).await;
        }
        let (card, other) = (group.card(&husband).await, group.card(&wife).await);
        assert_eq!(
            (card.vehicles[0].role.as_str(), card.vehicles[0].to),
            ("owner", None)
        );
        assert_eq!(
            (other.vehicles[0].role.as_str(), other.vehicles[0].to),
            ("uses", None)
        );
        assert!(card.hints.is_empty(), "nobody asks him what he drives now");
        assert!(!support::facts(&group).await.contains(&CHANGED_HANDS.to_owned()));
    });
}

const CHANGED_HANDS: &str = "edina.registry.vehicle.changed_hands.v1";

#[test]
fn people_say_who_pays_and_drives_and_everybody_can_ask_whom_to_write_to() {
    support::run(async |group| {
        let owner = group
            .resolve(SourceRecord {
                full_name: "Иванов Пётр Ильич".into(),
                phones: vec!["89031112233".into()],
                vehicles: vec![car(VIN)],
                ..record("sales_dms", "s-1", "sale", 1)
            })
            .await
            .client_id;
        let someone = async |id: &str, name: &str, phone: &str| {
            let said = SourceRecord {
                full_name: name.into(),
                phones: vec![phone.into()],
                ..record("import", id, "contact", 1)
            };
            group.resolve(said).await.client_id
        };
        let payer = someone("c-1", "Кравцов Игорь Олегович", "89167654321").await;
        let driver = someone("c-2", "Зуева Мария Львовна", "89262223344").await;
        let vehicle_id = group.card(&owner).await.vehicles[0].vehicle_id.clone();
        let day = |day: i64| record("import", "", "contact", day).occurred_at;
        let set = async |client: &str, role: &str, from: Option<i64>, until: Option<i64>| {
            let request = SetVehicleRoleRequest {
                client_id: client.into(),
                vehicle_id: vehicle_id.clone(),
                role: role.into(),
                from: from.and_then(day),
                until: until.and_then(day),
            };
            let reply = group.client().set_vehicle_role(group.ask(request)).await;
            reply.map(|reply| reply.into_inner().source_record_ids.len())
        };
        let routes = async || -> Vec<(String, String)> {
            let request = RouteVehicleRequest {
                vin: VIN.to_lowercase(),
                ..RouteVehicleRequest::default()
            };
            let reply = group.client().route_vehicle(group.ask(request)).await.unwrap();
            let routes = reply.into_inner().routes.into_iter();
            routes.map(|route| (route.role, route.client_id)).collect()
        };
        let to = |role: &str, client: &str| (role.to_owned(), client.to_owned());
        assert_eq!(routes().await, vec![to("owner", &owner); 3]);
        assert_eq!(set(&payer, "payer", Some(10), None).await.unwrap(), 1);
        assert_eq!(set(&driver, "driver", Some(10), None).await.unwrap(), 1);
        let expected = [to("payer", &payer), to("driver", &driver), to("owner", &owner)];
        assert_eq!(routes().await, expected);
        let card = group.card(&owner).await;
        assert_eq!(card.vehicles[0].receives, ["recall"]);
        assert_eq!(card.vehicles[0].routes[0].display_name, "Кравцов Игорь Олегович");
        assert_eq!(group.card(&payer).await.vehicles[0].receives, ["invoice"]);
        assert!(
            group
                .timeline(&payer)
                .await
                .iter()
                .all(|entry| entry.at != day(10)),
            "no visit"
        );
        // An end is dated, and what has ended goes to the owner again.
        assert_eq!(set(&payer, "payer", None, Some(40)).await.unwrap(), 1);
        assert_eq!(group.card(&payer).await.vehicles[0].to, day(40));
        assert_eq!(routes().await[0], to("owner", &owner));
        // A role of the past changes nothing now.
        assert_eq!(set(&payer, "owner", Some(-300), Some(-100)).await.unwrap(), 2);
        assert_eq!(routes().await[2], to("owner", &owner));
        let refused = set(&payer, "payer", Some(40), Some(10)).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
        assert_eq!(
            set(&payer, "wants", Some(1), None).await.unwrap_err().code(),
            tonic::Code::InvalidArgument
        );
    });
}
