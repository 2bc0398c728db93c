//! Consents and refusals of a row. What cannot be understood rejects the row: it must not become a consent.

use edina_proto::{registry::v1::ConsentStatement, time::to_proto};

use super::{Builder, Said, Wrong, brief};
use crate::{
    Reason,
    field::Field,
    limits,
    value::{consent, date},
};

impl Builder<'_> {
    pub(super) fn consents(&self, said: &Said<'_>) -> Result<Vec<ConsentStatement>, Wrong> {
        const COLUMNS: [(Field, &str, &str); 5] = [
            (Field::ConsentPersonalData, "personal_data", "any"),
            (Field::ConsentAdvertising, "advertising", "any"),
            (Field::ConsentSms, "advertising", "sms"),
            (Field::ConsentEmail, "advertising", "email"),
            (Field::ConsentCall, "advertising", "call"),
        ];
        let zone = self.settings.zone;
        let stated = match said.all(Field::ConsentAt).next() {
            None => None,
            Some((at, text)) => {
                Some(date::moment(text, zone).ok_or_else(|| (Some(at), Reason::NotADate(brief(text))))?)
            }
        };
        let mut out = Vec::new();
        for (field, purpose, channel) in COLUMNS {
            for (at, text) in said.all(field) {
                let wrong = || (Some(at), Reason::NotAConsent(brief(text)));
                let (granted, day, channels) = match consent::read(text, zone).ok_or_else(wrong)? {
                    consent::Said::Nothing => continue,
                    consent::Said::Granted => (true, stated, vec![channel]),
                    consent::Said::Refused => (false, stated, vec![channel]),
                    consent::Said::GrantedOn(day) => (true, Some(day), vec![channel]),
                    consent::Said::GrantedFor(channels) if field == Field::ConsentAdvertising => {
                        (true, stated, channels)
                    }
                    consent::Said::GrantedFor(_) => return Err(wrong()),
                };
                out.extend(channels.into_iter().map(|channel| ConsentStatement {
                    purpose: purpose.to_owned(),
                    channel: channel.to_owned(),
                    granted,
                    text_version: said.one(Field::ConsentText),
                    proof: said.one(Field::ConsentProof),
                    at: day.map(to_proto),
                    source: String::new(),
                }));
            }
        }
        if out.len() > limits::VALUES {
            return Err((None, Reason::TooMany(limits::VALUES)));
        }
        Ok(out)
    }
}
