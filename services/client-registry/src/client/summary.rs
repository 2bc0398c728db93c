//! The short form of a card, for lists.

use edina_proto::registry::v1::{Card, ClientSummary};

/// Vehicles shown in a list.
const MOST_VEHICLES: usize = 5;

/// The short form; a [brief](super::card::brief) card will do.
pub fn of_card(card: &Card) -> ClientSummary {
    let first = |kind: &str| {
        card.contacts
            .iter()
            .find(|contact| contact.kind == kind && contact.preferred)
            .map(|contact| contact.value.clone())
            .unwrap_or_default()
    };
    ClientSummary {
        client_id: card.client_id.clone(),
        display_name: card.display_name.clone(),
        kind: card.kind.clone(),
        phone: first("phone"),
        email: first("email"),
        vehicles: card
            .vehicles
            .iter()
            .filter(|role| role.to.is_none())
            .filter_map(|role| role.vehicle.clone())
            .take(MOST_VEHICLES)
            .collect(),
        owners: card.owners.clone(),
        last_activity_at: card.last_activity_at,
        liquidated: card.liquidated_at.is_some(),
        marks: card.marks.clone(),
    }
}
