//! Rendering: templates with the shell around them, in the requester's language, zone and theme.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse as _, Response},
};
use edina_proto::{calls::v1::ListLiveCallsRequest, directory::v1::Group};
use minijinja::{Environment, Error, ErrorKind};
use serde_json::{Map, json};

use super::{
    environment::environment,
    i18n::{Locale, Texts},
};
use crate::{
    Gateway, demo,
    http::problem::Problem,
    session::{Identity, Right, cookie},
    view,
};

/// A page does not wait longer for what only decorates it.
const LIVE_PATIENCE: Duration = Duration::from_millis(150);
pub(super) const DEFAULT_ZONE: chrono_tz::Tz = chrono_tz::Europe::Moscow;

/// Templates and texts in both languages.
#[derive(Clone)]
pub struct Pages {
    environments: Arc<[Environment<'static>; 2]>,
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pages")
    }
}

impl Pages {
    /// Reads templates and texts.
    pub fn load() -> anyhow::Result<Self> {
        let environments = [
            environment(Locale::Ru, Texts::load(Locale::Ru)?),
            environment(Locale::En, Texts::load(Locale::En)?),
        ];
        Ok(Self {
            environments: Arc::new(environments),
        })
    }

    /// Renders a template without a shell.
    pub fn render(
        &self,
        locale: Locale,
        template: &str,
        context: serde_json::Value,
    ) -> Result<String, Problem> {
        let loaded = match locale {
            Locale::Ru => &self.environments[0],
            Locale::En => &self.environments[1],
        };
        let reread;
        // While developing, templates are read anew for every page.
        let templates = if cfg!(debug_assertions) {
            let texts = Texts::load(locale).map_err(|error| {
                broken(
                    template,
                    &Error::new(ErrorKind::InvalidOperation, error.to_string()),
                )
            })?;
            reread = environment(locale, texts);
            &reread
        } else {
            loaded
        };
        templates
            .get_template(template)
            .and_then(|found| found.render(minijinja::value::Serde(context)))
            .map_err(|error| broken(template, &error))
    }

    /// Renders a piece for somebody's page.
    pub async fn fragment(
        &self,
        gateway: &Gateway,
        who: &Identity,
        template: &str,
        data: serde_json::Value,
    ) -> Result<String, Problem> {
        let (locale, context) = shell(gateway, who, "", data).await?;
        self.render(locale, template, context)
    }
}

fn broken(template: &str, error: &Error) -> Problem {
    // Errors of templates name variables and lines, not values.
    tracing::error!(template, kind = ?error.kind(), line = error.line(), "a page cannot be rendered");
    // The whole error may quote what a person wrote: for tests' eyes only.
    if cfg!(test) {
        return Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("{error} (line {:?}) {:?}", error.line(), error.name()),
        );
    }
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the page cannot be rendered")
}

impl Gateway {
    /// A page of the console for a person.
    pub async fn page(
        &self,
        who: &Identity,
        template: &str,
        here: &str,
        data: serde_json::Value,
    ) -> Result<Response, Problem> {
        let (locale, mut context) = shell(self, who, here, data).await?;
        context["on_line"] = on_line(self, who).await;
        Ok(Html(self.pages.render(locale, template, context)?).into_response())
    }
}

/// Calls that ring or talk now, for the bar at the top; without them when call-tracking is slow or away.
async fn on_line(gateway: &Gateway, who: &Identity) -> serde_json::Value {
    if !who.may(Right::ReadCalls) {
        return json!([]);
    }
    let asked = gateway.ask(who, ListLiveCallsRequest {});
    match tokio::time::timeout(LIVE_PATIENCE, asked).await {
        Ok(Ok(live)) => live
            .calls
            .iter()
            .filter(|call| call.state == "ringing" && who.sees_branch(&call.branch_id))
            .take(8)
            .map(view::call)
            .collect(),
        _ => json!([]),
    }
}

