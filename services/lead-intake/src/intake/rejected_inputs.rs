//! A rejected input, corrected by a person, is taken again; the rejected one then points to it.

use edina_runtime::group::GroupId;
use uuid::Uuid;

use super::{Intake, IntakeError, Received, Taken};
use crate::{
    channel::{RejectedPart, adf, form},
    lead::Lead,
    store::{inputs, sources},
};

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
            "adf" => {
                let zone = self.zone_of(group, &source.branch_id);
                let options = adf::AdfOptions {
                    zone,
                    ..adf::AdfOptions::default()
                };
                adf::read(text.as_bytes(), &options)
            }
            _ => read_form(text, &input.content_type, self.zone_of(group, &source.branch_id)),
        };
        let received = Received {
            group,
            source: &source,
            channel: &input.channel,
            content_type: &input.content_type,
            body: text.as_bytes(),
            idempotency_key: None,
            corrects: Some(input_id),
            client_id: "",
            assign_to: None,
        };
        self.take_input(&received, parts).await
    }
}

fn read_form(text: &str, content_type: &str, zone: chrono_tz::Tz) -> Vec<Result<Lead, RejectedPart>> {
    match form::read(
        text.as_bytes(),
        Some(content_type),
        zone,
        &form::FormLimits::default(),
    ) {
        Ok(form::Form::Lead(lead)) => vec![Ok(*lead)],
        Ok(form::Form::Ping) => Vec::new(),
        Err(rejection) => vec![Err(RejectedPart::new(rejection, text))],
    }
}
