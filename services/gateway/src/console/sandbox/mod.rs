//! The phone and the mailbox of the local run: messages as the client would see them.

use axum::{
    Extension,
    extract::{Query, State},
    response::Response,
};
use edina_proto::notification::v1::{CaughtSms, ListSandboxReply, ListSandboxRequest};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Gateway, http::problem::Problem, session::Identity, view};

const MOST: u32 = 200;
/// Telephones offered beside the phone.
const PHONES: usize = 12;

/// Whose phone and which letter is looked at.
#[derive(Debug, Default, Deserialize)]
pub struct Look {
    /// A number or an e-mail address; empty for who got the newest message.
    #[serde(default)]
    to: String,
    /// The letter that is open: its place in the mailbox.
    #[serde(default)]
    mail: Option<usize>,
}

/// `GET /sandbox`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Query(look): Query<Look>,
) -> Result<Response, Problem> {
    let caught = gateway.ask(&who, ListSandboxRequest { limit: MOST }).await?;
    gateway
        .page(&who, "sandbox/page.html", "sandbox", shown(&caught, &look))
        .await
}

fn shown(caught: &ListSandboxReply, look: &Look) -> Value {
    let mut newest: Vec<&CaughtSms> = caught.sms.iter().collect();
    newest.sort_by_key(|sms| std::cmp::Reverse(moment(sms)));
    let mut numbers: Vec<&str> = Vec::new();
    for sms in &newest {
        if !numbers.contains(&sms.to.as_str()) {
            numbers.push(&sms.to);
        }
    }
    let digits = |number: &str| number.chars().filter(char::is_ascii_digit).collect::<String>();
    let asked = digits(&look.to);
    let phone = numbers
        .iter()
        .copied()
        .find(|number| !asked.is_empty() && digits(number) == asked)
        .or(numbers.first().copied())
        .unwrap_or_default();
    let texts = newest.iter().filter(|sms| sms.to == phone).count();
    // A phone shows the newest at the bottom.
    let thread: Vec<CaughtSms> = newest
        .iter()
        .rev()
        .filter(|sms| sms.to == phone)
        .map(|sms| (*sms).clone())
        .collect();
    let mut mails = caught.mails.clone();
    mails.sort_by_key(|mail| std::cmp::Reverse(mail.at.as_ref().map(|at| (at.seconds, at.nanos))));
    let open = look.mail.or_else(|| {
        mails
            .iter()
            .position(|mail| look.to.contains('@') && mail.to.contains(&look.to))
    });
    let told = view::sandbox(&ListSandboxReply {
        enabled: caught.enabled,
        sms: thread,
        mails,
    });
    let letter = open.map_or(Value::Null, |place| told["mails"][place].clone());
    numbers.truncate(PHONES);
    json!({
        "enabled": caught.enabled, "phone": phone, "numbers": numbers, "texts": texts, "sms": told["sms"],
        "mails": told["mails"], "letter": letter, "mail": open,
    })
}

fn moment(sms: &CaughtSms) -> (i64, i32) {
    sms.at.as_ref().map_or((0, 0), |at| (at.seconds, at.nanos))
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;

    use super::*;

    fn sms(to: &str, text: &str, seconds: i64) -> CaughtSms {
        CaughtSms {
            to: to.into(),
            text: text.into(),
            at: Some(Timestamp { seconds, nanos: 0 }),
            ..CaughtSms::default()
        }
    }

    #[test]
    fn a_phone_shows_its_own_messages_with_the_newest_at_the_bottom() {
        let caught = ListSandboxReply {
            enabled: true,
            sms: vec![
                sms("+79161", "first", 1),
                sms("+79162", "other", 2),
                sms("+79161", "second", 3),
            ],
            ..ListSandboxReply::default()
        };
        let newest = shown(&caught, &Look::default());
        assert_eq!(newest["phone"], "+79161");
        assert_eq!(newest["sms"][1]["text"], "second");
        let asked = shown(
            &caught,
            &Look {
                to: "79162".into(),
                mail: None,
            },
        );
        assert_eq!(asked["sms"].as_array().map(Vec::len), Some(1));
        assert_eq!(asked["sms"][0]["text"], "other");
    }
}
