//! Event streams: `/live` for pages (hints and the rendered screen pop), `/api/v1/live` for programs (JSON).

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::sse::{Event, KeepAlive, Sse},
};
use serde_json::json;
use tokio::sync::{broadcast::error::RecvError, mpsc};
use tokio_stream::wrappers::ReceiverStream;

use super::{Signal, allowance::Full, pop};
use crate::{
    Gateway,
    http::problem::Problem,
    session::{Identity, identity},
};

/// Events a connection may be behind before it is dropped.
const QUEUE: usize = 32;
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A page asks again after this long, with whatever session it has then.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// How often a stream looks whether its session still stands: one that ended in another copy ends here this soon.
const RECHECK: Duration = Duration::from_secs(15);
const RETRY_SECONDS: u32 = 30;

type Events = Sse<axum::response::sse::KeepAliveStream<ReceiverStream<Result<Event, Infallible>>>>;

/// `/live`: `refresh` with `{"topics": [...]}`, `pop` with HTML, `reconnect` when too much was missed.
pub async fn console(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
) -> Result<Events, Problem> {
    stream(gateway, who, true)
}

/// `/api/v1/live`: one JSON object per event.
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
    // The first event tells the page that it hears; it reads what it missed meanwhile.
    if sender
        .try_send(Ok(Event::default().event("open").data("{}")))
        .is_err()
    {
        return;
    }
    if pages && who.person.is_some() {
        for html in pop::present(&gateway, &who).await {
            if sender.try_send(Ok(pop_event(&html))).is_err() {
                return;
            }
        }
    }
    loop {
        let next = tokio::select! {
            next = signals.recv() => next,
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
        let events = if pages {
            page_events(&gateway, &who, &signal).await
        } else {
            api_events(&signal)
        };
        for event in events {
            // A full queue means a reader that has stopped reading: it comes back by itself.
            if sender.try_send(Ok(event)).is_err() {
                return;
            }
        }
    }
}

fn api_events(signal: &Arc<Signal>) -> Vec<Event> {
    if signal.json.is_null() {
        return Vec::new();
    }
    vec![Event::default().data(signal.json.to_string())]
}

async fn page_events(gateway: &Gateway, who: &Identity, signal: &Arc<Signal>) -> Vec<Event> {
    let mut events = Vec::new();
    if let Some(call) = &signal.call
        && let Some(html) = pop::panel(gateway, who, call).await
    {
        events.push(pop_event(&html));
    }
    events.push(
        Event::default()
            .event("refresh")
            .data(json!({ "topics": signal.topics }).to_string()),
    );
    events
}

fn pop_event(html: &str) -> Event {
    // A carriage return would end the field, and a note may hold one.
    Event::default().event("pop").data(html.replace('\r', ""))
}
