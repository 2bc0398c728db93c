//! From a [`Message`] to an [`Event`]: which fields of which event we need.

use super::event::{Channel, Event};
use super::message::Message;

impl Event {
    /// Reads an event; [`Event::Other`] for everything not needed.
    pub fn read(message: &Message) -> Self {
        Self::try_read(message).unwrap_or(Self::Other)
    }

    fn try_read(m: &Message) -> Option<Self> {
        let owned = |key: &str| m.get(key).map(str::to_owned);
        let own = || channel(m, "");
        let dest = || channel(m, "Dest");
        let status = || owned("DialStatus").unwrap_or_default();
        let queue = || owned("Queue");
        let success = |key: &str| m.get(key).is_some_and(|v| v.eq_ignore_ascii_case("success"));
        let action_id = owned("ActionID");
        Some(match m.event_name()? {
            "FullyBooted" => Self::FullyBooted,
            "Shutdown" => Self::Shutdown,
            "Newchannel" => Self::NewChannel(own()?),
            "Newstate" => Self::NewState(own()?),
            "NewCallerid" => Self::NewCallerId(own()?),
            "Newexten" => Self::NewExten {
                channel: own()?,
                application: owned("Application")?,
            },
            "DialBegin" => Self::DialBegin {
                from: own(),
                to: dest()?,
            },
            "DialState" => Self::DialState {
                to: dest()?,
                status: status(),
            },
            "DialEnd" => Self::DialEnd {
                from: own(),
                to: dest()?,
                status: status(),
            },
            "QueueCallerJoin" => Self::QueueJoin {
                caller: own()?,
                queue: queue()?,
            },
            "QueueCallerLeave" => Self::QueueLeave {
                caller: own()?,
                queue: queue()?,
            },
            "QueueCallerAbandon" => Self::QueueAbandon {
                caller: own()?,
                queue: queue()?,
            },
            "AgentCalled" => Self::AgentCalled {
                caller: own()?,
                agent: dest()?,
            },
            "AgentConnect" => Self::AgentConnect {
                caller: own()?,
                agent: dest()?,
            },
            "AgentComplete" => Self::AgentComplete { caller: own()? },
            "AgentRingNoAnswer" => Self::AgentRingNoAnswer { caller: own()? },
            "BridgeEnter" => Self::BridgeEnter {
                bridge: owned("BridgeUniqueid")?,
                channel: own()?,
            },
            "BridgeLeave" => Self::BridgeLeave {
                bridge: owned("BridgeUniqueid")?,
                channel: own()?,
            },
            "BridgeMerge" => Self::BridgeMerge {
                to: owned("ToBridgeUniqueid")?,
                from: owned("FromBridgeUniqueid")?,
            },
            "BlindTransfer" => Self::BlindTransfer {
                transferer: channel(m, "Transferer")?,
                transferee: channel(m, "Transferee"),
                extension: owned("Extension")?,
                success: success("Result"),
            },
            "AttendedTransfer" => Self::AttendedTransfer {
                first: channel(m, "OrigTransferer")?,
                second: channel(m, "SecondTransferer")?,
                transferee: channel(m, "Transferee"),
                target: channel(m, "TransferTarget"),
                success: success("Result"),
            },
            "LocalBridge" => Self::LocalBridge {
                one: channel(m, "LocalOne")?,
                two: channel(m, "LocalTwo")?,
            },
            "HangupRequest" => Self::HangupRequest(own()?),
            "Hangup" => Self::Hangup {
                channel: own()?,
                cause: number(m, "Cause"),
            },
            "Hold" => Self::Hold(own()?),
            "Unhold" => Self::Unhold(own()?),
            "Cdr" => Self::Cdr,
            "OriginateResponse" => Self::OriginateResponse {
                action_id,
                uniqueid: owned("Uniqueid"),
                success: success("Response"),
                reason: number(m, "Reason"),
            },
            "CoreShowChannel" => Self::LiveChannel {
                channel: own()?,
                bridge: owned("BridgeId"),
                age_seconds: m.get("Duration").map_or(0, seconds),
                action_id,
            },
            "CoreShowChannelsComplete" => Self::LiveChannelsComplete { action_id },
            "QueueEntry" => Self::QueueEntry {
                uniqueid: owned("Uniqueid")?,
                queue: queue()?,
            },
            "QueueStatusComplete" => Self::QueueStatusComplete { action_id },
            _ => Self::Other,
        })
    }
}

/// The channel whose fields carry `prefix`; needs a name and an identifier.
fn channel(m: &Message, prefix: &str) -> Option<Channel> {
    let get = |key: &str| m.get(&format!("{prefix}{key}")).map(str::to_owned);
    let uniqueid = get("Uniqueid")?;
    Some(Channel {
        name: get("Channel")?,
        linkedid: get("Linkedid").unwrap_or_else(|| uniqueid.clone()),
        uniqueid,
        state: get("ChannelState").and_then(|s| s.parse().ok()),
        caller_number: get("CallerIDNum"),
        caller_name: get("CallerIDName"),
        connected_number: get("ConnectedLineNum"),
        exten: get("Exten").filter(|e| !matches!(e.as_str(), "s" | "h" | "t" | "i")),
    })
}

fn number(m: &Message, key: &str) -> u16 {
    m.get(key).and_then(|v| v.parse().ok()).unwrap_or(0)
}

/// `HH:MM:SS` or plain seconds; nonsense is 0, and a year is the most that is believed.
fn seconds(text: &str) -> i64 {
    const YEAR: i64 = 31_536_000;
    let total = text
        .split(':')
        .try_fold(0i64, |sum, part| {
            sum.checked_mul(60)?.checked_add(part.trim().parse().ok()?)
        })
        .unwrap_or(0);
    total.clamp(0, YEAR)
}
