//! Consents: what counts, and every word that was said.

use edina_proto::registry::v1::{ConsentState, ConsentWord};
use serde_json::{Value, json};

use super::instant;

/// What counts for one purpose on one channel.
pub fn consent(state: &ConsentState) -> Value {
    json!({
        "purpose": state.purpose, "channel": state.channel, "granted": state.granted,
        "at": instant(state.at.as_ref()), "proof": state.proof, "text_version": state.text_version,
        "source": state.source, "said_channel": state.said_channel,
        "actor_employee_id": state.actor_employee_id, "consent_id": state.consent_id,
    })
}

/// A word of the ledger, also one that was taken back.
pub fn consent_word(word: &ConsentWord) -> Value {
    json!({
        "consent_id": word.consent_id, "purpose": word.purpose, "channel": word.channel,
        "granted": word.granted, "at": instant(word.at.as_ref()), "proof": word.proof,
        "text_version": word.text_version, "source": word.source,
        "actor_employee_id": word.actor_employee_id, "undone_at": instant(word.undone_at.as_ref()),
        "undone_by_employee_id": word.undone_by_employee_id, "by_hand": word.by_hand,
    })
}
