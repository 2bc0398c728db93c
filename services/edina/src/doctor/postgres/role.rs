//! What a service may do in its database, and whether the schema is its own.

use edina_postgres::inspect::{Inspection, Schema};

use super::AREA;
use crate::doctor::{
    finding::{Finding, text},
    system::Known,
};

const MIB: i64 = 1 << 20;

pub(super) fn judge(service: &Known<'_>, seen: &Inspection, local: bool) -> Vec<Finding> {
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
