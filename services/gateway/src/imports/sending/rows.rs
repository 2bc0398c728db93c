//! Rows to the registry, and those it left out to be kept.

use std::time::{Duration, Instant};

use edina_importing::{Closeness, Mapping, Part, Trial, salted};
use edina_proto::registry::v1::{
    BeginImportRequest, FinishImportRequest, ImportBatch, ImportRowsReply, ImportRowsRequest,
};
use edina_runtime::{caller::Caller, group::GroupId, stop::Stop};
use tonic::Code;
use uuid::Uuid;

use super::{
    super::{TOPIC, content::Opened},
    Cut, Ended, meant,
    pace::{FEWEST, MOST, Pace},
};
use crate::{
    Gateway,
    store::{
        self,
        imports::{ImportRow, rejected::RejectedRow},
    },
    upstream::Ask,
};

/// Portions read ahead of the sending.
const WAITING: usize = 1;
/// How long the registry may take for rows; a channel's own bound is half a minute.
const ANSWER: Duration = Duration::from_secs(28);
/// Times a file may have been imported and taken back.
const MOST_UNDONE: usize = 1000;

/// A file on its way.
pub(super) struct Sending<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) group: &'a GroupId,
    pub(super) row: &'a ImportRow,
    pub(super) caller: Caller,
    pub(super) trying: bool,
    pub(super) stop: &'a Stop,
}

