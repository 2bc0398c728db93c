//! `/api/v1/…`: the public JSON interface of design section 6.

pub mod calls;
pub mod clients;
pub mod consents;
pub mod contacts;
pub mod corrections;
pub mod directory;
pub mod identity;
pub mod leads;
pub mod messages;
pub mod records;
pub mod reviews;
pub mod source_records;
pub mod vehicles;

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use edina_proto::{
    common::v1::{PageReply, PageRequest},
    registry::v1::GetCardRequest,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::problem::Problem;
use crate::{Gateway, session::Identity};

const DEFAULT_LIMIT: u32 = 50;
const LARGEST_LIMIT: u32 = 200;

/// Query parameters, with a problem document when they do not fit.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(error) => Err(Problem::new(
                axum::http::StatusCode::BAD_REQUEST,
                error.body_text(),
            )),
        }
    }
}

/// A page of a list.
pub fn page(limit: Option<u32>, cursor: Option<String>) -> Result<Option<PageRequest>, Problem> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if limit == 0 || limit > LARGEST_LIMIT {
        return Err(Problem::field(
            "limit",
            format!("{limit} is out of range"),
            "1 to 200",
        ));
    }
    Ok(Some(PageRequest {
        limit,
        cursor: cursor.unwrap_or_default(),
    }))
}

/// The page that follows; null at the end.
pub fn next(page: Option<PageReply>) -> Value {
    page.filter(|page| !page.next_cursor.is_empty())
        .map_or(Value::Null, |page| json!(page.next_cursor))
}

/// A client's id with those merged into it: what other services know is filed under the id of its time.
pub async fn merged(
    gateway: &Gateway,
    who: &Identity,
    client_id: Option<String>,
) -> Result<Vec<String>, Problem> {
    let Some(client_id) = client_id.filter(|id| !id.is_empty()) else {
        return Ok(Vec::new());
    };
    let client_id =
        id(&client_id).map_err(|_| Problem::field("client_id", "is no client id", "a client's id"))?;
    let card = gateway
        .ask(
            who,
            GetCardRequest {
                client_id: client_id.clone(),
            },
        )
        .await?;
    let mut ids = card.merged_ids;
    ids.extend([client_id, card.client_id]);
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// An id of a path: what is no UUID names nothing.
pub fn id(text: &str) -> Result<String, Problem> {
    Uuid::parse_str(text)
        .map(|id| id.to_string())
        .map_err(|_| Problem::not_found())
}
