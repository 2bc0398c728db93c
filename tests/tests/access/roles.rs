//! Every route with every role, as a person and as a program.

use std::collections::BTreeSet;

use crate::{
    requests::{Answer, Proof, all},
    table::{Line, ROLES, TABLE},
    world::{run, world},
};

#[test]
fn every_route_of_the_router_stands_in_the_table() {
    let routed: BTreeSet<_> = gateway::http::ROUTES
        .iter()
        .map(|route| (route.method, route.path))
        .collect();
    let written: BTreeSet<_> = TABLE.iter().map(|line| (line.method, line.path)).collect();
    let missing: Vec<_> = routed.symmetric_difference(&written).collect();
    assert!(missing.is_empty(), "in one of the two only: {missing:?}");
    assert_eq!(written.len(), TABLE.len(), "a route stands twice");
    for line in TABLE {
        let known = line.roles == "*"
            || line
                .roles
                .chars()
                .all(|letter| ROLES.iter().any(|(own, _)| *own == letter));
        assert!(known, "{line:?}");
    }
}

/// What is to be found, or compared, is not said.
const NAMELESS: [&str; 3] = [
    "/api/v1/clients",
    "/api/v1/identity/explain",
    "/api/v1/vehicles/routing",
];

fn verdict(line: &Line, role: &str, may: bool, how: &str, answer: &Answer) -> Option<String> {
    let refused = [401, 403].contains(&answer.status);
    let wrong = if may {
        refused || answer.status >= 500 || (answer.is_sign_in() && line.path != "/sign-out")
    } else {
        answer.status != 403
    };
    wrong.then(|| {
        format!(
            "{role} {how} {} {}: {} {}",
            line.method, line.path, answer.status, answer.location
        )
    })
}

/// Reading routes with our ids; changing ones with an id that nothing has, so that nothing changes for whoever may.
#[test]
fn roles_do_what_the_table_says_and_nothing_else() {
    run(async || {
        let world = world().await;
        let mut tries = Vec::new();
        for line in TABLE {
            for (letter, role) in ROLES {
                let may = line.roles == "*" || line.roles.contains(letter);
                tries.push((line, role, may, true));
                if line.is_api() {
                    tries.push((line, role, may, false));
                }
            }
        }
        all(tries.into_iter().map(async |(line, role, may, person)| {
            let holder = world.holders.get(role).unwrap();
            // Signing out ends a session: a fresh one does it.
            let fresh;
            let holder = if line.path == "/sign-out" {
                fresh = world
                    .signed_in("main", &holder.login, String::new())
                    .await
                    .unwrap();
                &fresh
            } else {
                holder
            };
            let (how, proof) = if person {
                ("as a person", Proof::Page(holder))
            } else {
                ("as a program", Proof::Token(&holder.token))
            };
            let answer = world.tried(line, !line.changes(), proof).await;
            let reads_page = may && !line.changes() && line.roles != "*";
            let read = !reads_page
                || answer.status == 200
                || (NAMELESS.contains(&line.path) && answer.status == 400);
            verdict(line, role, may, how, &answer).or_else(|| {
                (!read).then(|| format!("{role} {how} cannot read {}: {}", line.path, answer.status))
            })
        }))
        .await;
    });
}

/// A program has no CSRF token, and no page: what is a person's own is refused to it.
#[test]
fn tokens_open_pages_by_the_same_rights() {
    run(async || {
        let world = world().await;
        let lines = TABLE
            .iter()
            .filter(|line| !line.is_api() && !line.changes() && line.roles != "*");
        all(lines
            .flat_map(|line| ROLES.map(|(letter, role)| (line, letter, role)))
            .map(async |(line, letter, role)| {
                let may = line.roles.contains(letter) && line.path != "/account";
                let answer = world
                    .tried(line, true, Proof::Token(&world.holders.get(role).unwrap().token))
                    .await;
                verdict(line, role, may, "with a token", &answer)
            }))
        .await;
    });
}
