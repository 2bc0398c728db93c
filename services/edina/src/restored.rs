//! `edina restored`: what is to be done once between restoring the databases and starting the services.
//!
//! Messages that may have been sent are held back, and every fact kept in an outbox is published again to the empty
//! NATS; who applied a fact before ignores it. Running it twice changes nothing more.

use chrono::DateTime;
use edina_messaging::outbox;
use edina_postgres::Database;
use edina_runtime::{clock, config::ServiceConfig};

use crate::{installation::Where, up::say};

pub(crate) async fn run(place: &Where) -> anyhow::Result<()> {
    let from = place.installation()?;
    let open = |common: &ServiceConfig| Database::connect_lazy(&common.database_url, 1, "edina restored");
    let others = [
        open(&from.load::<client_registry::App>()?.common)?,
        open(&from.load::<lead_intake::App>()?.common)?,
        open(&from.load::<call_tracking::App>()?.common)?,
        open(&from.load::<gateway::App>()?.common)?,
    ];
    let notification = open(&from.load::<notification::App>()?.common)?;

    let mut facts = Vec::new();
    for database in &others {
        facts.extend(outbox::kept(database).await?);
    }
    // Before anything is published again.
    let held = notification::restored::hold_back(&notification, &facts).await?;
    say(&format!("messages held back as unknown: {}", held.messages));
    say(&format!("facts that will cause no message: {}", held.facts));
    let mut published = 0;
    let until = clock::system().now() + chrono::Duration::days(1);
    for database in others.iter().chain([&notification]) {
        published += outbox::republish(database, DateTime::UNIX_EPOCH, until).await?;
    }
    say(&format!("facts to be published again: {published}"));
    say("start the services now");
    Ok(())
}
