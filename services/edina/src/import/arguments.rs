//! The command lines of `edina import` and `edina imports`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use edina_importing::Kind;

use crate::{installation::Where, language::Language};

#[derive(Debug, Args)]
#[command(
    after_help = "Exit code: 0 when every row was taken, 3 when some were rejected, 1 when the import stopped. \
The same command again goes on where it stopped; a finished import is not done twice."
)]
pub(crate) struct Import {
    /// CSV, XLSX, vCard, or a table of a web page, which many programs name .xls
    pub(crate) file: PathBuf,
    /// Where it comes from: contacts, sales-dms, service-dms, amocrm, bitrix24, 1c, vcard
    #[arg(long)]
    pub(crate) kind: Kind,
    /// Branch the rows belong to, by its name or id
    #[arg(long, required_unless_present = "preview")]
    pub(crate) branch: Option<String>,
    /// sales, service or call_centre, instead of the kind's own
    #[arg(long, value_parser = ["sales", "service", "call_centre"])]
    pub(crate) department: Option<String>,
    /// Which column is what, JSON, remembered for the branch's next file with these columns; without it they are what they
    /// were the last time in the branch, else in another one, and the first time their names decide
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,
    /// Write which column is taken for what, to be edited and given as --mapping
    #[arg(long, value_name = "FILE")]
    pub(crate) save_mapping: Option<PathBuf>,
    /// Only show how the file will be understood; needs no system
    #[arg(long)]
    pub(crate) preview: bool,
    /// Only count what would become of the rows; nothing is kept. Up to a thousand are counted exactly; of a longer file
    /// every row is weighed with those that may be of the same client, and a few may come out otherwise
    #[arg(long, conflicts_with = "preview")]
    pub(crate) dry_run: bool,
    /// Where rejected rows go, with reasons [default: beside the input, NAME.rejected.csv]
    #[arg(long, value_name = "FILE")]
    pub(crate) rejected: Option<PathBuf>,
    /// Language of the reasons; without it that of the environment (LC_ALL, LC_MESSAGES, LANG)
    #[arg(long)]
    pub(crate) lang: Option<Language>,
    /// Rows sent at once
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) batch: u16,
    /// Dealership group
    #[arg(long, default_value = "main")]
    pub(crate) group: String,
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, Args)]
pub(crate) struct Imports {
    #[command(subcommand)]
    pub(crate) command: ImportsCommand,
    /// Dealership group
    #[arg(long, global = true, default_value = "main")]
    pub(crate) group: String,
    /// Language of refusals; without it that of the environment (LC_ALL, LC_MESSAGES, LANG)
    #[arg(long, global = true)]
    pub(crate) lang: Option<Language>,
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportsCommand {
    /// List them, the newest first
    List {
        /// How many at most
        #[arg(long, default_value_t = 30)]
        limit: u32,
    },
    /// Take back everything an import brought
    Undo {
        /// Its id in the list
        import_id: String,
    },
}
