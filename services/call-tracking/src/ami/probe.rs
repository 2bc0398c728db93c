//! One short look at a PBX, for `edina doctor`: signs in, asks what call-tracking will ask, leaves. Changes nothing.

use std::collections::BTreeSet;

use super::{
    action::action,
    codec::Frame,
    message::Message,
    settings::{PbxAddress, Tuning},
    wire::{Broken, Events, Wire, lost},
};

/// Most events read before the answers; a busy PBX sends many in between.
const MOST_EVENTS: usize = 100_000;

/// What the PBX showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The greeting, `Asterisk Call Manager/5.0.4`.
    pub version: String,
    /// Whether the live channels may be listed; without that no call is followed after a reconnect.
    pub channels: bool,
    /// The queues it shows, sorted; none when it refuses.
    pub queues: Option<Vec<String>>,
    /// Whether calls may be placed (click-to-call).
    pub originate: bool,
}

/// Why there was nothing to see.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unseen {
    /// The PBX refused user or secret; its words.
    #[error("sign-in refused: {0}")]
    Refused(String),
    /// It cannot be reached or does not speak this protocol.
    #[error("{0}")]
    Away(String),
}

impl From<Broken> for Unseen {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::AuthFailed(reason) => Self::Refused(reason),
            other => Self::Away(other.to_string()),
        }
    }
}

/// Looks at the PBX. Every wait is bounded by `tuning.connect_timeout`.
///
/// # Errors
/// [`Unseen`].
pub async fn look(address: &PbxAddress, tuning: &Tuning) -> Result<Seen, Unseen> {
    let mut wire = Wire::open(address, tuning).await?;
    let version = wire.greeting().await?;
    wire.sign_in(address, Events::None).await?;
    let channels = ask(
        &mut wire,
        tuning,
        action("CoreShowChannels", "channels"),
        "CoreShowChannelsComplete",
    )
    .await?;
    let queues = ask(
        &mut wire,
        tuning,
        action("QueueStatus", "queues"),
        "QueueStatusComplete",
    )
    .await?;
    // Nobody is named to be rung: with the right to place calls the PBX says so, without it refuses at once.
    let originate = ask(&mut wire, tuning, action("Originate", "originate"), "").await?;
    wire.send(&action("Logoff", "bye")).await?;
    Ok(Seen {
        version,
        channels: channels.is_ok(),
        queues: queues.ok().map(|events| {
            let names: BTreeSet<String> = events
                .iter()
                .filter(|event| event.event_name() == Some("QueueParams"))
                .filter_map(|event| event.get("Queue").map(str::to_owned))
                .collect();
            names.into_iter().collect()
        }),
        originate: originate
            .err()
            .is_none_or(|words| !words.to_lowercase().contains("permission")),
    })
}

/// The events of a list, or the words of a refusal. An empty `end` asks for the answer alone.
async fn ask(
    wire: &mut Wire,
    tuning: &Tuning,
    question: Message,
    end: &str,
) -> Result<Result<Vec<Message>, String>, Broken> {
    let id = question.action_id().unwrap_or_default().to_owned();
    wire.send(&question).await?;
    let answer = async {
        let mut events = Vec::new();
        for _ in 0..MOST_EVENTS {
            let Frame::Message(message) = wire.frame().await? else {
                continue;
            };
            let ours = message.action_id() == Some(&*id);
            match message.response() {
                Some("Success") if ours && end.is_empty() => return Ok(Ok(events)),
                Some("Success") | None if ours && message.event_name() == Some(end) => return Ok(Ok(events)),
                Some("Success") | None => {}
                Some(_) if ours => {
                    return Ok(Err(message
                        .get("Message")
                        .unwrap_or("no reason given")
                        .to_owned()));
                }
                Some(_) => {}
            }
            if ours && message.event_name().is_some() {
                events.push(message);
            }
        }
        Err(lost("the PBX does not end its list"))
    };
    tokio::time::timeout(tuning.connect_timeout, answer)
        .await
        .unwrap_or_else(|_| Err(lost("the PBX does not answer in time")))
}
