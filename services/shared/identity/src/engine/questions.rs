//! What a human should be asked, and what the answer is worth.

/// May these two cards be one client?
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question {
    /// Numbers of the cards: the lowest record of each.
    pub a: u32,
    pub b: u32,
    pub bits: f64,
    /// Records of both.
    pub records: (u32, u32),
}

/// Records of one side beyond which more of them do not make an answer more urgent.
const MANY: u32 = 50;

/// What the answer is worth: pairs of records that will likely come together by it. Cards stay apart until somebody
/// answers, so a likely "yes" about two rich cards is worth most, an almost certain "no" nothing.
pub fn worth(bits: f64, records: (u32, u32)) -> f64 {
    let odds = bits.clamp(-60.0, 60.0).exp2();
    let side = |count: u32| f64::from(count.clamp(1, MANY));
    odds / (1.0 + odds) * side(records.0) * side(records.1)
}

impl Question {
    pub fn worth(&self) -> f64 {
        worth(self.bits, self.records)
    }
}

/// Puts what is worth most first; equal ones in a fixed order.
pub fn sort_by_worth(questions: &mut [Question]) {
    questions.sort_by(|p, q| {
        q.worth()
            .total_cmp(&p.worth())
            .then_with(|| (p.a, p.b).cmp(&(q.a, q.b)))
    });
}

#[cfg(test)]
mod tests {
    use super::worth;

    #[test]
    fn likelier_and_richer_is_worth_more() {
        assert!(worth(2.0, (1, 1)) > worth(-1.0, (1, 1)));
        assert!(worth(0.0, (3, 2)) > worth(0.0, (2, 2)));
        assert!(worth(f64::INFINITY, (0, 7)) <= 7.0);
    }
}
