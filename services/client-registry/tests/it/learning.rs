//! A model learned from the group's records and from what people answered.

use edina_proto::registry::v1::{
    DecideReviewRequest, GetIdentitySettingsRequest, ListReviewsRequest, ResolveSourcesRequest, SourceRecord,
    TrainModelRequest, resolved_record::Answer,
};

use crate::support::{self, Group, record};

/// Records of strangers, enough to learn from.
const STRANGERS: i64 = 2_000;
const PORTION: i64 = 200;
/// Pairs people are asked about.
const ASKED: i64 = 25;

/// A surname for every number, unlike that of its neighbours.
fn surname(number: i64) -> String {
    const PARTS: [&str; 13] = [
        "бар", "вол", "гор", "дуд", "жил", "зуб", "кам", "лос", "мур", "нег", "пал", "руч", "сад",
    ];
    let part = |n: i64| PARTS[usize::try_from(n % 13).unwrap()];
    let word = format!("{}{}{}ов", part(number), part(number / 13), part(number / 169));
    let mut letters = word.chars();
    let first = letters.next().unwrap();
    first.to_uppercase().chain(letters).collect()
}

fn phone(number: i64) -> String {
    format!("8926{:07}", number * 7_919 % 10_000_000)
}

async fn link_bits(group: &Group) -> f64 {
    let request = group.ask(GetIdentitySettingsRequest {});
    let settings = group.client().get_identity_settings(request).await.unwrap();
    settings.into_inner().link_bits
}

/// Asks about somebody's number and surname as many times as there are pairs; answers each question.
async fn answer(group: &Group, decision: &str) {
    for number in 0..ASKED {
        let family = surname(number + 500);
        let order = SourceRecord {
            full_name: format!("{family} Андрей Юрьевич"),
            phones: vec![phone(number + 5_000)],
            ..record("service_dms", &format!("ro-{number}"), "repair_order", 1)
        };
        group.resolve(order).await;
        let lead = SourceRecord {
            full_name: family,
            phones: vec![phone(number + 5_000)],
            ..record("lead_intake", &format!("l-{number}"), "lead", 2)
        };
        assert_eq!(group.resolve(lead).await.outcome, "to_review");
    }
    let request = ListReviewsRequest {
        state: "open".into(),
        page: None,
        client_id: String::new(),
    };
    let open = group.client().list_reviews(group.ask(request)).await.unwrap();
    for question in open.into_inner().reviews {
        let request = DecideReviewRequest {
            review_id: question.review_id,
            decision: decision.into(),
        };
        group.client().decide_review(group.ask(request)).await.unwrap();
    }
}

#[test]
fn answers_teach_where_linking_begins() {
    support::run(async |group| {
        for begin in (0..STRANGERS).step_by(usize::try_from(PORTION).unwrap()) {
            let stranger = |number: i64| SourceRecord {
                full_name: format!("{} Олег", surname(number)),
                phones: vec![phone(number)],
                ..record("sales_dms", &format!("s-{number}"), "sale", 1)
            };
            let request = ResolveSourcesRequest {
                records: (begin..begin + PORTION).map(stranger).collect(),
            };
            let reply = group.client().resolve_sources(group.ask(request)).await.unwrap();
            let answers = reply.into_inner().records;
            assert!(
                answers
                    .iter()
                    .all(|one| matches!(one.answer, Some(Answer::Resolved(_))))
            );
        }
        let before = link_bits(&group).await;
        answer(&group, "different").await;
        let request = group.ask(TrainModelRequest {});
        let model = group.client().train_model(request).await.unwrap().into_inner();
        assert_eq!(model.version, 1);
        let learned = link_bits(&group).await;
        assert!(learned > before + 1.0, "{learned} after, {before} before");
    });
}
