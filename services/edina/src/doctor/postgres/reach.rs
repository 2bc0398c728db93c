//! Why a database was not reached, and what to do about it.

use super::{AREA, place, start_it};
use crate::doctor::{
    finding::{Finding, Text, text},
    system::Known,
};

pub(super) fn failed(service: &Known<'_>, error: &sqlx::Error, local: bool) -> Finding {
    let facts = service.facts;
    let at = place(&service.common.database_url);
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
