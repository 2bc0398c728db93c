//! Whoever has signed in at one copy of the gateway is known at the other, and an open page misses no call while both
//! copies are restarted.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use e2e::{Service, System, api::text, eventually, peers::pbx::Story, people::Person};
use futures::StreamExt as _;
use reqwest::{Client, StatusCode, header, redirect::Policy};

use crate::stage;

/// How long a page waits before it asks for its event stream again.
const PAGE_WAITS: Duration = Duration::from_secs(1);

/// A browser without scripts: the operator's, signed in.
struct Operator {
    client: Client,
    cookie: String,
}

impl Operator {
    /// Signs in at one copy.
    async fn sign_in(system: &System, base: &str) -> Self {
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        let group = system.group();
        let login = format!("operator-{}", group.id);
        let form = [
            ("login", login.as_str()),
            ("password", &group.admin.1),
            ("group", &group.id),
        ];
        let entered = client
            .post(format!("{base}/sign-in"))
            .header(header::ORIGIN, base)
            .form(&form)
            .send()
            .await
            .unwrap();
        assert_eq!(entered.status(), StatusCode::SEE_OTHER, "{entered:?}");
        let cookies: Vec<&str> = entered
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .collect();
        let cookie = cookies.join("; ");
        Self { client, cookie }
    }

    async fn get(&self, url: String) -> reqwest::Result<reqwest::Response> {
        self.client
            .get(url)
            .header(header::COOKIE, &self.cookie)
            .send()
            .await
    }

    /// What a page's event stream has told so far, on and on: ends and begins again as the page does.
    async fn listen(self, base: String, told: Arc<Mutex<String>>) {
        loop {
            if let Ok(answer) = self.get(format!("{base}/live")).await {
                let mut events = answer.bytes_stream();
                while let Some(Ok(bytes)) = events.next().await {
                    told.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes));
                }
            }
            tokio::time::sleep(PAGE_WAITS).await;
        }
    }
}

fn copy(system: &System, number: usize) -> String {
    format!("http://{}", system.listens(Service::Gateway.copy(number)).http)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_holds_at_either_copy_and_a_page_misses_no_call_while_both_restart() {
    let system = stage::pair().await;
    let (one, other) = (copy(&system, 0), copy(&system, 1));
    let operator = Operator::sign_in(&system, &one).await;
    let page = operator
        .get(format!("{one}/"))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let (_, rest) = page
        .split_once("name=\"csrf\" value=\"")
        .expect("a page with a form");
    let token = rest.split('"').next().unwrap().to_owned();
    assert_eq!(
        operator.get(format!("{other}/")).await.unwrap().status(),
        StatusCode::OK
    );
    let sign_out = async |base: &str, token: &str| {
        operator
            .client
            .post(format!("{base}/sign-out"))
            .header(header::COOKIE, &operator.cookie)
            .header(header::ORIGIN, base)
            .form(&[("csrf", token)])
            .send()
            .await
            .unwrap()
            .status()
    };
    assert!(sign_out(&other, "made up").await.is_client_error());
    assert_eq!(sign_out(&other, &token).await, StatusCode::SEE_OTHER);
    let after = operator.get(format!("{one}/")).await.unwrap().status();
    assert_ne!(after, StatusCode::OK, "signed out at the other copy");

    let told = Arc::<Mutex<String>>::default();
    let listener = Operator::sign_in(&system, &system.console()).await;
    let page = tokio::spawn(listener.listen(system.console(), Arc::clone(&told)));
    eventually("the page hears", async || {
        told.lock().unwrap().contains("event: listening").then_some(())
    })
    .await;
    let over = AtomicBool::new(false);
    let restarts = async {
        for number in 0..2 {
            let copy = Service::Gateway.copy(number);
            assert_eq!(system.stop(copy).await, 0);
            system.restart(copy).await;
        }
        over.store(true, Ordering::SeqCst);
    };
    let ((), callers) = tokio::join!(restarts, call_until(&system, &told, &over));
    page.abort();
    println!("{callers} calls popped up during the restarts");
}

/// Calls one after the other; each rings until the page shows it. Answers how many.
async fn call_until(system: &System, told: &Mutex<String>, over: &AtomicBool) -> usize {
    let mut callers = 0;
    while !over.load(Ordering::SeqCst) || callers < 3 {
        let caller = Person::woman();
        let ringing = system
            .pbx()
            .ring(Story::Abandoned, &caller.trunk(), ["301", "302"])
            .await
            .unwrap();
        let id = eventually("the call is known", async || {
            let calls = system.api().all("calls").await.ok()?;
            let call = calls.iter().find(|call| text(call, "number") == caller.e164())?;
            Some(text(call, "call_id").to_owned())
        })
        .await;
        eventually("the call pops up on the page", async || {
            told.lock().unwrap().contains(&id).then_some(())
        })
        .await;
        ringing.go_on();
        callers += 1;
    }
    callers
}
