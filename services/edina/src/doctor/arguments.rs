//! Arguments of `edina doctor`.

use clap::Args;

use crate::installation::Where;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit code: 0 everything is well, 1 there are warnings, 2 something fails (or there is nothing to look at)."
)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) place: Where,
    /// Language; without it that of the environment (LC_ALL, LC_MESSAGES, LANG)
    #[arg(long, value_enum)]
    pub(crate) lang: Option<Language>,
    /// Findings as JSON, for machines
    #[arg(long)]
    pub(crate) json: bool,
    /// Address of the gateway's HTTP, when it is not to be had from its settings: http://gateway:8080
    #[arg(long, env = "EDINA_GATEWAY_HTTP_URL")]
    pub(crate) gateway: Option<String>,
}

pub(crate) use crate::language::Language;

impl Doctor {
    /// The language asked for, or the environment's.
    pub(crate) fn language(&self) -> Language {
        Language::or_environment(self.lang)
    }
}
