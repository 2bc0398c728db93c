//! Files of records: taken in by rows, each portion with the import's place in its file in one transaction, so that an
//! import goes on where it was cut off. `undo_import` takes one back.

use edina_runtime::caller::Caller;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::{
    Page, Registry, RegistryError, come_again, id, merge, page_size,
    portions::{self, AHEAD, EARLIER_ROWS, IN_TURN, LOOK_AGAIN, Place, Stored},
    relating,
    resolve::{MOST_RECORDS, OfImport, Reading, Resolved, in_order, turn},
};
use crate::{
    client::{
        evidence::{self, Unusable},
        record::Said,
    },
    store::{self, imports::Import},
};

const DEFAULT_PAGE: u32 = 30;
const LONGEST_NAME: usize = 300;

/// An import to be begun.
#[derive(Debug, Clone)]
pub struct NewImport {
    /// The same key is the same import.
    pub key: String,
    pub file_name: String,
    pub kind: String,
    pub branch_id: String,
    pub department: String,
    pub bytes: u64,
    pub dry_run: bool,
}

/// A row of a file.
pub enum Row {
    Record(Box<Said>),
    /// It could not be read; it counts, and nothing is stored of it.
    Rejected(Unusable),
}

/// What became of a portion of rows.
pub struct Taken {
    pub rows: Vec<Result<Resolved, Unusable>>,
    pub import: Import,
}

impl Registry {
    /// Begins an import, or answers the one begun before.
    pub async fn begin_import(&self, caller: &Caller, new: &NewImport) -> Result<Import, RegistryError> {
        for (field, text) in [
            ("key", &new.key),
            ("file_name", &new.file_name),
            ("kind", &new.kind),
            ("branch_id", &new.branch_id),
        ] {
            if text.len() > LONGEST_NAME || text.contains('\0') {
                return Err(RegistryError::invalid(
                    field,
                    format!("must be at most {LONGEST_NAME} bytes of text"),
                ));
            }
        }
        if new.key.is_empty() {
            return Err(RegistryError::invalid("key", "must be given"));
        }
        let group = caller.group.as_str();
        let import = Import {
            id: Uuid::now_v7(),
            key: new.key.clone(),
            file_name: new.file_name.clone(),
            kind: new.kind.clone(),
            branch_id: new.branch_id.clone(),
            department: new.department.clone(),
            bytes: i64::try_from(new.bytes).unwrap_or(i64::MAX),
            state: if new.dry_run { "trying" } else { "running" }.to_owned(),
            next_row: 0,
            created: 0,
            linked: 0,
            to_review: 0,
            rejected: 0,
            known: 0,
            withdrawn: 0,
            handed_on: 0,
            started_at: self.clock.now(),
            finished_at: None,
            by_employee_id: caller.employee_id().to_owned(),
        };
        let mut tx = self.begin(caller).await?;
        let begun = store::imports::begin(&mut tx, group, &import).await?;
        if begun.state == "undoing" {
            return Err(RegistryError::Conflict(
                "the same file is being taken back; begin again when that has ended",
            ));
        }
        self.commit(tx).await?;
        Ok(begun)
    }

