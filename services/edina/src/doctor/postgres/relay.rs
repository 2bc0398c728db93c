//! Facts that wait to be published.

use chrono::TimeDelta;
use edina_messaging::outbox;
use edina_postgres::Database;
use edina_runtime::clock;

use crate::doctor::{
    PATIENCE,
    finding::{Area, Finding, text},
    system::Known,
};

/// A fact that waits for so long has been seen waiting.
const LATE: TimeDelta = TimeDelta::minutes(1);

pub(super) async fn look(service: &Known<'_>) -> Finding {
    let name = service.facts.name;
    let waiting = async {
        let database = Database::with(service.common, 1, "edina doctor").ok()?;
        let waiting = outbox::waiting(&database).await.ok()?;
        database.pool().close().await;
        Some(waiting)
    };
    let Ok(Some(waiting)) = tokio::time::timeout(PATIENCE, waiting).await else {
        return Area::Streams.failure(
            "outbox",
            name,
            text("исходящие события нельзя прочесть", "the outbox cannot be read"),
            text(
                "повторите edina migrate --existing: она выдаёт роли права на таблицы",
                "repeat edina migrate --existing: it grants the role its tables",
            ),
        );
    };
    let age = waiting
        .since
        .map_or(TimeDelta::zero(), |since| clock::system().now() - since);
    if age < LATE {
        return Area::Streams.ok(
            "outbox",
            name,
            text("события уходят сразу", "facts leave at once"),
        );
    }
    let minutes = age.num_minutes();
    Area::Streams.failure(
        "outbox",
        name,
        text(
            format!("{} событий ждут отправки, старшее {minutes} мин: другие службы о них не знают", waiting.facts),
            format!("{} facts wait to be published, the oldest for {minutes} min: other services do not know of them", waiting.facts),
        ),
        text(
            format!("проверьте, что {name} работает и NATS доступен; ничего не потеряно, события уйдут сами"),
            format!("check that {name} runs and NATS can be reached; nothing is lost, the facts will leave by themselves"),
        ),
    )
}
