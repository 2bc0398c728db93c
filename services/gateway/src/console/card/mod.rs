//! The client card: who it is, everything that happened, what to do next.

mod acts;
mod consents;
mod facts;
mod story;

pub use acts::{merge, note, unmerge};
pub use consents::{consent, undo_consent};
pub use facts::{
    add, answer, confirm_relation, correct, end_relation, relate, undo_correction, unrelate, vehicle_role,
};

use axum::{
    Extension,
    extract::{Path, Query, State},
    response::{IntoResponse as _, Redirect, Response},
};
use edina_proto::{
    calls::v1::{ListCallsRequest, ListTasksRequest},
    common::v1::PageRequest,
    intake::v1::{ListLeadsRequest, ListReasonsRequest},
    notification::v1::ListMessagesRequest,
    registry::v1::{GetCardRequest, GetTimelineRequest, SearchClientsRequest},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{form::back, home::clients};
use crate::{
    Gateway,
    http::{api, problem::Problem},
    session::{Identity, Right},
    view,
};

#[derive(Debug, Default, Deserialize)]
pub struct Look {
    /// Filter of the timeline: all, leads, calls, messages, service, notes.
    #[serde(default)]
    show: String,
    #[serde(default)]
    cursor: String,
    /// Text to find the card to merge with.
    #[serde(default)]
    merge: String,
    /// Text to find the card to relate to.
    #[serde(default)]
    relate: String,
}

/// Entries of the timeline on one page.
const ENTRIES: u32 = 50;
const OWNED: u32 = 100;

/// Back to a card.
fn to_card(client_id: &str) -> Response {
    back(&format!("/clients/{client_id}"))
}

/// `GET /clients/{id}`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
    Query(look): Query<Look>,
) -> Result<Response, Problem> {
    let asked = api::id(&id)?;
    let card = gateway
        .ask(
            &who,
            GetCardRequest {
                client_id: asked.clone(),
            },
        )
        .await?;
    if card.client_id != asked {
        // Merged into another: its address leads there.
        return Ok(Redirect::to(&format!("/clients/{}", card.client_id)).into_response());
    }
    let mut all = card.merged_ids.clone();
    all.push(asked.clone());
    let page = |limit| {
        Some(PageRequest {
            limit,
            cursor: String::new(),
        })
    };
    let timeline = GetTimelineRequest {
        client_id: asked.clone(),
        page: Some(PageRequest {
            limit: ENTRIES,
            cursor: look.cursor.clone(),
        }),
        kinds: story::kinds(&look.show),
    };
    let leads = ListLeadsRequest {
        client_ids: all.clone(),
        page: page(OWNED),
        ..Default::default()
    };
    let calls = ListCallsRequest {
        client_ids: all.clone(),
        page: page(OWNED),
        ..Default::default()
    };
    let tasks = ListTasksRequest {
        client_ids: all.clone(),
        state: "open".to_owned(),
        page: page(20),
        ..Default::default()
    };
    let messages = ListMessagesRequest {
        client_ids: all.clone(),
        page: page(OWNED),
        ..Default::default()
    };
    let sees_messages = who.may(Right::ReadMessages);
    let (timeline, reasons, leads, calls, tasks, messages) = tokio::join!(
        gateway.ask(&who, timeline),
        gateway.ask(&who, ListReasonsRequest {}),
        gateway.ask(&who, leads),
        gateway.ask(&who, calls),
        gateway.ask(&who, tasks),
        async {
            if sees_messages {
                gateway.ask(&who, messages).await
            } else {
                Ok(Default::default())
            }
        },
    );
    let away = timeline.is_err() || leads.is_err() || calls.is_err() || messages.is_err();
    let (timeline, leads, calls, tasks, messages) = (
        timeline.unwrap_or_default(),
        leads.unwrap_or_default(),
        calls.unwrap_or_default(),
        tasks.unwrap_or_default(),
        messages.unwrap_or_default(),
    );
    let now = gateway.clock.now();
    let days = story::days(
        &timeline.entries,
        &leads.leads,
        &calls.calls,
        &messages.messages,
        now,
    );
    let mut others: Vec<String> = card
        .merges
        .iter()
        .map(|merge| merge.other_client_id.clone())
        .collect();
    others.extend(card.reviews.iter().flat_map(|review| {
        [review.left_client_id.clone(), review.right_client_id.clone()]
            .into_iter()
            .filter(|id| *id != asked)
    }));
    let others = clients(&gateway, &who, others).await;
    let candidates = tokio::join!(
        candidates(&gateway, &who, Right::MergeClients, &look.merge, &asked),
        candidates(&gateway, &who, Right::WriteClients, &look.relate, &asked),
    );
    let (candidates, relatives) = candidates;
    let data = json!({
        "card": view::card(&card),
        "consents": consents::in_force(&card),
        "consent_words": consents::history(&card),
        "story": days,
        "next_cursor": timeline.page.map(|page| page.next_cursor).unwrap_or_default(),
        "show": look.show,
        "leads": leads.leads.iter().filter(|lead| lead.status == "open").map(|lead| view::lead(lead, now)).collect::<Vec<_>>(),
        "closed_leads": leads.leads.iter().filter(|lead| lead.status != "open").count(),
        "reasons": story::reasons(&reasons.unwrap_or_default()),
        "tasks": tasks.tasks.iter().map(view::task).collect::<Vec<_>>(),
        "others": others,
        "merge_query": look.merge,
        "candidates": candidates,
        "relate_query": look.relate,
        "relatives": relatives,
        "freshness": story::freshness(&card, now),
        "away": away,
    });
    gateway.page(&who, "card/page.html", "clients", data).await
}

async fn candidates(gateway: &Gateway, who: &Identity, right: Right, query: &str, own: &str) -> Vec<Value> {
    let query: String = query.trim().chars().take(200).collect();
    if query.is_empty() || !who.may(right) {
        return Vec::new();
    }
    let request = SearchClientsRequest {
        query,
        limit: 8,
        include_liquidated: true,
        mark: String::new(),
    };
    match gateway.ask(who, request).await {
        Ok(found) => found
            .clients
            .iter()
            .filter(|hit| hit.client.as_ref().is_some_and(|client| client.client_id != own))
            .map(view::hit)
            .collect(),
        Err(_) => Vec::new(),
    }
}
