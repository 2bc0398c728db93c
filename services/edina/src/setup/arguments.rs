//! Arguments of the commands that set a system up.

use clap::{Args, Subcommand};

use crate::installation::Where;

#[derive(Debug, Args)]
pub(crate) struct Group {
    #[command(subcommand)]
    pub(crate) command: GroupCommand,
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GroupCommand {
    /// Make a dealership group and its first administrator; prints his password once
    Create(NewGroup),
}

#[derive(Debug, Args)]
pub(crate) struct NewGroup {
    /// Short name in addresses of the system; cannot be changed later
    #[arg(long, default_value = "main")]
    pub(crate) id: String,
    /// What people call it
    #[arg(long)]
    pub(crate) name: String,
    /// Login of the first administrator
    #[arg(long, default_value = "admin")]
    pub(crate) admin: String,
    /// Take the password from the first line of standard input instead of making one up
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Branch {
    #[command(subcommand)]
    pub(crate) command: BranchCommand,
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BranchCommand {
    /// Make a branch; prints its id
    Create(NewBranch),
}

#[derive(Debug, Args)]
pub(crate) struct NewBranch {
    /// Dealership group
    #[arg(long, default_value = "main")]
    pub(crate) group: String,
    /// What people call it
    #[arg(long)]
    pub(crate) name: String,
    /// City
    #[arg(long, default_value = "")]
    pub(crate) city: String,
    /// IANA time zone
    #[arg(long, default_value = "Europe/Moscow")]
    pub(crate) zone: String,
    /// Number in messages to clients, E.164
    #[arg(long, default_value = "")]
    pub(crate) phone: String,
    /// City code put before short city numbers that are typed here: 495, 4822
    #[arg(long, default_value = "")]
    pub(crate) area_code: String,
    /// Brand sold or serviced here; may be repeated
    #[arg(long)]
    pub(crate) brand: Vec<String>,
    /// Number that clients dial, E.164; may be repeated
    #[arg(long)]
    pub(crate) line: Vec<String>,
    /// Queue of the PBX; may be repeated
    #[arg(long)]
    pub(crate) queue: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Account {
    #[command(subcommand)]
    pub(crate) command: AccountCommand,
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Make an account for somebody who signs in; prints its password once
    Create(NewAccount),
}

#[derive(Debug, Args)]
pub(crate) struct NewAccount {
    /// Dealership group
    #[arg(long, default_value = "main")]
    pub(crate) group: String,
    /// What is typed at sign-in
    #[arg(long)]
    pub(crate) login: String,
    /// administrator, head_of_sales, seller, service_adviser, reception, operator, marketer
    #[arg(long)]
    pub(crate) role: String,
    /// Name; makes an employee as well, to whom leads and calls can go
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Id of a branch the account is limited to, the first being where the employee works; may be repeated
    #[arg(long)]
    pub(crate) branch: Vec<String>,
    /// Extension that rings at the employee's desk
    #[arg(long, default_value = "")]
    pub(crate) extension: String,
    /// Address for messages to the employee
    #[arg(long, default_value = "")]
    pub(crate) email: String,
    /// Take the password from the first line of standard input instead of making one up
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Source {
    #[command(subcommand)]
    pub(crate) command: SourceCommand,
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SourceCommand {
    /// Make an intake source; prints its key once
    Create(NewSource),
}

#[derive(Debug, Args)]
pub(crate) struct NewSource {
    /// Dealership group
    #[arg(long, default_value = "main")]
    pub(crate) group: String,
    /// Short name, part of the address leads are posted to
    #[arg(long)]
    pub(crate) name: String,
    /// What people call it
    #[arg(long)]
    pub(crate) title: String,
    /// What it sends
    #[arg(long, value_parser = ["form", "adf"])]
    pub(crate) channel: String,
    /// Give a source that exists another key; the old one ends
    #[arg(long)]
    pub(crate) new_key: bool,
}
