//! The response clock, and what calls do to leads.

use chrono::Duration;
use edina_proto::{
    calls::v1::{CallAnswered, CallMissed},
    intake::v1::{LeadAnswered, LeadOverdue, LeadReceived, MarkAnsweredRequest},
};
use edina_runtime::clock::{ManualClock, system};
use uuid::Uuid;

use crate::support::{self, Group, one, until};

pub async fn miss(group: &Group, event: Uuid, client_id: &str) {
    let missed = CallMissed {
        call_id: Uuid::from_u128(7).to_string(),
        client_id: client_id.into(),
        branch_id: support::id(support::BRANCH),
        outcome: "abandoned".into(),
        version: 3,
    };
    group.deliver(event, &missed).await;
}

async fn answer(group: &Group, event: Uuid, client_id: &str) {
    let answered = CallAnswered {
        call_id: Uuid::from_u128(8).to_string(),
        client_id: client_id.into(),
        employee_id: support::id(11),
        direction: "outbound".into(),
        ..Default::default()
    };
    group.deliver(event, &answered).await;
}

#[test]
fn a_lead_nobody_answers_is_overdue_once() {
    support::run(async |group| {
        let clock = ManualClock::at(system().now());
        let group = group.world().on_clock("lead_intake_clock", clock.clone()).await;
        let facts = group.facts().await;
        let key = group.source("portal", "adf").await;
        let late = group.take(&key, one("", "Анна Серова", "89161234567")).await;
        let answered = group.take(&key, one("", "Пётр Ким", "89030003344")).await;
        let asked = MarkAnsweredRequest {
            lead_id: answered[0].clone(),
            note: String::new(),
        };
        clock.advance(Duration::minutes(5));
        let marked = group
            .client()
            .mark_answered(group.ask(asked.clone()))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(marked.answered_by, "mark");
        assert!(!group.lead(&late[0]).await.overdue);
        clock.advance(Duration::minutes(11));
        group.lead_when(&late[0], "overdue", |lead| lead.overdue).await;
        // A mark after the time is an answer, and makes no second announcement; a second mark changes nothing.
        group.client().mark_answered(group.ask(asked)).await.unwrap();
        clock.advance(Duration::minutes(60));
        let third = group.take(&key, one("", "Ольга Ли", "89250001122")).await;
        clock.advance(Duration::minutes(20));
        group.lead_when(&third[0], "overdue", |lead| lead.overdue).await;
        let said = facts.until::<LeadOverdue>(2).await;
        let ids: Vec<&str> = said.iter().map(|fact| fact.lead_id.as_str()).collect();
        assert_eq!(ids, [late[0].as_str(), third[0].as_str()]);
        let answers = facts.until::<LeadAnswered>(1).await;
        assert_eq!((answers.len(), answers[0].seconds), (1, 300));
    });
}

#[test]
fn an_answered_call_stops_the_clock_of_the_leads_that_had_come() {
    support::run(async |group| {
        let facts = group.facts().await;
        let key = group.source("portal", "adf").await;
        let leads = group.take(&key, one("", "Анна Серова", "89161234567")).await;
        let lead = group
            .lead_when(&leads[0], "resolved", |lead| !lead.client_id.is_empty())
            .await;
        let event = Uuid::now_v7();
        answer(&group, event, &lead.client_id).await;
        answer(&group, event, &lead.client_id).await;
        let lead = group
            .lead_when(&leads[0], "answered", |lead| lead.answered_at.is_some())
            .await;
        assert_eq!(lead.answered_by, "call");
        assert_eq!(facts.until::<LeadAnswered>(1).await[0].by, "call");
    });
}

#[test]
fn a_missed_call_becomes_a_lead_if_the_client_has_none() {
    support::run(async |group| {
        let facts = group.facts().await;
        let client = Uuid::now_v7().to_string();
        let event = Uuid::now_v7();
        miss(&group, event, &client).await;
        miss(&group, event, &client).await;
        miss(&group, Uuid::now_v7(), &client).await;
        // Events of one stream are applied in order: when this one is answered, the misses were seen.
        until("the lead", async || !group.leads().await.is_empty()).await;
        let lead = group.leads().await.remove(0);
        assert_eq!((lead.channel.as_str(), lead.topic.as_str()), ("call", "callback"));
        assert_eq!(
            (lead.client_id.as_str(), lead.call_id),
            (client.as_str(), Uuid::from_u128(7).to_string())
        );
        answer(&group, Uuid::now_v7(), &client).await;
        group
            .lead_when(&lead.lead_id, "answered", |lead| lead.answered_at.is_some())
            .await;
        assert_eq!(group.leads().await.len(), 1);
        assert_eq!(facts.of::<LeadReceived>().len(), 1);
    });
}
