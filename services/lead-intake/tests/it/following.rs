//! The registry gives the record of a lead, or of the call it came from, to another client: the lead goes along.

use edina_proto::{calls::v1::CallAnswered, intake::v1::LeadAnswered, registry::v1::RecordMoved};
use uuid::Uuid;

use crate::{
    answering::miss,
    support::{self, Group, one, until},
};

fn client() -> String {
    Uuid::now_v7().to_string()
}

async fn give(group: &Group, event: Uuid, (source, id): (&str, &str), to: &str, version: u64) {
    let moved = RecordMoved {
        source_record_id: Uuid::now_v7().to_string(),
        source: source.into(),
        external_id: id.into(),
        from_client_id: client(),
        to_client_id: to.into(),
        version,
    };
    group.deliver(event, &moved).await;
}

#[test]
fn a_lead_goes_where_its_record_goes_and_late_facts_change_nothing() {
    support::run(async |group| {
        let facts = group.facts().await;
        let key = group.source("portal", "adf").await;
        let leads = group.take(&key, one("", "Анна Серова", "89161234567")).await;
        let lead = group
            .lead_when(&leads[0], "resolved", |lead| !lead.client_id.is_empty())
            .await;
        let (right, wrong) = (client(), client());
        let of = ("lead_intake", leads[0].as_str());
        let newer = Uuid::now_v7();
        give(&group, newer, of, &right, 2).await;
        let moved = group
            .lead_when(&leads[0], "moved", |lead| lead.client_id == right)
            .await;
        assert!(moved.version > lead.version);
        // Late, repeated, and of records that are nobody's here; the last is applied after them.
        give(&group, Uuid::now_v7(), of, &wrong, 1).await;
        give(&group, newer, of, &right, 2).await;
        give(&group, Uuid::now_v7(), ("sales_dms", &leads[0]), &wrong, 9).await;
        give(&group, Uuid::now_v7(), ("lead_intake", "none"), &wrong, 9).await;
        let other = group.take(&key, one("", "Пётр Ким", "89030003344")).await;
        group
            .lead_when(&other[0], "resolved", |lead| !lead.client_id.is_empty())
            .await;
        give(&group, Uuid::now_v7(), ("lead_intake", &other[0]), &right, 1).await;
        group
            .lead_when(&other[0], "moved", |lead| lead.client_id == right)
            .await;
        let same = group.lead(&leads[0]).await;
        assert_eq!((same.client_id, same.version), (right.clone(), moved.version));
        // A call with whom it belongs to now stops its clock.
        let answered = CallAnswered {
            call_id: client(),
            client_id: right,
            ..Default::default()
        };
        group.deliver(Uuid::now_v7(), &answered).await;
        group
            .lead_when(&leads[0], "answered", |lead| lead.answered_at.is_some())
            .await;
        facts.until::<LeadAnswered>(2).await;
    });
}

#[test]
fn a_lead_of_a_call_goes_where_the_call_goes_whichever_is_heard_first() {
    support::run(async |group| {
        let (first, right, last) = (client(), client(), client());
        let call = Uuid::from_u128(7).to_string();
        let of = ("call_tracking", call.as_str());
        // Heard before the call itself; of another stream, so that it is waited for.
        give(&group, Uuid::now_v7(), of, &right, 3).await;
        group.heard_all("EDINA_REGISTRY").await;
        miss(&group, Uuid::now_v7(), &first).await;
        until("the lead", async || !group.leads().await.is_empty()).await;
        let lead = group.leads().await.remove(0);
        assert_eq!((lead.client_id, lead.call_id), (right, call.clone()));
        give(&group, Uuid::now_v7(), of, &last, 4).await;
        group
            .lead_when(&lead.lead_id, "moved", |lead| lead.client_id == last)
            .await;
    });
}
