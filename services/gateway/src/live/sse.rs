//! Event streams: `/live` for pages (hints and the rendered screen pop), `/api/v1/live` for programs (JSON).

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::sse::{Event, KeepAlive, Sse},
};
use tokio::sync::{broadcast::error::RecvError, mpsc};
use tokio_stream::wrappers::ReceiverStream;

use super::{Signal, allowance::Full, page::Page};
use crate::{
    Gateway,
    http::problem::Problem,
    session::{Identity, identity},
};

/// Events between the stream and its connection.
const QUEUE: usize = 8;
/// Events a reader may be behind before its stream ends: it has stopped reading, and comes back by itself.
const BEHIND: usize = 1024;
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A page asks again after this long, with whatever session it has then.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// How often a stream looks whether its session still stands: one that ended in another copy ends here this soon.
const RECHECK: Duration = Duration::from_secs(15);
const RETRY_SECONDS: u32 = 30;

type Events = Sse<axum::response::sse::KeepAliveStream<ReceiverStream<Result<Event, Infallible>>>>;

/// `/live`: `listening` with the calls at this desk, `refresh` with `{"topics": [...]}`, `pop` with HTML, `reconnect`
/// when too much was missed.
pub async fn console(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
) -> Result<Events, Problem> {
    stream(gateway, who, true)
}

/// `/api/v1/live`: `listening`, then one JSON object per event.
pub async fn api(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
) -> Result<Events, Problem> {
    stream(gateway, who, false)
}

fn stream(gateway: Gateway, who: Identity, pages: bool) -> Result<Events, Problem> {
    let place = gateway.hub.allowance.take(who.credential).map_err(|full| {
        let (status, detail) = match full {
            Full::Session => (
                StatusCode::TOO_MANY_REQUESTS,
                "too many event streams of this session are open; close some",
            ),
            Full::Gateway => (
                StatusCode::SERVICE_UNAVAILABLE,
                "no further event stream can be opened at the moment",
            ),
        };
        Problem::new(status, detail).retry_after(RETRY_SECONDS)
    })?;
    let (sender, receiver) = mpsc::channel(QUEUE);
    tokio::spawn(async move {
        feed(gateway, who, pages, sender).await;
        drop(place);
    });
    Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// Whether the reader may go on reading. While the database is away nobody is thrown out.
async fn stands(gateway: &Gateway, who: &Identity) -> bool {
    identity::stands(&gateway.database, &gateway.clock, who)
        .await
        .unwrap_or(true)
}

async fn feed(gateway: Gateway, who: Identity, pages: bool, sender: mpsc::Sender<Result<Event, Infallible>>) {
    let mut rechecks = gateway.hub.rechecks();
    let mut every = tokio::time::interval(RECHECK);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    every.reset();
    let mut signals = gateway.hub.subscribe();
    let closed = gateway.hub.closed();
    tokio::pin!(closed);
    let end = tokio::time::sleep(LONGEST);
    tokio::pin!(end);
    let mut queue = VecDeque::new();
    let mut page = if pages {
        Some(Page::open(&gateway, &who, &mut queue).await)
    } else {
        // The first event tells the program that it hears. Not called `open`, which browsers have of their own.
        queue.push_back(Event::default().event("listening").data("{}"));
        None
    };
    while queue.len() <= BEHIND {
        let next = tokio::select! {
            permit = sender.reserve(), if !queue.is_empty() => {
                let Ok(permit) = permit else { return };
                if let Some(event) = queue.pop_front() {
                    permit.send(Ok(event));
                }
                continue;
            }
            next = signals.recv() => next,
            Some(event) = next_of(&mut page) => {
                queue.push_back(event);
                continue;
            }
            () = &mut closed => return,
            () = &mut end => return,
            () = sender.closed() => return,
            _ = every.tick() => {
                if stands(&gateway, &who).await { continue }
                return;
            }
            Ok(()) = rechecks.changed() => {
                if stands(&gateway, &who).await { continue }
                return;
            }
        };
        let signal = match next {
            Ok(signal) if signal.group == who.group => signal,
            Ok(_) => continue,
            Err(RecvError::Lagged(_)) => {
                drop(sender.try_send(Ok(Event::default().event("reconnect").data("{}"))));
                return;
            }
            Err(RecvError::Closed) => return,
        };
        match &mut page {
            Some(page) => page.hear(&gateway, &who, &signal).await,
            None => queue.extend(api_event(&signal)),
        }
    }
}

/// What the page is to be told next; waits for ever while there is nothing.
async fn next_of(page: &mut Option<Page>) -> Option<Event> {
    match page {
        Some(page) => page.next().await,
        None => std::future::pending().await,
    }
}

fn api_event(signal: &Signal) -> Option<Event> {
    (!signal.json.is_null()).then(|| Event::default().data(signal.json.to_string()))
}
