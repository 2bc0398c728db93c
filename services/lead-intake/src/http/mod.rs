//! The public front door: `/intake/v1/…`. Needs no other service: an input is committed, then answered.

mod adf;
mod form;
mod problem;
mod throttle;

use std::{net::IpAddr, sync::Arc};

use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{MethodRouter, post},
};
use edina_runtime::group::GroupId;
use serde_json::json;

use crate::{
    config::Config,
    intake::{Intake, OpenedSource, Taken},
};
use throttle::Throttle;

/// Largest body: the largest ADF document with room for a form's overhead.
const LARGEST_BODY: usize = 2 * 1024 * 1024 + 64 * 1024;
const LONGEST_KEY: usize = 200;

/// What handlers work with.
#[derive(Debug, Clone)]
pub struct Door {
    /// The use cases.
    intake: Intake,
    public_forms: Arc<Throttle<(GroupId, String)>>,
    of_address: Option<Arc<Throttle<IpAddr>>>,
}

impl Door {
    /// Opens it; a public form name, and each address that posts to one, may bring so many forms.
    pub fn new(intake: Intake, config: &Config) -> Self {
        Self {
            intake,
            public_forms: Arc::new(Throttle::new(config.public_forms)),
            of_address: config
                .trust_forwarded_for
                .then(|| Arc::new(Throttle::new(config.public_forms_of_address))),
        }
    }

    /// Takes the place of a form at a public name; else the seconds after which there is one. Whoever sends too many uses
    /// up none of the source's.
    fn take_public(&self, opened: &OpenedSource, headers: &HeaderMap) -> Result<(), u32> {
        let now = self.intake.clock.now();
        if let (Some(of_address), Some(address)) = (&self.of_address, forwarded_for(headers)) {
            of_address.take(throttle::poster(address), now)?;
        }
        self.public_forms
            .take((opened.group.clone(), opened.source.name.clone()), now)
    }
}

/// A public route.
#[derive(Debug)]
pub struct Route {
    /// What a sender uses.
    pub method: &'static str,
    /// Its path, as the router takes it.
    pub path: &'static str,
    handler: fn() -> MethodRouter<Door>,
}

/// Every public route; the router is built from it.
pub const ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/intake/v1/adf",
        handler: || post(adf::post),
    },
    Route {
        method: "POST",
        path: "/intake/v1/forms/{source}",
        handler: || post(form::post).options(form::preflight),
    },
];

/// The public routes.
pub fn router(door: Door) -> Router {
    ROUTES
        .iter()
        .fold(Router::new(), |router, route| {
            router.route(route.path, (route.handler)())
        })
        .fallback(async || problem::not_found("no such route under /intake"))
        .method_not_allowed_fallback(async || problem::method_not_allowed())
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(door)
}

/// 202 with the leads, and the parts that could not be read.
fn accepted(taken: &Taken) -> Response {
    let leads: Vec<_> = taken
        .leads
        .iter()
        .map(|lead| json!({ "lead_id": lead.lead_id, "already_known": lead.already_known }))
        .collect();
    let mut body = json!({ "input_id": taken.input_id, "leads": leads });
    if !taken.rejected.is_empty() {
        body["rejected"] = taken.rejected.iter().map(problem::rejection_json).collect();
    }
    (StatusCode::ACCEPTED, Json(body)).into_response()
}

/// Who posts, as the proxy before us says.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
        .filter(|value| !value.is_empty())
}

/// The sender's idempotency key; one that is too long is refused.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Response> {
    match header(headers, "idempotency-key") {
        Some(key) if key.len() > LONGEST_KEY => {
            Err(problem::invalid("Idempotency-Key", "at most 200 characters"))
        }
        key => Ok(key),
    }
}
