//! The streams of facts as their services see them: there, as they should be, and read by those who listen.

use chrono::{DateTime, TimeDelta, Utc};
use edina_messaging::streams;
use edina_runtime::clock::SharedClock;
use serde_json::Value;

use super::{
    clocks::{self, Reading},
    finding::{Area, Finding, text},
    nats::Line,
    system::{GATEWAY, Known},
};

const AREA: Area = Area::Streams;
/// More facts than this left to apply is not the moment's traffic.
const MANY: u64 = 1000;
/// Settings of a stream that change what it promises.
const PROMISES: [&str; 7] = [
    "subjects",
    "retention",
    "storage",
    "max_age",
    "max_msg_size",
    "duplicate_window",
    "num_replicas",
];

pub(crate) async fn look(service: &Known<'_>, line: &Line, clock: SharedClock) -> Vec<Finding> {
    let mut findings = Vec::new();
    let facts = service.facts;
    let own = streams::stream_name(facts.produces);
    let before = clock.now();
    let answer = line.ask(format!("$JS.API.STREAM.INFO.{own}")).await;
    let after = clock.now();
    let wanted = streams::of_service(facts.produces, service.common.stream_replicas);
    if facts.name == GATEWAY
        && let Some(theirs) = answer.as_ref().and_then(time)
    {
        let grain = TimeDelta::zero();
        findings.push(clocks::judge(
            "nats",
            Reading {
                before,
                theirs,
                after,
                grain,
            },
        ));
    }
    findings.push(stream(
        facts.name,
        &own,
        answer,
        &serde_json::to_value(&wanted).unwrap_or_default(),
    ));
    for producer in facts.listens {
        let stream = streams::stream_name(producer);
        let answer = line
            .ask(format!("$JS.API.CONSUMER.INFO.{stream}.{}", facts.name))
            .await;
        findings.push(consumer(facts.name, &stream, answer));
    }
    if !facts.listens.is_empty() {
        let name = streams::DEAD_LETTERS;
        let answer = line.ask(format!("$JS.API.STREAM.INFO.{name}")).await;
        findings.push(dead_letters(answer));
    }
    findings
}

fn time(answer: &Value) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(answer.get("ts")?.as_str()?)
        .ok()
        .map(|time| time.with_timezone(&Utc))
}

fn error(answer: &Value) -> Option<&str> {
    answer.pointer("/error/description").and_then(Value::as_str)
}

fn number(answer: &Value, pointer: &str) -> u64 {
    answer
        .pointer(pointer)
        .and_then(Value::as_u64)
        .unwrap_or_default()
}

/// Rights are missing, or JetStream is off: the server does not answer either.
fn silent(subject: &str, stream: &str) -> Finding {
    AREA.failure(
        "rights",
        subject,
        text(
            format!("{stream}: сервер не отвечает этой службе"),
            format!("{stream}: the server does not answer this service"),
        ),
        text(
            "проверьте, что JetStream включён и права службы в accounts.conf как в deploy/nats/accounts.conf",
            "check that JetStream is on, and the service's rights in accounts.conf against deploy/nats/accounts.conf",
        ),
    )
}

fn stream(service: &str, name: &str, answer: Option<Value>, wanted: &Value) -> Finding {
    let Some(answer) = answer else {
        return silent(service, name);
    };
    if let Some(error) = error(&answer) {
        return AREA.failure(
            "stream",
            service,
            text(
                format!("потока {name} нет ({error}): события ждут в базе"),
                format!("there is no stream {name} ({error}): facts wait in the database"),
            ),
            text(
                format!("запустите или перезапустите {service}: она создаёт свой поток; после потери NATS см. deploy/postgres/backup.md"),
                format!("start or restart {service}: it makes its stream; after NATS was lost see deploy/postgres/backup.md"),
            ),
        );
    }
    let differs: Vec<&str> = PROMISES
        .into_iter()
        .filter(|promise| {
            let (now, wanted) = (answer.pointer(&format!("/config/{promise}")), wanted.get(promise));
            wanted.is_some() && now.unwrap_or(&Value::Null) != wanted.unwrap_or(&Value::Null)
        })
        .collect();
    if !differs.is_empty() {
        let names = differs.join(", ");
        return AREA.warning(
            "stream_settings",
            service,
            text(
                format!("поток {name} настроен иначе, чем нужно: {names}"),
                format!("the stream {name} is set up otherwise than it should be: {names}"),
            ),
            text(
                format!("перезапустите {service}: она приводит поток в порядок"),
                format!("restart {service}: it puts its stream in order"),
            ),
        );
    }
    let messages = number(&answer, "/state/messages");
    AREA.ok(
        "stream",
        service,
        text(
            format!("{name}: событий {messages}"),
            format!("{name}: facts {messages}"),
        ),
    )
}

fn consumer(service: &str, stream: &str, answer: Option<Value>) -> Finding {
    let Some(answer) = answer else {
        return silent(service, stream);
    };
    if let Some(error) = error(&answer) {
        return AREA.failure(
            "consumer",
            service,
            text(
                format!("не слушает {stream} ({error})"),
                format!("does not listen to {stream} ({error})"),
            ),
            text(
                format!("запустите {service}; если она работает, смотрите её /readyz и журнал"),
                format!("start {service}; if it runs, look at its /readyz and its log"),
            ),
        );
    }
    let (left, again) = (
        number(&answer, "/num_pending"),
        number(&answer, "/num_redelivered"),
    );
    if left > MANY || again > 0 {
        return AREA.warning(
            "consumer_behind",
            service,
            text(
                format!("{stream}: осталось применить {left}, не удалось с первого раза {again}"),
                format!("{stream}: {left} left to apply, {again} not applied at the first try"),
            ),
            text(
                format!("если число не падает, ищите «event not applied yet» в журнале {service}; через полчаса попыток событие попадёт в edina dead-letters list"),
                format!("if it does not go down, look for `event not applied yet` in the log of {service}; after half an hour of tries the fact is in edina dead-letters list"),
            ),
        );
    }
    AREA.ok(
        "consumer",
        service,
        text(
            format!("слушает {stream}, применено всё"),
            format!("listens to {stream}, all applied"),
        ),
    )
}

fn dead_letters(answer: Option<Value>) -> Finding {
    let subject = streams::DEAD_LETTERS;
    let Some(answer) = answer else {
        return silent(subject, subject);
    };
    if let Some(error) = error(&answer) {
        return AREA.failure(
            "dead_letters",
            subject,
            text(
                format!("потока нет ({error}): неприменимое событие некуда отложить"),
                format!("there is no such stream ({error}): what cannot be applied has nowhere to go"),
            ),
            text(
                "запустите client-registry: слушатели создают этот поток",
                "start client-registry: listeners make this stream",
            ),
        );
    }
    let letters = number(&answer, "/state/messages");
    if letters == 0 {
        return AREA.ok("dead_letters", subject, text("пусто", "empty"));
    }
    AREA.warning(
        "dead_letters",
        subject,
        text(
            format!("событий, которые не удалось применить: {letters}"),
            format!("facts that could not be applied: {letters}"),
        ),
        text(
            "edina dead-letters list покажет причину каждого; когда она устранена: edina dead-letters replay --all",
            "edina dead-letters list shows each one's reason; once it is mended: edina dead-letters replay --all",
        ),
    )
}
