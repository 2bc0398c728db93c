//! A person's own account: the password.

use axum::{
    Extension,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::{form::Fields, sign_in::unavailable};
use crate::{
    Gateway,
    http::problem::Problem,
    session::{
        Identity, Person,
        change_password::{ChangeError, change_password},
        cookie,
        password::{LONGEST, SHORTEST},
    },
};

#[derive(Debug, Deserialize)]
pub struct Outcome {
    #[serde(default)]
    done: bool,
}

fn person(who: &Identity) -> Result<&Person, Problem> {
    who.person
        .as_ref()
        .ok_or_else(|| Problem::new(StatusCode::FORBIDDEN, "an API token has no password"))
}

async fn page(
    gateway: &Gateway,
    who: &Identity,
    wrong: &str,
    seconds: i64,
    done: bool,
) -> Result<Response, Problem> {
    let data = json!({
        "login": person(who)?.login, "wrong": wrong, "seconds": seconds, "done": done,
        "shortest": SHORTEST, "longest": LONGEST,
    });
    gateway.page(who, "account/page.html", "account", data).await
}

/// `GET /account`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Query(outcome): Query<Outcome>,
) -> Result<Response, Problem> {
    page(&gateway, &who, "", 0, outcome.done).await
}

/// `POST /account/password`: `present`, `wanted`, `again`. Every other session of the account ends.
pub async fn change(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    fields: Fields,
) -> Result<Response, Problem> {
    let person = person(&who)?;
    let (present, wanted) = (fields.secret("present"), fields.secret("wanted"));
    let refused = async |code: &str, status: StatusCode, seconds: i64| {
        let mut response = page(&gateway, &who, code, seconds, false).await?;
        *response.status_mut() = status;
        Ok(response)
    };
    if wanted != fields.secret("again") {
        return refused("again", StatusCode::UNPROCESSABLE_ENTITY, 0).await;
    }
    let changed = change_password(
        &gateway.database,
        &gateway.clock,
        &who.group,
        person,
        SecretString::from(present),
        SecretString::from(wanted),
    )
    .await;
    let code = match changed {
        Ok(token) => {
            gateway.hub.recheck();
            let mut response = Redirect::to("/account?done=true").into_response();
            if let Some(opened) = cookie::opened(&gateway.config, &token) {
                response.headers_mut().insert(header::SET_COOKIE, opened);
            }
            return Ok(response);
        }
        Err(ChangeError::Unavailable(error)) => return Err(unavailable(&error)),
        Err(ChangeError::Locked(until)) => {
            let seconds = (until - gateway.clock.now()).num_seconds().max(1);
            return refused("locked", StatusCode::TOO_MANY_REQUESTS, seconds).await;
        }
        Err(ChangeError::WrongPresent) => "present",
        Err(ChangeError::TooShort) => "short",
        Err(ChangeError::TooLong) => "long",
        Err(ChangeError::Known) => "known",
    };
    refused(code, StatusCode::UNPROCESSABLE_ENTITY, 0).await
}
