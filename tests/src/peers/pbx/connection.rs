//! One connection of the PBX: sign-in, lists, and the feed of events.

use std::{sync::PoisonError, time::Instant};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpStream, tcp::OwnedReadHalf},
    sync::{broadcast, mpsc, watch},
};

use super::Floor;

/// Counts a connection while it lasts.
struct Counted<'a>(&'a watch::Sender<usize>);

impl<'a> Counted<'a> {
    fn new(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

pub(super) async fn serve(stream: TcpStream, floor: &Floor) -> anyhow::Result<()> {
    let accepted = Instant::now();
    let (read, mut write) = stream.into_split();
    write.write_all(b"Asterisk Call Manager/5.0.4\r\n").await?;
    let (to_us, mut actions) = mpsc::channel(64);
    tokio::spawn(async move {
        let mut read = BufReader::new(read);
        while let Ok(action) = action(&mut read).await {
            if to_us.send(action).await.is_err() {
                return;
            }
        }
    });
    let mut events = floor.events.subscribe();
    let (mut signed_in, mut watching) = (None, None);
    loop {
        tokio::select! {
            action = actions.recv() => {
                let Some(action) = action else { return Ok(()) };
                // A list comes after everything that led to it.
                let (told, answer) = {
                    let live = floor.live.lock().unwrap_or_else(PoisonError::into_inner);
                    let told = drain(&mut events)?;
                    let answer = answer(&action, &live);
                    if answer.listed {
                        floor.told().list(accepted);
                    }
                    (told, answer)
                };
                if signed_in.is_some() {
                    write.write_all(told.as_bytes()).await?;
                }
                write.write_all(answer.reply.as_bytes()).await?;
                if answer.login && signed_in.is_none() {
                    signed_in = Some(Counted::new(&floor.signed_in));
                }
                if answer.listed && watching.is_none() {
                    *floor.since.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                    watching = Some(Counted::new(&floor.watching));
                }
            }
            event = events.recv(), if signed_in.is_some() => write.write_all(event?.as_bytes()).await?,
        }
    }
}

/// Everything told so far that this connection has not heard.
fn drain(events: &mut broadcast::Receiver<String>) -> anyhow::Result<String> {
    let mut told = String::new();
    loop {
        match events.try_recv() {
            Ok(event) => told += &event,
            Err(broadcast::error::TryRecvError::Empty) => return Ok(told),
            Err(error) => return Err(error.into()),
        }
    }
}

/// What is said to an action, and what it was.
struct Answer {
    reply: String,
    login: bool,
    listed: bool,
}

fn answer(action: &[(String, String)], live: &super::Live) -> Answer {
    let field = |name: &str| {
        let found = action.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let id = match field("ActionID") {
        id if id.is_empty() => id,
        id => format!("ActionID: {id}\r\n"),
    };
    let name = field("Action").to_ascii_lowercase();
    let reply = match name.as_str() {
        "login" => format!(
            "Response: Success\r\n{id}Message: Authentication accepted\r\n\r\n\
             Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n"
        ),
        "ping" => format!("Response: Success\r\n{id}Ping: Pong\r\n\r\n"),
        "coreshowchannels" => live.channels(&id),
        "queuestatus" => live.queues(&id),
        "queuesummary" => format!(
            "Response: Success\r\n{id}EventList: start\r\nMessage: List will follow\r\n\r\n\
             Event: QueueSummaryComplete\r\n{id}EventList: Complete\r\nListItems: 0\r\n\r\n"
        ),
        "logoff" => format!("Response: Goodbye\r\n{id}\r\n"),
        _ => format!("Response: Success\r\n{id}\r\n"),
    };
    Answer {
        reply,
        login: name == "login",
        listed: name == "coreshowchannels",
    }
}

/// One action: lines up to an empty one.
async fn action(read: &mut BufReader<OwnedReadHalf>) -> anyhow::Result<Vec<(String, String)>> {
    let mut fields = Vec::new();
    loop {
        let mut line = String::new();
        anyhow::ensure!(read.read_line(&mut line).await? > 0, "closed");
        let line = line.trim_end();
        if line.is_empty() {
            return Ok(fields);
        }
        if let Some((key, value)) = line.split_once(':') {
            fields.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
}
