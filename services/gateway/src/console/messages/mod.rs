//! Messages with their state; the chosen one with its text, its course and why it was sent, deferred or blocked.

use axum::{
    Extension,
    extract::{Path, Query, State},
    response::{IntoResponse as _, Redirect, Response},
};
use edina_proto::notification::v1::{GetMessageRequest, ListMessagesRequest, Message};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{home::clients, lists};
use crate::{
    Gateway,
    http::{api, problem::Problem},
    session::Identity,
    view,
};

const ROWS: u32 = 50;
/// States in the order of the filter.
const STATES: [&str; 8] = [
    "queued",
    "deferred",
    "blocked",
    "sending",
    "sent",
    "delivered",
    "failed",
    "unknown",
];

/// The list's filters, as they stand in the address.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Filter {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    state: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    channel: String,
    /// One client's messages only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    client: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    cursor: String,
    /// The message whose story is shown.
    #[serde(default, skip_serializing)]
    open: String,
}

/// `GET /messages`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    let request = ListMessagesRequest {
        page: api::page(Some(ROWS), Some(filter.cursor.clone()))?,
        state: filter.state.clone(),
        channel: filter.channel.clone(),
        client_ids: api::merged(&gateway, &who, Some(filter.client.clone())).await?,
        ..ListMessagesRequest::default()
    };
    let (reply, open) = tokio::join!(gateway.ask(&who, request), opened(&gateway, &who, &filter.open));
    let (reply, open) = (reply?, open?);
    let mut ids: Vec<String> = reply
        .messages
        .iter()
        .chain(&open)
        .map(|message| message.client_id.clone())
        .collect();
    ids.push(filter.client.clone());
    let data = json!({
        "filter": filter,
        "query": lists::query(&filter),
        "filtered": !(filter.state.is_empty() && filter.client.is_empty()),
        "states": STATES,
        "clients": clients(&gateway, &who, ids).await,
        "messages": reply.messages.iter().map(row).collect::<Vec<Value>>(),
        "open": open.as_ref().map(story),
        "next_cursor": api::next(reply.page),
    });
    gateway.page(&who, "messages/page.html", "messages", data).await
}

async fn opened(gateway: &Gateway, who: &Identity, id: &str) -> Result<Option<Message>, Problem> {
    if id.is_empty() {
        return Ok(None);
    }
    gateway
        .ask(
            who,
            GetMessageRequest {
                message_id: api::id(id)?,
            },
        )
        .await
        .map(Some)
}

/// `GET /messages/{id}`: the list with this message's story.
pub async fn one(Path(id): Path<String>) -> Result<Response, Problem> {
    let id = api::id(&id)?;
    Ok(Redirect::to(&format!("/messages?open={id}")).into_response())
}

/// A message with `stopped_by`, the gate's reason that held it up.
fn row(message: &Message) -> Value {
    let mut shown = view::message(message);
    let stopped = shown["reasons"]
        .as_array()
        .and_then(|reasons| reasons.iter().find(|reason| reason["passed"] == false).cloned());
    shown["stopped_by"] = stopped.unwrap_or(Value::Null);
    shown
}

fn story(message: &Message) -> Value {
    let mut shown = row(message);
    if let Some(history) = shown["history"].as_array_mut() {
        for (told, change) in history.iter_mut().zip(&message.history) {
            told["detail_ru"] = json!(change.detail_ru);
        }
    }
    shown["lead_id"] = json!(message.lead_id);
    // `edina.intake.lead.received.v1` is told as `lead_received`.
    let occasion: Vec<&str> = message.trigger.split('.').skip(2).take(2).collect();
    shown["occasion"] = json!(occasion.join("_"));
    shown
}
