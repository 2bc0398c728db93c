//! What an e-mail's name says about its owner: people put surname, initial and year of birth into it.

use chrono::Datelike;

use super::{Comparison, Rarity};
use crate::engine::profile::Profile;
use crate::engine::traits::{Level, Trait};

pub(super) fn compare(a: &Profile, b: &Profile, rarity: &Rarity<'_>, c: &mut Comparison) {
    surnames(a, b, rarity, c);
    years(a, b, c);
}

/// Exact: the other side bears, or has in its e-mail, one of the surnames this e-mail may be made of.
fn surnames(a: &Profile, b: &Profile, rarity: &Rarity<'_>, c: &mut Comparison) {
    for (x, y) in [(a, b), (b, a)] {
        if x.surnames.is_empty() && !x.mail_surnames.is_empty() && !y.surnames.is_empty() {
            let met = y
                .surnames
                .iter()
                .find(|s| x.mail_surnames.contains(&s.value.sound));
            match met {
                Some(s) => {
                    let chance = rarity.share("surname", &s.value.stem, 0.7, 1e-4) * 2.0;
                    c.set(Trait::MailSurname, Level::Exact, chance);
                }
                None => c.set(Trait::MailSurname, Level::Other, 0.0),
            }
        }
    }
}

/// Exact: the year in the e-mail is the year of birth.
fn years(a: &Profile, b: &Profile, c: &mut Comparison) {
    for (x, y) in [(a, b), (b, a)] {
        for year in &x.mail_years {
            for born in &y.birth_dates {
                let level = if born.value.year() % 100 == *year {
                    Level::Exact
                } else {
                    Level::Other
                };
                c.set(Trait::MailYear, level, 0.025);
            }
        }
    }
}
