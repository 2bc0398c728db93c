//! The phone and the mailbox of the local run: messages as the client would see them.

use axum::{Extension, extract::State, response::Response};
use edina_proto::notification::v1::ListSandboxRequest;

use crate::{Gateway, http::problem::Problem, session::Identity, view};

const MOST: u32 = 50;

/// `GET /sandbox`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
) -> Result<Response, Problem> {
    let caught = gateway.ask(&who, ListSandboxRequest { limit: MOST }).await?;
    gateway
        .page(&who, "sandbox/page.html", "sandbox", view::sandbox(&caught))
        .await
}
