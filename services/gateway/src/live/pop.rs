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
) -> Option<String> {
    match concern {
        Concern::Show if call.what != "ended" => show(gateway, who, call, &call.what).await,
        Concern::Show => ended(gateway, who, call, extension).await,
        Concern::Over if answered_here(gateway, who, call, extension).await => {
            ended(gateway, who, call, extension).await
        }
        Concern::FellSilent if answered_here(gateway, who, call, extension).await => None,
        Concern::FellSilent | Concern::Over | Concern::TakeAway => Some(gone(call)),
        Concern::Nothing => None,
    }
}

/// The panel of a call that is over, with the form for its result, for who talked.
async fn ended(gateway: &Gateway, who: &Identity, call: &CallLive, extension: &str) -> Option<String> {
    let data = gather(gateway, who, call, "ended").await;
    if data["call"]["answered_extension"] != json!(extension) {
        return Some(gone(call));
    }
    render(gateway, who, data).await
}

async fn show(gateway: &Gateway, who: &Identity, call: &CallLive, state: &str) -> Option<String> {
    render(gateway, who, gather(gateway, who, call, state).await).await
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
pub(super) async fn present(gateway: &Gateway, who: &Identity, extension: &str) -> Vec<(String, String)> {
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
        if concern(&signal, extension) == Concern::Show
            && let Some(html) = show(gateway, who, &signal, what).await
        {
            panels.push((signal.call_id, html));
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
