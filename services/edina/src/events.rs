//! `edina events`: publish stored facts again.

use edina_postgres::Database;

use crate::{
    cli::{Events, EventsCommand},
    up::say,
};

pub(crate) async fn run(arguments: Events) -> anyhow::Result<()> {
    let EventsCommand::Republish {
        database_url,
        from,
        to,
    } = arguments.command;
    let database = Database::connect_lazy(&database_url.into(), 1, "edina events")?;
    let count = edina_messaging::outbox::republish(&database, from, to).await?;
    say(&format!(
        "{count} facts will be published again; consumers that applied them before ignore them"
    ));
    Ok(())
}
