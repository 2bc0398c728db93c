//! An open page of the console: signed in as a person, listening to its event stream as a browser does.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use reqwest::{Client, Response, StatusCode};
use tokio::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(30);

/// The page of one person; everything it pops up goes to `seen` as the caller's number and the instant.
pub(super) async fn open(
    console: &str,
    login: &str,
    password: &str,
    seen: mpsc::UnboundedSender<(String, Instant)>,
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
    let mut stream = http.get(format!("{console}/live")).send().await?;
    anyhow::ensure!(
        stream.status() == StatusCode::OK,
        "the event stream answers {}",
        stream.status()
    );
    // Its first event says that it listens.
    let first = tokio::time::timeout(PATIENCE, stream.chunk()).await??;
    anyhow::ensure!(first.is_some(), "the event stream ended at once");
    let login = login.to_owned();
    Ok(tokio::spawn(async move {
        if let Err(error) = follow(stream, &seen).await {
            tracing::warn!("the page of {login} ended: {error:#}");
        }
    }))
}

async fn follow(mut stream: Response, seen: &mpsc::UnboundedSender<(String, Instant)>) -> anyhow::Result<()> {
    let mut buffer = Vec::new();
    loop {
        let chunk = stream.chunk().await?.context("the stream was closed")?;
        buffer.extend_from_slice(&chunk);
        // An event ends with an empty line.
        while let Some(end) = buffer.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = buffer.drain(..end + 2).collect();
            let event = String::from_utf8_lossy(&event);
            if let Some(number) = ringing(&event) {
                seen.send((number, Instant::now())).ok();
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
