//! A dry run of more rows than the registry weighs together.
//!
//! The registry tries up to a thousand rows in a transaction that it rolls back, so that later ones do not meet them. To run
//! the whole import and take it back would hold up everybody who asks who somebody is, for minutes, and tell other services
//! of clients that never were. Instead every request takes along those earlier rows of the file which share something with
//! its own, and the cards these came to: each row meets what it would meet if the file were imported. What is left is that
//! values grow more common as rows are stored, which moves the weights of evidence a little: the counts come [`Near`].
//!
//! `comparable` says what rows share, `index` who shares it, `cards` which rows the registry put together. Memory is bounded;
//! rows themselves wait in a nameless temporary file.
//!
//! [`Near`]: Closeness::Near

mod cards;
mod comparable;
mod index;

use std::{
    collections::{BTreeSet, HashMap},
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
};

use edina_proto::registry::v1::{
    ImportCounts, ImportRow, ImportRowsReply, ImportRowsRequest, SourceRecord, import_row::Content,
    resolved_record::Answer,
};
use prost::Message as _;

use crate::Portion;
use cards::Cards;
use comparable::Key;
use index::Index;

/// Rows the registry weighs together.
pub const MOST_TOGETHER: usize = 1000;
/// Most text of earlier rows in a request, bytes: beside that of its own rows it stays below the bound of a message.
const MOST_BYTES: u64 = 2 << 20;
/// Rows of one card that go along; the registry knows a client by fewer.
const MOST_OF_CARD: usize = 50;

/// How near the counts come to those of the import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closeness {
    /// All rows were weighed together: they are what the import will count, unless the base changes.
    Exact,
    /// Every row was weighed with those it shares something with: a few may come out otherwise.
    Near,
    /// There were too many of those: clients who stand far apart in the file may be counted more than once.
    AtMost,
}

/// The dry run of a file.
#[derive(Debug)]
pub struct Trial {
    /// The rows that were tried, one after another.
    kept: File,
    /// Where each ends there.
    ends: Vec<u64>,
    index: Index,
    cards: Cards,
    counts: ImportCounts,
    /// Rows the registry has been sent, repeated ones too.
    sent: u64,
    requests: u64,
    closeness: Closeness,
}

/// Rows of a portion to be tried, and the request that does.
#[derive(Debug)]
pub struct Asked {
    pub request: ImportRowsRequest,
    /// Rows of the portion in it, from the one it was asked from.
    pub rows: usize,
    /// Earlier rows before them, by number.
    before: Vec<u32>,
    /// Of each row what it shares with others; nothing of one that cannot be read.
    keys: Vec<Option<Vec<Key>>>,
}

impl Trial {
    /// A dry run that nothing was asked of yet.
    pub fn new() -> io::Result<Self> {
        Self::within(index::MOST_ENTRIES)
    }

    /// The same that remembers at most so many things that rows may share.
    pub fn within(entries: usize) -> io::Result<Self> {
        Ok(Self {
            kept: tempfile::tempfile()?,
            ends: Vec::new(),
            index: Index::new(entries),
            cards: Cards::default(),
            counts: ImportCounts::default(),
            sent: 0,
            requests: 0,
            closeness: Closeness::Exact,
        })
    }

    /// What became of the rows so far.
    pub fn counts(&self) -> ImportCounts {
        self.counts
    }

    /// How near that comes to what the import will count.
    pub fn closeness(&self) -> Closeness {
        match self.closeness {
            Closeness::Exact if self.requests > 1 => Closeness::Near,
            other => other,
        }
    }

    /// Rows sent, which is what ends the trial in the registry.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// The request for as many rows of a portion, from the one at `from`, as go with what belongs to them in `most`; none
    /// when there are no more.
    pub fn ask(
        &mut self,
        import_id: &str,
        portion: &Portion,
        from: usize,
        most: usize,
    ) -> io::Result<Option<Asked>> {
        let most = most.clamp(2, MOST_TOGETHER);
        let Some(part) = portion.part(from, most) else {
            return Ok(None);
        };
        let rows = portion.rows.get(from..from + part.len()).unwrap_or_default();
        let mut before = BTreeSet::new();
        let mut bytes = 0;
        let mut keys = Vec::with_capacity(rows.len());
        for row in rows {
            let shared = row.outcome.as_ref().ok().map(comparable::keys);
            let cards = match &shared {
                Some(keys) => self.index.sharing(keys, &mut self.cards),
                None => Vec::new(),
            };
            let new: Vec<u32> = cards
                .into_iter()
                .flat_map(|card| self.cards.rows_of(card, MOST_OF_CARD))
                .filter(|row| !before.contains(row))
                .collect();
            let more: u64 = new.iter().map(|row| self.bytes_of(*row)).sum();
            let fits = before.len() + new.len() + keys.len() < most && bytes + more <= MOST_BYTES;
            if fits {
                before.extend(new);
                bytes += more;
            } else if keys.is_empty() {
                // More belongs to it than goes with it: the earliest go.
                self.closeness = Closeness::AtMost;
                for row in new {
                    bytes += self.bytes_of(row);
                    if before.len() + 1 >= most || bytes > MOST_BYTES {
                        break;
                    }
                    before.insert(row);
                }
            } else {
                break;
            }
            keys.push(shared);
        }
        let before: Vec<u32> = before.into_iter().collect();
        let Some(part) = portion.part(from, keys.len()) else {
            return Ok(None);
        };
        let mut request = part.request(import_id, self.sent);
        let mut sent = Vec::with_capacity(before.len() + request.rows.len());
        for row in &before {
            sent.push(ImportRow {
                line: 0,
                content: Some(Content::Record(self.read(*row)?)),
            });
        }
        sent.append(&mut request.rows);
        request.rows = sent;
        Ok(Some(Asked {
            request,
            rows: keys.len(),
            before,
            keys,
        }))
    }

