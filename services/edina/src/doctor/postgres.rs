//! Every service's database, as the service itself reaches it: server, role, row-level security, schema, connections,
//! and how far the relay of facts is behind.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use edina_messaging::outbox;
use edina_postgres::{
    Database,
    inspect::{Inspection, Schema, inspect},
};
use edina_runtime::clock;
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    PATIENCE,
    clocks::{self, Reading},
    finding::{Area, Finding, Text, text},
    system::{Known, SERVICES, System},
};

const AREA: Area = Area::Postgres;
const OLDEST_MAJOR: i32 = 15;
const LATE: TimeDelta = TimeDelta::minutes(1);
const MIB: i64 = 1 << 20;

/// One service's look.
struct Look {
    findings: Vec<Finding>,
    /// Its server, with what it allows and what the service would take of it.
    server: Option<(String, Inspection)>,
}

pub(crate) async fn look(system: &System) -> Vec<Finding> {
    let services = system.services();
    let looks = services
        .iter()
        .map(|service| one(service, system.installation.is_local()));
    let looks = futures::future::join_all(looks).await;
    let mut findings = Vec::new();
    let mut servers: BTreeMap<String, (Inspection, i64)> = BTreeMap::new();
    for (look, service) in looks.into_iter().zip(&services) {
        findings.extend(look.findings);
        if let Some((server, inspection)) = look.server {
            let pool = i64::from(service.common.database_connections);
            servers.entry(server).or_insert((inspection, 0)).1 += pool;
        }
    }
    for (server, (inspection, wanted)) in servers {
        findings.extend(of_server(
            &server,
            &inspection,
            wanted,
            system.installation.is_local(),
        ));
    }
    findings
}

/// `host:port` of a database URL.
fn server(url: &SecretString) -> String {
    reqwest::Url::parse(url.expose_secret()).map_or_else(
        |_| "postgresql".to_owned(),
        |url| {
            format!(
                "{}:{}",
                url.host_str().unwrap_or("localhost"),
                url.port().unwrap_or(5432)
            )
        },
    )
}

async fn one(service: &Known<'_>, local: bool) -> Look {
    let facts = service.facts;
    let url = &service.common.database_url;
    let own_ca = service.common.tls_ca.as_deref();
    let others: Vec<&str> = SERVICES
        .iter()
        .map(|other| other.database)
        .filter(|other| *other != facts.database)
        .collect();
    let before = clock::system().now();
    let outcome = tokio::time::timeout(PATIENCE, inspect(url, own_ca, facts.migrator, &others)).await;
    let after = clock::system().now();
    let inspection = match outcome {
        Ok(Ok(inspection)) => inspection,
        Ok(Err(error)) => {
            return Look {
                findings: vec![unreached(service, &error, local)],
                server: None,
            };
        }
        Err(_) => {
            let (ru, en) = start_it(local);
            return Look {
                findings: vec![AREA.failure(
                    "reach",
                    facts.name,
                    text(
                        format!("{} не отвечает", server(url)),
                        format!("{} does not answer", server(url)),
                    ),
                    text(ru, en),
                )],
                server: None,
            };
        }
    };
    let mut findings = judge(service, &inspection, local);
    if facts.name == "gateway" {
        let reading = Reading {
            before,
            theirs: inspection.now,
            after,
            grain: TimeDelta::zero(),
        };
        findings.push(clocks::judge("postgresql", reading));
    }
    if matches!(inspection.schema, Schema::Current | Schema::Ahead(_)) {
        findings.push(relay(service).await);
    }
    Look {
        findings,
        server: Some((server(url), inspection)),
    }
}

fn start_it(local: bool) -> (&'static str, &'static str) {
    if local {
        ("запустите систему: edina up", "start the system: edina up")
    } else {
        (
            "запустите PostgreSQL (docker compose up -d postgres) и проверьте адрес в database_url и сеть между ними",
            "start PostgreSQL (docker compose up -d postgres), and check the address in database_url and the network between",
        )
    }
}

