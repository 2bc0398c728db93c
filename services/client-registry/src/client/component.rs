//! Which clients are one card: connected components of the active merge links.

use std::collections::{BTreeMap, VecDeque};

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

/// The shortest way from one client to another along the links: their places, each with whether it is gone backwards. Nothing
/// when there is none.
pub fn way(links: &[(Uuid, Uuid)], from: Uuid, to: Uuid) -> Vec<(usize, bool)> {
    let mut came: BTreeMap<Uuid, (Uuid, usize, bool)> = BTreeMap::new();
    let mut next = VecDeque::from([from]);
    while let Some(at) = next.pop_front() {
        if at == to {
            break;
        }
        for (place, (left, right)) in links.iter().enumerate() {
            let (other, backwards) = match at {
                at if at == *left => (*right, false),
                at if at == *right => (*left, true),
                _ => continue,
            };
            if other != from && !came.contains_key(&other) {
                came.insert(other, (at, place, backwards));
                next.push_back(other);
            }
        }
    }
    let mut way = Vec::new();
    let mut at = to;
    while let Some((before, place, backwards)) = came.get(&at).filter(|_| at != from) {
        way.push((*place, *backwards));
        at = *before;
    }
    way.reverse();
    way
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

    #[test]
    fn the_shortest_way_goes_along_links_in_either_direction() {
        let id = |n: u128| Uuid::from_u128(n);
        let links = [(id(1), id(2)), (id(3), id(2)), (id(3), id(4)), (id(1), id(4))];
        assert_eq!(way(&links, id(1), id(3)), [(0, false), (1, true)]);
        assert_eq!(way(&links, id(4), id(1)), [(3, true)]);
        assert_eq!(way(&links, id(1), id(1)), []);
        assert_eq!(way(&links, id(1), id(9)), []);
    }
}
