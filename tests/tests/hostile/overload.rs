//! More than the machine takes: refused with 503 or 429 and `Retry-After` before anything is half done.
//!
//! One system with few places and short deadlines; its journeys come one after the other, since each disturbs the rest.

use std::collections::{BTreeMap, BTreeSet};

use e2e::{Options, Service, System, api::text, eventually, people::Person};
use futures::{StreamExt as _, stream};
use reqwest::StatusCode;

use crate::{
    asking::{Said, client, form_url, said, try_said},
    slow,
};

/// Posts at the same moment.
const POSTS: usize = 2000;
/// Forms that the public name may bring at once.
const BURST: usize = 5;

const FEW: &[(Service, &str, &str)] = &[
    (Service::Intake, "LIMITS__AT_ONCE", "4"),
    (Service::Intake, "LIMITS__WAITING", "16"),
    (Service::Intake, "LIMITS__LONGEST_WAIT", "1s"),
    (Service::Intake, "LIMITS__HEAD_DEADLINE", "10s"),
    (Service::Intake, "LIMITS__BODY_DEADLINE", "10s"),
    (Service::Intake, "PUBLIC_FORMS__PER_MINUTE", "1"),
    (Service::Intake, "PUBLIC_FORMS__BURST", "5"),
    (Service::Intake, "PUBLIC_FORMS_OF_ADDRESS__PER_MINUTE", "1"),
    (Service::Intake, "PUBLIC_FORMS_OF_ADDRESS__BURST", "2"),
    (Service::Intake, "TRUST_FORWARDED_FOR", "true"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_the_limits_every_answer_says_when_to_come_back() {
    let system = System::start(Options {
        settings: FEW,
        ..Options::default()
    })
    .await;
    two_thousand_at_once(&system).await;
    a_public_form_has_its_rate(&system).await;
    slow::slow_clients_are_ended_and_hold_up_nobody(&system).await;
    without_postgres(&system).await;
}

fn post(client: &reqwest::Client, url: &str, person: &Person) -> reqwest::RequestBuilder {
    client
        .post(url)
        .header("idempotency-key", person.digits.clone())
        .form(&[("name", person.last_name.as_str()), ("phone", &person.e164())])
}

async fn two_thousand_at_once(system: &System) {
    let url = form_url(system, system.group().key("site"));
    let people: Vec<Person> = (0..POSTS).map(|_| Person::man()).collect();
    let client = client();
    let health = async {
        for _ in 0..20 {
            let intake = system.listens(Service::Intake).http;
            for path in ["healthz", "readyz", "metrics"] {
                let answer = reqwest::get(format!("http://{intake}/{path}")).await.unwrap();
                assert_eq!(answer.status(), StatusCode::OK, "{path} under load");
            }
        }
    };
    let load = futures::future::join_all(people.iter().map(|person| {
        let request = post(&client, &url, person);
        async move { try_said(request).await }
    }));
    let (answers, ()) = tokio::join!(load, health);
    let mut taken = BTreeMap::new();
    let mut refused = Vec::new();
    for (person, answer) in people.iter().zip(answers) {
        let said: Said = answer.expect("every request has an answer");
        match said.lead() {
            Some(lead) => drop(taken.insert(lead.to_owned(), person.e164())),
            None => {
                said.is_later();
                refused.push(person);
            }
        }
    }
    eprintln!(
        "{POSTS} posts at once: {} taken, {} refused",
        taken.len(),
        refused.len()
    );
    assert!(!taken.is_empty() && !refused.is_empty());
    assert_eq!(
        leads(system).await,
        taken.keys().cloned().collect(),
        "what was taken, and nothing else"
    );

    // Whoever was refused comes again with the same key and is taken once.
    for person in refused.iter().take(20) {
        let lead = eventually("there is room again", async || {
            let said = try_said(post(&client, &url, person)).await?;
            said.lead()
                .map(str::to_owned)
                .ok_or_else(|| anyhow::anyhow!("{said:?}"))
        })
        .await;
        assert!(taken.insert(lead, person.e164()).is_none(), "a new lead");
    }
    assert_eq!(leads(system).await, taken.keys().cloned().collect());
}

/// Every lead there is.
async fn leads(system: &System) -> BTreeSet<String> {
    let api = system.api();
    let mut found = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let page = api
            .get(&format!("/api/v1/leads?limit=100&cursor={cursor}"))
            .await
            .unwrap();
        for lead in page["leads"].as_array().unwrap() {
            assert!(
                found.insert(text(lead, "lead_id").to_owned()),
                "listed twice: {lead}"
            );
        }
        text(&page, "next_cursor").clone_into(&mut cursor);
        if cursor.is_empty() {
            return found;
        }
    }
}

async fn a_public_form_has_its_rate(system: &System) {
    let before = leads(system).await;
    let (client, url) = (client(), form_url(system, "site"));
    let from = async |address: String| {
        let request = post(&client, &url, &Person::man()).header("x-forwarded-for", address);
        let answer = said(request).await;
        if answer.lead().is_none() {
            assert_eq!(answer.is_later().status, StatusCode::TOO_MANY_REQUESTS);
        }
        usize::from(answer.lead().is_some())
    };
    // One address, whatever it says of the way it came, uses up its own places and leaves the others theirs.
    let mut taken = 0;
    for invented in 0..BURST * 2 {
        taken += from(format!("198.51.100.{invented}, 192.0.2.1")).await;
    }
    assert!((2..BURST).contains(&taken), "{taken} taken of one address");
    for other in 2..2 + BURST * 2 {
        taken += from(format!("192.0.2.{other}")).await;
    }
    assert!((BURST..BURST * 2).contains(&taken), "{taken} taken");
    assert_eq!(leads(system).await.len(), before.len() + taken);
    // The site's own server shows the key and is not counted.
    let keyed = form_url(system, system.group().key("site"));
    let answer = said(post(&client, &keyed, &Person::man())).await;
    assert!(answer.lead().is_some(), "{answer:?}");
}

async fn without_postgres(system: &System) {
    let before = leads(system).await;
    system.servers().stop_postgres().await.unwrap();
    let (client, url) = (client(), form_url(system, system.group().key("site")));
    let posts = (0..40).map(|_| {
        let request = post(&client, &url, &Person::man());
        async move { said(request).await }
    });
    let answers: Vec<Said> = stream::iter(posts).buffer_unordered(40).collect().await;
    for said in answers {
        assert_eq!(said.is_later().status, StatusCode::SERVICE_UNAVAILABLE);
    }
    let console = said(
        client
            .get(format!("{}/api/v1/clients?q=x", system.console()))
            .bearer_auth(&system.group().token),
    )
    .await;
    assert_eq!(console.is_later().status, StatusCode::SERVICE_UNAVAILABLE);
    let intake = system.listens(Service::Intake).http;
    for path in ["healthz", "metrics"] {
        let answer = reqwest::get(format!("http://{intake}/{path}")).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path} without a database");
    }
    system.servers().start_postgres().await.unwrap();
    for service in Service::ALL {
        system.ready(service).await.unwrap();
    }
    assert_eq!(leads(system).await, before, "nothing of the refused is there");
    let person = Person::man();
    eventually("leads are taken again", async || {
        let said = try_said(post(&client, &url, &person)).await?;
        anyhow::ensure!(said.lead().is_some(), "{said:?}");
        anyhow::Ok(())
    })
    .await;
}
