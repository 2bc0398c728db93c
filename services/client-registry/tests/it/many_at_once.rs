//! Many records by one call: each is answered as if they had come one by one, in their order, and asked again the same.

use edina_proto::{
    fact::Fact as _,
    registry::v1::{
        ClientChanged, ClientCreated, ResolveSourceReply, ResolveSourcesRequest, SourceRecord,
        resolved_record::Answer,
    },
};
use prost::Message as _;

use crate::support::{self, Group, own, record};

fn lead(external_id: &str, full_name: &str, phone: &str) -> SourceRecord {
    SourceRecord {
        full_name: full_name.into(),
        phones: vec![phone.into()],
        ..record("lead_intake", external_id, "lead", 5)
    }
}

/// What each was answered: whose it is, or which field was wrong.
async fn ask(group: &Group, records: &[SourceRecord]) -> Vec<Result<ResolveSourceReply, String>> {
    let request = ResolveSourcesRequest {
        records: records.to_vec(),
    };
    let reply = group.client().resolve_sources(group.ask(request)).await.unwrap();
    let answers = reply.into_inner().records.into_iter();
    answers
        .map(|one| match one.answer.unwrap() {
            Answer::Resolved(resolved) => Ok(resolved),
            Answer::Refusal(refusal) => Err(refusal.field),
        })
        .collect()
}

/// Two leads of one new client and one of another, one of a client we know, one that says nothing, and one twice.
fn leads() -> Vec<SourceRecord> {
    vec![
        lead("lead-1", "Осипова Мария Львовна", "8 926 111-00-01"),
        lead("lead-2", "Гордеев Тимур", "8 926 222-00-02"),
        lead("lead-3", "Жаров Степан Ильич", "8 926 333-00-03"),
        SourceRecord::default(),
        lead("lead-4", "Осипова Мария Львовна", "+7 (926) 111 00 01"),
        lead("lead-2", "Гордеев Тимур", "8 926 222-00-02"),
    ]
}

async fn known(group: &Group) -> String {
    let order = SourceRecord {
        full_name: "Жаров Степан Ильич".into(),
        phones: vec!["89263330003".into()],
        ..record("service_dms", "ro-1", "repair_order", 1)
    };
    let client_id = group.resolve(order).await.client_id;
    own(group, &client_id, "service", "e-5").await;
    client_id
}

/// The versions of a client that facts tell, in their order.
async fn versions(group: &Group, client_id: &str) -> Vec<u64> {
    let facts = support::facts_of(group, client_id).await;
    facts
        .iter()
        .map(|(kind, payload)| match kind.as_str() {
            ClientCreated::TYPE => ClientCreated::decode(payload.as_slice()).unwrap().version,
            ClientChanged::TYPE => ClientChanged::decode(payload.as_slice()).unwrap().version,
            other => panic!("{other}"),
        })
        .collect()
}

#[test]
fn leads_of_new_and_known_clients_are_answered_one_by_one() {
    support::run(async |group| {
        let known = known(&group).await;
        let answers = ask(&group, &leads()).await;
        let outcomes: Vec<Result<&str, &str>> = answers
            .iter()
            .map(|one| {
                one.as_ref()
                    .map(|one| one.outcome.as_str())
                    .map_err(String::as_str)
            })
            .collect();
        assert_eq!(
            outcomes,
            [
                Ok("created"),
                Ok("created"),
                Ok("linked"),
                Err("source"),
                Ok("linked"),
                Ok("created")
            ]
        );
        let of = |place: usize| answers[place].as_ref().unwrap();
        let (osipova, gordeev) = (of(0).client_id.clone(), of(1).client_id.clone());
        assert_eq!(of(2).client_id, known);
        assert_eq!(of(2).owners.len(), 1, "whoever looks after him is told");
        assert_eq!(of(4).client_id, osipova, "one new client of two leads");
        assert_eq!(of(5), of(1), "a lead that stands there twice is one");
        assert!(osipova != gordeev && osipova != known && gordeev != known);
        assert_ne!(of(0).source_record_id, of(4).source_record_id);
        for (client_id, records) in [(&osipova, 2), (&gordeev, 1), (&known, 2)] {
            assert_eq!(
                group.card(client_id).await.source_record_count,
                records,
                "{client_id}"
            );
        }

        // Each record counts, also that of a client whom the same call made.
        assert_eq!(versions(&group, &osipova).await, [1, 2]);
        assert_eq!(group.card(&osipova).await.version, 2);

        // The answer was lost: asked again, in another order, with one that came since.
        let mut again = leads();
        again.reverse();
        again.push(lead("lead-5", "Гордеев Тимур", "89262220002"));
        let mut repeated = ask(&group, &again).await;
        let new = repeated.pop().unwrap().unwrap();
        assert_eq!((new.outcome.as_str(), &new.client_id), ("linked", &gordeev));
        repeated.reverse();
        assert_eq!(repeated, answers);
        assert_eq!(group.card(&osipova).await.source_record_count, 2);
        assert_eq!(group.card(&gordeev).await.source_record_count, 2);
        assert_eq!(versions(&group, &osipova).await, [1, 2]);
        assert_eq!(versions(&group, &gordeev).await, [1, 2]);
    });
}

#[test]
fn two_copies_that_ask_at_once_are_answered_the_same() {
    support::run(async |group| {
        known(&group).await;
        let leads = leads();
        let mut back = leads.clone();
        back.reverse();
        let (one, mut other) = tokio::join!(ask(&group, &leads), ask(&group, &back));
        other.reverse();
        let whose = |answers: &[Result<ResolveSourceReply, String>]| -> Vec<Option<(String, String)>> {
            let ids = |one: &ResolveSourceReply| (one.source_record_id.clone(), one.client_id.clone());
            answers.iter().map(|one| one.as_ref().ok().map(ids)).collect()
        };
        assert_eq!(whose(&one), whose(&other));
        let clients: std::collections::BTreeSet<_> = whose(&one)
            .into_iter()
            .flatten()
            .map(|(_, client)| client)
            .collect();
        assert_eq!(clients.len(), 3);
    });
}
