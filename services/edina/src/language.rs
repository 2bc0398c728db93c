//! The language of whoever sits at the terminal: as asked for, else the environment's.

use clap::ValueEnum;
use edina_runtime::grpc::russian_of;
use tonic::Status;

/// A language in which people are told things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// Русский
    Ru,
    /// English
    En,
}

impl Language {
    /// The one asked for, or that of `LC_ALL`, `LC_MESSAGES`, `LANG`.
    pub(crate) fn or_environment(asked: Option<Self>) -> Self {
        asked.unwrap_or_else(|| {
            let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
                .iter()
                .filter_map(|name| std::env::var(name).ok())
                .find(|value| !value.is_empty())
                .unwrap_or_default();
            if set.to_lowercase().starts_with("ru") {
                Self::Ru
            } else {
                Self::En
            }
        })
    }

    /// Why a service refused, in this language where it says so.
    pub(crate) fn refusal(self, status: &Status) -> String {
        let russian = (self == Self::Ru).then(|| russian_of(status)).flatten();
        russian.unwrap_or_else(|| status.message().to_owned())
    }
}
