//! The screen pop: what a person sees when the phone on the desk rings.

use edina_proto::{
    calls::v1::{CallLive, GetCallRequest, ListLiveCallsRequest},
    common::v1::PageRequest,
    intake::v1::ListLeadsRequest,
    registry::v1::{GetSummariesRequest, GetTimelineRequest},
};
use serde_json::{Value, json};

use crate::{Gateway, session::Identity, view};

/// Entries of the timeline shown.
const ENTRIES: u32 = 3;

/// The panel for this person, or none when the call does not ring at their desk.
///
/// While it rings it is shown to everybody whose extension rings; afterwards to who answered, and it is taken away
/// from the others. An empty text takes the panel away.
pub async fn panel(gateway: &Gateway, who: &Identity, call: &CallLive) -> Option<String> {
    let person = who.person.as_ref()?;
    let people = gateway.people(&who.group).await.ok()?;
    let me = people
        .employees
        .iter()
        .find(|employee| employee.employee_id == person.employee_id)?;
    if me.extension.is_empty() {
        return None;
    }
    let mine = call.extensions.contains(&me.extension);
    let state = match call.what.as_str() {
        "ringing" | "answered" | "transferred" if mine => call.what.as_str(),
        "ended" => "ended",
        // Somebody else has it, or my phone is silent again: whoever shows it takes it away.
        "answered" | "transferred" => return Some(gone(call)),
        "stopped_ringing" if mine => {
            let id = call.call_id.clone();
            let known = gateway.ask(who, GetCallRequest { call_id: id }).await.ok();
            // It fell silent because I answered.
            let talking = known.is_some_and(|known| known.answered_extension == me.extension);
            return (!talking).then(|| gone(call));
        }
        // Another phone of the queue rings or falls silent: nothing to me.
        _ => return None,
    };
    let data = gather(gateway, who, call, state).await;
    if state == "ended" && data["call"]["answered_extension"] != json!(me.extension) {
        return Some(gone(call));
    }
    gateway
        .pages
        .fragment(gateway, who, "pop/panel.html", data)
        .await
        .ok()
}

/// The panels of calls that ring or talk at this person's desk already, for a page opened meanwhile.
pub async fn present(gateway: &Gateway, who: &Identity) -> Vec<String> {
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
        panels.extend(panel(gateway, who, &signal).await);
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

async fn gather(gateway: &Gateway, who: &Identity, live: &CallLive, state: &str) -> Value {
    let call = gateway
        .ask(
            who,
            GetCallRequest {
                call_id: live.call_id.clone(),
            },
        )
        .await
        .ok();
    let client_id = call
        .as_ref()
        .map_or(&live.client_id, |call| &call.client_id)
        .clone();
    let mut data = json!({
        "state": state,
        "call": call.as_ref().map_or_else(|| json!({ "call_id": live.call_id }), view::call),
        "client": Value::Null,
        "entries": [],
        "leads": [],
    });
    if client_id.is_empty() {
        return data;
    }
    let page = |limit| {
        Some(PageRequest {
            limit,
            cursor: String::new(),
        })
    };
    let (summaries, timeline, leads) = tokio::join!(
        gateway.ask(
            who,
            GetSummariesRequest {
                client_ids: vec![client_id.clone()]
            }
        ),
        gateway.ask(
            who,
            GetTimelineRequest {
                client_id: client_id.clone(),
                page: page(ENTRIES),
                kinds: vec![]
            }
        ),
        gateway.ask(
            who,
            ListLeadsRequest {
                client_id: client_id.clone(),
                status: "open".to_owned(),
                page: page(3),
                ..ListLeadsRequest::default()
            }
        ),
    );
    if let Ok(summaries) = summaries {
        data["client"] = summaries
            .clients
            .get(&client_id)
            .map_or(Value::Null, view::summary);
    }
    if let Ok(timeline) = timeline {
        data["entries"] = timeline.entries.iter().map(view::entry).collect();
    }
    if let Ok(leads) = leads {
        let now = gateway.clock.now();
        data["leads"] = leads.leads.iter().map(|lead| view::lead(lead, now)).collect();
    }
    data
}
