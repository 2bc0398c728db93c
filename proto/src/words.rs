//! Closed lists of words in fields of the contracts, for whoever checks or offers them.

/// What a client is to a vehicle.
pub const VEHICLE_ROLES: [&str; 10] = [
    "owner",
    "former_owner",
    "payer",
    "driver",
    // Brings it to service, or is listed with it, and says no more.
    "uses",
    "former_payer",
    "former_driver",
    "wants",
    "trades_in",
    "other",
];
/// What a source calls a phone or an e-mail (R118).
pub const CONTACT_LABELS: [&str; 3] = ["mobile", "work", "home"];
/// What a person decides at a company (R108).
pub const BUYER_ROLES: [&str; 3] = ["financial_buyer", "technical_buyer", "user"];
/// What the second client is to the first.
pub const RELATION_KINDS: [&str; 3] = ["sole_proprietorship", "household", "employer"];
/// What a consent is for.
pub const CONSENT_PURPOSES: [&str; 2] = ["personal_data", "advertising"];
/// By which channel it allows to write.
pub const CONSENT_CHANNELS: [&str; 4] = ["sms", "email", "call", "any"];
/// How a consent reached us.
pub const CONSENT_SOURCES: [&str; 6] = ["paper", "call", "visit", "website", "message", "click"];
/// What a conversation came to.
pub const CALL_RESULTS: [&str; 8] = [
    "appointment",
    "interested",
    "thinking",
    "declined",
    "wrong_number",
    "not_reached",
    "complaint",
    "other",
];
