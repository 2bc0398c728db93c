//! Requests made from lines of the table.

use crate::{
    table::{Line, Of},
    world::{Holder, World},
};

/// An id that nothing has.
pub(crate) const NOBODY: &str = "01900000-0000-7000-8000-00000000dead";

/// How a request proves who makes it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Proof<'a> {
    Nothing,
    /// `Authorization: Bearer`
    Token(&'a str),
    /// `Cookie`, without a CSRF token.
    Cookie(&'a str),
    /// A session's cookie with its CSRF token, as a page of the console sends it.
    Page(&'a Holder),
}

/// What came back; of an event stream only the head is read.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: String,
    pub(crate) kind: String,
    pub(crate) challenge: String,
    pub(crate) body: String,
}

impl Answer {
    /// Whether it leads to signing in.
    pub(crate) fn is_sign_in(&self) -> bool {
        self.status == 303 && self.location.starts_with("/sign-in")
    }
}

impl World {
    /// The line's path with our id of its kind, or with an id that nothing has.
    pub(crate) fn path(&self, line: &Line, known: bool) -> String {
        let id = match self.ids.get(&line.of).filter(|_| known) {
            Some(id) => id.as_str(),
            None => NOBODY,
        };
        line.path
            .replace("{id}", id)
            .replace("{hash}", "0")
            .replace("{number}", "0")
            .replace("{name}", "edina.css")
    }

    fn body(&self, line: &Line) -> String {
        line.body
            .replace("{other}", NOBODY)
            .replace("{seller}", self.ids.get(&Of::Employee).map_or("", String::as_str))
    }

    /// A request of a line, to be changed before it is sent.
    pub(crate) fn request(&self, line: &Line, path: &str, proof: Proof<'_>) -> reqwest::RequestBuilder {
        let method = line.method.parse().unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        let mut body = self.body(line);
        match proof {
            Proof::Nothing => {}
            Proof::Token(token) => request = request.bearer_auth(token),
            Proof::Cookie(cookie) => request = request.header("cookie", cookie),
            Proof::Page(holder) => {
                request = request.header("cookie", &holder.cookie);
                if line.changes() && line.is_api() {
                    request = request.header("x-csrf-token", &holder.csrf);
                } else if line.changes() {
                    body = format!("csrf={}&{body}", holder.csrf);
                }
            }
        }
        if !line.changes() {
            return request;
        }
        let kind = if line.is_api() {
            "application/json"
        } else {
            "application/x-www-form-urlencoded"
        };
        request.header("content-type", kind).body(body)
    }

    /// Sends it.
    pub(crate) async fn answer(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let header = |name: &str| {
            let value = response.headers().get(name);
            value
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned()
        };
        let (location, kind, challenge) = (
            header("location"),
            header("content-type"),
            header("www-authenticate"),
        );
        let status = response.status().as_u16();
        let endless = kind.starts_with("text/event-stream");
        let body = if endless {
            String::new()
        } else {
            response.text().await.unwrap()
        };
        Answer {
            status,
            location,
            kind,
            challenge,
            body,
        }
    }

    /// A line with our ids or with an unknown one. A page that opens another page is followed there.
    pub(crate) async fn tried(&self, line: &Line, known: bool, proof: Proof<'_>) -> Answer {
        let path = self.path(line, known);
        let answer = self.answer(self.request(line, &path, proof)).await;
        let opened = answer.location.clone();
        if line.changes() || answer.status != 303 || !opened.contains("?open=") {
            return answer;
        }
        Answer {
            location: opened.clone(),
            ..self.answer(self.request(line, &opened, proof)).await
        }
    }
}

impl World {
    /// Whether there is nothing of that id for whoever asked: 404, or a list without it.
    pub(crate) fn hidden(&self, answer: &Answer) -> bool {
        let shown =
            |id: &&String| answer.body.contains(id.as_str()) && !answer.location.contains(id.as_str());
        let told = answer.body.contains(&self.secret_name) || self.ids.values().any(|id| shown(&id));
        let opened = answer.status == 200 && answer.location.contains("?open=");
        !told && (answer.status == 404 || opened)
    }
}

/// Tries several at a time, and gathers what was wrong.
pub(crate) async fn all<F: Future<Output = Option<String>>>(tries: impl IntoIterator<Item = F>) {
    use futures::StreamExt as _;
    let tries = futures::stream::iter(tries).buffer_unordered(6);
    let (mut count, mut wrong) = (0, Vec::new());
    let mut tries = std::pin::pin!(tries);
    while let Some(tried) = tries.next().await {
        count += 1;
        wrong.extend(tried);
    }
    eprintln!("{count} requests tried, {} wrong", wrong.len());
    assert!(
        count > 0 && wrong.is_empty(),
        "{} of {count} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