/// What every template can use besides its own data.
async fn shell(
    gateway: &Gateway,
    who: &Identity,
    here: &str,
    data: serde_json::Value,
) -> Result<(Locale, serde_json::Value), Problem> {
    let group = gateway.people(&who.group).await?;
    let person = who.person.as_ref();
    let locale = Locale::parse(person.map_or("ru", |person| &person.locale));
    let me = group
        .employees
        .iter()
        .find(|employee| employee.employee_id == who.employee_id());
    let demo = if who.may(Right::Administer) {
        demo::known(&gateway.database, &who.group).await?
    } else {
        None
    };
    let mut context = match data {
        serde_json::Value::Object(fields) => fields,
        other => Map::from_iter([("data".to_owned(), other)]),
    };
    let rights: Map<String, serde_json::Value> = who
        .role
        .rights()
        .iter()
        .map(|right| (format!("{right:?}"), json!(true)))
        .collect();
    let shell = json!({
        "locale": locale.name(),
        "theme": person.map_or("auto", |person| &person.theme),
        "csrf": person.map_or("", |person| &person.csrf),
        "here": here,
        "now": view::rfc3339(gateway.clock.now()),
        "zone": zone(&group, me.map_or("", |me| &me.branch_id)).name(),
        "group_name": group.display_name,
        "role": who.role.name(),
        "rights": rights,
        "me": {
            "name": me.map_or_else(|| person.map_or("", |person| &person.login), |me| &me.display_name),
            "employee_id": who.employee_id(),
            "extension": me.map_or("", |me| &me.extension),
        },
        "people": names(group.employees.iter().map(|person| (&person.employee_id, &person.display_name))),
        "branch_names": names(group.branches.iter().map(|branch| (&branch.branch_id, &branch.display_name))),
        "demo": demo,
    });
    if let serde_json::Value::Object(fields) = shell {
        context.extend(fields);
    }
    Ok((locale, serde_json::Value::Object(context)))
}

fn names<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> Map<String, serde_json::Value> {
    pairs.map(|(id, name)| (id.clone(), json!(name))).collect()
}

/// The zone of a branch; of the group's first branch when there is no such one.
pub fn zone(group: &Group, branch_id: &str) -> chrono_tz::Tz {
    let own = group.branches.iter().find(|branch| branch.branch_id == branch_id);
    own.or(group.branches.first())
        .and_then(|branch| branch.time_zone.parse().ok())
        .unwrap_or(DEFAULT_ZONE)
}

/// The page of somebody who is not signed in.
pub fn outside(
    gateway: &Gateway,
    locale: Locale,
    template: &str,
    mut data: serde_json::Value,
) -> Result<String, Problem> {
    data["locale"] = json!(locale.name());
    data["theme"] = json!("auto");
    data["now"] = json!(view::rfc3339(gateway.clock.now()));
    data["zone"] = json!(DEFAULT_ZONE.name());
    gateway.pages.render(locale, template, data)
}

/// Turns problem documents into pages for browsers; the API keeps them as they are.
pub async fn problems_as_pages(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/") {
        return next.run(request).await;
    }
    let who = request.extensions().get::<Identity>().cloned();
    let language = request
        .headers()
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let locale = Locale::accepted(language);
    let back = request
        .headers()
        .get(header::REFERER)
        .and_then(|value| value.to_str().ok()?.parse::<axum::http::Uri>().ok())
        .map_or_else(|| "/".to_owned(), |uri| uri.path().to_owned());
    let response = next.run(request).await;
    let Some(problem) = response.extensions().get::<Problem>().cloned() else {
        return response;
    };
    let data = json!({ "problem": problem, "back": super::form::local(&back) });
    let page = match who {
        Some(who) => gateway.pages.fragment(&gateway, &who, "problem.html", data).await,
        None => outside(&gateway, locale, "problem_outside.html", data),
    };
    match page {
        Ok(html) => {
            let mut page = (problem.code(), Html(html)).into_response();
            if let Some(seconds) = problem.retry_after {
                page.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            page
        }
        Err(_) => response,
    }
}

/// The language a visitor's browser asks for.
pub fn language(headers: &axum::http::HeaderMap) -> Locale {
    if let Some(chosen) = cookie::find(headers, "edina_locale") {
        return Locale::parse(chosen);
    }
    Locale::accepted(
        headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or(""),
    )
}
