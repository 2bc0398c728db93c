//! What people said about who is who. The engine never goes against it.

/// Rulings about things called `K`: cards where a record is placed, places in a list where a file is clustered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rulings<K> {
    /// Different clients: they never share a card, not through a third one either. Stronger than `together`.
    pub apart: Vec<(K, K)>,
    /// One client: never split by the engine. A card paired with itself is kept whole.
    pub together: Vec<(K, K)>,
    /// Cards the record to be placed is not of. Means nothing where a file is clustered.
    pub record_not: Vec<K>,
    /// Cards the record to be placed is of.
    pub record_with: Vec<K>,
}

impl<K> Default for Rulings<K> {
    fn default() -> Self {
        Self {
            apart: Vec::new(),
            together: Vec::new(),
            record_not: Vec::new(),
            record_with: Vec::new(),
        }
    }
}

impl<K> Rulings<K> {
    /// Whether nobody said anything.
    pub fn is_empty(&self) -> bool {
        self.apart.is_empty()
            && self.together.is_empty()
            && self.record_not.is_empty()
            && self.record_with.is_empty()
    }
}
