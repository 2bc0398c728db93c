//! Which rows the registry put on one card: sets that only grow together.

/// Rows by number, each in a set and in a ring with the others of it.
#[derive(Debug, Default)]
pub(super) struct Cards {
    above: Vec<u32>,
    next: Vec<u32>,
}

impl Cards {
    /// A row on a card of its own; none when there are more than can be numbered.
    pub(super) fn add(&mut self) -> Option<u32> {
        let row = u32::try_from(self.above.len())
            .ok()
            .filter(|row| *row < u32::MAX)?;
        self.above.push(row);
        self.next.push(row);
        Some(row)
    }

    /// The row that stands for the card of this one.
    pub(super) fn card_of(&mut self, row: u32) -> u32 {
        let mut at = row;
        while self.above[at as usize] != at {
            let over = self.above[self.above[at as usize] as usize];
            self.above[at as usize] = over;
            at = over;
        }
        at
    }

    /// The two are on one card.
    pub(super) fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.card_of(one), self.card_of(other));
        if one != other {
            // The earlier one stands for both; the rings become one.
            self.above[one.max(other) as usize] = one.min(other);
            self.next.swap(one as usize, other as usize);
        }
    }

    /// The first rows of the card, in the order they came.
    pub(super) fn rows_of(&self, card: u32, most: usize) -> Vec<u32> {
        let mut rows = vec![card];
        let mut at = self.next[card as usize];
        while at != card {
            rows.push(at);
            at = self.next[at as usize];
        }
        rows.sort_unstable();
        rows.truncate(most);
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_cards_have_all_their_rows() {
        let mut cards = Cards::default();
        for _ in 0..6 {
            cards.add().unwrap();
        }
        cards.join(4, 2);
        cards.join(1, 5);
        cards.join(5, 4);
        cards.join(4, 1);
        assert_eq!(cards.card_of(4), 1);
        assert_eq!(cards.rows_of(1, 9), [1, 2, 4, 5]);
        assert_eq!(cards.rows_of(1, 2), [1, 2]);
        assert_eq!(cards.rows_of(3, 9), [3]);
    }
}
