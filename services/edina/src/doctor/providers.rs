//! The providers, believed as notification believes them: binds to the message centre and unbinds, greets the mail relay as before a mail. Sends nothing.

use std::time::Duration;

use edina_runtime::tls::Trust;
use notification::channel::{
    LinkState, SmsProvider as _,
    smpp::{SmppClient, SmppConfig},
    smtp::{SmtpClient, SmtpConfig},
};
use secrecy::ExposeSecret as _;
use tokio_util::sync::CancellationToken;

use super::{
    PATIENCE,
    finding::{Area, Finding, Text, text},
    system::System,
};

const AREA: Area = Area::Providers;
const STEP: Duration = Duration::from_secs(5);

pub(crate) async fn look(system: &System) -> Vec<Finding> {
    let Some(config) = &system.notification else {
        return Vec::new();
    };
    let Ok(trust) = config.common.trust() else {
        return Vec::new();
    };
    let sms = async {
        match &config.smpp_url {
            Some(url) => smpp(url.expose_secret(), &trust).await,
            None => absent("SMS", "smpp_url", config.sandbox),
        }
    };
    let mail = async {
        match &config.smtp_url {
            Some(url) => smtp(url.expose_secret(), &trust).await,
            None => absent("mail", "smtp_url", config.sandbox),
        }
    };
    let (sms, mail) = futures::join!(sms, mail);
    vec![sms, mail]
}

fn absent(subject: &str, setting: &str, sandbox: bool) -> Finding {
    if sandbox {
        return AREA.ok(
            "sandbox",
            subject,
            text(
                "провайдера нет: сообщения остаются в песочнице на этой машине",
                "no provider: messages stay in the sandbox on this machine",
            ),
        );
    }
    AREA.warning(
        "no_provider",
        subject,
        text("провайдера нет: сообщения ждут", "no provider: messages wait"),
        text(
            format!("запишите {setting} в notification.toml и перезапустите notification"),
            format!("put {setting} into notification.toml and restart notification"),
        ),
    )
}

fn bad_address(subject: &str, setting: &str, why: &str) -> Finding {
    AREA.failure(
        "address",
        subject,
        text(format!("{setting}: {why}"), format!("{setting}: {why}")),
        text(
            format!("исправьте {setting} в notification.toml; notification с ним не запустится"),
            format!("mend {setting} in notification.toml; notification does not start with it"),
        ),
    )
}

async fn smpp(url: &str, trust: &Trust) -> Finding {
    let mut config = match SmppConfig::from_url(url) {
        Ok(config) => config.believing(trust),
        Err(error) => return bad_address("SMS", "smpp_url", &error.to_string()),
    };
    config.connect_timeout = STEP;
    config.response_timeout = STEP;
    let at = format!("{}:{}", config.host, config.port);
    let stop = CancellationToken::new();
    let client = SmppClient::start(config, stop);
    let mut status = client.status();
    let settled = status.wait_for(|status| status.state != LinkState::Connecting);
    let seen = match tokio::time::timeout(PATIENCE, settled).await {
        Ok(Ok(seen)) => Some(seen.clone()),
        _ => None,
    };
    drop(tokio::time::timeout(STEP, client.stop()).await);
    let trouble = seen
        .as_ref()
        .and_then(|seen| seen.trouble.clone())
        .unwrap_or_default();
    match seen.map(|seen| seen.state) {
        Some(LinkState::Up) => AREA.ok(
            "smpp",
            "SMS",
            text(format!("{at} впускает по SMPP"), format!("{at} lets us in by SMPP")),
        ),
        Some(LinkState::Refused) => AREA.failure(
            "smpp",
            "SMS",
            text(format!("{at} не впускает: {trouble}"), format!("{at} does not let us in: {trouble}")),
            text(
                "проверьте system_id и пароль в smpp_url и у провайдера: разрешён ли этот адрес и второе соединение (проверка занимает одно)",
                "check system_id and password in smpp_url, and with the provider whether this address and a second session are allowed (this check takes one)",
            ),
        ),
        _ => away("smpp", "SMS", &at, "smpp_url", &trouble),
    }
}

async fn smtp(url: &str, trust: &Trust) -> Finding {
    let mut config = match SmtpConfig::from_url(url) {
        Ok(config) => config.believing(trust),
        Err(error) => return bad_address("mail", "smtp_url", &error.to_string()),
    };
    config.step_timeout = STEP;
    let at = format!("{}:{}", config.host, config.port);
    let client = SmtpClient::new(config);
    match tokio::time::timeout(PATIENCE, client.probe()).await {
        Ok(Ok(())) => AREA.ok(
            "smtp",
            "mail",
            text(
                format!("{at} впускает по SMTP"),
                format!("{at} lets us in by SMTP"),
            ),
        ),
        Ok(Err(error)) if error.to_string().contains("answered 5") => AREA.failure(
            "smtp",
            "mail",
            text(
                format!("{at} не впускает: {error}"),
                format!("{at} does not let us in: {error}"),
            ),
            text(
                "проверьте имя и пароль в smtp_url; у многих провайдеров нужен отдельный пароль приложения",
                "check name and password in smtp_url; many providers want a password made for programs",
            ),
        ),
        Ok(Err(error)) => away("smtp", "mail", &at, "smtp_url", &error.to_string()),
        Err(_) => away("smtp", "mail", &at, "smtp_url", "no answer in time"),
    }
}

fn away(code: &'static str, subject: &str, at: &str, setting: &str, trouble: &str) -> Finding {
    let what: Text = text(
        format!("{at} недоступен: {trouble}"),
        format!("{at} cannot be reached: {trouble}"),
    );
    AREA.failure(
        code,
        subject,
        what,
        text(
            format!("проверьте адрес и порт в {setting} и что сеть пропускает туда; сообщения тем временем ждут"),
            format!("check address and port in {setting}, and that the network lets us there; messages wait meanwhile"),
        ),
    )
}
