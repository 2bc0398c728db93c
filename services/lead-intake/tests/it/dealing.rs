//! The seven steps, their gates, and the two ends of a deal.

use edina_proto::{
    common::v1::{Money, VehicleDescription},
    intake::v1::{
        CloseLeadRequest, Lead, LeadLost, LeadReopened, LeadStageChanged, LeadWon, MoveLeadRequest,
        ReopenLeadRequest,
    },
    registry::v1::{Card, GetCardRequest},
};
use tonic::{Code, Status};

use crate::support::{self, Group, one, seller, until};

async fn assigned(group: &Group, phone: &str) -> Lead {
    group.people(1, vec![seller(11)]).await;
    let key = group.source("portal", "adf").await;
    let leads = group.take(&key, one("", "Анна Серова", phone)).await;
    group
        .lead_when(&leads[0], "resolved and assigned", |lead| {
            !lead.client_id.is_empty() && !lead.owner_employee_id.is_empty()
        })
        .await
}

async fn step(group: &Group, lead_id: &str, step: &str) -> Result<Lead, Status> {
    let asked = MoveLeadRequest {
        lead_id: lead_id.into(),
        step: step.into(),
        reason: String::new(),
    };
    Ok(group.client().move_lead(group.ask(asked)).await?.into_inner())
}

async fn close(
    group: &Group,
    lead_id: &str,
    outcome: &str,
    reason: &str,
    note: &str,
) -> Result<Lead, Status> {
    let sold = VehicleDescription {
        vin: "XTAGFL110KY123456".into(),
        make: "Lada".into(),
        model: "Vesta".into(),
        ..Default::default()
    };
    let won = outcome == "won";
    let asked = CloseLeadRequest {
        lead_id: lead_id.into(),
        outcome: outcome.into(),
        reason: reason.into(),
        note: note.into(),
        amount: won.then(|| Money {
            minor: 150_000_000,
            currency: "RUB".into(),
        }),
        vehicle: won.then_some(sold),
    };
    Ok(group.client().close_lead(group.ask(asked)).await?.into_inner())
}

pub async fn lose(group: &Group, lead_id: &str) {
    close(group, lead_id, "lost", "postponed", "").await.unwrap();
}

async fn card(group: &Group, client_id: &str) -> Card {
    let asked = GetCardRequest {
        client_id: client_id.into(),
    };
    group
        .registry()
        .get_card(group.ask(asked))
        .await
        .unwrap()
        .into_inner()
}

#[test]
fn steps_follow_each_other_and_say_what_is_missing() {
    support::run(async |group| {
        let facts = group.facts().await;
        let lead = assigned(&group, "89161234567").await;
        assert_eq!(lead.step, "first_contact");
        let refused = step(&group, &lead.lead_id, "handover").await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert!(!refused.message().is_empty());
        let russian = refused
            .metadata()
            .get("edina-message-ru")
            .unwrap()
            .to_str()
            .unwrap();
        assert!(russian.contains("%D0"), "percent-encoded UTF-8");
        assert_eq!(
            step(&group, &lead.lead_id, "nowhere").await.unwrap_err().code(),
            Code::InvalidArgument
        );
        let moved = step(&group, &lead.lead_id, "talk").await.unwrap();
        assert_eq!((moved.step.as_str(), moved.moves.len()), ("talk", 1));
        let said = &facts.until::<LeadStageChanged>(1).await[0];
        assert_eq!(
            (said.from_step.as_str(), said.to_step.as_str()),
            ("first_contact", "talk")
        );
        assert_eq!(said.actor_employee_id, support::id(1));
    });
}

#[test]
fn a_won_lead_is_a_purchase_and_an_owner_on_the_card() {
    support::run(async |group| {
        let facts = group.facts().await;
        let lead = assigned(&group, "89161234567").await;
        assert_eq!(
            close(&group, &lead.lead_id, "won", "", "")
                .await
                .unwrap_err()
                .code(),
            Code::FailedPrecondition
        );
        let won = close(&group, &lead.lead_id, "won", "price", "").await.unwrap();
        assert_eq!((won.status.as_str(), won.close_reason.as_str()), ("won", "price"));
        until("the purchase on the card", async || {
            !card(&group, &lead.client_id).await.purchases.is_empty()
        })
        .await;
        until("the owner of the car", async || {
            card(&group, &lead.client_id)
                .await
                .vehicles
                .iter()
                .any(|car| car.role == "owner")
        })
        .await;
        let card = card(&group, &lead.client_id).await;
        assert_eq!(card.purchases.len(), 1);
        assert_eq!(card.purchases[0].amount.as_ref().unwrap().minor, 150_000_000);
        assert_eq!(facts.until::<LeadWon>(1).await[0].reason, "price");
        let twice = close(&group, &lead.lead_id, "lost", "price", "")
            .await
            .unwrap_err();
        assert_eq!(twice.code(), Code::FailedPrecondition);
        step(&group, &lead.lead_id, "contract").await.unwrap();
        assert_eq!(
            step(&group, &lead.lead_id, "handover").await.unwrap().step,
            "handover"
        );
    });
}

#[test]
fn a_lost_lead_says_why_and_can_be_opened_again() {
    support::run(async |group| {
        let facts = group.facts().await;
        let lead = assigned(&group, "89161234567").await;
        for (reason, note) in [("", ""), ("whim", ""), ("other", " ")] {
            let refused = close(&group, &lead.lead_id, "lost", reason, note)
                .await
                .unwrap_err();
            assert_eq!(refused.code(), Code::FailedPrecondition, "{reason}");
        }
        let lost = close(&group, &lead.lead_id, "lost", "other", "уехал")
            .await
            .unwrap();
        assert_eq!(
            (lost.status.as_str(), lost.close_note.as_str()),
            ("lost", "уехал")
        );
        facts.until::<LeadLost>(1).await;
        let open = |reason: &str| ReopenLeadRequest {
            lead_id: lead.lead_id.clone(),
            reason: reason.into(),
        };
        assert_eq!(
            group
                .client()
                .reopen_lead(group.ask(open("")))
                .await
                .unwrap_err()
                .code(),
            Code::FailedPrecondition
        );
        let opened = group
            .client()
            .reopen_lead(group.ask(open("вернулся")))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(opened.status, "open");
        facts.until::<LeadReopened>(1).await;
    });
}
