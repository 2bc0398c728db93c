//! Which clients are one card: connected components of the active merge links.

use std::collections::BTreeMap;

use uuid::Uuid;

/// For each client its root: the smallest (that is, oldest) id of its component. Links to clients outside are ignored.
pub fn roots(clients: &[Uuid], links: &[(Uuid, Uuid)]) -> BTreeMap<Uuid, Uuid> {
    let mut parent: BTreeMap<Uuid, Uuid> = clients.iter().map(|id| (*id, *id)).collect();
    for (left, right) in links {
        if parent.contains_key(left) && parent.contains_key(right) {
            let (a, b) = (find(&parent, *left), find(&parent, *right));
            parent.insert(a.max(b), a.min(b));
        }
    }
    clients.iter().map(|id| (*id, find(&parent, *id))).collect()
}

fn find(parent: &BTreeMap<Uuid, Uuid>, mut id: Uuid) -> Uuid {
    while let Some(up) = parent.get(&id).filter(|up| **up != id) {
        id = *up;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_id_of_a_component_survives() {
        let id = |n: u128| Uuid::from_u128(n);
        let clients = [id(1), id(2), id(3), id(4), id(5)];
        let roots = roots(&clients, &[(id(5), id(2)), (id(3), id(5)), (id(4), id(9))]);
        let found: Vec<_> = clients.iter().map(|c| roots[c]).collect();
        assert_eq!(found, [id(1), id(2), id(2), id(4), id(2)]);
    }
}
