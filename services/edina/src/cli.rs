//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

/// Edina: the unified client base of a dealership group.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start everything on this machine: PostgreSQL, NATS, all services, the console
    Up(Up),
    /// Create databases and roles, and bring every schema to the present version
    Migrate(Migrate),
    /// Make API tokens for programs
    Token(Token),
    /// Look at events that could not be applied, and replay them
    DeadLetters(DeadLetters),
    /// Publish stored events again
    Events(Events),
    /// Measure this machine: what a lead, a lookup and a ringing call cost, beside a floor
    Bench(Bench),
    /// One service in this process; for the bench, which measures each by itself
    #[command(hide = true)]
    Serve(Serve),
    /// Look whether everything is as it should be, and say what to do
    Doctor(crate::doctor::arguments::Doctor),
    /// Bring a file of another system into the client base: CSV, XLSX, vCard
    Import(crate::import::arguments::Import),
    /// Look at imports, and take one back
    Imports(crate::import::arguments::Imports),
    /// Who is who in a file of records, without any server
    Identity(crate::identity::arguments::Identity),
    /// Dealership groups
    Group(crate::setup::arguments::Group),
    /// Branches of a group
    Branch(crate::setup::arguments::Branch),
    /// Accounts of people who sign in
    Account(crate::setup::arguments::Account),
    /// Places leads come from
    Source(crate::setup::arguments::Source),
    /// After restoring the databases, before starting the services: send nothing twice, publish all facts again
    Restored {
        #[command(flatten)]
        place: crate::installation::Where,
    },
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Up {
    /// Fill the system with a dealership group and play a working day into it
    #[arg(long)]
    pub(crate) demo: bool,
    /// Where databases, streams, logs and credentials are kept
    #[arg(long, default_value = ".edina")]
    pub(crate) data_dir: PathBuf,
    /// Where the console listens; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) http: SocketAddr,
    /// SMSC for text messages, smpp://user:password@host:port; without it they go to the sandbox
    #[arg(long)]
    pub(crate) smpp: Option<String>,
    /// Mail server, smtp://user:password@host:port; without it mail goes to the sandbox
    #[arg(long)]
    pub(crate) smtp: Option<String>,
    /// Asterisk's manager interface, ami://user:secret@host:port
    #[arg(long)]
    pub(crate) ami: Option<String>,
    /// OTLP gRPC endpoint for traces, http://host:4317
    #[arg(long)]
    pub(crate) otlp: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// PostgreSQL URL of a role that may create databases and roles
    #[arg(long, env = "EDINA_ADMIN_DATABASE_URL", hide_env_values = true)]
    pub(crate) admin_url: String,
    /// Only bring the schemas to the present version: an operator made databases and roles, passwords stay
    #[arg(long, conflicts_with = "print_urls")]
    pub(crate) existing: bool,
    /// Print the services' database URLs (with their new passwords) as TOML
    #[arg(long)]
    pub(crate) print_urls: bool,
}

/// Where a tool finds the running system.
#[derive(Debug, Args)]
pub(crate) struct Instance {
    /// Data folder of a local run
    #[arg(long, global = true, default_value = ".edina")]
    pub(crate) data_dir: PathBuf,
    /// NATS URL, instead of the local run's
    #[arg(long, global = true, env = "EDINA_NATS_URL", hide_env_values = true)]
    pub(crate) nats_url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(subcommand)]
    pub(crate) command: TokenCommand,
    #[command(flatten)]
    pub(crate) instance: Instance,
    /// The gateway's database, instead of the local run's
    #[arg(long, global = true, env = "GATEWAY_DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
    /// Dealership group
    #[arg(long, global = true, default_value = "main")]
    pub(crate) group: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token and print it once
    Create {
        /// administrator, head_of_sales, seller, service_adviser, reception, operator, marketer
        #[arg(long)]
        role: String,
        /// What it is for
        #[arg(long, default_value = "command line")]
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DeadLetters {
    #[command(subcommand)]
    pub(crate) command: DeadLettersCommand,
    #[command(flatten)]
    pub(crate) instance: Instance,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeadLettersCommand {
    /// List them, oldest first
    List {
        /// How many at most
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Show one with its payload
    Show {
        /// Its number in the list
        sequence: u64,
    },
    /// Publish one, or all, again
    Replay {
        /// Its number in the list
        #[arg(required_unless_present = "all")]
        sequence: Option<u64>,
        /// Every one of them
        #[arg(long, conflicts_with = "sequence")]
        all: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Events {
    #[command(subcommand)]
    pub(crate) command: EventsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Publish the facts of a span again, for instance after a stream was lost
    Republish {
        /// The producing service's database
        #[arg(long, env = "EDINA_DATABASE_URL", hide_env_values = true)]
        database_url: String,
        /// From this instant, RFC 3339
        #[arg(long)]
        from: chrono::DateTime<chrono::Utc>,
        /// To this instant (exclusive), RFC 3339
        #[arg(long)]
        to: chrono::DateTime<chrono::Utc>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// What to measure
    #[arg(value_enum)]
    pub(crate) what: Measured,
    /// Print the figures as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// How long each stage is under load
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) seconds: u64,
    /// Requests in flight
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) concurrency: u16,
    /// Cards in the base for the lookups; each number is a run of its own
    #[arg(long, value_delimiter = ',', default_value = "10000,1000000",
          value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub(crate) cards: Vec<u64>,
    /// Keep the servers of lookup, search and resolve in this folder, with the cards an earlier run loaded there
    #[arg(long)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Calls a second for the screen pop
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub(crate) calls: u64,
    /// Seed of everything made up
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Records for `identity` and `import`
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=2_000_000))]
    pub(crate) records: u32,
    /// Twice as many slips in the records for `identity` and `import`
    #[arg(long)]
    pub(crate) hard: bool,
    /// For `identity`: only write the records and the truth into this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) generate: Option<PathBuf>,
    /// Also show what PostgreSQL's statements take, by pg_stat_statements
    #[arg(long)]
    pub(crate) statements: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Measured {
    /// A lead: accepted, on a card, its message queued, its message sent
    Intake,
    /// A client looked up by phone
    Lookup,
    /// A client searched by name: parts of it, typos, wrong layout, other script; and by car, mail, tax number
    Search,
    /// One record resolved against all the cards, through gRPC
    Resolve,
    /// A ringing call, from the PBX to the open page
    Pop,
    /// Records of one client found in a made-up group's dirty data; needs no servers and is not part of `all`
    Identity,
    /// Files of old systems taken in by `edina import`, and their clients told apart; not part of `all`
    Import,
    /// All but identity and import
    All,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// client-registry, lead-intake, call-tracking, notification, gateway
    pub(crate) service: String,
    /// Its settings
    pub(crate) config: PathBuf,
}
