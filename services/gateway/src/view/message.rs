//! Messages with their why, providers, the sandbox.

use edina_proto::notification::v1::{Connection, ListSandboxReply, Message};
use serde_json::{Value, json};

use super::{instant, list};

/// A message.
pub fn message(message: &Message) -> Value {
    json!({
        "message_id": message.message_id,
        "client_id": message.client_id,
        "employee_id": message.employee_id,
        "channel": message.channel,
        "kind": message.kind,
        "template": message.template,
        "locale": message.locale,
        "state": message.state,
        "recipient": message.recipient,
        "subject": message.subject,
        "text": message.text,
        "parts": message.parts,
        "created_at": instant(message.created_at.as_ref()),
        "sent_at": instant(message.sent_at.as_ref()),
        "delivered_at": instant(message.delivered_at.as_ref()),
        "deferred_until": instant(message.deferred_until.as_ref()),
        "sandboxed": message.sandboxed,
        "trigger": message.trigger,
        "trigger_id": message.trigger_id,
        "reasons": list(&message.reasons, |reason| json!({
            "code": reason.code, "passed": reason.passed,
            "text_ru": reason.text_ru, "text_en": reason.text_en,
        })),
        "error": message.error,
        "history": list(&message.history, |change| json!({
            "state": change.state, "at": instant(change.at.as_ref()), "detail": change.detail,
        })),
        "version": message.version,
    })
}

/// An SMS or mail provider.
pub fn connection(connection: &Connection) -> Value {
    json!({
        "name": connection.name, "kind": connection.kind, "state": connection.state,
        "detail": connection.detail, "detail_ru": connection.detail_ru,
        "since": instant(connection.since.as_ref()),
        "last_event_at": instant(connection.last_event_at.as_ref()),
        "address": connection.address, "sandbox": connection.sandbox,
    })
}

/// What the sandbox's phone and mailbox have caught.
pub fn sandbox(sandbox: &ListSandboxReply) -> Value {
    json!({
        "enabled": sandbox.enabled,
        "sms": list(&sandbox.sms, |sms| json!({
            "from": sms.from, "to": sms.to, "text": sms.text, "parts": sms.parts,
            "at": instant(sms.at.as_ref()),
        })),
        "mails": list(&sandbox.mails, |mail| json!({
            "from": mail.from, "to": mail.to, "subject": mail.subject, "text": mail.text,
            "at": instant(mail.at.as_ref()),
        })),
    })
}
