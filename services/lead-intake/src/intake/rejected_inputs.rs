//! A rejected input, corrected by a person, is taken again; the rejected one then points to it.

use edina_runtime::group::GroupId;
use uuid::Uuid;

use super::{Intake, IntakeError, Received, Taken};
use crate::{
    channel::{RejectedPart, adf, form},
    lead::Lead,
    store::{inputs, sources},
};

/// Dates of a corrected form that name no zone.
const DEFAULT_ZONE: chrono_tz::Tz = chrono_tz::Europe::Moscow;
const LARGEST_CORRECTION: usize = 2 * 1024 * 1024;

impl Intake {
    /// Takes the corrected text through the same channel and source.
    pub async fn resubmit(&self, group: &GroupId, input_id: Uuid, text: &str) -> Result<Taken, IntakeError> {
        if text.len() > LARGEST_CORRECTION {
            return Err(IntakeError::Invalid {
                field: "body_text",
                message: "at most 2 MiB".to_owned(),
            });
        }
        let mut tx = self.database.begin(group).await?;
        let input = inputs::get(&mut tx, group, input_id)
            .await?
            .ok_or(IntakeError::NotFound("input"))?;
        let source = sources::get(&mut tx, group, &input.source_name)
            .await?
            .ok_or(IntakeError::NotFound("source"))?;
        tx.rollback().await?;
        if input.state != "rejected" {
            return Err(IntakeError::Invalid {
                field: "input_id",
                message: "only a rejected input can be corrected".to_owned(),
            });
        }
        let parts: Vec<Result<Lead, RejectedPart>> = match input.channel.as_str() {
            "adf" => adf::read(text.as_bytes(), &adf::AdfOptions::default()),
            _ => read_form(text, &input.content_type),
        };
        let received = Received {
            group,
            source: &source,
            channel: &input.channel,
            content_type: &input.content_type,
            body: text.as_bytes(),
            idempotency_key: None,
            corrects: Some(input_id),
        };
        self.take_input(&received, parts).await
    }
}

fn read_form(text: &str, content_type: &str) -> Vec<Result<Lead, RejectedPart>> {
    match form::read(
        text.as_bytes(),
        Some(content_type),
        DEFAULT_ZONE,
        &form::FormLimits::default(),
    ) {
        Ok(form::Form::Lead(lead)) => vec![Ok(*lead)],
        Ok(form::Form::Ping) => Vec::new(),
        Err(rejection) => vec![Err(RejectedPart::new(rejection, text))],
    }
}
