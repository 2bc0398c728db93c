//! What somebody is to the group: a client, a prospect who showed interest (R115), a partner (R22).

use super::history::History;

/// The field of a correction by which people mark a partner: `yes` or `no`.
pub const PARTNER: &str = "partner";
/// Every mark.
pub const MARKS: [&str; 3] = ["client", "prospect", "partner"];
/// Records of those who bought or had a car repaired.
const DEALT: [&str; 2] = ["sale", "repair_order"];
/// Records of those who showed interest.
const INTERESTED: [&str; 4] = ["lead", "call", "visit", "test_drive"];

/// Whoever dealt with us is a client, whoever only showed interest a prospect; either may be a partner, and so may somebody
/// of whom nothing but an address is known.
pub fn marks(history: &History) -> Vec<String> {
    let any = |kinds: &[&str]| {
        let said = |kind: &str| kinds.contains(&kind);
        history.records.iter().any(|record| said(&record.said.kind))
    };
    let wants = || {
        let mut vehicles = history.records.iter().flat_map(|record| &record.said.vehicles);
        vehicles.any(|vehicle| vehicle.role == "wants")
    };
    let partner = history
        .corrections
        .iter()
        .filter(|correction| correction.field == PARTNER)
        .max_by_key(|correction| (correction.at, correction.id))
        .is_some_and(|correction| correction.value == "yes");
    let standing = if any(&DEALT) {
        Some("client")
    } else if any(&INTERESTED) || wants() {
        Some("prospect")
    } else {
        None
    };
    standing
        .into_iter()
        .chain(partner.then_some("partner"))
        .map(str::to_owned)
        .collect()
}
