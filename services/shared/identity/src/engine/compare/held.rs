//! When each side held the number or car they share: it is somebody's for a while, then another's.

use super::Comparison;
use crate::engine::profile::Days;
use crate::engine::traits::{Level, Trait};

/// Gap, exact: within a season of each other. Close: a year. Part: three. Other: more.
/// Turns, exact: held by both at one time, so it did not pass from one to the other. Other: one after the other.
pub(super) fn compare(shared: impl Iterator<Item = (Days, Days)>, c: &mut Comparison) {
    for (x, y) in shared {
        let days = (x.0 - y.1).max(y.0 - x.1).max(0);
        let level = match days {
            0..=120 => Level::Exact,
            121..=365 => Level::Close,
            366..=1100 => Level::Part,
            _ => Level::Other,
        };
        c.set(Trait::Gap, level, 0.0);
        // Only who was seen with it twice can have it before and after another.
        if x.0 < x.1 || y.0 < y.1 {
            let level = if days == 0 { Level::Exact } else { Level::Other };
            c.set(Trait::Turns, level, 0.0);
        }
    }
}
