//! What a look has found: how it stands, what it means, and what to do, in both languages.

use super::arguments::Language;

/// A sentence in both languages. Never holds secrets or clients' data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    ru: String,
    en: String,
}

/// A sentence in both languages.
pub(crate) fn text(ru: impl Into<String>, en: impl Into<String>) -> Text {
    Text {
        ru: ru.into(),
        en: en.into(),
    }
}

impl Text {
    pub(crate) fn of(&self, language: Language) -> &str {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}

/// What was looked at, in the order of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Area {
    Settings,
    Postgres,
    Nats,
    Streams,
    Services,
    Clocks,
    Providers,
    Pbx,
    Certificates,
    Disk,
}

impl Area {
    pub(crate) const ALL: [Self; 10] = [
        Self::Settings,
        Self::Postgres,
        Self::Nats,
        Self::Streams,
        Self::Services,
        Self::Clocks,
        Self::Providers,
        Self::Pbx,
        Self::Certificates,
        Self::Disk,
    ];

    /// Its name for machines.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Postgres => "postgres",
            Self::Nats => "nats",
            Self::Streams => "streams",
            Self::Services => "services",
            Self::Clocks => "clocks",
            Self::Providers => "providers",
            Self::Pbx => "pbx",
            Self::Certificates => "certificates",
            Self::Disk => "disk",
        }
    }

    /// Its headline.
    pub(crate) fn title(self) -> Text {
        match self {
            Self::Settings => text("Настройки", "Settings"),
            Self::Postgres => text("PostgreSQL", "PostgreSQL"),
            Self::Nats => text("NATS", "NATS"),
            Self::Streams => text("Потоки событий", "Streams of facts"),
            Self::Services => text("Службы", "Services"),
            Self::Clocks => text("Часы", "Clocks"),
            Self::Providers => text("Провайдеры SMS и почты", "SMS and mail providers"),
            Self::Pbx => text("Телефонные станции", "Telephone exchanges"),
            Self::Certificates => text("Сертификаты", "Certificates"),
            Self::Disk => text("Место на диске", "Disk space"),
        }
    }
}

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Ok,
    Warning,
    Failure,
}

impl State {
    /// Its name for machines.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failure => "failure",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) area: Area,
    /// What was looked at, the same in every version: `unknown_setting`.
    pub(crate) code: &'static str,
    /// Whom it is about: a service, a server, a stream.
    pub(crate) subject: String,
    pub(crate) state: State,
    /// How it stands and what follows from that.
    pub(crate) what: Text,
    /// What to do; none when all is well.
    pub(crate) advice: Option<Text>,
}

impl Area {
    /// All is well.
    pub(crate) fn ok(self, code: &'static str, subject: &str, what: Text) -> Finding {
        self.finding(State::Ok, code, subject, what, None)
    }

    /// Works, and should be looked after.
    pub(crate) fn warning(self, code: &'static str, subject: &str, what: Text, advice: Text) -> Finding {
        self.finding(State::Warning, code, subject, what, Some(advice))
    }

    /// Does not work.
    pub(crate) fn failure(self, code: &'static str, subject: &str, what: Text, advice: Text) -> Finding {
        self.finding(State::Failure, code, subject, what, Some(advice))
    }

    fn finding(
        self,
        state: State,
        code: &'static str,
        subject: &str,
        what: Text,
        advice: Option<Text>,
    ) -> Finding {
        Finding {
            area: self,
            code,
            subject: subject.to_owned(),
            state,
            what,
            advice,
        }
    }
}
