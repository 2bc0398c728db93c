//! Consents on the card: what counts per purpose and channel, the form for what a client says, words taken back.

use axum::response::Response;
use edina_proto::{
    registry::v1::{Card, ConsentState, ConsentStatement, RecordConsentRequest, UndoConsentRequest},
    words::{CONSENT_CHANNELS, CONSENT_SOURCES},
};
use serde_json::{Value, json};

use super::{super::act::Act, to_card};
use crate::{http::problem::Problem, view};

/// A word and the channels on which it decides.
struct Decides<'a> {
    word: &'a ConsentState,
    channels: Vec<&'a str>,
}

/// What counts, by purpose: channels that one word decides stand together.
pub(super) fn in_force(card: &Card) -> Vec<Value> {
    let mut purposes: Vec<(&str, Vec<Decides<'_>>)> = Vec::new();
    for state in &card.consents {
        if purposes
            .last()
            .is_none_or(|(purpose, _)| *purpose != state.purpose)
        {
            purposes.push((&state.purpose, Vec::new()));
        }
        let Some((_, deciding)) = purposes.last_mut() else {
            continue;
        };
        match deciding
            .iter_mut()
            .find(|decides| decides.word.consent_id == state.consent_id)
        {
            Some(decides) => decides.channels.push(&state.channel),
            None => deciding.push(Decides {
                word: state,
                channels: vec![&state.channel],
            }),
        }
    }
    let shown = |decides: Decides<'_>| {
        let mut word = told(view::consent(decides.word));
        word["all"] = json!(decides.channels.len() == CONSENT_CHANNELS.len());
        word["channels"] = json!(decides.channels);
        word
    };
    purposes
        .into_iter()
        .map(|(purpose, deciding)| {
            let words: Vec<Value> = deciding.into_iter().map(shown).collect();
            json!({ "purpose": purpose, "words": words })
        })
        .collect()
}

/// Every word, the newest first.
pub(super) fn history(card: &Card) -> Vec<Value> {
    card.consent_words
        .iter()
        .map(view::consent_word)
        .map(told)
        .collect()
}

/// Whether the source is a way by which a consent reaches us, or a system that told of it.
fn told(mut word: Value) -> Value {
    let source = word["source"].as_str().unwrap_or_default();
    word["by_way"] = json!(CONSENT_SOURCES.contains(&source));
    word
}

/// `POST /clients/{id}/consents`
pub async fn consent(act: Act) -> Result<Response, Problem> {
    let client_id = act.id()?;
    let granted = act.fields.required("granted")? == "true";
    let proof = if granted {
        act.fields.required("proof")?
    } else {
        act.fields.text("proof")
    };
    let request = RecordConsentRequest {
        client_id: client_id.clone(),
        consent: Some(ConsentStatement {
            purpose: act.fields.required("purpose")?,
            channel: act.fields.required("channel")?,
            granted,
            source: act.fields.text("source"),
            proof,
            ..ConsentStatement::default()
        }),
    };
    act.ask(request).await?;
    Ok(to_card(&client_id))
}

/// `POST /consents/{id}/undo`
pub async fn undo_consent(act: Act) -> Result<Response, Problem> {
    let request = UndoConsentRequest {
        consent_id: act.id()?,
    };
    let reply = act.ask(request).await?;
    Ok(to_card(&reply.client_id))
}
