//! The screen pop: what a person sees when the phone on the desk rings.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use edina_proto::{
    calls::v1::{CallLive, GetCallRequest, ListLiveCallsRequest},
    common::v1::PageRequest,
    intake::v1::ListLeadsRequest,
    registry::v1::{GetSummariesRequest, GetTimelineRequest, LookupPhoneRequest},
};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::{Gateway, session::Identity, view};

/// Entries of the timeline shown.
const ENTRIES: u32 = 3;
/// So long the client on the panel is as it was when the telephone rang: three panels of a short call ask once.
const FRESH: Duration = Duration::from_secs(20);

/// What a signal of a call means to one desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Concern {
    /// Show the panel.
    Show,
    /// Take the panel away, if it is there.
    TakeAway,
    /// My phone fell silent: because I answered, or because somebody else did.
    FellSilent,
    /// It is over, and nobody said who talked: whoever was shown it asks.
    Over,
    /// Another desk's.
    Nothing,
}

/// What the signal means to the desk with this extension. Asks nobody: every open page hears of every call.
pub(super) fn concern(call: &CallLive, extension: &str) -> Concern {
    let mine = call.extensions.iter().any(|one| one == extension);
    match call.what.as_str() {
        "ringing" | "answered" | "transferred" | "ended" if mine => Concern::Show,
        // Nobody talked, or the copy that reads the exchange took the call up midway.
        "ended" if call.extensions.is_empty() => Concern::Over,
        "answered" | "transferred" | "ended" => Concern::TakeAway,
        "stopped_ringing" if mine => Concern::FellSilent,
        // Another phone of the queue rings or falls silent.
        _ => Concern::Nothing,
    }
}

/// The extension on this person's desk.
pub(super) async fn extension(gateway: &Gateway, who: &Identity) -> Option<String> {
    let person = who.person.as_ref()?;
    let people = gateway.people(&who.group).await.ok()?;
    let me = people
        .employees
        .iter()
        .find(|employee| employee.employee_id == person.employee_id)?;
    (!me.extension.is_empty()).then(|| me.extension.clone())
}

/// What the page of this desk is shown: the panel, or the element that takes it away.
///
/// While it rings the panel is shown to everybody whose extension rings; afterwards to who answered.
pub(super) async fn panel(
    gateway: &Gateway,
    who: &Identity,
    call: &CallLive,
    concern: Concern,
    extension: &str,
    known: &Known,
) -> Option<String> {
    match concern {
        Concern::Show if call.what != "ended" => show(gateway, who, call, known).await,
        Concern::Show => ended(gateway, who, call, extension, known).await,
        Concern::Over if answered_here(gateway, who, call, extension).await => {
            ended(gateway, who, call, extension, known).await
        }
        Concern::FellSilent if answered_here(gateway, who, call, extension).await => None,
        Concern::FellSilent | Concern::Over | Concern::TakeAway => Some(gone(call)),
        Concern::Nothing => None,
    }
}

/// The panel of a call that is over, with the form for its result, for who talked.
async fn ended(
    gateway: &Gateway,
    who: &Identity,
    call: &CallLive,
    extension: &str,
    known: &Known,
) -> Option<String> {
    let data = gather(gateway, who, call, known).await;
    if data["call"]["answered_extension"] != json!(extension) {
        return Some(gone(call));
    }
    render(gateway, who, data).await
}

async fn show(gateway: &Gateway, who: &Identity, call: &CallLive, known: &Known) -> Option<String> {
    render(gateway, who, gather(gateway, who, call, known).await).await
}

async fn render(gateway: &Gateway, who: &Identity, data: Value) -> Option<String> {
    gateway
        .pages
        .fragment(gateway, who, "pop/panel.html", data)
        .await
        .ok()
}

async fn answered_here(gateway: &Gateway, who: &Identity, call: &CallLive, extension: &str) -> bool {
    let call_id = call.call_id.clone();
    gateway
        .ask(who, GetCallRequest { call_id })
        .await
        .is_ok_and(|known| known.answered_extension == extension)
}

/// The calls that ring or talk at this desk already, with their panels, for a page opened meanwhile.
pub(super) async fn present(
    gateway: &Gateway,
    who: &Identity,
    extension: &str,
) -> Vec<(String, Arc<Known>, String)> {
    let Ok(live) = gateway.ask(who, ListLiveCallsRequest {}).await else {
        return Vec::new();
    };
    let mut panels = Vec::new();
    for call in live.calls {
        let (what, extensions) = if call.state == "talking" {
            ("answered", vec![call.answered_extension])
        } else {
            ("ringing", call.ringing_extensions)
        };
        let signal = CallLive {
            call_id: call.call_id,
            what: what.to_owned(),
            extensions,
            client_id: call.client_id,
            recognition: call.recognition,
            direction: call.direction,
        };
        if concern(&signal, extension) == Concern::Show {
            let known = Arc::<Known>::default();
            if let Some(html) = show(gateway, who, &signal, &known).await {
                panels.push((signal.call_id, known, html));
            }
        }
    }
    panels
}

