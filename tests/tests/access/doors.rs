//! The doors that want a key of their own instead of a session: intake, and telephony.

use crate::{
    requests::all,
    world::{run, world},
};

/// Method, path with the key of a source in it, content type, body.
const INTAKE: [(&str, &str, &str, &str); 2] = [
    (
        "POST",
        "/intake/v1/adf",
        "application/xml",
        "<?adf version=\"1.0\"?><adf><prospect><customer><contact><name part=\"full\">Нежданов</name>\
         <phone>+79165559999</phone></contact></customer></prospect></adf>",
    ),
    (
        "POST",
        "/intake/v1/forms/{source}",
        "application/json",
        "{\"name\":\"Нежданов\",\"phone\":\"+79165559999\"}",
    ),
];

#[test]
fn no_input_is_taken_without_the_key_of_a_source() {
    let routed: Vec<_> = lead_intake::ROUTES
        .iter()
        .map(|route| (route.method, route.path))
        .collect();
    let written: Vec<_> = INTAKE.iter().map(|(method, path, ..)| (*method, *path)).collect();
    assert_eq!(routed, written, "a route of the intake without a line here");
    run(async || {
        let world = world().await;
        let listens = format!("http://{}", world.system.listens(e2e::Service::Intake).http);
        let right = world.system.group().key("adf").to_owned();
        let keys = [
            ("no key", String::new()),
            ("a made-up key", "A".repeat(right.len())),
            ("half a key", right.get(..right.len() / 2).unwrap().to_owned()),
            ("an API token", world.admin().token.clone()),
            ("a very long key", "A".repeat(2000)),
        ];
        let mut tries = Vec::new();
        for base in [&world.base, &listens] {
            for line in INTAKE {
                tries.extend(keys.iter().map(move |key| (base, line, key)));
            }
        }
        all(tries
            .into_iter()
            .map(async |(base, (method, path, kind, body), (what, key))| {
                let path = path.replace("{source}", if key.is_empty() { "%20" } else { key.as_str() });
                let request = world
                    .http
                    .request(method.parse().unwrap(), format!("{base}{path}"));
                // The administrator's session and token are no key either.
                let request = request
                    .query(&[("source", key)])
                    .bearer_auth(&world.admin().token)
                    .header("cookie", &world.admin().cookie)
                    .header("content-type", kind)
                    .body(body);
                let answer = world.answer(request).await;
                let refused = [400, 401, 403, 404, 414].contains(&answer.status)
                    && answer.kind == "application/problem+json";
                (!refused).then(|| format!("{what}: {method} {path}: {} {}", answer.status, answer.body))
            }))
        .await;
        let found = world.system.api().find("+79165559999").await.unwrap();
        assert!(
            found.is_empty(),
            "somebody without a key is a client now: {found:?}"
        );
    });
}

/// No provider is set up, so nothing is taken by any of its addresses.
#[test]
fn telephony_takes_nothing_from_strangers() {
    run(async || {
        let world = world().await;
        let listens = format!("http://{}", world.system.listens(e2e::Service::Calls).http);
        for base in [&world.base, &listens] {
            for provider in ["mango", "asterisk", "x"] {
                let request = world
                    .http
                    .post(format!("{base}/telephony/v1/webhooks/{provider}"))
                    .body("{}");
                assert_eq!(world.answer(request).await.status, 404, "{base} {provider}");
            }
        }
    });
}
