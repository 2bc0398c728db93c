//! The send gate, sending hours, and what receipts make of a message.

use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use edina_proto::{registry::v1::ConsentState, time::to_proto};
use notification::channel::ReceiptState;
use notification::message::gate::{self, Consent, Recipient, SendPolicy, Suppression, Verdict};
use notification::message::progress::{MessageState, Parts, Step};
use notification::message::quiet::SendingHours;
use notification::message::reason::{Language, Reason};
use notification::message::{Advertisement, Channel, MessageKind, Occasion, ServiceMessage};
use proptest::prelude::*;
use uuid::Uuid;

const MOSCOW: Tz = chrono_tz::Europe::Moscow;

fn at(hour: u32) -> DateTime<Utc> {
    MOSCOW
        .with_ymd_and_hms(2026, 11, 21, hour, 0, 0)
        .unwrap()
        .to_utc()
}

fn to<'a>(suppressions: &'a [Suppression], consents: &'a [Consent]) -> Recipient<'a> {
    Recipient {
        time_zone: MOSCOW,
        suppressions,
        consents,
    }
}

fn service(channel: Channel, occasion: Occasion) -> ServiceMessage {
    ServiceMessage {
        message_id: Uuid::now_v7(),
        channel,
        occasion,
    }
}

fn advertisement() -> Advertisement {
    Advertisement {
        message_id: Uuid::now_v7(),
        channel: Channel::Sms,
        purpose: "advertising".into(),
    }
}

fn consent(channel: Channel, granted: bool) -> Consent {
    Consent {
        purpose: "advertising".into(),
        channel,
        granted,
    }
}

#[test]
fn an_answer_to_the_client_leaves_at_night_and_our_own_idea_waits() {
    let policy = SendPolicy::default();
    let answer = gate::service(
        &service(Channel::Sms, Occasion::AnswersClient),
        &to(&[], &[]),
        &policy,
        at(23),
    );
    assert!(matches!(answer.verdict, Verdict::Send(_)));
    assert!(answer.why.contains(&Reason::QuietHoursDoNotApply));
    let reminder = service(Channel::Sms, Occasion::OwnInitiative);
    let decision = gate::service(&reminder, &to(&[], &[]), &policy, at(23));
    let morning = at(9) + TimeDelta::days(1);
    assert_eq!(decision.verdict, Verdict::Defer { until: morning });
    assert_eq!(decision.why[0], Reason::QuietHours);
    let strict = SendPolicy {
        defer_answers: true,
        ..policy
    };
    let held = gate::service(
        &service(Channel::Sms, Occasion::AnswersClient),
        &to(&[], &[]),
        &strict,
        at(3),
    );
    assert_eq!(held.verdict, Verdict::Defer { until: at(9) });
    let mail = gate::service(
        &service(Channel::Email, Occasion::OwnInitiative),
        &to(&[], &[]),
        &policy,
        at(23),
    );
    assert!(matches!(mail.verdict, Verdict::Send(_)));
}

#[test]
fn suppression_of_the_address_stops_service_and_refusal_of_advertising_does_not() {
    let message = service(Channel::Sms, Occasion::AnswersClient);
    for stop in [
        Suppression::WrongAddress,
        Suppression::OptedOutOfEverything,
        Suppression::Bounces,
        Suppression::Erased,
    ] {
        let decision = gate::service(&message, &to(&[stop], &[]), &SendPolicy::default(), at(12));
        assert_eq!(decision.verdict, Verdict::Block, "{stop:?}");
    }
    for pass in [Suppression::OptedOutOfAdvertising, Suppression::Complained] {
        let decision = gate::service(&message, &to(&[pass], &[]), &SendPolicy::default(), at(12));
        assert!(matches!(decision.verdict, Verdict::Send(_)), "{pass:?}");
        let ad = gate::advertisement(
            &advertisement(),
            &to(&[pass], &[consent(Channel::Sms, true)]),
            &SendPolicy::default(),
            at(12),
        );
        assert_eq!(ad.verdict, Verdict::Block, "{pass:?}");
    }
}

#[test]
fn an_advertisement_needs_a_yes_on_this_channel() {
    let decide = |consents: &[Consent], hour| {
        let decision = gate::advertisement(
            &advertisement(),
            &to(&[], consents),
            &SendPolicy::default(),
            at(hour),
        );
        (decision.verdict, decision.why[0])
    };
    assert_eq!(decide(&[], 12), (Verdict::Block, Reason::ConsentMissing));
    assert_eq!(
        decide(&[consent(Channel::Email, true)], 12),
        (Verdict::Block, Reason::ConsentMissing)
    );
    let (yes, no) = (consent(Channel::Sms, true), consent(Channel::Sms, false));
    for both in [[no.clone(), yes.clone()], [yes.clone(), no]] {
        assert_eq!(decide(&both, 12), (Verdict::Block, Reason::ConsentWithdrawn));
    }
    let (verdict, why) = decide(std::slice::from_ref(&yes), 12);
    assert!(matches!(verdict, Verdict::Send(token) if token.kind() == MessageKind::Advertising));
    assert_eq!(why, Reason::ConsentGranted);
    assert_eq!(decide(&[yes], 22).1, Reason::QuietHours);
}

