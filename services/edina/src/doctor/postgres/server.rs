//! The server of one or several databases: version, durability, connections, archive.

use edina_postgres::inspect::Inspection;

use super::AREA;
use crate::doctor::finding::{Finding, text};

const OLDEST_MAJOR: i32 = 15;

pub(super) fn judge(at: &str, seen: &Inspection, wanted: i64, local: bool) -> Vec<Finding> {
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
