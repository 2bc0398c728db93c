//! What clients allow and refuse, and words written down by mistake.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use chrono::{DateTime, Utc};
use edina_proto::{
    registry::v1::{ConsentStatement, RecordConsentRequest, UndoConsentRequest},
    time::to_proto,
    words::{CONSENT_CHANNELS, CONSENT_PURPOSES, CONSENT_SOURCES},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::id;
use crate::{
    Gateway,
    http::{body::JsonBody, problem::Problem},
    session::Identity,
    view,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    purpose: String,
    /// sms, email, call; any when missing.
    #[serde(default = "any")]
    channel: String,
    granted: bool,
    /// paper, call, visit, website, message; click: a link in a message was followed, which `proof` names.
    #[serde(default)]
    source: String,
    #[serde(default)]
    proof: String,
    #[serde(default)]
    text_version: String,
    at: Option<DateTime<Utc>>,
}

fn any() -> String {
    "any".to_owned()
}

impl Said {
    /// The statement, if everything in it can be read.
    fn statement(self) -> Result<ConsentStatement, Problem> {
        let sources = [&[""], &CONSENT_SOURCES[..]].concat();
        for (field, value, allowed) in [
            ("purpose", &self.purpose, &CONSENT_PURPOSES[..]),
            ("channel", &self.channel, &CONSENT_CHANNELS[..]),
            ("source", &self.source, &sources[..]),
        ] {
            if !allowed.contains(&value.as_str()) {
                return Err(Problem::field(
                    field,
                    "is none of the known words",
                    allowed.join(", "),
                ));
            }
        }
        if self.proof.trim().is_empty() && (self.granted || self.source == "click") {
            return Err(Problem::field(
                "proof",
                "is empty",
                "where and how it was said: form, document, recording, message",
            ));
        }
        Ok(ConsentStatement {
            purpose: self.purpose,
            channel: self.channel,
            granted: self.granted,
            text_version: self.text_version,
            proof: self.proof.trim().to_owned(),
            at: self.at.map(to_proto),
            source: self.source,
        })
    }
}

/// `POST /api/v1/clients/{id}/consents`
pub async fn record(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(client): Path<String>,
    JsonBody(said): JsonBody<Said>,
) -> Result<Json<Value>, Problem> {
    let request = RecordConsentRequest {
        client_id: id(&client)?,
        consent: Some(said.statement()?),
    };
    let reply = gateway.ask(&who, request).await?;
    let consents: Vec<Value> = reply.consents.iter().map(view::consent).collect();
    Ok(Json(
        json!({ "consent_id": reply.consent_id, "consents": consents }),
    ))
}

/// `POST /api/v1/consents/{id}/undo`
pub async fn undo(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(consent): Path<String>,
) -> Result<Json<Value>, Problem> {
    let request = UndoConsentRequest {
        consent_id: id(&consent)?,
    };
    let reply = gateway.ask(&who, request).await?;
    let consents: Vec<Value> = reply.consents.iter().map(view::consent).collect();
    Ok(Json(
        json!({ "client_id": reply.client_id, "consents": consents }),
    ))
}