/// Takes the panel of this call away.
fn gone(call: &CallLive) -> String {
    format!("<div data-pop-gone=\"{}\"></div>", attribute(&call.call_id))
}

fn attribute(id: &str) -> String {
    id.chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .collect()
}

/// What a panel shows of the client, kept for the panels of the same call that follow.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<Option<Held>>);

/// The client, when it was read, and what was read.
type Held = (String, Instant, Arc<Value>);

impl Known {
    /// What is known of the client; read when the call turned out to be somebody else's, or after a while.
    async fn of(&self, gateway: &Gateway, who: &Identity, client_id: &str, number: &str) -> Arc<Value> {
        let mut held = self.0.lock().await;
        match &*held {
            Some((known, at, value)) if known == client_id && at.elapsed() < FRESH => Arc::clone(value),
            _ => {
                let value = Arc::new(client(gateway, who, client_id, number).await);
                *held = Some((client_id.to_owned(), Instant::now(), Arc::clone(&value)));
                value
            }
        }
    }
}

async fn gather(gateway: &Gateway, who: &Identity, live: &CallLive, known: &Known) -> Value {
    let call_id = live.call_id.clone();
    let call = gateway.ask(who, GetCallRequest { call_id }).await.ok();
    let client_id = call
        .as_ref()
        .map_or(&live.client_id, |call| &call.client_id)
        .clone();
    let mut data = if client_id.is_empty() {
        json!({ "client": Value::Null, "callers": [], "entries": [], "leads": [] })
    } else {
        let number = call.as_ref().map(|call| call.number.as_str()).unwrap_or_default();
        Value::clone(&*known.of(gateway, who, &client_id, number).await)
    };
    data["state"] = json!(live.what);
    data["call"] = call
        .as_ref()
        .map_or_else(|| json!({ "call_id": live.call_id }), view::call);
    data
}

async fn client(gateway: &Gateway, who: &Identity, client_id: &str, number: &str) -> Value {
    let page = |limit| {
        Some(PageRequest {
            limit,
            cursor: String::new(),
        })
    };
    let (summaries, timeline, leads, callers) = tokio::join!(
        gateway.ask(
            who,
            GetSummariesRequest {
                client_ids: vec![client_id.to_owned()]
            }
        ),
        gateway.ask(
            who,
            GetTimelineRequest {
                client_id: client_id.to_owned(),
                page: page(ENTRIES),
                kinds: vec![]
            }
        ),
        gateway.ask(
            who,
            ListLeadsRequest {
                client_id: client_id.to_owned(),
                status: "open".to_owned(),
                page: page(3),
                ..ListLeadsRequest::default()
            }
        ),
        // Who of a company it is that calls.
        gateway.ask(
            who,
            LookupPhoneRequest {
                phone: number.to_owned()
            }
        ),
    );
    let now = gateway.clock.now();
    json!({
        "client": summaries.ok().and_then(|found| found.clients.get(client_id).map(view::summary)),
        // Beside `people`, who are the group's employees.
        "callers": callers
            .map(|found| found.people.iter().map(view::company_person).collect::<Value>())
            .unwrap_or(json!([])),
        "entries": timeline.map(|found| found.entries.iter().map(view::entry).collect::<Value>()).unwrap_or(json!([])),
        "leads": leads
            .map(|found| found.leads.iter().map(|lead| view::lead(lead, now)).collect::<Value>())
            .unwrap_or(json!([])),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(what: &str, extensions: &[&str]) -> CallLive {
        CallLive {
            what: what.to_owned(),
            extensions: extensions.iter().map(|one| (*one).to_owned()).collect(),
            ..CallLive::default()
        }
    }

    #[test]
    fn a_desk_is_shown_its_own_calls_and_loses_those_of_others() {
        for (what, extensions, meaning) in [
            ("ringing", &["201"][..], Concern::Show),
            ("ringing", &["202"], Concern::Nothing),
            ("stopped_ringing", &["201"], Concern::FellSilent),
            ("stopped_ringing", &["202"], Concern::Nothing),
            ("answered", &["201"], Concern::Show),
            ("answered", &["202"], Concern::TakeAway),
            ("transferred", &["202"], Concern::TakeAway),
            ("ended", &["201"], Concern::Show),
            ("ended", &["202"], Concern::TakeAway),
            ("ended", &[], Concern::Over),
            ("held", &["201"], Concern::Nothing),
        ] {
            assert_eq!(
                concern(&call(what, extensions), "201"),
                meaning,
                "{what} {extensions:?}"
            );
        }
    }
}
