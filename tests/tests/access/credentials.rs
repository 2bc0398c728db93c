//! Every route with no credential, a made-up one, one that ran out and one that was revoked.

use edina_runtime::group::GroupId;

use crate::{
    requests::{Answer, Proof, all},
    table::{Line, Stranger, TABLE},
    world::{run, world},
};

fn verdict(line: &Line, what: &str, answer: &Answer) -> Option<String> {
    let right = match line.stranger() {
        Stranger::Let => ![401, 403].contains(&answer.status) && answer.status < 500,
        Stranger::Unauthorized => {
            answer.status == 401 && answer.kind == "application/problem+json" && answer.challenge == "Bearer"
        }
        Stranger::SignIn => answer.is_sign_in(),
    };
    (!right).then(|| {
        format!(
            "{what}: {} {}: {} {}",
            line.method, line.path, answer.status, answer.location
        )
    })
}

#[test]
fn no_wrong_credential_opens_anything() {
    run(async || {
        let world = world().await;
        let (database, ours): (_, GroupId) = (world.database().unwrap(), "main".parse().unwrap());
        let revoked = gateway::provision::create_token(&database, &ours, "administrator", "to-revoke")
            .await
            .unwrap();
        gateway::provision::revoke_tokens(&database, &ours, "to-revoke")
            .await
            .unwrap();
        let ended = world
            .signed_in("main", "matrix-administrator", String::new())
            .await
            .unwrap();
        let out = TABLE.iter().find(|line| line.path == "/sign-out").unwrap();
        assert_eq!(world.tried(out, false, Proof::Page(&ended)).await.status, 303);
        let expired = world
            .signed_in("main", "matrix-administrator", String::new())
            .await
            .unwrap();
        expire(&expired.cookie).await;
        let admin = world.admin();
        let secret = admin.token.split_once('.').unwrap().1;
        let session = admin.cookie.split_once('=').unwrap().1;
        let tokens = [
            ("a revoked token", revoked),
            ("a made-up token", format!("edina_main.{}", "A".repeat(43))),
            (
                "a token of a group that does not exist",
                format!("edina_nowhere.{secret}"),
            ),
            ("our secret under another group", format!("edina_polyus.{secret}")),
            (
                "a token without its prefix",
                admin.token.trim_start_matches("edina_").to_owned(),
            ),
            ("a session as a token", format!("edina_{session}")),
            ("nothing after Bearer", String::new()),
            ("a very long token", format!("edina_main.{}", "A".repeat(4000))),
        ];
        let cookies = [
            ("a signed-out session", ended.cookie),
            ("an expired session", expired.cookie),
            (
                "a made-up session",
                format!("edina_session=main.{}", "A".repeat(43)),
            ),
            ("a token as a session", format!("edina_session={}", admin.token)),
            (
                "a token's secret as a session",
                format!("edina_session=main.{secret}"),
            ),
            ("an empty session", "edina_session=".to_owned()),
            ("a cookie of another name", format!("session={session}")),
        ];
        let mut proofs = vec![("nothing", Proof::Nothing)];
        proofs.extend(tokens.iter().map(|(what, token)| (*what, Proof::Token(token))));
        proofs.extend(
            cookies
                .iter()
                .map(|(what, cookie)| (*what, Proof::Cookie(cookie))),
        );
        let tries = TABLE
            .iter()
            .flat_map(|line| proofs.iter().map(move |proof| (line, proof)));
        all(tries
            .map(async |(line, (what, proof))| verdict(line, what, &world.tried(line, true, *proof).await)))
        .await;
    });
}

/// As if its last day had come.
async fn expire(cookie: &str) {
    let database = world().await.database().unwrap();
    let hash = gateway::session::token::read(cookie.split_once('=').unwrap().1)
        .unwrap()
        .1;
    let mut tx = database.begin(&"main".parse().unwrap()).await.unwrap();
    let done =
        sqlx::query("update sessions set expires_at = now() - interval '1 second' where token_hash = $1")
            .bind(hash.as_slice())
            .execute(&mut *tx)
            .await
            .unwrap();
    assert_eq!(done.rows_affected(), 1);
    tx.commit().await.unwrap();
}

/// An address without a route says so to anybody, and a route's other methods are refused before anything is done.
#[test]
fn other_methods_and_addresses_do_nothing() {
    run(async || {
        let world = world().await;
        let mut tries = Vec::new();
        for line in TABLE {
            for method in ["PUT", "DELETE", "PATCH"] {
                tries.push((method, world.path(line, true), [405, 405]));
            }
        }
        for path in [
            "/api/v1/nothing",
            "/nothing",
            "/api/v1/leads/x/y/z",
            "/intake/v1/nothing",
            "/telephony/v1/nothing",
        ] {
            tries.push(("GET", path.to_owned(), [404, 405]));
            tries.push(("POST", path.to_owned(), [404, 405]));
        }
        all(tries.into_iter().map(async |(method, path, expected)| {
            let request = world
                .http
                .request(method.parse().unwrap(), format!("{}{path}", world.base));
            let answer = world.answer(request.bearer_auth(&world.admin().token)).await;
            let wrong = !expected.contains(&answer.status);
            wrong.then(|| format!("{method} {path}: {}", answer.status))
        }))
        .await;
    });
}
