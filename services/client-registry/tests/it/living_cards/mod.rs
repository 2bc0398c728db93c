//! Cards that live: contacts go stale and are confirmed, people correct and take back, companies end and their people
//! stay.

mod accounts;
mod city_numbers;
mod companies;
mod contacts;
mod others;
mod provenance;
mod said_by_people;

use edina_proto::common::v1::Money;
use edina_proto::registry::v1::{
    AddByHandRequest, CorrectFieldRequest, SearchClientsRequest, SourceRecord, UndoCorrectionRequest,
};

use crate::support::{Group, record};

async fn correct(group: &Group, client_id: &str, field: &str, value: &str) -> String {
    let request = CorrectFieldRequest {
        client_id: client_id.into(),
        field: field.into(),
        value: value.into(),
    };
    let reply = group.client().correct_field(group.ask(request)).await;
    reply.unwrap().into_inner().correction_id
}

async fn undo(group: &Group, correction_id: &str) {
    let request = UndoCorrectionRequest {
        correction_id: correction_id.into(),
    };
    group.client().undo_correction(group.ask(request)).await.unwrap();
}

async fn by_hand(group: &Group, client_id: &str, said: SourceRecord) {
    let request = AddByHandRequest {
        client_id: client_id.into(),
        record: Some(said),
    };
    group.client().add_by_hand(group.ask(request)).await.unwrap();
}

async fn found(group: &Group, query: &str, include_liquidated: bool) -> Vec<String> {
    let request = SearchClientsRequest {
        query: query.into(),
        limit: 10,
        include_liquidated,
        mark: String::new(),
    };
    let reply = group.client().search_clients(group.ask(request)).await.unwrap();
    let hits = reply.into_inner().clients.into_iter();
    hits.filter_map(|hit| Some(hit.client?.client_id)).collect()
}

fn buyer(external_id: &str, name: &str, phone: &str, day: i64, roubles: i64) -> SourceRecord {
    SourceRecord {
        full_name: name.into(),
        phones: vec![phone.into()],
        amount: Some(Money {
            minor: roubles * 100,
            currency: "RUB".into(),
        }),
        ..record("sales_dms", external_id, "sale", day)
    }
}