fn unreached(service: &Known<'_>, error: &sqlx::Error, local: bool) -> Finding {
    let facts = service.facts;
    let at = server(&service.common.database_url);
    let code = error
        .as_database_error()
        .and_then(|error| error.code().map(|code| code.into_owned()));
    let (what, advice): (Text, Text) = match code.as_deref() {
        Some("28P01" | "28000") => (
            text(
                format!("{at} не принимает пароль роли {}", facts.database),
                format!("{at} refuses the password of the role {}", facts.database),
            ),
            text(
                "выполните provision.sql с тем файлом паролей, из которого сделан database_url: psql -v passwords=ФАЙЛ -f deploy/postgres/provision.sql",
                "run provision.sql with the passwords file that database_url was made from: psql -v passwords=FILE -f deploy/postgres/provision.sql",
            ),
        ),
        Some("3D000") => (
            text(
                format!("на {at} нет базы {}", facts.database),
                format!("{at} has no database {}", facts.database),
            ),
            text(
                "выполните deploy/postgres/provision.sql, затем edina migrate --existing",
                "run deploy/postgres/provision.sql, then edina migrate --existing",
            ),
        ),
        Some("53300") => (
            text(
                format!("у {at} кончились соединения"),
                format!("{at} has no connection left"),
            ),
            text(
                "поднимите max_connections в postgresql.conf и перезапустите PostgreSQL",
                "raise max_connections in postgresql.conf and restart PostgreSQL",
            ),
        ),
        Some(code) => (
            text(
                format!("{at} отвечает ошибкой {code}"),
                format!("{at} answers with error {code}"),
            ),
            text("смотрите журнал PostgreSQL", "look into PostgreSQL's log"),
        ),
        None => {
            let (ru, en) = start_it(local);
            let words = match error {
                sqlx::Error::Io(error) => error.kind().to_string(),
                sqlx::Error::Tls(_) => "TLS".to_owned(),
                sqlx::Error::Configuration(_) => "database_url".to_owned(),
                _ => "protocol".to_owned(),
            };
            (
                text(
                    format!("{at} недоступен ({words})"),
                    format!("{at} cannot be reached ({words})"),
                ),
                text(ru, en),
            )
        }
    };
    AREA.failure("reach", facts.name, what, advice)
}

fn judge(service: &Known<'_>, seen: &Inspection, local: bool) -> Vec<Finding> {
    let facts = service.facts;
    let mut findings = Vec::new();
    let provision = text(
        "выполните deploy/postgres/provision.sql от суперпользователя: он вернёт ролям их права",
        "run deploy/postgres/provision.sql as a superuser: it gives the roles their rights back",
    );
    if !seen.excess.is_empty() || !seen.owned.is_empty() {
        let rights = if seen.excess.is_empty() {
            format!("owner: {}", seen.owned.join(", "))
        } else {
            seen.excess.join(", ")
        };
        findings.push(AREA.failure(
            "role_rights",
            facts.name,
            text(
                format!(
                    "роль {} может больше, чем должна ({rights}): чужие группы от неё не закрыты",
                    seen.role
                ),
                format!(
                    "the role {} may do more than it should ({rights}): other groups are not closed to it",
                    seen.role
                ),
            ),
            provision.clone(),
        ));
    }
    if !seen.unguarded.is_empty() {
        findings.push(AREA.failure(
            "row_level_security",
            facts.name,
            text(
                format!("защита строк выключена: {}", seen.unguarded.join(", ")),
                format!("row-level security is off: {}", seen.unguarded.join(", ")),
            ),
            text(
                "включите для каждой таблицы: alter table ИМЯ enable row level security, force row level security; и выясните, кто её выключил",
                "switch it on for each: alter table NAME enable row level security, force row level security; and find out who switched it off",
            ),
        ));
    }
    if !seen.others.is_empty() {
        findings.push(AREA.warning(
            "foreign_databases",
            facts.name,
            text(
                format!(
                    "роль {} пускают и в чужие базы: {}",
                    seen.role,
                    seen.others.join(", ")
                ),
                format!(
                    "the role {} is let into other services' databases: {}",
                    seen.role,
                    seen.others.join(", ")
                ),
            ),
            provision,
        ));
    }
    findings.push(schema(service, &seen.schema, local));
    let clean = findings.iter().all(|finding| finding.advice.is_none());
    if clean {
        findings.push(AREA.ok(
            "database",
            facts.name,
            text(
                format!(
                    "база {} ({} МиБ), роль без лишних прав, защита строк действует",
                    facts.database,
                    seen.size / MIB
                ),
                format!(
                    "database {} ({} MiB), role without excess rights, row-level security in force",
                    facts.database,
                    seen.size / MIB
                ),
            ),
        ));
    }
    findings
}

