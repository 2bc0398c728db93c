//! Why a message was sent, put off or blocked: a code for machines, a sentence for people.

use serde::{Deserialize, Serialize};

/// Language of user-visible text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Ru,
    En,
}

impl Language {
    /// `ru` or `en`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// The language of a locale such as `en` or `en-GB`; `None` for what we do not speak.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code.split(['-', '_']).next() {
            Some("ru") => Some(Self::Ru),
            Some("en") => Some(Self::En),
            _ => None,
        }
    }
}

/// One fact the gate weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    ServiceMessage,
    AnswersClient,
    ToEmployee,
    ConsentGranted,
    ConsentMissing,
    ConsentWithdrawn,
    WithinSendingHours,
    QuietHours,
    QuietHoursDoNotApply,
    WrongAddress,
    OptedOutOfEverything,
    OptedOutOfAdvertising,
    AddressBounces,
    Complained,
    Erased,
    NoAddress,
}

impl Reason {
    /// Stable name, the same as in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ServiceMessage => "service_message",
            Self::AnswersClient => "answers_client",
            Self::ToEmployee => "to_employee",
            Self::ConsentGranted => "consent_granted",
            Self::ConsentMissing => "consent_missing",
            Self::ConsentWithdrawn => "consent_withdrawn",
            Self::WithinSendingHours => "within_sending_hours",
            Self::QuietHours => "quiet_hours",
            Self::QuietHoursDoNotApply => "quiet_hours_do_not_apply",
            Self::WrongAddress => "wrong_address",
            Self::OptedOutOfEverything => "opted_out_of_everything",
            Self::OptedOutOfAdvertising => "opted_out_of_advertising",
            Self::AddressBounces => "address_bounces",
            Self::Complained => "complained",
            Self::Erased => "erased",
            Self::NoAddress => "no_address",
        }
    }

    /// The reason back from its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        serde::Deserialize::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(
            code,
        ))
        .ok()
    }

    /// A sentence for the console.
    #[must_use]
    pub const fn text(self, language: Language) -> &'static str {
        let (ru, en) = match self {
            Self::ServiceMessage => (
                "Сервисное сообщение: согласие на рекламу не требуется",
                "Service message: needs no consent to advertising",
            ),
            Self::AnswersClient => ("Ответ на действие клиента", "Answers what the client did"),
            Self::ToEmployee => ("Рабочее сообщение сотруднику", "Work message to an employee"),
            Self::ConsentGranted => (
                "Есть согласие на этот канал и цель",
                "Consent given for this purpose and channel",
            ),
            Self::ConsentMissing => (
                "Нет согласия на этот канал и цель",
                "No consent for this purpose and channel",
            ),
            Self::ConsentWithdrawn => ("Согласие отозвано", "Consent was withdrawn"),
            Self::WithinSendingHours => (
                "Разрешённое время по часам получателя",
                "Within sending hours where the recipient lives",
            ),
            Self::QuietHours => ("Тихие часы у получателя", "Quiet hours where the recipient lives"),
            Self::QuietHoursDoNotApply => (
                "Тихие часы не действуют для этого сообщения",
                "Quiet hours do not apply to this message",
            ),
            Self::WrongAddress => (
                "Номер или адрес принадлежит другому человеку",
                "The number or address belongs to somebody else",
            ),
            Self::OptedOutOfEverything => (
                "Получатель отказался от всех сообщений",
                "The recipient opted out of all messages",
            ),
            Self::OptedOutOfAdvertising => (
                "Получатель отказался от рекламы",
                "The recipient opted out of advertising",
            ),
            Self::AddressBounces => (
                "Адрес не принимает сообщения",
                "The address does not accept messages",
            ),
            Self::Complained => ("Получатель пожаловался на рассылку", "The recipient complained"),
            Self::Erased => (
                "Данные получателя удалены по его просьбе",
                "The recipient's data was erased on request",
            ),
            Self::NoAddress => (
                "Нет номера или адреса для этого сообщения",
                "There is no number or address for this message",
            ),
        };
        match language {
            Language::Ru => ru,
            Language::En => en,
        }
    }
}
