//! Our types in the words of the contract.

use edina_proto::{
    notification::v1::{CaughtMail, CaughtSms, Message, MessageChange, Reason, Suppression, Template},
    time::to_proto,
};
use tonic::Status;
use uuid::Uuid;

use crate::{
    delivery::Edited,
    message::reason::{self, Language},
    sandbox,
    store::{
        messages::{ChangeRow, MessageRow, Weighed},
        suppressions::SuppressionRow,
    },
};

pub(super) fn id(field: &'static str, text: &str) -> Result<Uuid, Status> {
    text.parse()
        .map_err(|_| Status::invalid_argument(format!("{field}: a UUID is expected")))
}

pub(super) fn message(row: MessageRow, history: &[ChangeRow], provider_ids: &[(Uuid, String)]) -> Message {
    let history = history
        .iter()
        .filter(|change| change.message_id == row.id)
        .map(|change| MessageChange {
            state: change.state.clone(),
            at: Some(to_proto(change.at)),
            detail: change.detail_en.clone(),
            detail_ru: change.detail_ru.clone(),
        });
    let provider_ids = provider_ids
        .iter()
        .filter(|(message, _)| *message == row.id)
        .map(|(_, id)| id.clone());
    Message {
        message_id: row.id.to_string(),
        client_id: row.client_id,
        employee_id: row.employee_id,
        channel: row.channel,
        kind: row.kind,
        template: row.template,
        locale: row.locale,
        state: row.state,
        recipient: row.recipient,
        subject: row.subject,
        text: row.body,
        parts: u32::try_from(row.parts).unwrap_or(0),
        created_at: Some(to_proto(row.created_at)),
        sent_at: row.sent_at.map(to_proto),
        delivered_at: row.delivered_at.map(to_proto),
        deferred_until: row.deferred_until.map(to_proto),
        sandboxed: row.sandboxed,
        trigger: row.trigger_type,
        trigger_id: row.trigger_id,
        reasons: row.reasons.0.into_iter().map(why).collect(),
        error: row.error,
        provider_ids: provider_ids.collect(),
        history: history.collect(),
        version: u64::try_from(row.version).unwrap_or(0),
        lead_id: row.lead_id,
    }
}

fn why(weighed: Weighed) -> Reason {
    let known = reason::Reason::from_code(&weighed.code);
    let text = |language| {
        known
            .map_or(weighed.code.as_str(), |reason| reason.text(language))
            .to_owned()
    };
    Reason {
        text_ru: text(Language::Ru),
        text_en: text(Language::En),
        passed: weighed.passed,
        code: weighed.code,
    }
}

pub(super) fn template(edited: Edited) -> Template {
    Template {
        name: edited.name.code().to_owned(),
        locale: edited.language.code().to_owned(),
        channel: edited.name.channel().code().to_owned(),
        // Every occasion there is so far is the recipient's own business.
        kind: "service".to_owned(),
        subject: edited.subject.unwrap_or_default(),
        body: edited.body,
        fields: edited
            .name
            .fields()
            .iter()
            .map(|field| (*field).to_owned())
            .collect(),
        built_in: edited.built_in,
        version: edited.version,
    }
}

pub(super) fn suppression(row: SuppressionRow) -> Suppression {
    Suppression {
        suppression_id: row.id.to_string(),
        channel: row.channel,
        address: row.address,
        reason: row.reason,
        scope: row.scope,
        at: Some(to_proto(row.at)),
    }
}

pub(super) fn caught_sms(sms: &sandbox::CaughtSms) -> CaughtSms {
    CaughtSms {
        from: sms.from.clone(),
        to: sms.to.clone(),
        text: sms.text.clone(),
        parts: u32::try_from(sms.parts).unwrap_or(0),
        at: Some(to_proto(sms.at)),
    }
}

pub(super) fn caught_mail(mail: &sandbox::CaughtMail) -> CaughtMail {
    CaughtMail {
        from: mail.from.clone(),
        to: mail.to.join(", "),
        subject: mail.subject.clone(),
        text: mail.text.clone().unwrap_or_default(),
        html: mail.html.clone().unwrap_or_default(),
        at: Some(to_proto(mail.at)),
    }
}
