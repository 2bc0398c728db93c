//! How far answers bear out the odds that were given to people's questions.

use crate::engine::model::Cuts;

/// Answers so far from what is asked about tell of other knowledge, not of the weights, bits.
const NEAR: f64 = 3.0;
/// By so many bits the odds are off before anybody answered: few answers change little.
const USUAL: f64 = 0.6;
/// Most that answers lower and raise where linking begins, bits.
const MOST: (f64, f64) = (-1.0, 3.0);

/// By how many bits the odds of pairs are overstated, by what people said of them; negative when understated.
pub(super) fn overstated(answers: &[(f64, bool)], cuts: &Cuts) -> f64 {
    let near: Vec<(f64, bool)> = answers
        .iter()
        .copied()
        .filter(|(bits, _)| (cuts.ask - NEAR..=cuts.link + NEAR).contains(bits))
        .collect();
    let likelihood = |shift: f64| {
        let of = |(bits, same): &(f64, bool)| {
            let odds = (bits - shift).exp2();
            let share = if *same {
                odds / (1.0 + odds)
            } else {
                1.0 / (1.0 + odds)
            };
            share.ln()
        };
        near.iter().map(of).sum::<f64>() - (shift / USUAL).powi(2) / 2.0
    };
    let steps = (-10..=30).map(|tenth| f64::from(tenth) / 10.0);
    steps
        .filter(|shift| (MOST.0..=MOST.1).contains(shift))
        .max_by(|a, b| likelihood(*a).total_cmp(&likelihood(*b)))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::overstated;
    use crate::engine::model::Cuts;

    const CUTS: Cuts = Cuts {
        link: 3.6,
        ask: -4.0,
        lead: 4.0,
    };

    #[test]
    fn answers_move_the_odds_and_few_of_them_hardly() {
        let said = |bits: f64, yes: usize, no: usize| {
            let mut all = vec![(bits, true); yes];
            all.extend(vec![(bits, false); no]);
            overstated(&all, &CUTS)
        };
        assert!(
            said(2.0, 5, 45) > 2.0,
            "held for four to one, in truth one to nine"
        );
        assert!(said(0.0, 48, 2) < -0.8, "held for even, in truth nearly all");
        assert!(said(2.0, 40, 10).abs() < 0.3, "as likely as was said");
        assert!(said(2.0, 0, 1).abs() < 0.7, "one answer");
        assert!(said(-20.0, 50, 0).abs() < 1e-9, "people knew something else");
        assert!(overstated(&[], &CUTS).abs() < 1e-9);
    }
}
