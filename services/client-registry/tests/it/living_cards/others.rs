//! Whom a card is tied to: the people of a company that ends, relations of clients.

use edina_proto::registry::v1::{
    Company, CompanyContact, CorrectFieldRequest, PutRelationRequest, SourceRecord, UndoRelationRequest,
};
use tonic::Code;

use super::{buyer, by_hand, correct, found, undo};
use crate::support::{self, record};

fn company(external_id: &str, day: i64) -> SourceRecord {
    let contact = |name: &str, phone: &str, role: &str| CompanyContact {
        name: name.into(),
        position: "директор".into(),
        buyer_role: role.into(),
        phone: phone.into(),
        email: String::new(),
    };
    SourceRecord {
        company: Some(Company {
            name: "ООО «Ромашка»".into(),
            inn: "7707083893".into(),
            ..Company::default()
        }),
        phones: vec!["84951234567".into()],
        contacts: vec![contact(
            "Кравцов Игорь Олегович",
            "8 916 765-43-21",
            "financial_buyer",
        )],
        ..record("sales_dms", external_id, "contact", day)
    }
}

#[test]
fn a_company_names_who_decides_and_its_people_outlive_it() {
    support::run(async |group| {
        let firm = group.resolve(company("c-1", 300)).await.client_id;
        let card = group.card(&firm).await;
        let boss = &card.decision_makers[0];
        assert_eq!(
            (
                boss.phone.as_str(),
                boss.position.as_str(),
                boss.buyer_role.as_str()
            ),
            ("+79167654321", "директор", "financial_buyer")
        );
        let engineer = CompanyContact {
            name: "Зуева Мария".into(),
            position: "механик".into(),
            buyer_role: "technical_buyer".into(),
            email: "Zueva@Romashka.example".into(),
            ..Default::default()
        };
        by_hand(
            &group,
            &firm,
            SourceRecord {
                contacts: vec![engineer],
                ..SourceRecord::default()
            },
        )
        .await;
        let card = group.card(&firm).await;
        assert_eq!(card.decision_makers.len(), 2);
        assert_eq!(card.decision_makers[0].email, "zueva@romashka.example");
        correct(&group, &firm, "left_company", "Зуева Мария").await;
        assert_eq!(group.card(&firm).await.decision_makers.len(), 1);
        assert_eq!(found(&group, "ромашка", false).await, std::slice::from_ref(&firm));

        let ended = correct(&group, &firm, "liquidated", "2026-10-01").await;
        assert!(found(&group, "ромашка", false).await.is_empty());
        assert_eq!(found(&group, "ромашка", true).await, std::slice::from_ref(&firm));
        let kept = found(&group, "кравцов", false).await;
        assert_eq!(kept.len(), 1);
        assert_ne!(kept[0], firm);
        let person = group.card(&kept[0]).await;
        let worked = &person.relations[0];
        assert_eq!(
            (worked.kind.as_str(), worked.client_id.as_str()),
            ("employer", firm.as_str())
        );
        assert!(worked.until.is_some() && worked.outward);
        assert_eq!(worked.display_name, group.card(&firm).await.display_name);
        undo(&group, &ended).await;
        assert_eq!(found(&group, "ромашка", false).await, [firm]);

        let request = CorrectFieldRequest {
            client_id: kept[0].clone(),
            field: "liquidated".into(),
            value: "2026-10-01".into(),
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
fn a_relation_stands_on_both_cards_until_it_is_taken_back() {
    support::run(async |group| {
        let wife = group
            .resolve(buyer("s-1", "Иванова Ольга Петровна", "89262223344", 300, 1))
            .await
            .client_id;
        let husband = group
            .resolve(buyer("s-2", "Иванов Пётр Ильич", "89031112233", 300, 1))
            .await
            .client_id;
        let request = PutRelationRequest {
            client_id: wife.clone(),
            other_client_id: husband.clone(),
            kind: "household".into(),
            ..Default::default()
        };
        let relation = group
            .client()
            .put_relation(group.ask(request.clone()))
            .await
            .unwrap();
        let relation = relation.into_inner();
        let (hers, his) = (group.card(&wife).await, group.card(&husband).await);
        assert_eq!(hers.relations[0].display_name, his.display_name);
        assert_eq!(his.relations[0].display_name, hers.display_name);
        assert!(hers.relations[0].outward && !his.relations[0].outward);
        assert_eq!(his.relations[0].actor_employee_id, "e-1");
        let taken_back = UndoRelationRequest {
            relation_id: relation.relation_id,
        };
        group
            .client()
            .undo_relation(group.ask(taken_back.clone()))
            .await
            .unwrap();
        assert!(group.card(&wife).await.relations.is_empty());
        let again = group
            .client()
            .undo_relation(group.ask(taken_back))
            .await
            .unwrap_err();
        assert_eq!(again.code(), Code::NotFound);
        let oneself = PutRelationRequest {
            other_client_id: wife,
            ..request
        };
        let refused = group.client().put_relation(group.ask(oneself)).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
    });
}
