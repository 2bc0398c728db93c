//! In front of every route: who is it, may they, and did they mean it (CSRF).

use std::net::SocketAddr;

use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    cookie,
    identity::{self, Identity},
    origin,
    rights::Right,
    token,
};
use crate::{Gateway, http::problem::Problem};

/// Header that may carry the CSRF token instead of the form field `csrf`.
pub const CSRF_HEADER: &str = "x-csrf-token";
/// Largest form of the console.
const LARGEST_FORM: usize = 1024 * 1024;

/// Finds whose request it is and puts the [`Identity`] into its extensions.
pub async fn identify(State(gateway): State<Gateway>, mut request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/assets/") {
        return next.run(request).await;
    }
    let found = if let Some(bearer) = bearer(request.headers()) {
        identity::of_token(&gateway.database, bearer).await
    } else if let Some(cookie) = cookie::session(&gateway.config, request.headers()) {
        identity::of_cookie(&gateway.database, &gateway.clock, cookie).await
    } else {
        Ok(None)
    };
    match found {
        Ok(Some(who)) => {
            request.extensions_mut().insert(who);
            next.run(request).await
        }
        Ok(None) => next.run(request).await,
        Err(error) => Problem::from(error).into_response(),
    }
}

/// Lets a request through when its identity has the right, and a changing one of a person only from a page of this
/// console and with its CSRF token.
pub async fn require(
    State((gateway, right)): State<(Gateway, Right)>,
    request: Request,
    next: Next,
) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let Some(who) = request.extensions().get::<Identity>().cloned() else {
        return if is_api {
            unauthenticated()
        } else {
            let here = request.uri().path_and_query().map_or("/", |path| path.as_str());
            let here = if request.method() == Method::GET {
                here
            } else {
                "/"
            };
            let next = utf8_percent_encode(here, NON_ALPHANUMERIC);
            Redirect::to(&format!("/sign-in?next={next}")).into_response()
        };
    };
    if !who.may(right) {
        let detail = format!("the role {} may not do this", who.role);
        return Problem::new(StatusCode::FORBIDDEN, detail).into_response();
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    match who.person {
        Some(_) if changes && !origin::is_own(&gateway.config, request.headers()) => {
            no_csrf().into_response()
        }
        Some(person) if changes => match check_csrf(request, &person.csrf).await {
            Ok(request) => next.run(request).await,
            Err(problem) => problem.into_response(),
        },
        _ => next.run(request).await,
    }
}

fn unauthenticated() -> Response {
    let mut response = Problem::new(
        StatusCode::UNAUTHORIZED,
        "no valid session and no valid token came with the request",
    )
    .into_response();
    response.headers_mut().insert(
        header::WWW_AUTHENTICATE,
        header::HeaderValue::from_static("Bearer"),
    );
    response
}

async fn check_csrf(request: Request, expected: &str) -> Result<Request, Problem> {
    let (parts, body) = request.into_parts();
    if let Some(sent) = parts.headers.get(CSRF_HEADER) {
        if token::same(sent.as_bytes(), expected.as_bytes()) {
            return Ok(Request::from_parts(parts, body));
        }
        return Err(no_csrf());
    }
    let bytes = form_bytes(body).await?;
    let sent = field(&bytes, "csrf").unwrap_or_default();
    if !token::same(sent.as_bytes(), expected.as_bytes()) {
        return Err(no_csrf());
    }
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// A form's bytes, bounded.
pub async fn form_bytes(body: Body) -> Result<Bytes, Problem> {
    axum::body::to_bytes(body, LARGEST_FORM)
        .await
        .map_err(|_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "a form may have 1 MiB"))
}

/// A field of a form-encoded body.
pub fn field(bytes: &[u8], name: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(bytes).ok()?;
    pairs
        .into_iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

fn no_csrf() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "the form did not come from a page of this session; reload the page and try again",
    )
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The address a request came from, for throttling.
pub fn address(gateway: &Gateway, peer: Option<&ConnectInfo<SocketAddr>>, headers: &HeaderMap) -> String {
    let forwarded = headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()
        .and_then(|value| value.to_str().ok());
    match forwarded.and_then(|all| all.rsplit(',').next()) {
        Some(last) if gateway.config.trust_forwarded_for => last.trim().to_owned(),
        _ => peer
            .map(|ConnectInfo(peer)| peer.ip().to_string())
            .unwrap_or_default(),
    }
}
