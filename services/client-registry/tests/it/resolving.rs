//! From records to cards: the same person by three roads, families, repeats, and everything at once.

use edina_proto::registry::v1::{LookupPhoneRequest, ResolveSourceRequest, SourceRecord};
use futures::future::join_all;

use crate::support::{self, car, record};

const VIN: &str = "XW7BF4FK30S123456";

fn lead(id: &str) -> SourceRecord {
    SourceRecord {
        full_name: "Мария Петрова".into(),
        phones: vec!["8 (916) 123-45-67".into()],
        emails: vec!["Maria.Petrova@mail.ru".into()],
        channel: "web".into(),
        ..record("lead_intake", id, "lead", 1)
    }
}

#[test]
fn a_lead_a_repair_order_and_a_call_are_one_card() {
    support::run(async |group| {
        let first = group.resolve(lead("l-1")).await;
        assert_eq!(first.outcome, "created");
        let order = group
            .resolve(SourceRecord {
                last_name: "Петрова".into(),
                first_name: "Мария".into(),
                middle_name: "Сергеевна".into(),
                phones: vec!["+79161234567".into()],
                vehicles: vec![car(VIN)],
                comment: "ТО-2".into(),
                ..record("service_dms", "ro-1", "repair_order", 10)
            })
            .await;
        assert_eq!(
            (order.outcome.as_str(), &order.client_id),
            ("linked", &first.client_id)
        );
        let call = group
            .resolve(SourceRecord {
                phones: vec!["79161234567".into()],
                ..record("call_tracking", "c-1", "call", 12)
            })
            .await;
        assert_eq!(
            (call.outcome.as_str(), &call.client_id),
            ("linked", &first.client_id)
        );

        let card = group.card(&first.client_id).await;
        assert_eq!(card.display_name, "Петрова Мария Сергеевна");
        assert_eq!(card.source_record_count, 3);
        assert_eq!(card.contacts.len(), 2);
        assert_eq!(card.contacts[0].value, "+79161234567");
        assert_eq!(card.vehicles[0].role, "owner");
        assert_eq!(card.vehicles[0].vehicle.as_ref().unwrap().vin, VIN);
        assert_eq!(card.last_name.as_ref().unwrap().confirmed_by, "visit");
        assert_eq!(card.purchases.len(), 1);
        assert_eq!(card.marketing[0].channel, "web");
        assert!((50..100).contains(&card.completeness), "{}", card.completeness);
        let timeline = group.timeline(&first.client_id).await;
        assert_eq!(timeline.len(), 1);
        assert_eq!(
            (timeline[0].kind.as_str(), timeline[0].text.as_str()),
            ("repair_order", "ТО-2")
        );

        let asked = LookupPhoneRequest {
            phone: "8-916-123-45-67".into(),
        };
        let found = group
            .client()
            .lookup_phone(group.ask(asked))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(found.e164, "+79161234567");
        assert_eq!(found.clients[0].client_id, first.client_id);
    });
}

#[test]
fn a_family_that_shares_a_phone_stays_two_cards() {
    support::run(async |group| {
        let maria = group.resolve(lead("l-1")).await;
        let igor = group
            .resolve(SourceRecord {
                full_name: "Петров Игорь Николаевич".into(),
                phones: vec!["89161234567".into()],
                ..record("service_dms", "ro-1", "repair_order", 3)
            })
            .await;
        assert_ne!(maria.client_id, igor.client_id);
        let card = group.card(&maria.client_id).await;
        let phone = card
            .contacts
            .iter()
            .find(|contact| contact.kind == "phone")
            .unwrap();
        assert_eq!(phone.shared_with, 1);
        let asked = LookupPhoneRequest {
            phone: "+7 916 123 45 67".into(),
        };
        let found = group
            .client()
            .lookup_phone(group.ask(asked))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(found.clients.len(), 2);
    });
}

#[test]
fn calls_from_a_familys_number_gather_on_one_card() {
    support::run(async |group| {
        let maria = group.resolve(lead("l-1")).await.client_id;
        let order = SourceRecord {
            full_name: "Петров Игорь Николаевич".into(),
            phones: vec!["89161234567".into()],
            ..record("service_dms", "ro-1", "repair_order", 3)
        };
        let igor = group.resolve(order).await.client_id;
        let mut callers = Vec::new();
        for call in 0..5 {
            let call = SourceRecord {
                phones: vec!["+79161234567".into()],
                ..record("call_tracking", &format!("c-{call}"), "call", 4)
            };
            callers.push(group.resolve(call).await.client_id);
        }
        assert!(callers.iter().all(|caller| *caller == callers[0]), "{callers:?}");
        assert!(
            ![maria, igor].contains(&callers[0]),
            "nobody knows which of the two it was"
        );
        assert_eq!(group.card(&callers[0]).await.source_record_count, 5);
    });
}