fn schema(service: &Known<'_>, schema: &Schema, local: bool) -> Finding {
    let name = service.facts.name;
    let list = |versions: &[i64]| {
        versions
            .iter()
            .map(|version| format!("{version:04}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let migrate = if local {
        text(
            "перезапустите edina up: она обновит схемы сама",
            "restart edina up: it brings the schemas up to date",
        )
    } else {
        text(
            "выполните: edina migrate --existing (docker compose up -d migrate), затем перезапустите службу",
            "run: edina migrate --existing (docker compose up -d migrate), then restart the service",
        )
    };
    match schema {
        Schema::Current => AREA.ok("schema", name, text("схема текущая", "the schema is current")),
        Schema::Empty => AREA.failure(
            "schema",
            name,
            text("схемы нет: ни одной миграции не было", "there is no schema: no migration was ever applied"),
            migrate,
        ),
        Schema::Behind(versions) => AREA.failure(
            "schema",
            name,
            text(
                format!("схема отстаёт, ждут миграции {}", list(versions)),
                format!("the schema is behind, migrations {} wait", list(versions)),
            ),
            migrate,
        ),
        Schema::Ahead(versions) => AREA.warning(
            "schema",
            name,
            text(
                format!("схема новее этой программы (миграции {})", list(versions)),
                format!("the schema is newer than this program (migrations {})", list(versions)),
            ),
            text("обновите программу: EDINA_VERSION", "update the program: EDINA_VERSION"),
        ),
        Schema::Differs(versions) => AREA.failure(
            "schema",
            name,
            text(
                format!("миграции {} применены в другом виде", list(versions)),
                format!("migrations {} were applied in another form", list(versions)),
            ),
            text(
                "это база другой сборки: возьмите программу, которой её создавали, или восстановите базу (deploy/postgres/backup.md)",
                "this is another build's database: take the program that made it, or restore the database (deploy/postgres/backup.md)",
            ),
        ),
        Schema::Broken(version) => AREA.failure(
            "schema",
            name,
            text(
                format!("миграция {version:04} оборвалась на середине"),
                format!("migration {version:04} broke off in the middle"),
            ),
            text(
                "посмотрите журнал миграции, исправьте причину и повторите: edina migrate --existing",
                "look into the migration's log, mend the cause and repeat: edina migrate --existing",
            ),
        ),
    }
}

fn of_server(at: &str, seen: &Inspection, wanted: i64, local: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let version = format!("{}.{}", seen.version / 10_000, seen.version % 10_000);
    if seen.version / 10_000 < OLDEST_MAJOR {
        findings.push(AREA.failure(
            "version",
            at,
            text(
                format!("версия {version}, нужна {OLDEST_MAJOR} или новее"),
                format!("version {version}; {OLDEST_MAJOR} or newer is needed"),
            ),
            text(
                "обновите PostgreSQL (pg_upgrade)",
                "upgrade PostgreSQL (pg_upgrade)",
            ),
        ));
    }
    if !seen.undurable.is_empty() {
        let off = seen.undurable.join(", ");
        findings.push(AREA.failure(
            "durability",
            at,
            text(
                format!("выключено: {off}; принятая заявка может пропасть при сбое питания"),
                format!("switched off: {off}; an accepted lead can be lost in a power cut"),
            ),
            text(
                format!("включите в postgresql.conf ({off} = on) и выполните select pg_reload_conf()"),
                format!("switch on in postgresql.conf ({off} = on), then select pg_reload_conf()"),
            ),
        ));
    }
    // Two copies of each while they are replaced one by one; a local run has one.
    let needed = if local { wanted } else { wanted * 2 };
    if needed > seen.connections_most {
        findings.push(AREA.warning(
            "connections",
            at,
            text(
                format!(
                    "службам может понадобиться {needed} соединений, есть {}",
                    seen.connections_most
                ),
                format!(
                    "the services may need {needed} connections, there are {}",
                    seen.connections_most
                ),
            ),
            text(
                format!(
                    "max_connections = {} в postgresql.conf, или меньше database_connections у служб",
                    needed + 20
                ),
                format!(
                    "max_connections = {} in postgresql.conf, or fewer database_connections per service",
                    needed + 20
                ),
            ),
        ));
    }
    if findings.is_empty() {
        let (ru, en) = match (seen.archives, local) {
            (true, _) => ("журнал WAL архивируется", "its WAL is archived"),
            (false, true) => ("ничего не потеряет при сбое", "loses nothing in a crash"),
            (false, false) => (
                "но журнал WAL не архивируется: восстановить можно только последнюю копию (archive_mode, deploy/postgres/backup.md)",
                "but its WAL is not archived: only the last backup can be restored (archive_mode, deploy/postgres/backup.md)",
            ),
        };
        findings.push(AREA.ok(
            "server",
            at,
            text(
                format!(
                    "PostgreSQL {version}, соединений {} из {}, {ru}",
                    seen.connections_now, seen.connections_most
                ),
                format!(
                    "PostgreSQL {version}, {} of {} connections, {en}",
                    seen.connections_now, seen.connections_most
                ),
            ),
        ));
    }
    findings
}

async fn relay(service: &Known<'_>) -> Finding {
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
