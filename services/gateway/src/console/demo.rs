//! The demo's switch.

use axum::{Extension, extract::State, response::Response};

use super::form::{Fields, back};
use crate::{Gateway, demo, http::problem::Problem, session::Identity};

/// `POST /demo`
pub async fn switch(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    fields: Fields,
) -> Result<Response, Problem> {
    demo::set(
        &gateway.database,
        &who.group,
        fields.get("on") == "true",
        gateway.clock.now(),
    )
    .await?;
    Ok(back(fields.get("back")))
}
