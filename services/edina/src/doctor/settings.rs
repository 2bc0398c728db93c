//! The settings of one service: whether they are there, can be read, are all understood, and are private.

use std::{io::ErrorKind, os::unix::fs::PermissionsExt as _, path::Path};

use edina_runtime::service::Service;

use super::{
    finding::{Area, Finding, text},
    system::{Known, System},
};
use crate::installation::Installation;

const AREA: Area = Area::Settings;
/// Where containers find their secrets: they are alone there, and modes are the engine's.
const MOUNTED: &str = "/run/";

/// The settings as the service would read them, and what is wrong with them.
pub(crate) fn read<S: Service>(from: &Installation, findings: &mut Vec<Finding>) -> Option<S::Config> {
    let name = S::NAME;
    if let Some(path) = from.file(name)
        && let Some(finding) = file(name, &path)
    {
        let hopeless = finding.code == "unreadable_file";
        findings.push(finding);
        if hopeless {
            return None;
        }
    }
    let config = match from.load::<S>() {
        Ok(config) => config,
        Err(error) => {
            // The words name the setting; a value they may quote is cut off.
            let words = error.to_string();
            findings.push(AREA.failure(
                "settings",
                name,
                text(
                    format!("настройки не годятся, служба не запустится: {}", careful(&words)),
                    format!("the settings cannot be used, the service will not start: {}", careful(&words)),
                ),
                text(
                    format!("исправьте названную настройку в {}; все настройки перечислены в services/{name}/README.md", place(from, name)),
                    format!("mend the setting named, in {}; all settings are listed in services/{name}/README.md", place(from, name)),
                ),
            ));
            return None;
        }
    };
    let unread = from.unread::<S>();
    if unread.is_empty() {
        findings.push(AREA.ok(
            "settings",
            name,
            text("читаются, все понятны", "can be read, all are understood"),
        ));
    } else {
        let names = unread.join(", ");
        findings.push(AREA.warning(
            "unknown_setting",
            name,
            text(
                format!("такой настройки нет, она ни на что не влияет: {names}"),
                format!("there is no such setting, it has no effect: {names}"),
            ),
            text(
                format!(
                    "проверьте написание по services/{name}/README.md или уберите её из {}",
                    place(from, name)
                ),
                format!(
                    "check its spelling in services/{name}/README.md, or take it out of {}",
                    place(from, name)
                ),
            ),
        ));
    }
    Some(config)
}

/// Files of authorities that cannot be used. Whoever names one does not start, and is not looked for behind it.
pub(crate) fn authorities(system: &System) -> Vec<Finding> {
    let of_service = |service: Known<'_>| {
        let error = service.common.trust().err()?;
        let name = service.facts.name;
        Some(AREA.failure(
            "tls_ca",
            name,
            text(
                format!("файл центров сертификации не годится, служба не запустится: {error:#}"),
                format!("the file of authorities cannot be used, the service will not start: {error:#}"),
            ),
            text(
                format!("укажите в tls_ca файл с сертификатами центров в виде PEM или уберите tls_ca из {}", place(&system.installation, name)),
                format!("name in tls_ca a file with the authorities' certificates as PEM, or take tls_ca out of {}", place(&system.installation, name)),
            ),
        ))
    };
    system.services().into_iter().filter_map(of_service).collect()
}

fn place(from: &Installation, service: &str) -> String {
    from.file(service)
        .map_or_else(|| "the environment".to_owned(), |path| path.display().to_string())
}

/// An error's words without what stands in quotation marks after `found`: it may be a value.
fn careful(words: &str) -> String {
    match words.split_once("found ") {
        Some((before, after)) => {
            let kind: String = after.split('"').next().unwrap_or_default().trim().to_owned();
            let rest = after.rsplit_once('"').map_or("", |(_, rest)| rest);
            format!("{before}found {kind}{rest}")
        }
        None => words.to_owned(),
    }
}

/// What is wrong with the file itself.
fn file(service: &str, path: &Path) -> Option<Finding> {
    let shown = path.display();
    match std::fs::File::open(path) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Some(AREA.warning(
                "no_file",
                service,
                text(
                    format!("нет файла {shown}; всё должно быть в переменных окружения"),
                    format!("there is no file {shown}; everything would have to be in the environment"),
                ),
                text(
                    "создайте файлы настроек: deploy/compose/make-secrets ПАПКА",
                    "make the settings files: deploy/compose/make-secrets FOLDER",
                ),
            ));
        }
        Err(error) => {
            return Some(AREA.failure(
                "unreadable_file",
                service,
                text(
                    format!("файл {shown} нельзя прочесть: {error}"),
                    format!("the file {shown} cannot be read: {error}"),
                ),
                text(
                    format!("запустите проверку от имени пользователя службы или дайте ему право: chown ПОЛЬЗОВАТЕЛЬ {shown}"),
                    format!("run this as the service's user, or let him read it: chown USER {shown}"),
                ),
            ));
        }
    }
    let mode = |path: &Path| std::fs::metadata(path).map_or(0, |data| data.permissions().mode());
    let passable = path.parent().is_none_or(|folder| mode(folder) & 0o001 != 0);
    let open = mode(path) & 0o022 != 0 || (mode(path) & 0o004 != 0 && passable);
    (open && !path.starts_with(MOUNTED)).then(|| {
        AREA.warning(
            "open_file",
            service,
            text(
                format!("секреты в {shown} могут прочесть другие пользователи этой машины"),
                format!("other users of this machine can read the secrets in {shown}"),
            ),
            text(format!("chmod 600 {shown}"), format!("chmod 600 {shown}")),
        )
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_value_is_not_repeated() {
        let words = super::careful(
            r#"settings of x: invalid type: found string "s3cret", expected u32 for key "default.a""#,
        );
        assert!(!words.contains("s3cret"), "{words}");
        assert_eq!(
            super::careful("missing field `registry_url`"),
            "missing field `registry_url`"
        );
    }
}
