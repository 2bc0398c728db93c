//! Cars and their people: a car sold on changes hands, its owners stay who they are.

use edina_proto::common::v1::{Money, VehicleDescription};
use edina_proto::registry::v1::{RecordPurchaseRequest, SourceRecord};

use crate::support::{self, car, record};

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
        let (old, new) = (
            group.card(&seller.client_id).await,
            group.card(&buyer.client_id).await,
        );
        assert_eq!(old.vehicles[0].vehicle_id, new.vehicles[0].vehicle_id);
        assert_eq!(old.vehicles[0].to, new.vehicles[0].from);
        assert!(new.vehicles[0].to.is_none());

        // A late record of the first owner's time changes nothing now.
        group
            .resolve(SourceRecord {
                full_name: "Иванов Пётр Ильич".into(),
                phones: vec!["89031112233".into()],
                vehicles: vec![car(VIN)],
                ..record("service_dms", "ro-0", "repair_order", 30)
            })
            .await;
        assert_eq!(group.card(&seller.client_id).await.vehicles, old.vehicles);

        let said: Vec<String> = support::facts(&group).await;
        assert_eq!(
            said.iter()
                .filter(|kind| *kind == "edina.registry.vehicle.changed_hands.v1")
                .count(),
            1
        );
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
