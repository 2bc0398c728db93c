//! The telephone exchanges: signs in at each, asks what call-tracking will ask, leaves.

use std::time::Duration;

use call_tracking::{
    PbxConfig,
    ami::{
        probe::{self, Seen, Unseen},
        settings::{PbxAddress, Tuning},
    },
};
use edina_runtime::tls::Trust;
use secrecy::ExposeSecret as _;

use super::{
    PATIENCE,
    finding::{Area, Finding, text},
    system::System,
};

const AREA: Area = Area::Pbx;
const STEP: Duration = Duration::from_secs(4);
const CLASSES: &str = "read = system,call,agent,reporting · write = system,reporting,originate";

pub(crate) async fn look(system: &System) -> Vec<Finding> {
    let Some(config) = &system.calls else {
        return Vec::new();
    };
    if config.pbx.is_empty() {
        return vec![AREA.ok(
            "none",
            "call-tracking",
            text(
                "станция не подключена: звонков не видно",
                "no exchange is connected: calls are not seen",
            ),
        )];
    }
    let Ok(trust) = config.common.trust() else {
        return Vec::new();
    };
    let each = config.pbx.iter().map(|pbx| one(pbx, &trust));
    futures::future::join_all(each)
        .await
        .into_iter()
        .flatten()
        .collect()
}

async fn one(pbx: &PbxConfig, trust: &Trust) -> Vec<Finding> {
    let name = &*pbx.name;
    let address = match pbx.url.expose_secret().parse::<PbxAddress>() {
        Ok(address) => address.believing(trust),
        Err(error) => {
            return vec![AREA.failure(
                "address",
                name,
                text(format!("url: {error}"), format!("url: {error}")),
                text(
                    "исправьте url в [[pbx]] в call-tracking.toml",
                    "mend url under [[pbx]] in call-tracking.toml",
                ),
            )];
        }
    };
    let at = format!("{}:{}", address.host, address.port);
    let tuning = Tuning {
        connect_timeout: STEP,
        ..Tuning::default()
    };
    match tokio::time::timeout(PATIENCE * 2, probe::look(&address, &tuning)).await {
        Ok(Ok(seen)) => judge(name, &at, &seen),
        Ok(Err(Unseen::Refused(words))) => vec![AREA.failure(
            "sign_in",
            name,
            text(format!("{at} не впускает: {words}"), format!("{at} does not let us in: {words}")),
            text(
                "сверьте имя и secret в url с manager.conf станции и её permit= для этого адреса; затем: asterisk -rx 'manager reload'",
                "compare user and secret in url with the exchange's manager.conf, and its permit= for this address; then: asterisk -rx 'manager reload'",
            ),
        )],
        Ok(Err(Unseen::Away(words))) => vec![away(name, &at, &words)],
        Err(_) => vec![away(name, &at, "no answer in time")],
    }
}

fn away(name: &str, at: &str, words: &str) -> Finding {
    AREA.failure(
        "reach",
        name,
        text(
            format!("{at} недоступен ({words}): звонков не видно"),
            format!("{at} cannot be reached ({words}): calls are not seen"),
        ),
        text(
            "включите AMI: enabled = yes в [general] manager.conf, откройте порт 5038 для этой машины",
            "switch AMI on: enabled = yes under [general] in manager.conf, and open port 5038 to this machine",
        ),
    )
}

fn judge(name: &str, at: &str, seen: &Seen) -> Vec<Finding> {
    let mut findings = Vec::new();
    let rights = |ru: &str, en: &str| {
        AREA.warning(
            "rights",
            name,
            text(ru, en),
            text(
                format!("дайте пользователю в manager.conf: {CLASSES}; затем: asterisk -rx 'manager reload'"),
                format!("give the user in manager.conf: {CLASSES}; then: asterisk -rx 'manager reload'"),
            ),
        )
    };
    if !seen.channels {
        findings.push(rights(
            "не показывает текущие звонки: после обрыва связи их не восстановить",
            "does not list live calls: after a break they cannot be picked up",
        ));
    }
    if !seen.originate {
        findings.push(rights(
            "не даёт звонить из карточки",
            "does not let us place calls from the card",
        ));
    }
    match &seen.queues {
        None => findings.push(rights("не показывает очереди", "does not show its queues")),
        Some(queues) if queues.is_empty() => findings.push(AREA.warning(
            "queues",
            name,
            text("не видно ни одной очереди", "no queue is to be seen"),
            text(
                "если очереди есть, проверьте: asterisk -rx 'queue show'; если их нет и не будет, этого можно не замечать",
                "if there are queues, look at: asterisk -rx 'queue show'; if there are none and will be none, leave this be",
            ),
        )),
        Some(_) => {}
    }
    if findings.is_empty() {
        let queues = seen.queues.as_ref().map_or(0, Vec::len);
        findings.push(AREA.ok(
            "pbx",
            name,
            text(
                format!("{at}, {}, очередей {queues}", seen.version),
                format!("{at}, {}, queues: {queues}", seen.version),
            ),
        ));
    }
    findings
}
