//! What is going on at the PBX right now, as its own events tell, and how it lists that on request.

use std::{collections::BTreeMap, time::Instant};

/// One event's fields by name.
type Fields = BTreeMap<String, String>;

/// The live channels, with bridge and queue they are in.
#[derive(Debug, Default)]
pub(super) struct Live {
    channels: BTreeMap<String, LiveChannel>,
}

#[derive(Debug)]
struct LiveChannel {
    fields: Fields,
    since: Instant,
    bridge: String,
    queue: Option<String>,
}

/// What a listed channel says of itself, in the order of an Asterisk 16.
const LISTED: [&str; 14] = [
    "Channel",
    "ChannelState",
    "ChannelStateDesc",
    "CallerIDNum",
    "CallerIDName",
    "ConnectedLineNum",
    "ConnectedLineName",
    "Language",
    "AccountCode",
    "Context",
    "Exten",
    "Priority",
    "Uniqueid",
    "Linkedid",
];

impl Live {
    /// Takes notice of an event that is about to be told.
    pub(super) fn hear(&mut self, message: &str) {
        let fields: Fields = message
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        let get = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let id = get("Uniqueid");
        let event = get("Event");
        if event == "Newchannel" {
            self.channels.insert(
                id,
                LiveChannel {
                    fields,
                    since: Instant::now(),
                    bridge: String::new(),
                    queue: None,
                },
            );
            return;
        }
        let Some(channel) = self.channels.get_mut(&id) else {
            return;
        };
        match event.as_str() {
            "Hangup" => {
                self.channels.remove(&id);
                return;
            }
            "BridgeEnter" => channel.bridge = get("BridgeUniqueid"),
            "BridgeLeave" => channel.bridge.clear(),
            "QueueCallerJoin" => channel.queue = Some(get("Queue")),
            "QueueCallerLeave" | "QueueCallerAbandon" => channel.queue = None,
            _ => {}
        }
        for name in LISTED {
            if let Some(value) = fields.get(name) {
                channel.fields.insert(name.to_owned(), value.clone());
            }
        }
    }

    /// The answer to `CoreShowChannels`; `id` is the line with the action's id, or nothing.
    pub(super) fn channels(&self, id: &str) -> String {
        let mut list = opening(id);
        for channel in self.channels.values() {
            let age = channel.since.elapsed().as_secs();
            list += &format!("Event: CoreShowChannel\r\n{id}");
            for name in LISTED {
                let value = channel.fields.get(name).map_or("", String::as_str);
                list += &format!("{name}: {value}\r\n");
            }
            list += &format!(
                "Application: AppQueue\r\nApplicationData: \r\nDuration: {:02}:{:02}:{:02}\r\nBridgeId: {}\r\n\r\n",
                age / 3600,
                age / 60 % 60,
                age % 60,
                channel.bridge
            );
        }
        list + &closing("CoreShowChannelsComplete", id, self.channels.len())
    }

    /// The answer to `QueueStatus`: who waits.
    pub(super) fn queues(&self, id: &str) -> String {
        let mut list = opening(id);
        let waiting = self
            .channels
            .iter()
            .filter_map(|(id, channel)| channel.queue.as_ref().map(|queue| (id, queue, channel)));
        // The queue itself is listed whether or not somebody waits in it.
        list += &format!("Event: QueueParams\r\n{id}Queue: sales\r\nMax: 0\r\nStrategy: ringall\r\n\r\n");
        let mut count = 0;
        for (unique, queue, channel) in waiting {
            count += 1;
            list += &format!(
                "Event: QueueEntry\r\n{id}Queue: {queue}\r\nPosition: {count}\r\nChannel: {}\r\nUniqueid: {unique}\r\n\r\n",
                channel.fields.get("Channel").map_or("", String::as_str)
            );
        }
        list + &closing("QueueStatusComplete", id, count)
    }
}

fn opening(id: &str) -> String {
    format!("Response: Success\r\n{id}EventList: start\r\nMessage: List will follow\r\n\r\n")
}

fn closing(event: &str, id: &str, count: usize) -> String {
    format!("Event: {event}\r\n{id}EventList: Complete\r\nListItems: {count}\r\n\r\n")
}
