//! The review queue: pairs that may be the same person.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use edina_proto::registry::v1::{DecideReviewRequest, ListReviewsRequest, UndoReviewRequest};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Params, id, next, page};
use crate::{
    Gateway,
    http::{body::JsonBody, problem::Problem},
    session::Identity,
    view,
};

#[derive(Debug, Deserialize)]
pub struct Filter {
    limit: Option<u32>,
    cursor: Option<String>,
    state: Option<String>,
    client_id: Option<String>,
}

/// `GET /api/v1/reviews`
pub async fn list(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Params(filter): Params<Filter>,
) -> Result<Json<Value>, Problem> {
    let request = ListReviewsRequest {
        state: filter.state.unwrap_or_else(|| "open".to_owned()),
        page: page(filter.limit, filter.cursor)?,
        client_id: filter.client_id.unwrap_or_default(),
    };
    let reply = gateway.ask(&who, request).await?;
    let reviews: Vec<Value> = reply.reviews.iter().map(view::review).collect();
    Ok(Json(
        json!({ "reviews": reviews, "open_count": reply.open_count, "next_cursor": next(reply.page) }),
    ))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    decision: String,
}

/// `POST /api/v1/reviews/{id}/decide`
pub async fn decide(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(review): Path<String>,
    JsonBody(decision): JsonBody<Decision>,
) -> Result<Json<Value>, Problem> {
    if !["same", "different", "skip"].contains(&decision.decision.as_str()) {
        return Err(Problem::field(
            "decision",
            "is none of the three",
            "same, different or skip",
        ));
    }
    let request = DecideReviewRequest {
        review_id: id(&review)?,
        decision: decision.decision,
    };
    Ok(Json(view::review(&gateway.ask(&who, request).await?)))
}

/// `POST /api/v1/reviews/{id}/undo`
pub async fn undo(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(review): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(view::review(
        &gateway
            .ask(
                &who,
                UndoReviewRequest {
                    review_id: id(&review)?,
                },
            )
            .await?,
    )))
}
