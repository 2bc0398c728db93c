//! Signing in and out.

use std::net::SocketAddr;

use axum::{
    Extension,
    body::Body,
    extract::{ConnectInfo, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use chrono::DateTime;
use edina_runtime::group::GroupId;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::{
    form,
    i18n::Locale,
    pages::{language, outside},
};
use crate::{
    Gateway,
    http::problem::Problem,
    session::{
        Identity, cookie, guard, is_own,
        password::PasswordError,
        sign_in::{SignInError, refuse, sign_in, sign_out},
    },
    store, view,
};

/// When somebody whose password could not be checked should come back.
const RETRY_SECONDS: u32 = 3;

#[derive(Debug, Deserialize)]
pub struct Whither {
    #[serde(default)]
    next: String,
    #[serde(default)]
    lang: String,
}

/// `GET /sign-in`
pub async fn show(
    State(gateway): State<Gateway>,
    who: Option<Extension<Identity>>,
    Query(whither): Query<Whither>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if who.is_some_and(|Extension(who)| who.person.is_some()) {
        return Ok(Redirect::to(form::local(&whither.next)).into_response());
    }
    let locale = if whither.lang.is_empty() {
        language(&headers)
    } else {
        Locale::parse(&whither.lang)
    };
    let groups = groups(&gateway).await?.len();
    let data = json!({ "next": form::local(&whither.next), "login": "", "group": "", "ask_group": groups > 1, "wrong": "" });
    let mut response = Html(outside(&gateway, locale, "sign_in/page.html", data)?).into_response();
    if !whither.lang.is_empty() {
        let cookie = format!(
            "edina_locale={}; Path=/; Max-Age=31536000; SameSite=Lax{}",
            locale.name(),
            cookie::secure(&gateway.config)
        );
        response.headers_mut().append(
            header::SET_COOKIE,
            HeaderValue::try_from(cookie).map_err(|_| Problem::not_found())?,
        );
    }
    Ok(response)
}

async fn groups(gateway: &Gateway) -> sqlx::Result<Vec<store::groups::GroupRow>> {
    let mut tx = gateway.database.begin_system().await?;
    let groups = store::groups::list(&mut tx).await?;
    tx.commit().await?;
    Ok(groups)
}

/// `POST /sign-in`: no session yet, hence no CSRF token; a foreign page is kept out by what its browser says of it.
pub async fn enter(
    State(gateway): State<Gateway>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    if !is_own(&gateway.config, &headers) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "sign in on the page of this console",
        ));
    }
    let bytes = guard::form_bytes(body).await?;
    let field = |name| guard::field(&bytes, name).unwrap_or_default();
    let (login, next, group) = (field("login"), field("next"), field("group"));
    let known = groups(&gateway).await?;
    let wanted: Option<GroupId> = match known.as_slice() {
        [only] => only.group_id.parse().ok(),
        several => {
            let group = group.trim().to_lowercase();
            several
                .iter()
                .find(|known| known.group_id == group)
                .and_then(|known| known.group_id.parse().ok())
        }
    };
    let address = guard::address(&gateway, peer.as_ref().map(|Extension(peer)| peer), &headers);
    let password = SecretString::from(field("password"));
    let outcome = match &wanted {
        Some(wanted) => {
            sign_in(
                &gateway.database,
                &gateway.clock,
                wanted,
                &login,
                password,
                &address,
            )
            .await
        }
        None => Err(refuse(password).await),
    };
    match outcome {
        Ok(token) => {
            // Whoever sat here before is signed out: a session never changes hands.
            if let Some(before) = cookie::session(&gateway.config, &headers) {
                sign_out(&gateway.database, before).await?;
                gateway.hub.recheck();
            }
            let mut response = Redirect::to(form::local(&next)).into_response();
            if let Some(opened) = cookie::opened(&gateway.config, &token) {
                response.headers_mut().insert(header::SET_COOKIE, opened);
            }
            Ok(response)
        }
        Err(SignInError::Unavailable(error)) => Err(unavailable(&error)),
        Err(refused) => {
            let (status, wrong, until) = match refused {
                SignInError::Locked(until) => (StatusCode::TOO_MANY_REQUESTS, "locked", until),
                _ => (StatusCode::UNPROCESSABLE_ENTITY, "wrong", DateTime::UNIX_EPOCH),
            };
            let seconds = (until - gateway.clock.now()).num_seconds().max(1);
            let data = json!({
                "next": form::local(&next), "login": login, "group": group, "ask_group": known.len() > 1,
                "wrong": wrong, "until": view::rfc3339(until), "seconds": seconds,
            });
            let page = outside(&gateway, language(&headers), "sign_in/page.html", data)?;
            Ok((status, Html(page)).into_response())
        }
    }
}

/// Passwords cannot be checked at the moment.
pub fn unavailable(error: &PasswordError) -> Problem {
    if let PasswordError::Failed(error) = error {
        tracing::error!("a password could not be checked: {error:#}");
    }
    let detail = "passwords cannot be checked at the moment; try again";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(RETRY_SECONDS)
}

/// `POST /sign-out`
pub async fn leave(State(gateway): State<Gateway>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(session) = cookie::session(&gateway.config, &headers) {
        sign_out(&gateway.database, session).await?;
        gateway.hub.recheck();
    }
    let mut response = Redirect::to("/sign-in").into_response();
    if let Some(gone) = cookie::gone(&gateway.config) {
        response.headers_mut().insert(header::SET_COOKIE, gone);
    }
    Ok(response)
}
