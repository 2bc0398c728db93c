//! Finding a client: as you type through the script, or by the form without it.

use axum::{
    Extension,
    extract::{Query, State},
    response::Response,
};
use edina_proto::registry::v1::SearchClientsRequest;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Gateway, http::problem::Problem, session::Identity, view};

#[derive(Debug, Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
    /// client, prospect, partner; all when empty.
    #[serde(default)]
    mark: String,
}

/// What the page can be narrowed to.
const MARKS: [&str; 3] = ["client", "prospect", "partner"];

/// Hits shown; who needs more types more.
const MOST: u32 = 20;
/// Clients offered to choose from.
const OFFERED: u32 = 8;
const LONGEST: usize = 200;

/// `GET /search?q=`: hits grouped by why they matched; without a query those with a mark.
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Query(search): Query<Search>,
) -> Result<Response, Problem> {
    let query: String = search.q.trim().chars().take(LONGEST).collect();
    let mark = search.mark;
    let mark = if MARKS.contains(&mark.as_str()) {
        mark
    } else {
        String::new()
    };
    let hits = if query.is_empty() && mark.is_empty() {
        Vec::new()
    } else {
        gateway
            .ask(
                &who,
                SearchClientsRequest {
                    query: query.clone(),
                    limit: MOST,
                    include_liquidated: false,
                    mark: mark.clone(),
                },
            )
            .await?
            .clients
    };
    let mut groups: Vec<(String, Vec<Value>)> = Vec::new();
    for hit in &hits {
        match groups.iter_mut().find(|(why, _)| *why == hit.matched_by) {
            Some((_, members)) => members.push(view::hit(hit)),
            None => groups.push((hit.matched_by.clone(), vec![view::hit(hit)])),
        }
    }
    let groups: Vec<Value> = groups
        .into_iter()
        .map(|(why, clients)| json!({ "why": why, "clients": clients }))
        .collect();
    gateway
        .page(
            &who,
            "search/page.html",
            "search",
            json!({ "q": query, "mark": mark, "marks": MARKS, "groups": groups, "count": hits.len() }),
        )
        .await
}

/// Other clients that a text may mean, for a person to choose one; each has a digit as its key.
pub async fn others_found(gateway: &Gateway, who: &Identity, query: &str, own: &str) -> Vec<Value> {
    let query: String = query.trim().chars().take(LONGEST).collect();
    if query.is_empty() {
        return Vec::new();
    }
    let request = SearchClientsRequest {
        query,
        limit: OFFERED,
        // A liquidated company may still be meant.
        include_liquidated: true,
        mark: String::new(),
    };
    let found = gateway.ask(who, request).await.unwrap_or_default();
    let others = found
        .clients
        .iter()
        .filter(|hit| hit.client.as_ref().is_some_and(|client| client.client_id != own));
    others.map(view::hit).collect()
}