    /// Takes rows of an import. Those before its place were taken already and are left out of the answer; those after it wait
    /// for the rows between, so that a portion may be sent while the one before is on its way.
    pub async fn import_rows(
        &self,
        caller: &Caller,
        import_id: &str,
        first_row: u64,
        rows: &[Row],
    ) -> Result<Taken, RegistryError> {
        let import_id = id("import_id", import_id)?;
        if rows.len() > MOST_RECORDS {
            return Err(RegistryError::invalid(
                "rows",
                format!("at most {MOST_RECORDS} at once"),
            ));
        }
        let group = caller.group.as_str();
        let homes = self.homes(&caller.group);
        let (mut readings, mut answers) = Reading::of_rows(rows, self.clock.now(), &homes);
        let begin = Place {
            import_id,
            row: first_row,
        };
        let looked = self.look_ahead(caller, begin, &readings).await;
        let asked_at = Instant::now();
        let (mut turn_of_process, mut tx, mut import) = loop {
            let went_on = self.portions.went_on();
            let turn_of_process = self.portions.turn(group).await;
            let mut tx = self.database.begin_locked(&caller.group, &[turn(group)]).await?;
            let import = store::imports::find(&mut tx, group, import_id)
                .await?
                .ok_or(RegistryError::NotFound("import"))?;
            if !matches!(import.state.as_str(), "running" | "trying") {
                return Err(RegistryError::Conflict(
                    "this import has ended, or is being taken back",
                ));
            }
            let place = import.next_row.unsigned_abs();
            if first_row <= place {
                break (turn_of_process, tx, import);
            }
            if asked_at.elapsed() > EARLIER_ROWS {
                return Err(RegistryError::TooEarly(place));
            }
            tx.rollback().await?;
            drop(turn_of_process);
            // Told, or looked at again: which of the two does not matter.
            timeout(LOOK_AGAIN, went_on).await.ok();
        };
        let trying = import.state == "trying";
        let skipped = usize::try_from(import.next_row.unsigned_abs() - first_row).unwrap_or(usize::MAX);
        let rows = rows.get(skipped..).unwrap_or_default();
        if skipped > 0 {
            (readings, answers) = Reading::of_rows(rows, self.clock.now(), &homes);
        }
        readings.iter_mut().for_each(Reading::comes_now);
        // Many rows will change some card, and cards change one after another.
        merge::one_at_a_time(&mut tx, group).await?;
        // What was looked at before is of use when nobody but the portion before has changed anything since.
        let before = turn_of_process.take().filter(|before| before.end == begin);
        let looked = match looked.zip(before) {
            Some((looked, before)) if before.changes == store::changes::count(&mut tx).await? => {
                Some((looked, before.left))
            }
            _ => None,
        };
        portions::count(if looked.is_some() { AHEAD } else { IN_TURN }, 1);
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        import.next_row += count(rows.len());
        let end = Place {
            import_id,
            row: import.next_row.unsigned_abs(),
        };
        let storing = (!trying).then(|| self.portions.store(group, end));
        let of_import = OfImport {
            id: import_id,
            ahead: looked,
            tried: trying,
        };
        let (resolved, left) = self
            .resolve_in(&mut tx, caller, &readings, Some(of_import))
            .await?;
        let contradicts = come_again::note(&mut tx, group, import_id, &readings, &resolved).await?;
        let mut contradicts = contradicts.into_iter();
        let mut rows = in_order(answers, resolved);
        for row in &mut rows {
            if row.is_ok() && contradicts.next().unwrap_or_default() {
                *row = Err(evidence::unusable("external_id", come_again::CONTRADICTS));
            }
            match row.as_ref().map(|one| (one.known, one.outcome.as_str())) {
                Err(_) => import.rejected += 1,
                Ok((true, _)) => import.known += 1,
                Ok((false, "created")) => import.created += 1,
                Ok((false, "to_review")) => import.to_review += 1,
                Ok((false, _)) => import.linked += 1,
            }
        }
        if trying {
            // Everything was done as it would be, and none of it stays; only the counts do.
            tx.rollback().await?;
            tx = self.begin(caller).await?;
        }
        store::imports::proceed(&mut tx, group, &import).await?;
        let changes = store::changes::count(&mut tx).await?;
        drop(storing);
        self.commit(tx).await?;
        *turn_of_process = left.filter(|_| !trying).map(|left| Stored { end, changes, left });
        drop(turn_of_process);
        self.portions.tell();
        Ok(Taken { rows, import })
    }

    /// Ends an import of which every row was taken.
    pub async fn finish_import(
        &self,
        caller: &Caller,
        import_id: &str,
        rows: u64,
    ) -> Result<Import, RegistryError> {
        let import_id = id("import_id", import_id)?;
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        let mut import = store::imports::find(&mut tx, group, import_id)
            .await?
            .ok_or(RegistryError::NotFound("import"))?;
        match import.state.as_str() {
            "running" | "trying" => {}
            "done" | "tried" => return Ok(import),
            _ => return Err(RegistryError::Conflict("this import is being taken back, or was")),
        }
        if import.next_row.unsigned_abs() != rows {
            return Err(RegistryError::Conflict(
                "rows are missing: the file has more than were taken",
            ));
        }
        import.state = if import.state == "trying" { "tried" } else { "done" }.to_owned();
        import.finished_at = Some(self.clock.now());
        store::imports::proceed(&mut tx, group, &import).await?;
        if import.state == "done" {
            relating::at_once(&mut tx, caller, self.clock.now()).await?;
        }
        self.commit(tx).await?;
        Ok(import)
    }

    /// A page of imports, the newest first.
    pub async fn imports(
        &self,
        caller: &Caller,
        limit: u32,
        cursor: &str,
    ) -> Result<Page<Import>, RegistryError> {
        let before = if cursor.is_empty() {
            None
        } else {
            Some(id("cursor", cursor)?)
        };
        let limit = page_size(limit, DEFAULT_PAGE);
        let mut tx = self.begin(caller).await?;
        let mut rows =
            store::imports::page(&mut tx, caller.group.as_str(), before, i64::from(limit) + 1).await?;
        let size = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        let next_cursor = rows
            .last()
            .filter(|_| more)
            .map(|row| row.id.to_string())
            .unwrap_or_default();
        Ok(Page { rows, next_cursor })
    }
}
