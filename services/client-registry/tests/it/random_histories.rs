//! Random histories of what people and imports do to cards, taken back in random order while newcomers go on coming:
//! everything is as it was, and what the newcomers said is theirs. And whatever is merged, nobody may be written to who could
//! not be before.

mod acts;

use acts::{act, take_back};
use edina_proto::registry::v1::{
    ConsentStatement, ListReviewsRequest, RecordConsentRequest, ResolveSourcesRequest,
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use tonic::Code;

use crate::{
    newcomers::Newcomers,
    support::{self, Group, own},
    taking_back::{arrive, clients, import, said, snapshot},
};

const SEEDS: [u64; 2] = [2, 71];
const ACTS: usize = 14;

/// The seeds of this run: a longer one names its own, as in `EDINA_TEST_SEEDS=100,101,102`.
fn seeds() -> Vec<u64> {
    match std::env::var("EDINA_TEST_SEEDS") {
        Ok(named) => named
            .split(',')
            .map(|seed| seed.trim().parse().unwrap())
            .collect(),
        Err(_) => SEEDS.to_vec(),
    }
}

/// A question: its id, its sides, its evidence.
pub type Question = (String, [String; 2], String);

/// The questions that are open.
async fn questions(group: &Group) -> Vec<Question> {
    let request = ListReviewsRequest {
        state: "open".into(),
        ..Default::default()
    };
    let found = group.client().list_reviews(group.ask(request)).await.unwrap();
    let mut open: Vec<Question> = found
        .into_inner()
        .reviews
        .into_iter()
        .map(|review| {
            let sides = [review.left_client_id, review.right_client_id];
            (review.review_id, sides, format!("{:?}", review.evidence))
        })
        .collect();
    open.sort();
    open
}

/// Whether advertising by SMS is refused or not granted on this card; none when there is no such card.
async fn may_be_written_to(group: &Group, client_id: &str) -> Option<bool> {
    let card = group.try_card(client_id).await.ok()?;
    let of = |consent: &&edina_proto::registry::v1::ConsentState| {
        consent.purpose == "advertising" && consent.channel == "sms"
    };
    Some(
        card.consents
            .iter()
            .find(of)
            .is_some_and(|consent| consent.granted),
    )
}

/// Records come by every way; clients have owners, and some of them said that they may be written to.
async fn settle(group: &Group, random: &mut StdRng) -> (Vec<String>, Vec<String>) {
    let mut came = arrive(group, random, 20, "one").await;
    let records = (0..8).map(|n| said(random, &format!("many-{n}"))).collect();
    let request = ResolveSourcesRequest { records };
    let many = group.client().resolve_sources(group.ask(request)).await.unwrap();
    came.extend(many.into_inner().records.into_iter().filter_map(|record| {
        use edina_proto::registry::v1::resolved_record::Answer;
        match record.answer? {
            Answer::Resolved(resolved) => Some((resolved.source_record_id, resolved.client_id)),
            Answer::Refusal(_) => None,
        }
    }));
    let (_, went) = import(
        group,
        "base",
        (0..8).map(|n| said(random, &format!("base-{n}"))).collect(),
    )
    .await;
    let mut ids = clients(&came);
    ids.extend(went);
    ids.sort();
    ids.dedup();
    for (number, id) in ids.iter().enumerate() {
        if group.try_card(id).await.is_err() {
            continue;
        }
        if random.random_bool(0.5) {
            own(group, id, "sales", &format!("e-{number}")).await;
        }
        if random.random_bool(0.4) {
            let request = RecordConsentRequest {
                client_id: id.clone(),
                consent: Some(ConsentStatement {
                    purpose: "advertising".into(),
                    channel: "sms".into(),
                    granted: random.random_bool(0.5),
                    proof: "asked".into(),
                    ..Default::default()
                }),
            };
            group.client().record_consent(group.ask(request)).await.unwrap();
        }
    }
    (ids, came.into_iter().map(|(record, _)| record).collect())
}

#[test]
fn whatever_is_done_and_taken_back_in_whatever_order_everything_is_as_it_was() {
    support::run(async |_| {
        for seed in seeds() {
            let group = Group::new();
            let mut random = StdRng::seed_from_u64(seed);
            let (ids, records) = settle(&group, &mut random).await;
            let before = (snapshot(&group, &ids).await, questions(&group).await);
            let mut done = Vec::new();
            let mut newcomers = Newcomers::default();
            let mut files = Vec::new();
            for number in 0..ACTS {
                newcomers.come(&group, &mut random).await;
                let place = (number, &mut files);
                done.extend(act(&group, &mut random, (&ids, &records), &newcomers, place).await);
            }
            assert!(done.len() > ACTS / 2, "seed {seed}: {done:?}");
            let history = done.clone();
            done.shuffle(&mut random);
            // A record that was moved twice comes back in the order it went; the rest as it comes.
            while !done.is_empty() {
                let mut left = Vec::new();
                for act in &done {
                    if let Err(status) = take_back(&group, act).await {
                        assert_eq!(
                            status.code(),
                            Code::FailedPrecondition,
                            "seed {seed}: {act:?} {status}"
                        );
                        left.push(act.clone());
                    }
                    newcomers.come(&group, &mut random).await;
                }
                assert!(left.len() < done.len(), "seed {seed}: {left:?} of {history:?}");
                done = left;
            }
            newcomers.are_themselves(&group, seed).await;
            let mut after = (snapshot(&group, &ids).await, questions(&group).await);
            after
                .1
                .retain(|question| before.1.contains(question) || !newcomers.are_asked_about(question));
            for (id, was) in &before.0 {
                let is = format!("{:#?}", after.0.get(id));
                let was = format!("{:#?}", Some(was));
                let first = is.lines().zip(was.lines()).position(|(is, was)| is != was);
                if let Some(first) = first {
                    let near = |text: &str| -> Vec<String> {
                        let lines = text.lines().skip(first.saturating_sub(12)).take(24);
                        lines.map(str::to_owned).collect()
                    };
                    panic!(
                        "seed {seed}: {id} after {history:?}:\n{:#?}\nand was\n{:#?}",
                        near(&is),
                        near(&was)
                    );
                }
            }
            assert_eq!(after.1, before.1, "seed {seed}: questions after {history:?}");
        }
    });
}
