//! One SMTP session of the sandbox's mail catcher. Takes mail for anybody, relays nothing, bounds everything.

use super::Shared;
use super::mailbox::CaughtMail;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longest command or text line, with room beyond the standard's 1000.
const MAX_LINE: usize = 16 * 1024;
/// Announced as SIZE and enforced.
const MAX_MAIL: usize = 10 * 1024 * 1024;
const MAX_RECIPIENTS: usize = 100;
/// Commands of one session.
const MAX_COMMANDS: usize = 10_000;
/// Silence after which the session ends.
const IDLE: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Envelope {
    greeted: bool,
    from: Option<String>,
    to: Vec<String>,
}

/// Serves one client until it quits, falls silent or breaks the rules of the line.
pub(super) async fn session(stream: TcpStream, shared: &Shared) {
    let mut wire = BufReader::new(stream);
    // An error here is a client that went away: there is nobody to tell.
    let _ = talk(&mut wire, shared).await;
}

async fn talk(wire: &mut BufReader<TcpStream>, shared: &Shared) -> std::io::Result<()> {
    say(wire, "220 sandbox.edina.invalid ESMTP").await?;
    let mut envelope = Envelope::default();
    for _ in 0..MAX_COMMANDS {
        let Some(line) = read_line(wire).await? else {
            return Ok(());
        };
        let line = String::from_utf8_lossy(&line)
            .trim_end_matches(['\r', '\n'])
            .to_owned();
        let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let verb = verb.to_ascii_uppercase();
        match verb.as_str() {
            "QUIT" => return say(wire, "221 2.0.0 bye").await,
            "DATA" if !envelope.to.is_empty() => {
                say(wire, "354 end with a dot on a line of its own").await?;
                let Some(raw) = read_mail(wire).await? else {
                    say(wire, "552 5.3.4 the mail is larger than SIZE").await?;
                    return Ok(());
                };
                let from = envelope.from.take().unwrap_or_default();
                let to = std::mem::take(&mut envelope.to);
                shared.caught_mail(CaughtMail::read(from, to, &raw, (shared.config.now)()));
                say(wire, "250 2.0.0 caught").await?;
            }
            _ => {
                let answer = envelope.command(&verb, rest);
                say(wire, answer).await?;
            }
        }
    }
    say(wire, "421 4.7.0 too many commands").await
}

impl Envelope {
    fn command(&mut self, verb: &str, rest: &str) -> &'static str {
        match verb {
            "EHLO" => {
                *self = Self {
                    greeted: true,
                    ..Self::default()
                };
                "250-sandbox.edina.invalid\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 10485760"
            }
            "HELO" => {
                *self = Self {
                    greeted: true,
                    ..Self::default()
                };
                "250 sandbox.edina.invalid"
            }
            "RSET" => {
                *self = Self {
                    greeted: self.greeted,
                    ..Self::default()
                };
                "250 2.0.0 forgotten"
            }
            "NOOP" => "250 2.0.0 ok",
            "VRFY" => "252 2.1.5 just send it",
            "MAIL" if !self.greeted => "503 5.5.1 say EHLO first",
            "MAIL" if self.from.is_some() => "503 5.5.1 one sender at a time",
            "MAIL" => match path(rest, "FROM:") {
                Some((_, parameters)) if too_large(parameters) => "552 5.3.4 larger than SIZE",
                Some((address, _)) => {
                    self.from = Some(address);
                    "250 2.1.0 ok"
                }
                None => "501 5.5.4 MAIL FROM:<address>",
            },
            "RCPT" if self.from.is_none() => "503 5.5.1 MAIL first",
            "RCPT" if self.to.len() >= MAX_RECIPIENTS => "452 4.5.3 too many recipients",
            "RCPT" => match path(rest, "TO:") {
                Some((address, _)) if !address.is_empty() => {
                    self.to.push(address);
                    "250 2.1.5 ok"
                }
                _ => "501 5.5.4 RCPT TO:<address>",
            },
            "DATA" => "503 5.5.1 RCPT first",
            _ => "502 5.5.1 not known here",
        }
    }
}

/// `FROM:<a@b> SIZE=1` to address and parameters.
fn path<'a>(rest: &'a str, word: &str) -> Option<(String, &'a str)> {
    let head = rest
        .get(..word.len())
        .filter(|head| head.eq_ignore_ascii_case(word))?;
    let after = rest.get(head.len()..)?.trim_start().strip_prefix('<')?;
    let (address, parameters) = after.split_once('>')?;
    Some((address.to_owned(), parameters))
}

fn too_large(parameters: &str) -> bool {
    let size = parameters.split_ascii_whitespace().find_map(|word| {
        let (name, value) = word.split_once('=')?;
        name.eq_ignore_ascii_case("SIZE").then_some(value)
    });
    size.is_some_and(|size| size.parse::<usize>().map_or(true, |size| size > MAX_MAIL))
}

/// The mail with dots unstuffed; `None` when it is too large.
async fn read_mail(wire: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<u8>>> {
    let mut mail = Vec::new();
    loop {
        let Some(line) = read_line(wire).await? else {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        };
        if line == b".\r\n" || line == b".\n" {
            return Ok(Some(mail));
        }
        mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        if mail.len() > MAX_MAIL {
            return Ok(None);
        }
    }
}

/// A line with its ending; `None` at the end of the stream or when it is longer than allowed.
async fn read_line(wire: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut bounded = wire.take(MAX_LINE as u64);
    timeout(IDLE, bounded.read_until(b'\n', &mut line)).await??;
    Ok(line.ends_with(b"\n").then_some(line))
}

async fn say(wire: &mut BufReader<TcpStream>, answer: &str) -> std::io::Result<()> {
    let line = format!("{answer}\r\n");
    timeout(IDLE, wire.get_mut().write_all(line.as_bytes())).await??;
    Ok(())
}
