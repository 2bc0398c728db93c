//! What one open page is told: panels of calls at its desk, and hints at what to read again.
//!
//! Every page hears of everything in its group, up to some thousand signals a second on a bad day. So what is not for
//! this desk costs a comparison, hints are gathered, and panels are made side by side and shown in order.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use axum::response::sse::Event;
use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesOrdered};
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use super::{
    Signal,
    pop::{self, Concern, Known},
};
use crate::{Gateway, session::Identity};

/// A page is hinted at once, and then no more often than this: every hint makes it read pieces again.
const GATHER: Duration = Duration::from_secs(1);
/// Panels in the making. A desk has one telephone; what comes beyond this is shown when the page is opened anew.
const PANELS: usize = 64;
/// Calls that the page was told of and that may not have ended.
const TOLD: usize = 1024;

/// One open page.
pub(super) struct Page {
    topics: BTreeSet<String>,
    hinted_at: Option<Instant>,
    panels: FuturesOrdered<BoxFuture<'static, Option<String>>>,
    told: HashMap<String, Arc<Known>>,
}

impl Page {
    /// The page and its first events: that it listens, and the calls that are at its desk already.
    pub(super) async fn open(gateway: &Gateway, who: &Identity, queue: &mut VecDeque<Event>) -> Self {
        let present = match pop::extension(gateway, who).await {
            Some(extension) => pop::present(gateway, who, &extension).await,
            None => Vec::new(),
        };
        let calls: Vec<&String> = present.iter().map(|(call_id, _, _)| call_id).collect();
        let listening = json!({ "calls": calls }).to_string();
        queue.push_back(Event::default().event("listening").data(listening));
        queue.extend(present.iter().map(|(_, _, html)| pop_event(html)));
        let told = present
            .into_iter()
            .map(|(call_id, known, _)| (call_id, known))
            .collect();
        Self {
            topics: BTreeSet::new(),
            hinted_at: None,
            panels: FuturesOrdered::new(),
            told,
        }
    }

    /// Takes in what happened.
    pub(super) async fn hear(&mut self, gateway: &Gateway, who: &Identity, signal: &Signal) {
        self.topics.extend(signal.topics.iter().cloned());
        let Some(call) = &signal.call else { return };
        let Some(extension) = pop::extension(gateway, who).await else {
            return;
        };
        let concern = pop::concern(call, &extension);
        let known = self.told.get(&call.call_id).cloned();
        match concern {
            Concern::Nothing => return,
            Concern::TakeAway | Concern::Over if known.is_none() => return,
            _ => {}
        }
        if self.panels.len() >= PANELS {
            return;
        }
        let known = known.unwrap_or_default();
        if call.what == "ended" {
            self.told.remove(&call.call_id);
        } else if self.told.len() < TOLD {
            self.told.insert(call.call_id.clone(), Arc::clone(&known));
        }
        let (gateway, who, call) = (gateway.clone(), who.clone(), call.clone());
        let made = async move { pop::panel(&gateway, &who, &call, concern, &extension, &known).await };
        self.panels.push_back(made.boxed());
    }

    /// The next event; waits for ever while there is nothing to tell. May be dropped and asked again.
    pub(super) async fn next(&mut self) -> Option<Event> {
        let due = self.hinted_at.map_or_else(Instant::now, |at| at + GATHER);
        tokio::select! {
            Some(panel) = self.panels.next(), if !self.panels.is_empty() => panel.map(|html| pop_event(&html)),
            () = sleep_until(due), if !self.topics.is_empty() => {
                self.hinted_at = Some(Instant::now());
                let topics = std::mem::take(&mut self.topics);
                let data = json!({ "topics": topics }).to_string();
                Some(Event::default().event("refresh").data(data))
            }
            else => std::future::pending().await,
        }
    }
}

fn pop_event(html: &str) -> Event {
    // A carriage return would end the field, and a note may hold one.
    Event::default().event("pop").data(html.replace('\r', ""))
}
