//! An open page of the console: signed in as a person, listening to its event stream as a browser does.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use reqwest::{Client, Response, StatusCode};
use tokio::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(30);
/// As the console's script waits before it listens again.
const AGAIN: Duration = Duration::from_secs(1);

/// What the pages see.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// Pops: the caller's number and the instant.
    pub(super) pops: mpsc::UnboundedSender<(String, Instant)>,
    /// How often a stream ended and was opened anew.
    pub(super) reopened: Arc<AtomicU64>,
}

/// The page of one person.
pub(super) async fn open(
    console: &str,
    login: &str,
    password: &str,
    seen: Seen,
) -> anyhow::Result<tokio::task::JoinHandle<()>> {
    let http = Client::builder()
        .no_proxy()
        .cookie_store(true)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let answer = http
        .post(format!("{console}/sign-in"))
        .header("origin", console)
        .form(&[("login", login), ("password", password), ("next", "/")])
        .send()
        .await?;
    anyhow::ensure!(
        answer.status().is_redirection(),
        "{login} cannot sign in: {}",
        answer.status()
    );
    let live = format!("{console}/live");
    let mut stream = listen(&http, &live).await?;
    let login = login.to_owned();
    Ok(tokio::spawn(async move {
        loop {
            let Err(error) = follow(stream, &seen.pops).await;
            tracing::warn!("the event stream of {login} ended: {error:#}");
            seen.reopened.fetch_add(1, Ordering::Relaxed);
            stream = loop {
                tokio::time::sleep(AGAIN).await;
                match listen(&http, &live).await {
                    Ok(stream) => break stream,
                    Err(error) => tracing::warn!("{login} does not listen again yet: {error:#}"),
                }
            };
        }
    }))
}

/// An event stream that has said that it listens.
async fn listen(http: &Client, live: &str) -> anyhow::Result<Response> {
    let mut stream = http.get(live).send().await?;
    anyhow::ensure!(
        stream.status() == StatusCode::OK,
        "the event stream answers {}",
        stream.status()
    );
    let first = tokio::time::timeout(PATIENCE, stream.chunk()).await??;
    anyhow::ensure!(first.is_some(), "the event stream ended at once");
    Ok(stream)
}

async fn follow(
    mut stream: Response,
    pops: &mpsc::UnboundedSender<(String, Instant)>,
) -> anyhow::Result<std::convert::Infallible> {
    let mut buffer = Vec::new();
    loop {
        let chunk = stream.chunk().await?.context("the stream was closed")?;
        buffer.extend_from_slice(&chunk);
        // An event ends with an empty line.
        while let Some(end) = buffer.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = buffer.drain(..end + 2).collect();
            let event = String::from_utf8_lossy(&event);
            if let Some(number) = ringing(&event) {
                pops.send((number, Instant::now())).ok();
            }
        }
    }
}

/// The caller's number, digits only, if the event is a call that rings.
fn ringing(event: &str) -> Option<String> {
    if !event.lines().any(|line| line == "event: pop") || !event.contains("pop-ringing") {
        return None;
    }
    let at = event.find("+7")?;
    let digits: String = event
        .get(at..)?
        .chars()
        .filter(char::is_ascii_digit)
        .take(11)
        .collect();
    Some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ringing_call_is_told_from_the_rest() {
        let pop =
            "event: pop\ndata: <aside class=\"pop pop-ringing\">\ndata: <div>+7 973 120-45-19</div>\n\n";
        assert_eq!(ringing(pop).as_deref(), Some("79731204519"));
        assert_eq!(ringing(&pop.replace("pop-ringing", "pop-ended")), None);
        assert_eq!(ringing("event: refresh\ndata: {\"topics\":[\"+7\"]}\n\n"), None);
    }
}
