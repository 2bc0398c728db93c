//! Everything runs with the roles and accounts of `deploy/`, and none of them may do more than it needs.

use e2e::{Service, eventually, people};

use super::{
    installation::{Installation, settings_value},
    tools::{Edina, field},
};

#[tokio::test]
async fn a_lead_becomes_a_message_with_least_rights_only() {
    let mut installation = Installation::start().await;
    let first = installation.first_group().await;

    // Who was made can sign in by the password that was shown.
    let console = format!("http://{}", installation.listens(Service::Gateway).1);
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let form = [
        ("login", "admin"),
        ("password", &*first.password),
        ("group", "main"),
    ];
    let answer = browser
        .post(format!("{console}/sign-in"))
        .header("origin", &console)
        .form(&form)
        .send()
        .await
        .unwrap();
    assert!(
        answer.status().is_redirection(),
        "{}: {}",
        answer.status(),
        answer.text().await.unwrap()
    );

    let person = people::Person::woman();
    let document = people::adf("operate-1", &person, &person.local(), "Первая заявка");
    first.api.adf_lead(&first.key, document).await.unwrap();
    let client = eventually("the lead is a client", async || {
        first.api.only(&person.e164()).await
    })
    .await;
    let client = client["client_id"].as_str().unwrap();
    eventually("she hears of it by SMS", async || {
        let messages = first.api.rows("messages", client).await?;
        let heard = messages.iter().any(|message| message["state"] == "delivered");
        anyhow::ensure!(heard, "{messages:?}");
        anyhow::Ok(())
    })
    .await;
    eventually("the seller's mail is on its way", async || {
        let all = first.api.all("messages").await?;
        anyhow::ensure!(all.iter().any(|message| message["channel"] == "email"), "{all:?}");
        anyhow::Ok(())
    })
    .await;

    // A missed call crosses every stream.
    let caller = people::Person::man();
    installation
        .pbx
        .call(e2e::peers::pbx::Story::Abandoned, &caller.e164(), ["301", "302"])
        .await
        .unwrap();
    eventually("the missed call is a task and a lead", async || {
        let tasks = first.api.all("tasks").await?;
        let leads = first.api.all("leads").await?;
        anyhow::ensure!(
            !tasks.is_empty() && leads.len() == 2,
            "{} tasks, {} leads",
            tasks.len(),
            leads.len()
        );
        anyhow::Ok(())
    })
    .await;

    // The doctor agrees, and NATS refused nothing but what is said to end by itself.
    eventually("the doctor agrees", async || {
        let output = installation.edina(&["doctor", "--lang", "en"]).output("").await;
        anyhow::ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
        anyhow::Ok(())
    })
    .await;
    let unexpected: Vec<String> = installation.nats.as_ref().unwrap().refusals();
    let unexpected: Vec<&String> = unexpected
        .iter()
        .filter(|line| {
            !["STREAM.CREATE.", "STREAM.UPDATE.", "$JS.API.INFO"]
                .iter()
                .any(|early| line.contains(early))
        })
        .collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");

    // Nobody may do more: a service's role sees no other database and owns nothing.
    let intake = settings_value(&installation.secrets().join("lead-intake.toml"), "database_url");
    let elsewhere = intake.replace("/lead_intake", "/gateway");
    let words = [
        "token",
        "create",
        "--role",
        "administrator",
        "--database-url",
        &elsewhere,
    ];
    let refused = Edina::new(&[], &words).output("").await;
    assert!(!refused.status.success());

    // What was made is not made twice, and a password may be one's own.
    for again in [
        &["group", "create", "--name", "Другая"][..],
        &["branch", "create", "--name", "Москва"],
        &["account", "create", "--login", "orlova", "--role", "seller"],
        &[
            "source",
            "create",
            "--name",
            "site",
            "--title",
            "Сайт",
            "--channel",
            "adf",
        ],
        &["account", "create", "--login", "x", "--role", "king"],
        &["branch", "create", "--group", "nobody", "--name", "Тверь"],
    ] {
        let output = installation.edina(again).output("").await;
        assert_eq!(output.status.code(), Some(1), "{again:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).starts_with("edina: there is"),
            "{again:?}: {output:?}"
        );
    }
    let own = installation
        .edina(&[
            "account",
            "create",
            "--login",
            "boss",
            "--role",
            "administrator",
            "--password-stdin",
        ])
        .output("a password of my own\n")
        .await;
    let said = String::from_utf8_lossy(&own.stdout).into_owned();
    assert!(
        own.status.success() && field(&said, "account") == "boss",
        "{own:?}"
    );
    assert!(!said.contains("password"), "{said}");
    installation.kill_services();
}
