//! The life of a session: it ends for good, everywhere and soon, and a password change takes the others with it.

use e2e::eventually;
use futures::StreamExt as _;

use crate::{
    requests::Proof,
    table::TABLE,
    world::{Holder, PASSWORD, World, run, world},
};

/// An open event stream, after its first event.
async fn listening(
    world: &World,
    path: &str,
    holder: &Holder,
    token: bool,
) -> impl Future<Output = ()> + use<> {
    let request = world.http.get(format!("{}{path}", world.base));
    let request = if token {
        request.bearer_auth(&holder.token)
    } else {
        request.header("cookie", &holder.cookie)
    };
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut events = response.bytes_stream();
    let first = events.next().await.unwrap().unwrap();
    assert!(first.starts_with(b"event: listening"), "{first:?}");
    async move { while events.next().await.is_some_and(|event| event.is_ok()) {} }
}

async fn ends(what: &str, stream: impl Future<Output = ()>) {
    let ended = tokio::time::timeout(e2e::patience::patience() * 2, stream).await;
    assert!(ended.is_ok(), "{what}");
}

async fn own(world: &World, role: &str, name: &str) -> Holder {
    world.holder("main", role, name, &[]).await.unwrap()
}

#[test]
fn event_streams_end_with_the_session_the_role_and_the_token() {
    run(async || {
        let world = world().await;
        let (database, group) = (world.database().unwrap(), "main".parse().unwrap());
        let leaver = own(world, "seller", "stream-leaver").await;
        let first = listening(world, "/live", &leaver, false).await;
        let out = TABLE.iter().find(|line| line.path == "/sign-out").unwrap();
        world.tried(out, false, Proof::Page(&leaver)).await;
        ends("signed out", first).await;

        let program = own(world, "seller", "stream-program").await;
        let second = listening(world, "/api/v1/live", &program, true).await;
        gateway::provision::revoke_tokens(&database, &group, "stream-program")
            .await
            .unwrap();
        let moved = own(world, "head_of_sales", "stream-moved").await;
        let third = listening(world, "/live", &moved, false).await;
        let mut tx = database.begin(&group).await.unwrap();
        sqlx::query("update accounts set role = 'marketer' where login = 'stream-moved'")
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        tokio::join!(ends("token revoked", second), ends("another role", third));
    });
}

#[test]
fn a_session_opens_so_many_streams_and_no_more() {
    run(async || {
        let world = world().await;
        let greedy = own(world, "seller", "stream-greedy").await;
        let live = TABLE.iter().find(|line| line.path == "/live").unwrap();
        let mut open = Vec::new();
        let refused = loop {
            let response = world
                .request(live, "/live", Proof::Page(&greedy))
                .send()
                .await
                .unwrap();
            if response.status() != 200 {
                break response;
            }
            open.push(response);
            assert!(open.len() <= 64, "no bound on streams");
        };
        assert_eq!(refused.status(), 429);
        assert!(refused.headers().contains_key("retry-after"));
        open.pop();
        eventually("a place is free again", async || {
            let response = world
                .request(live, "/live", Proof::Page(&greedy))
                .send()
                .await
                .unwrap();
            (response.status() == 200).then_some(())
        })
        .await;
    });
}

async fn change(
    world: &World,
    holder: &Holder,
    present: &str,
    wanted: &str,
    again: &str,
) -> (u16, String, String) {
    let form = [
        ("csrf", holder.csrf.as_str()),
        ("present", present),
        ("wanted", wanted),
        ("again", again),
    ];
    let request = world
        .http
        .post(format!("{}/account/password", world.base))
        .header("cookie", &holder.cookie);
    let response = request.form(&form).send().await.unwrap();
    let cookie = response
        .headers()
        .get("set-cookie")
        .map_or("", |set| set.to_str().unwrap());
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    (response.status().as_u16(), cookie, response.text().await.unwrap())
}

#[test]
fn a_new_password_ends_every_other_session() {
    run(async || {
        let world = world().await;
        let here = own(world, "operator", "password-changer").await;
        let elsewhere = world.signed_in("main", &here.login, String::new()).await.unwrap();
        let stream = listening(world, "/live", &elsewhere, false).await;
        let wanted = "battery staple horse";
        for (present, new, again) in [
            (PASSWORD, "short", "short"),
            (PASSWORD, PASSWORD, PASSWORD),
            (PASSWORD, wanted, "battery staple hors"),
            (PASSWORD, "PASSWORD-changer", "PASSWORD-changer"),
            ("not this one", wanted, wanted),
        ] {
            let (status, cookie, page) = change(world, &here, present, new, again).await;
            assert_eq!((status, cookie.as_str()), (422, ""), "{new}");
            assert!(
                page.contains("role=\"alert\"") && !page.contains(wanted),
                "{page}"
            );
        }
        let account = TABLE.iter().find(|line| line.path == "/account").unwrap();
        assert_eq!(
            world
                .tried(account, false, Proof::Cookie(&elsewhere.cookie))
                .await
                .status,
            200
        );

        let (status, cookie, _) = change(world, &here, PASSWORD, wanted, wanted).await;
        assert_eq!(status, 303);
        assert_eq!(
            world.tried(account, false, Proof::Cookie(&cookie)).await.status,
            200
        );
        for old in [&here.cookie, &elsewhere.cookie] {
            assert!(world.tried(account, false, Proof::Cookie(old)).await.is_sign_in());
        }
        ends("the other session's stream", stream).await;
        assert!(
            world.signed_in("main", &here.login, String::new()).await.is_err(),
            "the old password opens"
        );
    });
}

/// Many guesses at the same moment get no further than a few one after another; a name nobody has looks the same.
#[test]
fn guesses_in_parallel_are_counted_like_guesses_in_a_row() {
    run(async || {
        let world = world().await;
        let target = own(world, "marketer", "guessed-at").await;
        for login in [target.login.as_str(), "nobody-has-this-name"] {
            let guesses = (0..12).map(async |number| {
                let form = [
                    ("group", "main".to_owned()),
                    ("login", login.to_owned()),
                    ("password", format!("guess {number}")),
                ];
                let request = world.http.post(format!("{}/sign-in", world.base)).form(&form);
                request.send().await.unwrap().status().as_u16()
            });
            let answers = futures::future::join_all(guesses).await;
            let count = |status| answers.iter().filter(|answer| **answer == status).count();
            let limit = usize::try_from(gateway::session::throttle::ACCOUNT_LIMIT).unwrap();
            assert_eq!(
                (count(422), count(429)),
                (limit, 12 - limit),
                "{login}: {answers:?}"
            );
        }
        assert!(
            world
                .signed_in("main", &target.login, String::new())
                .await
                .is_err(),
            "locked for the right one too"
        );
    });
}