#[test]
fn the_same_record_again_answers_the_same() {
    support::run(async |group| {
        for external_id in ["l-1", ""] {
            let first = group.resolve(lead(external_id)).await;
            let again = group.resolve(lead(external_id)).await;
            assert_eq!(first.source_record_id, again.source_record_id);
            assert_eq!((first.client_id, first.outcome), (again.client_id, again.outcome));
        }
    });
}

#[test]
fn sixteen_at_once_make_one_client() {
    support::run(async |group| {
        let same = (0..16).map(|_| lead("l-1"));
        let different = (0..16).map(|n| lead(&format!("other-{n}")));
        let replies = join_all(same.chain(different).map(|record| group.resolve(record))).await;
        let mut clients: Vec<_> = replies.iter().map(|reply| reply.client_id.clone()).collect();
        clients.sort();
        clients.dedup();
        assert_eq!(clients.len(), 1, "{replies:?}");
        let mut records: Vec<_> = replies
            .iter()
            .map(|reply| reply.source_record_id.clone())
            .collect();
        records.sort();
        records.dedup();
        assert_eq!(records.len(), 17);
        assert!(replies.iter().any(|reply| reply.outcome == "created"));
    });
}

#[test]
fn bad_input_names_the_field() {
    support::run(async |group| {
        let nobody = record("lead_intake", "l-1", "lead", 1);
        let wrong_kind = SourceRecord {
            kind: "gossip".into(),
            ..lead("l-2")
        };
        let wrong_phone = SourceRecord {
            phones: vec!["ring me".into()],
            ..record("lead_intake", "l-3", "lead", 1)
        };
        let wrong_time = SourceRecord {
            occurred_at: Some(prost_types::Timestamp {
                seconds: i64::MAX,
                nanos: 0,
            }),
            ..lead("l-4")
        };
        for (input, named) in [
            (nobody, "record"),
            (wrong_kind, "kind"),
            (wrong_phone, "record"),
            (wrong_time, "occurred_at"),
        ] {
            let refused = group.try_resolve(input).await.unwrap_err();
            assert_eq!(refused.code(), tonic::Code::InvalidArgument);
            assert!(refused.message().starts_with(named), "{}", refused.message());
        }
        let unsigned = group
            .client()
            .resolve_source(ResolveSourceRequest {
                record: Some(lead("l-5")),
            })
            .await;
        assert_eq!(unsigned.unwrap_err().code(), tonic::Code::Unauthenticated);
    });
}

#[test]
fn a_number_that_everybody_left_joins_nobody_and_hides_nobody() {
    support::run(async |group| {
        // The branch's own number, typed for whoever left none.
        let branch = "+7 495 000-01-01";
        let roots = [
            "Баран",
            "Вороб",
            "Гусак",
            "Дрозд",
            "Ежик",
            "Журав",
            "Зуб",
            "Клюк",
            "Лебед",
            "Мохн",
            "Носор",
            "Окун",
            "Попуг",
            "Рыж",
            "Снегир",
        ];
        let ends = [
            "ов", "енко", "ский", "ин", "ук", "янц", "ищев", "адзе", "ович", "ель",
        ];
        let given = [
            "Пётр",
            "Семён",
            "Глеб",
            "Яков",
            "Роман",
            "Юрий",
            "Захар",
            "Илья",
            "Олег",
            "Марк",
        ];
        let strangers: Vec<SourceRecord> = (0..150)
            .map(|number| SourceRecord {
                last_name: format!("{}{}", roots[number / 10], ends[number % 10]),
                first_name: given[(number / 10 + number) % 10].into(),
                phones: vec![
                    branch.into(),
                    format!("+7 973 {:03}-{:02}-17", 113 + number * 5, number % 97),
                ],
                ..record("sales_dms", &format!("s-{number}"), "sale", 1)
            })
            .collect();
        let mut clients = std::collections::BTreeSet::new();
        for record in strangers {
            clients.insert(group.resolve(record).await.client_id);
        }
        assert_eq!(
            clients.len(),
            150,
            "strangers are joined by a number that is nobody's"
        );
        let stranger = SourceRecord {
            full_name: "Кузьмичёв Тимур".into(),
            phones: vec![branch.into()],
            ..record("lead_intake", "l-1", "lead", 2)
        };
        // What identifies still does, beside a number that does not.
        let own = SourceRecord {
            full_name: "Бараненко Семен".into(),
            phones: vec![branch.into(), "8 (973) 118-01-17".into()],
            ..record("lead_intake", "l-2", "lead", 2)
        };
        let nobody = group.resolve(stranger).await;
        assert!(
            !clients.contains(&nobody.client_id),
            "linked by the branch's number"
        );
        let found = group.resolve(own).await;
        assert_eq!(found.outcome, "linked");
        assert!(clients.contains(&found.client_id));
        // A call from it belongs to none of them.
        let call = SourceRecord {
            phones: vec![branch.into()],
            ..record("call_tracking", "c-1", "call", 3)
        };
        assert!(!clients.contains(&group.resolve(call).await.client_id));
    });
}