impl Sending<'_> {
    /// Sends from where the registry is.
    pub(super) async fn run(&self, opened: Opened, at_once: Option<usize>) -> Result<Ended, Cut> {
        if self.trying {
            return self.try_out(opened, at_once).await;
        }
        let Opened { file, key, rows } = opened;
        let mapping = file.mapping().clone();
        let import = self.begin(key, false).await?;
        if import.state == "done" && self.row.import_id != import.import_id {
            self.begun(&import, rows, import.next_row).await?;
            self.proceed(import.next_row, &import, true, &[]).await?;
            return Ok(Ended::Before);
        }
        // Rejected rows up to here are kept already.
        let kept = u64::try_from(self.row.next_row).unwrap_or(0).min(import.next_row);
        self.begun(&import, rows, kept).await?;
        let mut pace = Pace::new(at_once);
        // A trial that asks again about rows the registry has, and its next row.
        let mut again = None;
        let mut portions = file.ahead(kept, MOST, WAITING)?;
        let mut now = import;
        while let Some(portion) = portions.recv().await {
            let portion = portion.map_err(Ended::from)?;
            if portion.first_row < kept {
                continue;
            }
            let mut from = 0;
            while let Some(part) = portion.part(from, pace.fitting(&portion, from, now.next_row)) {
                if self.stop.is_requested() {
                    return Ok(Ended::Stopped);
                }
                now = self.part((part, &mapping), now, &mut pace, &mut again).await?;
                from += part.len();
            }
        }
        if now.state == "running" {
            let request = FinishImportRequest {
                import_id: now.import_id.clone(),
                rows,
            };
            now = self.ask(request).await?;
        }
        self.proceed(now.next_row, &now, true, &[]).await?;
        Ok(Ended::As("done"))
    }

    /// Tries all rows, from the first: nothing of them stays, and so nothing to go on from.
    async fn try_out(&self, opened: Opened, at_once: Option<usize>) -> Result<Ended, Cut> {
        let Opened { file, key, rows } = opened;
        let mapping = file.mapping().clone();
        // Every trial is one of its own.
        let mut now = self
            .begin(salted(&key, &Uuid::now_v7().to_string()), true)
            .await?;
        self.begun(&now, rows, 0).await?;
        let most = at_once.unwrap_or(MOST);
        let mut trial = blocking(Trial::new).await?;
        let mut portions = file.ahead(0, MOST, WAITING)?;
        while let Some(portion) = portions.recv().await {
            let mut portion = portion.map_err(Ended::from)?;
            let mut from = 0;
            loop {
                if self.stop.is_requested() {
                    return Ok(Ended::Stopped);
                }
                let id = now.import_id.clone();
                let asked;
                (trial, portion, asked) = blocking(move || {
                    let asked = trial.ask(&id, &portion, from, most)?;
                    Ok((trial, portion, asked))
                })
                .await?;
                let Some(asked) = asked else { break };
                let mut reply = self.rows(asked.request.clone(), asked.request.rows.len()).await?;
                let (whole, rejected);
                (trial, portion, whole, rejected) = {
                    let (mapping, end) = (mapping.clone(), from + asked.rows);
                    blocking(move || {
                        let whole = trial.answered(&portion, from, &asked, &mut reply)?;
                        let part = portion.part(from, end - from).filter(|_| whole);
                        let rejected = part.map(|part| (end, rejected_of(part, &mapping, &reply)));
                        Ok((trial, portion, whole, rejected))
                    })
                    .await?
                };
                let Some((end, rejected)) = rejected.filter(|_| whole) else {
                    continue;
                };
                from = end;
                now.counts = Some(trial.counts());
                now.next_row = portion.first_row + from as u64;
                let exact = trial.closeness() == Closeness::Exact;
                self.proceed(now.next_row, &now, exact, &rejected).await?;
            }
        }
        let request = FinishImportRequest {
            import_id: now.import_id.clone(),
            rows: trial.sent(),
        };
        self.ask(request).await?;
        Ok(match trial.closeness() {
            Closeness::AtMost => Ended::AtMost,
            Closeness::Exact | Closeness::Near => Ended::As("tried"),
        })
    }

    /// Begins the import or finds it. One that was taken back is begun anew.
    async fn begin(&self, mut key: String, dry_run: bool) -> Result<ImportBatch, Cut> {
        for _ in 0..MOST_UNDONE {
            let request = BeginImportRequest {
                key: key.clone(),
                file_name: self.row.name.chars().take(100).collect(),
                kind: self.row.kind.clone(),
                branch_id: self.row.branch_id.clone(),
                department: String::new(),
                bytes: self.row.bytes.unsigned_abs(),
                dry_run,
            };
            let begun = self.ask(request).await?;
            if !matches!(begun.state.as_str(), "undone" | "undoing") {
                return Ok(begun);
            }
            key = salted(&key, &begun.import_id);
        }
        Err(Cut::Ended(Ended::Refused(
            "this file was imported and taken back too often".to_owned(),
            "этот файл слишком часто загружали и возвращали назад".to_owned(),
        )))
    }

    /// Sends some rows and keeps those that were left out; answers how far the import is.
    async fn part(
        &self,
        (part, mapping): (Part<'_>, &Mapping),
        import: ImportBatch,
        pace: &mut Pace,
        again: &mut Option<(String, u64)>,
    ) -> Result<ImportBatch, Cut> {
        let end = part.first_row() + part.len() as u64;
        let begun = Instant::now();
        let (reply, now) = if part.first_row() < import.next_row {
            // The registry has these rows, and its answer to them never came to be kept here: it gives the same reasons in
            // a trial, of which nothing stays.
            let (trial, place) = match again.take() {
                Some(trial) => trial,
                None => {
                    let key = salted(&import.key, &Uuid::now_v7().to_string());
                    (self.begin(key, true).await?.import_id, 0)
                }
            };
            let reply = self.rows(part.request(&trial, place), part.len()).await?;
            *again = Some((trial, place + part.len() as u64));
            (reply, import)
        } else {
            let request = part.request(&import.import_id, part.first_row());
            let reply = self.rows(request, part.len()).await?;
            let now = reply.batch.clone().unwrap_or(import);
            (reply, now)
        };
        pace.answered(begun.elapsed());
        self.proceed(end, &now, true, &rejected_of(part, mapping, &reply))
            .await?;
        Ok(now)
    }

    async fn rows(&self, request: ImportRowsRequest, rows: usize) -> Result<ImportRowsReply, Cut> {
        let asked = self.gateway.upstream.ask_within(&self.caller, request, ANSWER);
        asked.await.map_err(|failed| match failed.code() {
            Code::DeadlineExceeded | Code::Cancelled if rows > FEWEST => Cut::TooSlow(rows),
            _ => Cut::Ended(meant(&failed)),
        })
    }

    async fn ask<T: Ask>(&self, request: T) -> Result<T::Reply, Cut> {
        let asked = self.gateway.upstream.ask(&self.caller, request).await;
        asked.map_err(|failed| Cut::Ended(meant(&failed)))
    }

    async fn begun(&self, import: &ImportBatch, rows: u64, kept: u64) -> Result<(), Ended> {
        let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let mut tx = self.gateway.database.begin(self.group).await?;
        let rows = (signed(rows), signed(kept));
        let (group, now) = (self.group.as_str(), self.gateway.clock.now());
        store::imports::progress::begun(&mut tx, group, self.row.id, &import.import_id, rows, now).await?;
        tx.commit().await?;
        self.gateway.hub.say(self.group, &[TOPIC]);
        Ok(())
    }

    async fn proceed(
        &self,
        next_row: u64,
        import: &ImportBatch,
        together: bool,
        rejected: &[RejectedRow],
    ) -> Result<(), Ended> {
        let mut tx = self.gateway.database.begin(self.group).await?;
        let (group, id) = (self.group.as_str(), self.row.id);
        for row in rejected {
            store::imports::rejected::put(&mut tx, group, id, row).await?;
        }
        let now = self.gateway.clock.now();
        store::imports::progress::proceed(&mut tx, group, id, next_row, import, together, now).await?;
        tx.commit().await?;
        self.gateway.hub.say(self.group, &[TOPIC]);
        Ok(())
    }
}

/// Does what may read or write a file, aside.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(std::io::Error::other)?
}

fn rejected_of(part: Part<'_>, mapping: &Mapping, reply: &ImportRowsReply) -> Vec<RejectedRow> {
    // PostgreSQL's texts hold no zero byte.
    let text = |text: &str| text.replace('\0', "");
    let out = part.left_out(&reply.rows, mapping).map(|left| RejectedRow {
        line: i64::try_from(left.row.line).unwrap_or(i64::MAX),
        field: text(left.field),
        reason_en: text(&left.english),
        reason_ru: text(&left.russian),
        cells: left.row.cells.iter().map(|cell| text(cell)).collect(),
    });
    out.collect()
}
