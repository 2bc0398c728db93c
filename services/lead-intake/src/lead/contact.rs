//! Who asks: names, phones, e-mails and wishes, as given. Normalising to E.164 and the like is the registry's part.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A person (or a person speaking for a company).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    pub name: PersonName,
    pub phones: Vec<Phone>,
    /// Contain an `@` with something on either side; otherwise as written.
    pub emails: Vec<String>,
    /// Accounts in messengers and social networks.
    pub handles: Vec<Handle>,
    pub address: Option<Address>,
    /// How the client wants to be answered.
    pub preferred_channel: Option<ContactChannel>,
    /// When the client wants to be called, in the source's words.
    pub preferred_time: Option<String>,
    /// BCP 47 primary language (`ru`, `en`), lower case.
    pub language: Option<String>,
    pub company: Option<String>,
    pub company_inn: Option<String>,
}

impl Contact {
    /// True when somebody can answer: a phone, an e-mail, a messenger or a postal address.
    pub fn is_reachable(&self) -> bool {
        !self.phones.is_empty()
            || !self.emails.is_empty()
            || !self.handles.is_empty()
            || self.address.is_some()
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Contact {{ phones: {}, emails: {} }}",
            self.phones.len(),
            self.emails.len()
        )
    }
}

/// Parts of a name, whichever were given.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PersonName {
    pub full: Option<String>,
    pub first: Option<String>,
    pub middle: Option<String>,
    pub last: Option<String>,
}

impl PersonName {
    pub fn is_empty(&self) -> bool {
        self.full.is_none() && self.first.is_none() && self.middle.is_none() && self.last.is_none()
    }

    /// One line to show: the full name as given, else the parts, last name first as is usual in Russian.
    pub fn display(&self) -> String {
        if let Some(full) = &self.full {
            return full.clone();
        }
        let parts = [&self.last, &self.first, &self.middle];
        parts
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(redacted)")
    }
}

/// A number as written, with what was said about it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// At least six digits; otherwise as written.
    pub number: String,
    pub kind: Option<PhoneKind>,
    /// `day`, `evening`, … in the source's words.
    pub time: Option<String>,
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone(redacted, {:?})", self.kind)
    }
}

/// What sort of line a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneKind {
    Mobile,
    Home,
    Work,
    Fax,
    /// "A phone", no more said.
    Voice,
}

impl PhoneKind {
    /// Reads the words found in the wild (`cellphone`, `cell`, `business`, `мобильный`, …).
    pub fn from_words(words: &str) -> Option<Self> {
        let lower = words.to_lowercase();
        let has = |stems: &[&str]| stems.iter().any(|stem| lower.contains(stem));
        if has(&["mob", "cell", "моб", "сот"]) {
            Some(Self::Mobile)
        } else if has(&["home", "дом"]) {
            Some(Self::Home)
        } else if has(&["work", "business", "office", "раб", "day"]) {
            Some(Self::Work)
        } else if has(&["fax", "факс"]) {
            Some(Self::Fax)
        } else if has(&["voice", "phone", "тел"]) {
            Some(Self::Voice)
        } else {
            None
        }
    }
}

/// A way to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactChannel {
    Phone,
    Sms,
    Email,
    Messenger,
    Mail,
}

impl ContactChannel {
    /// Reads "call me", "по почте", "WhatsApp" and the like.
    pub fn from_words(words: &str) -> Option<Self> {
        let lower = words.to_lowercase();
        let has = |stems: &[&str]| stems.iter().any(|stem| lower.contains(stem));
        if has(&["sms", "смс", "text"]) {
            Some(Self::Sms)
        } else if has(&["email", "e-mail", "электрон", "почт"]) {
            Some(Self::Email)
        } else if has(&[
            "whats",
            "telegram",
            "viber",
            "телеграм",
            "вотсап",
            "ватсап",
            "мессендж",
            "messenger",
        ]) {
            Some(Self::Messenger)
        } else if has(&["phone", "call", "voice", "тел", "звон"]) {
            Some(Self::Phone)
        } else if has(&["mail", "letter", "письм"]) {
            Some(Self::Mail)
        } else {
            None
        }
    }
}

/// An account in a messenger or a social network.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handle {
    /// `telegram`, `whatsapp`, `viber`, `vk`.
    pub network: String,
    pub value: String,
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({}, redacted)", self.network)
    }
}

/// A postal address as given.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    pub street: Option<String>,
    pub city: Option<String>,
    pub region: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
}

impl Address {
    /// Enough to find a door: a street. A city alone reaches nobody.
    pub fn is_deliverable(&self) -> bool {
        self.street.is_some() && (self.city.is_some() || self.postal_code.is_some())
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(redacted)")
    }
}

/// True for text that can be a phone number: six to twenty digits and hardly anything else.
pub fn looks_like_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    (6..=20).contains(&digits) && letters <= 12 && !text.contains('@')
}

/// True for text that can be an e-mail address: something, `@`, something with no blanks.
pub fn looks_like_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    !local.is_empty()
        && text.len() <= 254
        && domain.len() >= 3
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_and_emails_are_told_from_junk() {
        assert!(looks_like_phone("8 (916) 123-45-67"));
        assert!(looks_like_phone("тел. 2-33-44-55"));
        assert!(!looks_like_phone("нет"));
        assert!(!looks_like_phone("12345"));
        assert!(looks_like_email("почта@пример.рф"));
        assert!(!looks_like_email("anna@"));
        assert!(!looks_like_email("anna at example.com"));
    }

    #[test]
    fn debug_shows_nothing_personal() {
        let contact = Contact {
            name: PersonName {
                full: Some("Анна Петрова".into()),
                ..PersonName::default()
            },
            phones: vec![Phone {
                number: "+79161234567".into(),
                kind: None,
                time: None,
            }],
            ..Contact::default()
        };
        let shown = format!("{contact:?} {:?} {:?}", contact.name, contact.phones);
        assert!(!shown.contains("Анна") && !shown.contains("916"));
    }
}
