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
        Identity, guard,
        identity::{COOKIE, LIFETIME},
        sign_in::{SignInError, sign_in, sign_out},
    },
    store, view,
};

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
            "edina_locale={}; Path=/; Max-Age=31536000; SameSite=Lax",
            locale.name()
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

/// `POST /sign-in`: no session yet, hence no CSRF token; a foreign page is kept out by its `Sec-Fetch-Site`.
pub async fn enter(
    State(gateway): State<Gateway>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    if headers
        .get("sec-fetch-site")
        .is_some_and(|site| site == "cross-site")
    {
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
    let outcome = match &wanted {
        Some(wanted) => {
            let password = SecretString::from(field("password"));
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
        None => Err(SignInError::Wrong),
    };
    match outcome {
        Ok(token) => {
            let secure = if gateway.config.secure_cookies() {
                "; Secure"
            } else {
                ""
            };
            let cookie = format!(
                "{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}",
                LIFETIME.num_seconds()
            );
            let mut response = Redirect::to(form::local(&next)).into_response();
            let cookie = HeaderValue::try_from(cookie).map_err(|_| Problem::not_found())?;
            response.headers_mut().insert(header::SET_COOKIE, cookie);
            Ok(response)
        }
        Err(SignInError::Unavailable(error)) => {
            tracing::error!("sign-in failed: {error:#}");
            Err(Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "signing in does not work at the moment",
            ))
        }
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

/// `POST /sign-out`
pub async fn leave(State(gateway): State<Gateway>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(cookie) = guard::cookie(&headers, COOKIE) {
        sign_out(&gateway.database, cookie).await?;
    }
    let mut response = Redirect::to("/sign-in").into_response();
    let gone = HeaderValue::from_static("edina_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    response.headers_mut().insert(header::SET_COOKIE, gone);
    Ok(response)
}
