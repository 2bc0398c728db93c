//! What a form that cannot be used is told.

use super::names::Meaning;
use crate::channel::{Rejection, RejectionCode};

/// Nothing tells how to reach the client; `bad` is the field that was meant to and cannot.
pub(super) fn unreachable(bad: Option<&(String, Meaning)>) -> Rejection {
    match bad {
            Some((name, Meaning::Phone)) => Rejection::new(
                RejectionCode::InvalidField,
                format!("В поле «{name}» не номер телефона, а другого способа связи в форме нет."),
                format!("The field \"{name}\" holds no phone number, and the form gives no other way to reach the client."),
            )
            .field(name.clone())
            .expected("+7 916 123-45-67"),
            Some((name, _)) => Rejection::new(
                RejectionCode::InvalidField,
                format!("В поле «{name}» не адрес e-mail, а другого способа связи в форме нет."),
                format!("The field \"{name}\" holds no e-mail address, and the form gives no other way to reach the client."),
            )
            .field(name.clone())
            .expected("anna@example.com"),
            None => Rejection::new(
                RejectionCode::NoContact,
                "С клиентом не связаться: нет ни телефона, ни e-mail. Подойдёт любое из полей: phone (телефон), email (почта), telegram, whatsapp.",
                "The client cannot be reached: there is neither phone nor e-mail. Any of these fields will do: phone, email, telegram, whatsapp.",
            )
            .field("phone")
            .expected("phone | телефон | email | почта | telegram | whatsapp"),
        }
}
