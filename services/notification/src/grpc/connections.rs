//! How the links to the providers stand, in words.

use edina_proto::{notification::v1::Connection, time::to_proto};

use crate::{
    channel::{LinkState, ProviderStatus},
    delivery::links::Link,
};

/// One line of the connections page.
pub(super) fn connection<P>(kind: &str, link: &Link<P>) -> Connection {
    let status = link.status.borrow().clone();
    let seen = link.seen();
    let (ru, en) = words(kind, &status);
    let trouble = status
        .trouble
        .as_deref()
        .filter(|_| status.state != LinkState::Up);
    let with = |text: &str| trouble.map_or_else(|| text.to_owned(), |trouble| format!("{text}: {trouble}"));
    Connection {
        name: if link.sandboxed {
            format!("{kind} sandbox")
        } else {
            kind.to_owned()
        },
        kind: kind.to_owned(),
        state: state(&status).to_owned(),
        detail: with(en),
        detail_ru: with(ru),
        since: Some(to_proto(seen.since)),
        last_event_at: seen.last_event_at.map(to_proto),
        address: link.address.clone(),
        sandbox: link.sandboxed,
    }
}

const fn state(status: &ProviderStatus) -> &'static str {
    match status.state {
        LinkState::Up if status.throttled => "throttled",
        LinkState::Up => "up",
        LinkState::Connecting => "connecting",
        LinkState::Refused => "auth_failed",
        LinkState::Down | LinkState::Stopped => "down",
    }
}

fn words(kind: &str, status: &ProviderStatus) -> (&'static str, &'static str) {
    match status.state {
        LinkState::Up if status.throttled => (
            "Провайдер просит слать медленнее",
            "The provider asks to slow down",
        ),
        LinkState::Up => ("Связь есть", "Connected"),
        LinkState::Connecting if kind == "smtp" => (
            "Соединится, когда будет письмо",
            "Connects when there is a mail to send",
        ),
        LinkState::Connecting => ("Соединяется", "Connecting"),
        LinkState::Refused => (
            "Провайдер не пускает: проверьте имя и пароль",
            "The provider does not let us in: check the name and the password",
        ),
        LinkState::Down => ("Связи нет, соединяемся снова", "Not connected, trying again"),
        LinkState::Stopped => ("Остановлено", "Stopped"),
    }
}
