//! How complete a card is, 0 to 100 (R125): contacts, who it is, vehicles, marketing.

use edina_proto::registry::v1::Card;

/// Weighs what is known; the weights add up to 100.
pub fn score(card: &Card) -> u32 {
    let has = |kind: &str| card.contacts.iter().any(|contact| contact.kind == kind);
    let confirmed = card.contacts.iter().any(|contact| {
        contact
            .datum
            .as_ref()
            .is_some_and(|datum| datum.confirmed_at.is_some())
    });
    let company = card.kind == "company";
    let tax_id = card
        .company
        .as_ref()
        .is_some_and(|company| !company.inn.is_empty());
    let full_name = if company {
        card.company
            .as_ref()
            .is_some_and(|company| !company.name.is_empty())
    } else {
        card.last_name.is_some() && card.first_name.is_some()
    };
    let parts = [
        (has("phone"), 25),
        (confirmed, 10),
        (has("email"), 10),
        (full_name, 20),
        (
            if company {
                tax_id
            } else {
                card.birth_date.is_some()
            },
            10,
        ),
        (!card.addresses.is_empty(), 5),
        (!card.vehicles.is_empty(), 10),
        (card.marketing.iter().any(|fact| !fact.channel.is_empty()), 5),
        (
            card.consents
                .iter()
                .any(|consent| consent.purpose == "personal_data"),
            5,
        ),
    ];
    parts
        .iter()
        .filter(|(known, _)| *known)
        .map(|(_, weight)| weight)
        .sum()
}
