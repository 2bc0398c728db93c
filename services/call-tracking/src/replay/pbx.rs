//! The channels of the played PBX, and its events with the fields a real Asterisk 16 sends, in its order.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use edina_runtime::clock::SharedClock;
use tokio::sync::broadcast;

use crate::ami::action;
use crate::ami::message::Message;

/// Events kept for a connection that reads slowly; one that falls further behind is cut off, as Asterisk does.
const BACKLOG: usize = 16_384;

/// A channel of the played PBX.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) uniqueid: String,
    pub(super) linkedid: String,
    pub(super) state: u8,
    pub(super) number: String,
    pub(super) caller_name: String,
    pub(super) connected: String,
    pub(super) context: &'static str,
    pub(super) exten: String,
    pub(super) bridge: Option<String>,
    pub(super) queue: Option<String>,
    created: i64,
}

struct State {
    lines: BTreeMap<String, Line>,
    next_unique: u64,
    next_channel: u32,
}

/// The played PBX. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pbx {
    state: Arc<Mutex<State>>,
    out: broadcast::Sender<Bytes>,
    clock: SharedClock,
}

impl Pbx {
    pub(super) fn new(clock: SharedClock) -> Self {
        let state = State {
            lines: BTreeMap::new(),
            next_unique: 0,
            next_channel: 0,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            out: broadcast::channel(BACKLOG).0,
            clock,
        }
    }

