//! What to confirm: contacts that nothing has confirmed for too long, those of the most valuable clients first, answered by
//! one key each.

use axum::{
    Extension,
    extract::{Query, State},
    response::Response,
};
use edina_proto::registry::v1::{
    GetFreshnessLimitsRequest, ListContactsToConfirmRequest, SetFreshnessLimitRequest,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    form::{Fields, back},
    lists,
};
use crate::{
    Gateway,
    http::{
        api::{self, contacts},
        problem::Problem,
    },
    session::{Identity, Right},
    view,
};

const ROWS: u32 = 30;

/// The list's filters, as they stand in the address.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Filter {
    /// phone, email, address; empty for all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    kind: String,
    #[serde(default, skip_serializing)]
    cursor: String,
    /// The answer that was given last, to be taken back.
    #[serde(default, skip_serializing)]
    undo: String,
}

/// `GET /contacts-to-confirm`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    let request = ListContactsToConfirmRequest {
        page: api::page(Some(ROWS), Some(filter.cursor.clone()))?,
        kind: filter.kind.clone(),
    };
    let sets = who.may(Right::Administer);
    let (reply, limits) = tokio::join!(gateway.ask(&who, request), async {
        if sets {
            gateway.ask(&who, GetFreshnessLimitsRequest {}).await.ok()
        } else {
            None
        }
    });
    let reply = reply?;
    let data = json!({
        "filter": filter,
        "query": lists::query(&filter),
        "undo": api::id(&filter.undo).unwrap_or_default(),
        "contacts": reply.contacts.iter().map(view::contact_to_confirm).collect::<Vec<Value>>(),
        "catching_up": reply.catching_up,
        "limits": limits.as_ref().map(contacts::shown).unwrap_or_default(),
        "next_cursor": api::next(reply.page),
    });
    gateway
        .page(&who, "confirming/page.html", "confirming", data)
        .await
}

/// `POST /freshness-limits`
pub async fn set_limit(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    fields: Fields,
) -> Result<Response, Problem> {
    let days = fields
        .get("days")
        .parse()
        .map_err(|_| Problem::field("days", "is no number", "1 to 3650"))?;
    let request = SetFreshnessLimitRequest {
        kind: fields.required("kind")?,
        segment: fields.required("segment")?,
        days,
    };
    gateway.ask(&who, request).await?;
    Ok(back("/contacts-to-confirm"))
}
