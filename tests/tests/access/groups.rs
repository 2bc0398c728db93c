//! Another group's administrator with our ids: to them nothing of that id exists, and nothing of ours changes.

use crate::{
    requests::{Proof, all},
    table::{Of, TABLE},
    world::{World, run, world},
};

/// Everything of ours that somebody else might have changed.
async fn picture(world: &World) -> String {
    let mut picture = String::new();
    let lines = TABLE.iter().filter(|line| line.is_api() && !line.changes());
    // Messages and the story go on by themselves: receipts arrive.
    for line in
        lines.filter(|line| [Of::Lead, Of::Call].contains(&line.of) || line.path == "/api/v1/clients/{id}")
    {
        let answer = world.tried(line, true, Proof::Token(&world.admin().token)).await;
        assert_eq!(answer.status, 200, "{}", line.path);
        // The response clock runs on.
        let kept: Vec<&str> = answer
            .body
            .split(',')
            .filter(|part| !part.contains("_left"))
            .collect();
        picture.push_str(&kept.join(","));
    }
    for list in [
        "/api/v1/reviews?state=decided",
        "/api/v1/reviews",
        "/api/v1/directory",
    ] {
        let request = world
            .http
            .get(format!("{}{list}", world.base))
            .bearer_auth(&world.admin().token);
        picture.push_str(&world.answer(request).await.body);
    }
    picture
}

#[test]
fn our_ids_mean_nothing_to_another_group() {
    run(async || {
        let world = world().await;
        let before = picture(world).await;
        let lines: Vec<_> = TABLE.iter().filter(|line| line.of != Of::Nothing).collect();
        let mut tries = Vec::new();
        for line in lines {
            tries.push((line, Proof::Page(&world.foreigner)));
            if line.is_api() {
                tries.push((line, Proof::Token(&world.foreigner.token)));
            }
        }
        all(tries.into_iter().map(async |(line, proof)| {
            let answer = world.tried(line, true, proof).await;
            (!world.hidden(&answer)).then(|| {
                format!(
                    "{} {}: {} {}",
                    line.method, line.path, answer.status, answer.location
                )
            })
        }))
        .await;
        assert_eq!(picture(world).await, before, "something of ours was changed");
    });
}

#[test]
fn lists_and_searches_of_another_group_show_nothing_of_ours() {
    run(async || {
        let world = world().await;
        let client = world.ids.get(&Of::Client).unwrap();
        let lines = TABLE
            .iter()
            .filter(|line| !line.changes() && line.of == Of::Nothing && line.roles != "*");
        let mut paths: Vec<String> = lines
            .map(|line| line.path.to_owned())
            .filter(|path| !path.ends_with("/live"))
            .collect();
        for list in ["leads", "calls", "tasks", "messages", "reviews"] {
            paths.push(format!("/api/v1/{list}?client_id={client}"));
        }
        for path in ["/api/v1/clients", "/search"] {
            let name: String = world
                .secret_name
                .bytes()
                .map(|byte| format!("%{byte:02X}"))
                .collect();
            paths.push(format!("{path}?q={name}"));
        }
        all(paths.into_iter().map(async |path| {
            let request = world.http.get(format!("{}{path}", world.base));
            let answer = world
                .answer(request.header("cookie", &world.foreigner.cookie))
                .await;
            // What was asked for is repeated in the search field.
            let asked = path.starts_with("/search");
            let ids = world.ids.values().filter(|id| !path.contains(id.as_str()));
            let told: Vec<&String> = ids.filter(|id| answer.body.contains(id.as_str())).collect();
            let named = !asked && answer.body.contains(&world.secret_name);
            (!told.is_empty() || named || answer.status >= 500)
                .then(|| format!("{path}: {} {told:?} {named}", answer.status))
        }))
        .await;
    });
}
