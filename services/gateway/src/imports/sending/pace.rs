//! How many rows go to the registry at a time.

use std::time::Duration;

use edina_importing::Portion;

/// Most rows sent at once; the registry takes as many.
pub(super) const MOST: usize = 1000;
/// Fewer are not worth a request.
pub(super) const FEWEST: usize = 5;
/// Rows of the first request; more or fewer follow, so that one takes from [`QUICK`] to [`SLOW`].
const FIRST: usize = 100;
const QUICK: Duration = Duration::from_millis(500);
const SLOW: Duration = Duration::from_secs(2);

/// After so many were too many.
pub(super) fn fewer(rows: usize) -> usize {
    (rows / 4).max(FEWEST)
}

/// Rows at a time.
pub(super) struct Pace {
    size: usize,
}

impl Pace {
    /// `most`: more were too many.
    pub(super) fn new(most: Option<usize>) -> Self {
        Self {
            size: most.unwrap_or(FIRST).min(FIRST),
        }
    }

    /// How many rows from there on go together: those the registry has are not mixed with new ones.
    pub(super) fn fitting(&self, portion: &Portion, from: usize, next_row: u64) -> usize {
        let had = next_row.saturating_sub(portion.first_row + from as u64);
        match usize::try_from(had) {
            Ok(0) | Err(_) => self.size,
            Ok(had) => self.size.min(had),
        }
    }

    /// A request was answered.
    pub(super) fn answered(&mut self, took: Duration) {
        if took > SLOW {
            self.size = (self.size / 2).max(FEWEST);
        } else if took < QUICK {
            self.size = (self.size * 2).min(MOST);
        }
    }
}
