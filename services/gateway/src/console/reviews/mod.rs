//! The review queue: two cards side by side, the evidence in bits, four keys.

use axum::{
    Extension,
    extract::{Path, Query, State},
    response::Response,
};
use edina_proto::registry::v1::{DecideReviewRequest, ListReviewsRequest, UndoReviewRequest};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    form::{Fields, back},
    home::clients,
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
/// Half of the bar chart in its own units; this many bits fill it.
const HALF: f64 = 60.0;
const FULL_BITS: f64 = 16.0;

#[derive(Debug, Default, Deserialize)]
pub struct Filter {
    #[serde(default)]
    client_id: String,
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
            for (row, evidence) in review.evidence.iter().enumerate() {
                let length = (evidence.bits.abs() / FULL_BITS).min(1.0) * HALF;
                let start = if evidence.bits < 0.0 { HALF - length } else { HALF };
                pair["evidence"][row]["bar"] = json!({
                    "x": format!("{start:.1}"), "width": format!("{length:.1}"),
                    "bits": format!("{:+.1}", evidence.bits),
                });
            }
            pair["total"] = json!(format!("{:+.1}", review.bits));
            pair
        })
        .collect();
    let data = json!({
        "pairs": pairs,
        "open_count": open.open_count,
        "decided": decided.reviews.iter().map(view::review).collect::<Vec<_>>(),
        "clients": names,
        "client_id": filter.client_id,
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
    gateway
        .ask(
            &who,
            DecideReviewRequest {
                review_id: api::id(&id)?,
                decision,
            },
        )
        .await?;
    Ok(back("/reviews"))
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
