//! What a client is worth beside others: money and visits, each half as much after two years.
//!
//! The sum is taken for one fixed instant and not for today: everything fades at the same rate, so that who is worth more
//! than whom never changes by itself and a stored figure orders a list for ever.

use chrono::{DateTime, Utc};

use super::record::Said;

/// 2020-01-01, for which the sum is taken.
const THEN: i64 = 1_577_836_800;
/// Seconds in which a purchase loses half of its weight: two years.
const HALF: f64 = 730.5 * 86_400.0;
/// What a visit adds to its money, in major units: who brings a car under guarantee pays nothing and is worth something.
const VISIT: f64 = 3_000.0;
/// What a lead or a call adds.
const CONTACT: f64 = 100.0;

/// What one record adds.
pub fn of_record(said: &Said, at: DateTime<Utc>) -> f64 {
    let own = match said.kind.as_str() {
        "sale" | "repair_order" => {
            let minor = said.amount.as_ref().map_or(0, |amount| amount.minor.max(0));
            #[expect(clippy::cast_precision_loss, reason = "a weight, not an amount")]
            let major = minor as f64 / 100.0;
            major + VISIT
        }
        "contact" if said.source == "import" => 0.0,
        _ => CONTACT,
    };
    own * fading(at, DateTime::UNIX_EPOCH + chrono::Duration::seconds(THEN))
}

/// The sum as it counts on the day of `now`, in whole major units of money: a card looked at twice shows the same.
pub fn at(worth: f64, now: DateTime<Utc>) -> f64 {
    let day = DateTime::UNIX_EPOCH + chrono::Duration::days(now.timestamp().div_euclid(86_400));
    (worth * fading(DateTime::UNIX_EPOCH + chrono::Duration::seconds(THEN), day)).round()
}

/// What is left at `now` of what happened at `at`; more than one when that lies after `now`.
fn fading(at: DateTime<Utc>, now: DateTime<Utc>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "seconds of centuries fit")]
    let seconds = (at - now).num_seconds() as f64;
    // Two hundred years either way: a wrong date must not outweigh everything.
    (seconds / HALF).clamp(-100.0, 100.0).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::record::Money;

    #[test]
    fn money_and_visits_fade_and_keep_their_order() {
        let day =
            |days: i64| DateTime::UNIX_EPOCH + chrono::Duration::seconds(THEN) + chrono::Duration::days(days);
        let bought = |major: i64| Said {
            kind: "sale".into(),
            amount: Some(Money {
                minor: major * 100,
                currency: "RUB".into(),
            }),
            ..Said::default()
        };
        let old = of_record(&bought(1_997_000), day(0));
        let new = of_record(&bought(1_997_000), day(1461));
        assert!((new / old - 4.0).abs() < 0.01, "{new} {old}");
        assert!((at(old, day(1461)) - 500_000.0).abs() < 1_000.0);
        let visit = Said {
            kind: "repair_order".into(),
            ..Said::default()
        };
        assert!(
            of_record(&visit, day(0))
                > of_record(
                    &Said {
                        kind: "call".into(),
                        ..Said::default()
                    },
                    day(0)
                )
        );
    }
}
