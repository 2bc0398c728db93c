//! Why a database was not reached, and what to do about it.

use super::{AREA, place, start_it};
use crate::doctor::{
    finding::{Finding, Text, text},
    system::Known,
};

/// What an error of the server means here, and what to do: each in Russian and in English. `{at}` is the server's place,
/// `{base}` the service's role and database, `{code}` the error.
struct Said {
    what: [&'static str; 2],
    advice: [&'static str; 2],
}

const PASSWORD: Said = Said {
    what: [
        "{at} не принимает пароль роли {base}",
        "{at} refuses the password of the role {base}",
    ],
    advice: [
        "выполните provision.sql с тем файлом паролей, из которого сделан database_url: psql -v passwords=ФАЙЛ -f deploy/postgres/provision.sql",
        "run provision.sql with the passwords file that database_url was made from: psql -v passwords=FILE -f deploy/postgres/provision.sql",
    ],
};
const NO_DATABASE: Said = Said {
    what: ["на {at} нет базы {base}", "{at} has no database {base}"],
    advice: [
        "выполните deploy/postgres/provision.sql, затем edina migrate --existing",
        "run deploy/postgres/provision.sql, then edina migrate --existing",
    ],
};
const FULL: Said = Said {
    what: ["у {at} кончились соединения", "{at} has no connection left"],
    advice: [
        "поднимите max_connections в postgresql.conf и перезапустите PostgreSQL",
        "raise max_connections in postgresql.conf and restart PostgreSQL",
    ],
};
const OTHER: Said = Said {
    what: ["{at} отвечает ошибкой {code}", "{at} answers with error {code}"],
    advice: ["смотрите журнал PostgreSQL", "look into PostgreSQL's log"],
};

fn said(code: &str) -> Said {
    match code {
        "28P01" | "28000" => PASSWORD,
        "3D000" => NO_DATABASE,
        "53300" => FULL,
        _ => OTHER,
    }
}

pub(super) fn failed(service: &Known<'_>, error: &sqlx::Error, local: bool) -> Finding {
    let facts = service.facts;
    let at = place(&service.common.database_url);
    let code = error.as_database_error().and_then(|error| error.code());
    let (what, advice): (Text, Text) = if let Some(code) = code {
        let Said { what, advice } = said(&code);
        let [ru, en] = what.map(|words| {
            words
                .replace("{at}", &at)
                .replace("{base}", facts.database)
                .replace("{code}", &code)
        });
        (text(ru, en), text(advice[0], advice[1]))
    } else {
        let words = match error {
            sqlx::Error::Io(error) => error.kind().to_string(),
            sqlx::Error::Tls(_) => "TLS".to_owned(),
            sqlx::Error::Configuration(_) => "database_url".to_owned(),
            _ => "protocol".to_owned(),
        };
        let (ru, en) = start_it(local);
        (
            text(
                format!("{at} недоступен ({words})"),
                format!("{at} cannot be reached ({words})"),
            ),
            text(ru, en),
        )
    };
    AREA.failure("reach", facts.name, what, advice)
}