#[test]
fn a_general_yes_of_the_card_does_not_pass_an_sms_that_was_refused() {
    let said = |channel: &str, granted, second| ConsentState {
        purpose: "advertising".into(),
        channel: channel.into(),
        granted,
        at: Some(to_proto(Utc.timestamp_opt(second, 0).unwrap())),
        ..Default::default()
    };
    // As the registry answers for a card of two, one of which refused, the other consented later to whatever comes.
    let card = [
        said("sms", false, 10),
        said("email", true, 20),
        said("any", true, 20),
    ];
    let consents: Vec<Consent> = card.iter().filter_map(Consent::in_force).collect();
    let decide = |channel| {
        let ad = Advertisement {
            channel,
            ..advertisement()
        };
        gate::advertisement(&ad, &to(&[], &consents), &SendPolicy::default(), at(12)).why[0]
    };
    assert_eq!(decide(Channel::Sms), Reason::ConsentWithdrawn);
    assert_eq!(decide(Channel::Email), Reason::ConsentGranted);
}

#[test]
fn reasons_have_codes_and_words_in_both_languages() {
    for reason in [
        Reason::ConsentMissing,
        Reason::QuietHours,
        Reason::ServiceMessage,
        Reason::Erased,
    ] {
        assert_eq!(Reason::from_code(reason.code()), Some(reason));
        assert!(
            reason
                .text(Language::Ru)
                .chars()
                .any(|letter| ('а'..='я').contains(&letter))
        );
        assert!(reason.text(Language::En).is_ascii());
    }
    assert_eq!(Reason::from_code("nonsense"), None);
}

fn receipt_state() -> impl Strategy<Value = ReceiptState> {
    proptest::sample::select(vec![
        ReceiptState::Enroute,
        ReceiptState::Accepted,
        ReceiptState::Delivered,
        ReceiptState::Expired,
        ReceiptState::Undeliverable,
        ReceiptState::Unknown,
    ])
}

proptest! {
    #[test]
    fn the_put_off_moment_is_the_next_allowed_one(
        zone in proptest::sample::select(&TZ_VARIANTS[..]), seconds in 1_500_000_000_i64..1_900_000_000, from in 0_u32..24, to in 0_u32..24,
    ) {
        let hours = SendingHours::hours(from, to);
        let now = Utc.timestamp_opt(seconds, 0).unwrap();
        let allowed = |moment: DateTime<Utc>| hours.defer_until(moment, zone).is_none();
        let hour = now.with_timezone(&zone).hour();
        let expected = if from <= to { from == to || (from..to).contains(&hour) } else { hour >= from || hour < to };
        prop_assert_eq!(allowed(now), expected);
        if let Some(until) = hours.defer_until(now, zone) {
            prop_assert!(until > now);
            prop_assert!(until - now <= TimeDelta::hours(50));
            // Where clocks jump over the whole window there may be nothing allowed that day.
            let local = until.with_timezone(&zone).time();
            prop_assert!(allowed(until) || local >= NaiveTime::from_hms_opt(from, 0, 0).unwrap());
            // Nothing allowed is skipped.
            let mut probe = now;
            while probe < until {
                prop_assert!(!allowed(probe), "{probe} was allowed before {until}");
                probe += TimeDelta::minutes(15);
            }
        }
    }

    #[test]
    fn receipts_in_any_order_any_number_of_times_mean_the_same(
        mut receipts in proptest::collection::vec((0_u8..3, receipt_state()), 0..12), rotate in 0_usize..12,
    ) {
        let apply = |receipts: &[(u8, ReceiptState)]| {
            let mut parts = Parts::default();
            for (part, state) in receipts {
                parts.note(&part.to_string(), *state);
            }
            parts
        };
        let once = apply(&receipts);
        let twice: Vec<_> = receipts.iter().chain(&receipts).copied().collect();
        prop_assert_eq!(&apply(&twice), &once);
        let middle = rotate.min(receipts.len());
        receipts.rotate_left(middle);
        prop_assert_eq!(&apply(&receipts), &once);
        receipts.reverse();
        prop_assert_eq!(apply(&receipts), once);
    }
}

#[test]
fn a_long_message_is_delivered_when_all_parts_are_and_failed_when_one_is() {
    let mut parts = Parts::default();
    parts.note("a", ReceiptState::Delivered);
    assert_eq!(parts.outcome(2), None);
    parts.note("b", ReceiptState::Enroute);
    assert_eq!(parts.outcome(2), None);
    parts.note("b", ReceiptState::Expired);
    assert_eq!(parts.outcome(2), Some(Step::PartFailed));
    parts.note("b", ReceiptState::Delivered);
    assert_eq!(parts.outcome(2), Some(Step::AllDelivered));
}

#[test]
fn what_may_have_been_sent_never_returns_to_the_queue() {
    assert_eq!(
        MessageState::Sending.after(Step::InDoubt),
        Some(MessageState::Unknown)
    );
    assert_eq!(MessageState::Unknown.after(Step::SurelyNotSent), None);
    assert_eq!(MessageState::Unknown.after(Step::HandedOver), None);
    assert_eq!(
        MessageState::Unknown.after(Step::AllDelivered),
        Some(MessageState::Delivered)
    );
    // A receipt may overtake the answer to the submit.
    assert_eq!(
        MessageState::Sending.after(Step::AllDelivered),
        Some(MessageState::Delivered)
    );
    assert_eq!(MessageState::Delivered.after(Step::Accepted), None);
    assert_eq!(MessageState::Delivered.after(Step::PartFailed), None);
    assert_eq!(MessageState::from_code("unknown"), Some(MessageState::Unknown));
}
