//! The gate in the running service: suppressed addresses, quiet hours.

use chrono::{DateTime, TimeZone as _, Utc};
use edina_proto::notification::v1::{
    ListSuppressionsRequest, PutSuppressionRequest, RemoveSuppressionRequest, Suppression,
};
use edina_proto::time::from_proto;
use edina_runtime::clock::{self, ManualClock};
use edina_runtime::group::GroupId;

use crate::journeys::resolved;
use crate::world::{self, Running};

async fn suppress(running: &Running, group: &GroupId, address: &str, scope: &str) -> Suppression {
    let suppression = Suppression {
        channel: "sms".into(),
        address: address.into(),
        reason: "unsubscribed".into(),
        scope: scope.into(),
        ..Suppression::default()
    };
    let request = running.ask(
        group,
        PutSuppressionRequest {
            suppression: Some(suppression),
        },
    );
    running
        .client
        .clone()
        .put_suppression(request)
        .await
        .unwrap()
        .into_inner()
}

#[test]
fn a_suppressed_number_is_not_written_to_and_the_message_says_why() {
    world::run(async |world| {
        let group = world.group().await;
        let running = Running::start(world.config(), clock::system()).await;
        let stored = suppress(&running, &group, "8 (916) 555-01-21", "everything").await;
        assert_eq!(stored.address, "+79165550121");
        let client_id = world.client("+79165550121", "anna@mail.example");
        world.say(&group, &resolved(world, &client_id), 1).await;
        let message = running.message_in(&group, "blocked").await;
        assert_eq!(message.reasons[0].code, "opted_out_of_everything");
        assert!(!message.reasons[0].passed && message.reasons[0].text_ru.contains("отказался"));
        assert!(message.sent_at.is_none());

        let request = running.ask(&group, ListSuppressionsRequest::default());
        let listed = running.client.clone().list_suppressions(request).await.unwrap();
        assert_eq!(listed.into_inner().suppressions.len(), 1);
        let remove = RemoveSuppressionRequest {
            suppression_id: stored.suppression_id,
        };
        running
            .client
            .clone()
            .remove_suppression(running.ask(&group, remove.clone()))
            .await
            .unwrap();
        let gone = running
            .client
            .clone()
            .remove_suppression(running.ask(&group, remove))
            .await
            .unwrap_err();
        assert_eq!(gone.code(), tonic::Code::NotFound);
        running.stop().await;
    });
}

#[test]
fn who_opted_out_of_advertising_still_gets_answers() {
    world::run(async |world| {
        let group = world.group().await;
        let running = Running::start(world.config(), clock::system()).await;
        suppress(&running, &group, "+79165550122", "advertising").await;
        let client_id = world.client("+79165550122", "");
        world.say(&group, &resolved(world, &client_id), 1).await;
        running.message_in(&group, "delivered").await;
        running.stop().await;
    });
}

#[test]
fn bad_suppressions_are_refused_by_field() {
    world::run(async |world| {
        let group = world.group().await;
        let running = Running::start(world.config(), clock::system()).await;
        let good = Suppression {
            channel: "sms".into(),
            address: "+79165550123".into(),
            ..Suppression::default()
        };
        let bad = [
            (
                "channel",
                Suppression {
                    channel: "fax".into(),
                    ..good.clone()
                },
            ),
            (
                "address",
                Suppression {
                    address: "none".into(),
                    ..good.clone()
                },
            ),
            (
                "reason",
                Suppression {
                    reason: "mood".into(),
                    ..good.clone()
                },
            ),
            (
                "scope",
                Suppression {
                    scope: "some".into(),
                    ..good
                },
            ),
        ];
        for (field, suppression) in bad {
            let request = running.ask(
                &group,
                PutSuppressionRequest {
                    suppression: Some(suppression),
                },
            );
            let refused = running.client.clone().put_suppression(request).await.unwrap_err();
            assert_eq!(refused.code(), tonic::Code::InvalidArgument);
            assert!(refused.message().starts_with(field), "{}", refused.message());
        }
        running.stop().await;
    });
}

#[test]
fn in_quiet_hours_a_message_waits_for_the_morning_of_the_recipient() {
    world::run(async |world| {
        let group = world.group().await;
        // 22:30 in Moscow.
        let evening: DateTime<Utc> = Utc.with_ymd_and_hms(2026, 3, 10, 19, 30, 0).unwrap();
        let manual = ManualClock::at(evening);
        let mut config = world.config();
        config.defer_answers = true;
        let running = Running::start_at(config, manual.clone()).await;
        running.connected(&group).await;
        let client_id = world.client("+79165550124", "");
        world.say(&group, &resolved(world, &client_id), 1).await;
        let message = running.message_in(&group, "deferred").await;
        assert_eq!(message.reasons[0].code, "quiet_hours");
        let until = from_proto(message.deferred_until.as_ref().unwrap()).unwrap();
        let morning: DateTime<Utc> = Utc.with_ymd_and_hms(2026, 3, 11, 6, 0, 0).unwrap();
        assert_eq!(until, morning);
        manual.advance(chrono::TimeDelta::hours(11));
        let message = running.message_in(&group, "delivered").await;
        assert!(from_proto(message.sent_at.as_ref().unwrap()).unwrap() >= morning);
        assert!(message.deferred_until.is_none());
        running.stop().await;
    });
}
