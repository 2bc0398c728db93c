//! The review queue: two cards side by side, the evidence in bits, four keys; what is worth most comes first.

use axum::{
    Extension,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use edina_proto::registry::v1::{DecideReviewRequest, ListReviewsRequest, UndoReviewRequest};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    form::{Fields, back},
    home::clients,
    weighing,
};
use crate::{
    Gateway,
    http::{api, problem::Problem},
    session::Identity,
    view,
};

/// Pairs on one page.
const PAIRS: u32 = 20;
/// Decisions that can be taken back from here.
const DECIDED: u32 = 10;
/// The registry counts open questions up to here.
const MANY: u32 = 1_000;
#[derive(Debug, Default, Deserialize)]
pub struct Filter {
    #[serde(default)]
    client_id: String,
    /// The last answer came too late: the question had answered itself.
    #[serde(default)]
    late: bool,
}

/// `GET /reviews`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    let list = |state: &str, limit| {
        let page = api::page(Some(limit), None);
        page.map(|page| ListReviewsRequest {
            state: state.to_owned(),
            page,
            client_id: filter.client_id.clone(),
        })
    };
    let (open, decided) = tokio::join!(
        gateway.ask(&who, list("open", PAIRS)?),
        gateway.ask(&who, list("decided", DECIDED)?)
    );
    let (open, decided) = (open?, decided.unwrap_or_default());
    let ids = open
        .reviews
        .iter()
        .chain(&decided.reviews)
        .flat_map(|review| [review.left_client_id.clone(), review.right_client_id.clone()])
        .collect();
    let names = clients(&gateway, &who, ids).await;
    let pairs: Vec<Value> = open
        .reviews
        .iter()
        .map(|review| {
            let mut pair = view::review(review);
            let sides = [&review.left_client_id, &review.right_client_id];
            let sides = sides.map(|id| weighing::name_in(&names, id));
            pair["evidence"] = weighing::drawn(pair["evidence"].take(), sides);
            pair
        })
        .collect();
    let data = json!({
        "pairs": pairs,
        "open_count": open.open_count,
        "decided": decided.reviews.iter().map(view::review).collect::<Vec<_>>(),
        "clients": names,
        "client_id": filter.client_id,
        "many": open.open_count >= MANY,
        "late": filter.late,
    });
    gateway.page(&who, "reviews/page.html", "reviews", data).await
}

/// `POST /reviews/{id}/decide`
pub async fn decide(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let decision = fields.required("decision")?;
    let request = DecideReviewRequest {
        review_id: api::id(&id)?,
        decision,
    };
    match gateway.ask(&who, request).await {
        Ok(_) => Ok(back("/reviews")),
        // Answered by somebody else, or by what happened since: the page shows what is left.
        Err(problem) if problem.code() == StatusCode::CONFLICT => Ok(back("/reviews?late=true")),
        Err(problem) => Err(problem),
    }
}

/// `POST /reviews/{id}/undo`
pub async fn undo(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    gateway
        .ask(
            &who,
            UndoReviewRequest {
                review_id: api::id(&id)?,
            },
        )
        .await?;
    Ok(back("/reviews"))
}
