//! How common a surname is before any counting: a young base knows nothing of it yet.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Stems by their shares of people.
static SHARES: LazyLock<HashMap<&'static str, f64>> = LazyLock::new(|| {
    let lines = include_str!("../data/surnames.txt").lines();
    let mut shares = HashMap::new();
    for (at, line) in lines.filter(|l| !l.starts_with('#')).enumerate() {
        let share = if at == 0 { 1.0 / 150.0 } else { 1.0 / 400.0 };
        shares.extend(line.split_whitespace().map(|stem| (stem, share)));
    }
    shares
});

/// Share of people with this surname stem.
pub fn prior_share(stem: &str) -> f64 {
    SHARES.get(stem).copied().unwrap_or(1e-3)
}
