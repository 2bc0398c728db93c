//! What may have been sent is never sent again.

use std::time::Duration;

use chrono::Utc;
use edina_proto::notification::v1::{PutTemplateRequest, Template};
use edina_runtime::clock;
use edina_runtime::group::GroupId;
use notification::sandbox::Misbehaviour;
use uuid::Uuid;

use crate::journeys::resolved;
use crate::support;
use crate::world::{self, Running};

/// One part is enough here.
async fn short_wording(running: &Running, group: &GroupId) {
    let template = Template {
        name: "lead_received_sms".into(),
        locale: "ru".into(),
        body: "Спасибо, {{ client_name }}!".into(),
        ..Template::default()
    };
    let request = running.ask(
        group,
        PutTemplateRequest {
            template: Some(template),
        },
    );
    running.client.clone().put_template(request).await.unwrap();
}

#[test]
fn a_cut_after_the_submit_leaves_a_doubt_that_the_receipt_settles() {
    world::run(async |world| {
        let group = world.group().await;
        let provider = support::sandbox(Misbehaviour {
            drop_on: vec![1],
            ..Misbehaviour::default()
        })
        .await;
        let mut config = world.config();
        config.smpp_url = Some(provider.smpp_url.clone().into());
        let running = Running::start(config, clock::system()).await;
        short_wording(&running, &group).await;
        let client_id = world.client("+79165550111", "");
        world.say(&group, &resolved(world, &client_id), 1).await;
        let message = running.message_in(&group, "delivered").await;
        let states: Vec<&str> = message
            .history
            .iter()
            .map(|change| change.state.as_str())
            .collect();
        assert_eq!(states, ["queued", "sending", "unknown", "delivered"]);
        assert!(!message.sandboxed, "a configured provider is no sandbox");
        assert_eq!(provider.messages().len(), 1, "sent once");
        running.stop().await;
    });
}

#[test]
fn a_message_cut_off_after_its_first_part_stays_in_doubt_and_says_so() {
    world::run(async |world| {
        let group = world.group().await;
        let provider = support::sandbox(Misbehaviour {
            drop_on: vec![2],
            no_receipts: true,
            ..Misbehaviour::default()
        })
        .await;
        let mut config = world.config();
        config.smpp_url = Some(provider.smpp_url.clone().into());
        let running = Running::start(config, clock::system()).await;
        // The usual wording takes two parts: the first is answered, the second is taken and the line cut.
        let client_id = world.client("+79165550113", "");
        world.say(&group, &resolved(world, &client_id), 1).await;
        let message = running.message_in(&group, "unknown").await;
        assert_eq!(message.parts, 2, "{}", message.text);
        let doubt = message.history.last().unwrap();
        assert!(doubt.detail.contains("took 1 of 2 parts"), "{}", doubt.detail);
        assert!(doubt.detail_ru.contains("частей: 1 из 2"), "{}", doubt.detail_ru);
        // The line is back and carries the next one; the one in doubt is not touched.
        short_wording(&running, &group).await;
        let next = world.client("+79165550114", "");
        world.say(&group, &resolved(world, &next), 2).await;
        let states = running
            .until("the next one is sent", async || {
                let all = running.messages(&group).await;
                let states: Vec<_> = all
                    .into_iter()
                    .map(|message| (message.client_id == client_id, message.state))
                    .collect();
                states.contains(&(false, "sent".to_owned())).then_some(states)
            })
            .await;
        assert!(states.contains(&(true, "unknown".to_owned())), "{states:?}");
        let to_first = provider
            .messages()
            .iter()
            .filter(|sms| sms.text == message.text)
            .count();
        assert!(to_first <= 1, "sent again");
        running.stop().await;
    });
}

#[test]
fn a_crash_between_the_commit_and_the_submit_is_never_sent_blindly() {
    world::run(async |world| {
        let group = world.group().await;
        let client_id = world.client("+79165550112", "");
        let message_id = Uuid::now_v7();
        // As a process leaves it that dies right after the commit: `sending`, its job under a lease that ran out.
        let mut admin = world.admin().await;
        let now = Utc::now();
        sqlx::query(
            "insert into messages (group_id, id, trigger_event, trigger_type, trigger_id, occasion, recipient_key,
                 client_id, channel, kind, template, state, recipient, parts, created_at)
             values ($1, $2, $2, 'test', '', 'lead_received', 'client:' || $3, $3, 'sms', 'service',
                 'lead_received_sms', 'sending', '+79165550112', 1, $4)",
        )
        .bind(group.as_str())
        .bind(message_id)
        .bind(&client_id)
        .bind(now)
        .execute(&mut admin)
        .await
        .unwrap();
        sqlx::query(
            "insert into jobs (id, group_id, kind, key, payload, due_at, leased_until)
             values ($1, $2, 'send_message', $3, '{}', $4, $5)",
        )
        .bind(Uuid::now_v7())
        .bind(group.as_str())
        .bind(message_id.to_string())
        .bind(now)
        .bind(now - Duration::from_secs(1))
        .execute(&mut admin)
        .await
        .unwrap();

        let provider = support::sandbox(Misbehaviour::default()).await;
        let mut config = world.config();
        config.smpp_url = Some(provider.smpp_url.clone().into());
        let running = Running::start(config, clock::system()).await;
        let message = running.message_in(&group, "unknown").await;
        assert!(
            message
                .history
                .iter()
                .any(|change| change.detail_ru.contains("неизвестно"))
        );
        // What comes after is sent, and only that.
        world.say(&group, &resolved(world, &client_id), 1).await;
        running
            .until("the next one delivered", async || {
                let all = running.messages(&group).await;
                all.iter()
                    .any(|message| message.state == "delivered")
                    .then_some(())
            })
            .await;
        assert_eq!(provider.messages().len(), 1);
        running.stop().await;
    });
}

#[test]
fn a_throttling_provider_gets_everything_once_and_in_order() {
    world::run(async |world| {
        let group = world.group().await;
        let provider = support::sandbox(Misbehaviour {
            throttle_every: Some(3),
            ..Misbehaviour::default()
        })
        .await;
        let mut config = world.config();
        config.smpp_url = Some(provider.smpp_url.clone().into());
        let running = Running::start(config, clock::system()).await;
        let client_id = world.client("+79165550113", "");
        let template = Template {
            name: "lead_received_sms".into(),
            locale: "ru".into(),
            body: "{{ lead_id }}".into(),
            ..Template::default()
        };
        let request = running.ask(
            &group,
            PutTemplateRequest {
                template: Some(template),
            },
        );
        running.client.clone().put_template(request).await.unwrap();
        let leads: Vec<_> = (0..5).map(|_| resolved(world, &client_id)).collect();
        for lead in &leads {
            world.say(&group, lead, 1).await;
        }
        running
            .until("all delivered", async || {
                let all = running.messages(&group).await;
                (all.len() == leads.len() && all.iter().all(|message| message.state == "delivered"))
                    .then_some(())
            })
            .await;
        let got: Vec<String> = provider.messages().iter().map(|sms| sms.text.clone()).collect();
        let sent: Vec<String> = leads.iter().map(|lead| lead.lead_id.clone()).collect();
        assert_eq!(got, sent);
        running.stop().await;
    });
}
