//! HTTP: one table of routes, each with the right it needs, and what stands in front of all of them.

pub mod api;
pub mod body;
pub mod openapi;
pub mod problem;
pub mod proxy;
mod routes;

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::any,
};

use crate::{Gateway, console, session::guard};
use problem::Problem;
pub use routes::{Access, ROUTES, Route};

/// Largest JSON body of the API.
const LARGEST_JSON: usize = 4 * 1024 * 1024;

/// No inline script, no inline style, nothing from elsewhere, nowhere in a frame.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The console asks for none of these.
const PERMISSIONS_POLICY: &str =
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()";
/// A year of https only, once people come by https.
const HSTS: &str = "max-age=31536000; includeSubDomains";

/// Everything the gateway serves beside operations.
pub fn router(gateway: &Gateway) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let mut handler = (route.handler)();
        if let Access::Needs(right) = route.access {
            handler = handler.layer(middleware::from_fn_with_state(
                (gateway.clone(), right),
                guard::require,
            ));
        }
        router = router.route(route.path, handler);
    }
    router
        .fallback(missing)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(
            gateway.clone(),
            console::pages::problems_as_pages,
        ))
        .layer(middleware::from_fn_with_state(gateway.clone(), guard::identify))
        .layer(DefaultBodyLimit::max(LARGEST_JSON))
        .route("/intake/{*rest}", any(proxy::pass))
        .route("/telephony/{*rest}", any(proxy::pass))
        .layer(middleware::from_fn_with_state(
            gateway.config.secure_cookies(),
            secure,
        ))
        .with_state(gateway.clone())
}

async fn missing() -> Response {
    Problem::new(StatusCode::NOT_FOUND, "there is no such address").into_response()
}

async fn wrong_method() -> Response {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this address does not take this method",
    )
    .into_response()
}

/// Headers of every answer.
async fn secure(State(https): State<bool>, request: Request<Body>, next: Next) -> Response {
    let path = request.uri().path();
    let keep = path.starts_with("/assets/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(CONTENT_SECURITY_POLICY),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(
        HeaderName::from_static("x-frame-options"),
        HeaderValue::from_static("DENY"),
    );
    headers.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(PERMISSIONS_POLICY),
    );
    for name in ["cross-origin-opener-policy", "cross-origin-resource-policy"] {
        headers
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static("same-origin"));
    }
    if https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    if !keep && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