    /// Counts what became of the rows asked about, and takes the answers of earlier ones out of the reply. False when it does
    /// not answer them all, since it is the second to a request of which the first was lost: they are to be asked about
    /// again, which changes nothing.
    pub fn answered(
        &mut self,
        portion: &Portion,
        from: usize,
        asked: &Asked,
        reply: &mut ImportRowsReply,
    ) -> io::Result<bool> {
        let whole = reply.rows.len() == asked.request.rows.len();
        self.sent = match (whole, &reply.batch) {
            (false, Some(batch)) => batch.next_row,
            _ => self.sent + asked.request.rows.len() as u64,
        };
        if !whole {
            return Ok(false);
        }
        self.requests += 1;
        // Of each card in the answer one of its rows.
        let mut on_card: HashMap<String, u32> = HashMap::new();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let answers = reply.rows.drain(..asked.before.len());
        for (row, answer) in asked.before.iter().zip(answers) {
            if let Some(Answer::Resolved(resolved)) = answer.answer {
                self.put(*row, resolved.client_id, &mut on_card);
                seen.insert(resolved.source_record_id);
            }
        }
        let mut bytes = Vec::new();
        let rows = portion.rows.get(from..from + asked.rows).unwrap_or_default();
        let mut fresh: Vec<(u32, &[Key])> = Vec::new();
        for ((row, keys), answer) in rows.iter().zip(&asked.keys).zip(&reply.rows) {
            let (Ok(record), Some(keys), Some(Answer::Resolved(resolved))) =
                (&row.outcome, keys, &answer.answer)
            else {
                self.counts.rejected += 1;
                continue;
            };
            let id = &resolved.source_record_id;
            // Ids begin with their time: a record that is older than the trial was there before.
            if !seen.insert(id.clone()) || *id < asked.request.import_id {
                self.counts.known += 1;
                continue;
            }
            match resolved.outcome.as_str() {
                "created" => self.counts.created += 1,
                "to_review" => self.counts.to_review += 1,
                _ => self.counts.linked += 1,
            }
            let start = self.ends.last().copied().unwrap_or(0);
            let Some(number) = self.cards.add() else {
                self.closeness = Closeness::AtMost;
                continue;
            };
            let length = record.encoded_len() as u64;
            record.encode(&mut bytes).map_err(io::Error::other)?;
            self.ends.push(start + length);
            self.put(number, resolved.client_id.clone(), &mut on_card);
            fresh.push((number, keys.as_slice()));
        }
        // Only now is it known which of them are on one card: of each the index needs one.
        for (number, keys) in fresh {
            if !self.index.add(number, keys, &mut self.cards) {
                self.closeness = Closeness::AtMost;
            }
        }
        self.kept.seek(SeekFrom::End(0))?;
        self.kept.write_all(&bytes)?;
        Ok(true)
    }

    fn put(&mut self, row: u32, client_id: String, on_card: &mut HashMap<String, u32>) {
        let first = *on_card.entry(client_id).or_insert(row);
        self.cards.join(first, row);
    }

    fn place(&self, row: u32) -> (u64, u64) {
        let at = row as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = start.copied().unwrap_or(0);
        (start, self.ends.get(at).copied().unwrap_or(start))
    }

    fn bytes_of(&self, row: u32) -> u64 {
        let (start, end) = self.place(row);
        end - start
    }

    fn read(&mut self, row: u32) -> io::Result<SourceRecord> {
        let (start, end) = self.place(row);
        let mut bytes = Vec::new();
        self.kept.seek(SeekFrom::Start(start))?;
        (&mut self.kept).take(end - start).read_to_end(&mut bytes)?;
        SourceRecord::decode(bytes.as_slice()).map_err(io::Error::other)
    }
}
