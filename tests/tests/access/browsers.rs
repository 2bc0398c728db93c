//! What a browser adds: CSRF tokens, where a request comes from, headers that keep a page to itself.

use crate::{
    requests::{Proof, all},
    table::TABLE,
    world::{run, world},
};

#[test]
fn no_page_of_somebody_else_changes_anything() {
    run(async || {
        let world = world().await;
        let (admin, foreigner) = (world.admin(), &world.foreigner);
        let second = world
            .signed_in("main", &admin.login, String::new())
            .await
            .unwrap();
        let mut tries = Vec::new();
        for line in TABLE.iter().filter(|line| line.changes() && line.roles != "*") {
            let path = world.path(line, false);
            let bare = || world.request(line, &path, Proof::Cookie(&admin.cookie));
            let own = || world.request(line, &path, Proof::Page(admin));
            tries.push(("no CSRF token", line, bare()));
            tries.push((
                "a made-up CSRF token",
                line,
                bare().header("x-csrf-token", "A".repeat(43)),
            ));
            tries.push((
                "the CSRF token of another session",
                line,
                bare().header("x-csrf-token", &second.csrf),
            ));
            tries.push((
                "the CSRF token of another group",
                line,
                bare().header("x-csrf-token", &foreigner.csrf),
            ));
            tries.push((
                "a form of another site",
                line,
                own().header("sec-fetch-site", "cross-site"),
            ));
            tries.push((
                "a form of a neighbouring host",
                line,
                own().header("sec-fetch-site", "same-site"),
            ));
            tries.push((
                "another origin",
                line,
                own().header("origin", "https://elsewhere.example"),
            ));
            tries.push(("no origin of its own", line, own().header("origin", "null")));
        }
        all(tries.into_iter().map(async |(what, line, request)| {
            let answer = world.answer(request).await;
            (answer.status != 403)
                .then(|| format!("{what}: {} {}: {}", line.method, line.path, answer.status))
        }))
        .await;
    });
}

#[test]
fn signing_in_from_another_site_is_refused() {
    run(async || {
        let world = world().await;
        let line = TABLE
            .iter()
            .find(|line| line.path == "/sign-in" && line.changes())
            .unwrap();
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://elsewhere.example"),
            ("origin", "null"),
        ] {
            let request = world
                .request(line, "/sign-in", Proof::Nothing)
                .header(name, value);
            assert_eq!(world.answer(request).await.status, 403, "{name}: {value}");
        }
    });
}

#[test]
fn every_answer_keeps_a_page_to_itself() {
    run(async || {
        let world = world().await;
        let paths = TABLE
            .iter()
            .filter(|line| !line.changes())
            .map(|line| (line, world.path(line, true)));
        all(paths.map(async |(line, path)| {
            let request = world.request(line, &path, Proof::Page(world.admin()));
            let response = request.send().await.unwrap();
            let header = |name: &str| response.headers().get(name).map_or("", |value| value.to_str().unwrap());
            let policy = header("content-security-policy");
            let kept = policy.contains("default-src 'none'")
                && policy.contains("frame-ancestors 'none'")
                && !policy.contains("unsafe")
                && header("x-content-type-options") == "nosniff"
                && header("x-frame-options") == "DENY"
                && header("referrer-policy") == "same-origin"
                && !header("permissions-policy").is_empty()
                && header("cross-origin-opener-policy") == "same-origin"
                // What holds personal data is on no disk.
                && (line.roles == "*" || header("cache-control").contains("no-store") || line.path.ends_with("/live"));
            (!kept).then(|| format!("{path}: {:?}", response.headers()))
        }))
        .await;
    });
}

/// Health and metrics need no secret, and hold none.
#[test]
fn operations_are_open_and_say_nothing_of_anybody() {
    run(async || {
        let world = world().await;
        let secrets = [
            world.secret_name.as_str(),
            &world.admin().token,
            &world.admin().cookie,
            &world.system.group().seller.email,
            "postgres://",
            "nats://",
        ];
        for service in e2e::Service::ALL {
            let base = format!("http://{}", world.system.listens(service).http);
            for path in ["/healthz", "/readyz", "/metrics"] {
                let answer = world.answer(world.http.get(format!("{base}{path}"))).await;
                assert_eq!(answer.status, 200, "{service:?} {path}");
                for secret in secrets {
                    assert!(!answer.body.contains(secret), "{service:?} {path} tells {secret}");
                }
            }
            let metrics = world.answer(world.http.get(format!("{base}/metrics"))).await.body;
            assert!(metrics.contains("edina_"), "{service:?} measures nothing");
            assert!(!metrics.contains("+7916"), "{service:?} /metrics holds a number");
        }
    });
}
