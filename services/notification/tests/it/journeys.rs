//! From a fact to the phone or mailbox it was meant for.

use edina_proto::calls::v1::CallMissed;
use edina_proto::intake::v1::{LeadAssigned, LeadOverdue, LeadResolved};
use edina_proto::notification::v1::{GetMessageRequest, ListMessagesRequest, ListSandboxRequest};
use edina_runtime::clock;
use edina_runtime::group::GroupId;

use crate::world::{self, Running, World};

pub fn resolved(world: &World, client_id: &str) -> LeadResolved {
    LeadResolved {
        lead_id: world.lead(client_id),
        client_id: client_id.into(),
        branch_id: "north".into(),
        channel: "form".into(),
        version: 2,
        ..LeadResolved::default()
    }
}

async fn said(world: &World, group: &GroupId, what: &str) -> i64 {
    let sql = match what {
        "queued" => "select count(*) from outbox where group_id = $1 and event_type like '%message.queued%'",
        "sent" => "select count(*) from outbox where group_id = $1 and event_type like '%message.sent%'",
        _ => "select count(*) from outbox where group_id = $1 and event_type like '%message.delivered%'",
    };
    world.count(sql, group).await
}

#[test]
fn a_lead_told_twice_is_one_message_in_two_parts_that_arrives() {
    world::run(async |world| {
        let group = world.group().await;
        let running = Running::start(world.config(), clock::system()).await;
        let client_id = world.client("+79165550101", "anna@mail.example");
        world.say(&group, &resolved(world, &client_id), 2).await;

        let message = running.message_in(&group, "delivered").await;
        assert_eq!(
            (message.channel.as_str(), message.recipient.as_str()),
            ("sms", "+79165550101")
        );
        assert!(
            message.text.contains("Анна Ильинична") && message.text.contains("Lada Vesta"),
            "{}",
            message.text
        );
        assert!(message.text.contains("Автоцентр «Север»"), "{}", message.text);
        assert!(message.parts >= 2, "{} parts", message.parts);
        assert_eq!(
            message.provider_ids.len(),
            usize::try_from(message.parts).unwrap()
        );
        assert!(message.sandboxed && message.sent_at.is_some() && message.delivered_at.is_some());
        let states: Vec<&str> = message
            .history
            .iter()
            .map(|change| change.state.as_str())
            .collect();
        assert_eq!(states, ["queued", "sending", "sent", "delivered"]);
        assert!(
            message
                .reasons
                .iter()
                .all(|reason| reason.passed && !reason.text_ru.is_empty())
        );
        for what in ["queued", "sent", "delivered"] {
            assert_eq!(said(world, &group, what).await, 1, "{what}");
        }

        let request = running.ask(&group, ListSandboxRequest::default());
        let caught = running
            .client
            .clone()
            .list_sandbox(request)
            .await
            .unwrap()
            .into_inner();
        assert!(caught.enabled);
        let sms: Vec<_> = caught.sms.iter().filter(|sms| sms.to == "79165550101").collect();
        assert_eq!(sms.len(), 1);
        assert_eq!(
            (sms[0].text.as_str(), sms[0].parts),
            (message.text.as_str(), message.parts)
        );

        let by_client = ListMessagesRequest {
            client_ids: vec![client_id],
            ..ListMessagesRequest::default()
        };
        let found = running
            .client
            .clone()
            .list_messages(running.ask(&group, by_client))
            .await
            .unwrap();
        assert_eq!(found.into_inner().messages.len(), 1);
        let other = world.group().await;
        let theirs = GetMessageRequest {
            message_id: message.message_id,
        };
        let refused = running
            .client
            .clone()
            .get_message(running.ask(&other, theirs))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), tonic::Code::NotFound);
        running.stop().await;
    });
}

#[test]
fn a_client_without_a_mobile_number_gets_a_mail() {
    world::run(async |world| {
        let group = world.group().await;
        let running = Running::start(world.config(), clock::system()).await;
        let client_id = world.client("+74955550199", "anna@mail.example");
        world.say(&group, &resolved(world, &client_id), 1).await;
        let message = running.message_in(&group, "sent").await;
        assert_eq!(
            (message.channel.as_str(), message.template.as_str()),
            ("email", "lead_received_email")
        );
        assert_eq!(message.recipient, "anna@mail.example");
        running.stop().await;
    });
}

#[test]
fn employees_hear_of_leads_given_to_them_and_heads_of_overdue_ones() {
    world::run(async |world| {
        let group = world.group().await;
        let running = Running::start(world.config(), clock::system()).await;
        let client_id = world.client("+79165550102", "");
        let lead_id = world.lead(&client_id);
        let assigned = LeadAssigned {
            lead_id: lead_id.clone(),
            client_id: client_id.clone(),
            employee_id: "seller".into(),
            branch_id: "north".into(),
            ..LeadAssigned::default()
        };
        world.say(&group, &assigned, 1).await;
        let overdue = LeadOverdue {
            lead_id: lead_id.clone(),
            client_id,
            branch_id: "north".into(),
            employee_id: "seller".into(),
            version: 3,
        };
        world.say(&group, &overdue, 2).await;
        let all = running
            .until("two mails", async || {
                let all = running.messages(&group).await;
                (all.len() == 2 && all.iter().all(|message| message.state == "sent")).then_some(all)
            })
            .await;
        let mut sent: Vec<(&str, &str)> = all
            .iter()
            .map(|message| (message.template.as_str(), message.recipient.as_str()))
            .collect();
        sent.sort_unstable();
        assert_eq!(
            sent,
            [
                ("lead_assigned_email", "sokolov@dealer.example"),
                ("lead_overdue_email", "belova@dealer.example")
            ]
        );
        assert!(
            all.iter()
                .all(|message| message.client_id.is_empty() && message.text.contains(&lead_id))
        );
        let request = running.ask(&group, ListSandboxRequest::default());
        let caught = running
            .client
            .clone()
            .list_sandbox(request)
            .await
            .unwrap()
            .into_inner();
        let mail = caught
            .mails
            .iter()
            .find(|mail| mail.to == "sokolov@dealer.example")
            .unwrap();
        assert!(
            mail.subject.contains("Громова Анна Ильинична") && mail.html.contains("Lada Vesta"),
            "{mail:?}"
        );
        running.stop().await;
    });
}

#[test]
fn a_missed_caller_is_written_to_once_an_hour_at_the_number_that_called() {
    world::run(async |world| {
        let group = world.group().await;
        let running = Running::start(world.config(), clock::system()).await;
        let client_id = world.client("+79165550103", "");
        let second = "+79265550104";
        world
            .known
            .clients
            .lock()
            .unwrap()
            .get_mut(&client_id)
            .unwrap()
            .phones
            .push(second.into());
        let missed = |outcome: &str| CallMissed {
            call_id: world.call(second),
            client_id: client_id.clone(),
            branch_id: "north".into(),
            outcome: outcome.into(),
            version: 1,
        };
        for outcome in ["busy", "abandoned", "missed"] {
            world.say(&group, &missed(outcome), 1).await;
        }
        // The last of them is applied once a later fact of the same stream is.
        let other = world.group().await;
        let unknown = CallMissed {
            client_id: world.client("+79165550109", ""),
            ..missed("missed")
        };
        world.say(&other, &unknown, 1).await;
        running.message_in(&other, "delivered").await;
        let message = running.message_in(&group, "delivered").await;
        assert_eq!(
            (message.template.as_str(), message.recipient.as_str()),
            ("call_missed_sms", second)
        );
        running.stop().await;
    });
}