    pub(super) fn listen(&self) -> broadcast::Receiver<Bytes> {
        self.out.subscribe()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lines(&self) -> Vec<Line> {
        self.state().lines.values().cloned().collect()
    }

    /// Drops every channel without a word, as a restart does.
    pub(super) fn forget(&self) {
        self.state().lines.clear();
    }

    /// A new channel, `Newchannel` told. `peer` is `PJSIP/201` or `Local/203@internal`; `half` numbers Local halves.
    pub(super) fn open(
        &self,
        peer: &str,
        half: Option<u8>,
        call: Option<&Line>,
        number: &str,
        exten: &str,
        state: u8,
    ) -> Line {
        let created = self.clock.now().timestamp();
        let mut all = self.state();
        let unique = all.next_unique;
        all.next_unique += 1;
        if half != Some(2) {
            all.next_channel += 1;
        }
        let suffix = half.map_or(String::new(), |h| format!(";{h}"));
        let uniqueid = format!("{created}.{unique}");
        let line = Line {
            name: format!("{peer}-{:08x}{suffix}", all.next_channel),
            linkedid: call.map_or_else(|| uniqueid.clone(), |c| c.linkedid.clone()),
            uniqueid: uniqueid.clone(),
            state,
            number: number.to_owned(),
            caller_name: String::new(),
            connected: String::new(),
            context: if peer.ends_with("/trunk") {
                "from-trunk"
            } else {
                "internal"
            },
            exten: exten.to_owned(),
            bridge: None,
            queue: None,
            created,
        };
        all.lines.insert(uniqueid, line.clone());
        drop(all);
        self.tell("Newchannel", "call", &[("", &line)], &[]);
        line
    }

    /// Remembers what changed about a channel.
    pub(super) fn keep(&self, line: &Line) {
        if let Some(kept) = self.state().lines.get_mut(&line.uniqueid) {
            *kept = line.clone();
        }
    }

    pub(super) fn new_state(&self, line: &mut Line, state: u8) {
        line.state = state;
        self.keep(line);
        self.tell("Newstate", "call", &[("", line)], &[]);
    }

    pub(super) fn enter(&self, line: &mut Line, bridge: &str) {
        let inside = self.inside(bridge) + 1;
        line.bridge = Some(bridge.to_owned());
        self.keep(line);
        self.bridge_event("BridgeEnter", bridge, inside, line);
    }

    pub(super) fn leave(&self, line: &mut Line) {
        let Some(bridge) = line.bridge.take() else { return };
        self.keep(line);
        self.bridge_event("BridgeLeave", &bridge, self.inside(&bridge), line);
    }

    fn inside(&self, bridge: &str) -> usize {
        self.state()
            .lines
            .values()
            .filter(|l| l.bridge.as_deref() == Some(bridge))
            .count()
    }

    fn bridge_event(&self, name: &str, bridge: &str, inside: usize, line: &Line) {
        let mut message = head(name, "call");
        push_bridge(&mut message, "", bridge, inside);
        push_line(&mut message, "", line);
        self.send(&message);
    }

    pub(super) fn hangup(&self, line: &Line, cause: u16, text: &str) {
        self.state().lines.remove(&line.uniqueid);
        self.tell(
            "Hangup",
            "call",
            &[("", line)],
            &[("Cause", &cause.to_string()), ("Cause-txt", text)],
        );
    }

    /// An event with the channels under their prefixes and the fields after them.
    pub(super) fn tell(&self, name: &str, class: &str, lines: &[(&str, &Line)], fields: &[(&str, &str)]) {
        let mut message = head(name, class);
        for (prefix, line) in lines {
            push_line(&mut message, prefix, line);
        }
        for (key, value) in fields {
            message.push(*key, *value);
        }
        self.send(&message);
    }

    pub(super) fn send(&self, message: &Message) {
        // Nobody listening is as fine as on a real PBX; a value that cannot be sent is not sent.
        if let Some(bytes) = to_bytes(message) {
            let _ = self.out.send(bytes);
        }
    }

    /// Seconds the channel exists, as `HH:MM:SS`.
    pub(super) fn age(&self, line: &Line) -> String {
        let age = (self.clock.now().timestamp() - line.created).max(0);
        format!("{:02}:{:02}:{:02}", age / 3600, age / 60 % 60, age % 60)
    }
}

pub(super) fn to_bytes(message: &Message) -> Option<Bytes> {
    let mut bytes = BytesMut::new();
    action::encode(message, &mut bytes).ok().map(|()| bytes.freeze())
}

pub(super) fn head(name: &str, class: &str) -> Message {
    let mut message = Message::new();
    message.push("Event", name);
    message.push("Privilege", format!("{class},all"));
    message
}

pub(super) fn push_bridge(message: &mut Message, prefix: &str, bridge: &str, inside: usize) {
    message.push(format!("{prefix}BridgeUniqueid"), bridge);
    message.push(format!("{prefix}BridgeType"), "basic");
    message.push(format!("{prefix}BridgeTechnology"), "simple_bridge");
    message.push(format!("{prefix}BridgeCreator"), "<unknown>");
    message.push(format!("{prefix}BridgeName"), "<unknown>");
    message.push(format!("{prefix}BridgeNumChannels"), inside.to_string());
    message.push(format!("{prefix}BridgeVideoSourceMode"), "none");
}

pub(super) fn push_line(message: &mut Message, prefix: &str, line: &Line) {
    let known = |s: &str| {
        if s.is_empty() {
            "<unknown>".to_owned()
        } else {
            s.to_owned()
        }
    };
    let state = match line.state {
        0 => "Down",
        4 => "Ring",
        5 => "Ringing",
        6 => "Up",
        7 => "Busy",
        _ => "Unknown",
    };
    let fields: [(&str, String); 13] = [
        ("Channel", line.name.clone()),
        ("ChannelState", line.state.to_string()),
        ("ChannelStateDesc", state.to_owned()),
        ("CallerIDNum", known(&line.number)),
        ("CallerIDName", known(&line.caller_name)),
        ("ConnectedLineNum", known(&line.connected)),
        ("ConnectedLineName", "<unknown>".to_owned()),
        ("Language", "ru".to_owned()),
        ("AccountCode", String::new()),
        ("Context", line.context.to_owned()),
        ("Exten", line.exten.clone()),
        ("Priority", "1".to_owned()),
        ("Uniqueid", line.uniqueid.clone()),
    ];
    for (key, value) in fields {
        message.push(format!("{prefix}{key}"), value);
    }
    message.push(format!("{prefix}Linkedid"), &*line.linkedid);
}
