//! Messages to clients and employees, with the reasons why they were sent or blocked.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use edina_proto::notification::v1::{GetMessageRequest, ListMessagesRequest};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Params, id, merged, next, page};
use crate::{Gateway, http::problem::Problem, session::Identity, view};

#[derive(Debug, Deserialize)]
pub struct Filter {
    limit: Option<u32>,
    cursor: Option<String>,
    client_id: Option<String>,
    state: Option<String>,
    channel: Option<String>,
}

/// `GET /api/v1/messages`
pub async fn list(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Params(filter): Params<Filter>,
) -> Result<Json<Value>, Problem> {
    let request = ListMessagesRequest {
        page: page(filter.limit, filter.cursor)?,
        client_ids: merged(&gateway, &who, filter.client_id).await?,
        state: filter.state.unwrap_or_default(),
        channel: filter.channel.unwrap_or_default(),
        ..ListMessagesRequest::default()
    };
    let reply = gateway.ask(&who, request).await?;
    let messages: Vec<Value> = reply.messages.iter().map(view::message).collect();
    Ok(Json(
        json!({ "messages": messages, "next_cursor": next(reply.page) }),
    ))
}

/// `GET /api/v1/messages/{id}`
pub async fn one(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(message): Path<String>,
) -> Result<Json<Value>, Problem> {
    let message = gateway
        .ask(
            &who,
            GetMessageRequest {
                message_id: id(&message)?,
            },
        )
        .await?;
    Ok(Json(view::message(&message)))
}
