//! A seller of another branch: leads, calls and tasks of this one are out of sight; clients are everybody's (R57).

use crate::{
    requests::{Proof, all},
    table::{Of, TABLE},
    world::{run, world},
};

#[test]
fn another_branch_neither_sees_nor_changes_leads_calls_and_tasks() {
    run(async || {
        let world = world().await;
        let lines = TABLE
            .iter()
            .filter(|line| [Of::Lead, Of::Call, Of::Task].contains(&line.of) && line.roles.contains('s'));
        all(lines.map(async |line| {
            let answer = world.tried(line, true, Proof::Page(&world.elsewhere)).await;
            let wrong = !world.hidden(&answer);
            wrong.then(|| format!("{} {}: {}", line.method, line.path, answer.status))
        }))
        .await;
        for list in ["leads", "calls", "tasks"] {
            let request = world.http.get(format!("{}/api/v1/{list}", world.base));
            let answer = world
                .answer(request.header("cookie", &world.elsewhere.cookie))
                .await;
            assert_eq!(answer.status, 200, "{list}");
            for id in [Of::Lead, Of::Call, Of::Task].map(|of| world.ids.get(&of).unwrap()) {
                assert!(!answer.body.contains(id.as_str()), "{list} shows {id}");
            }
        }
        let card = TABLE
            .iter()
            .find(|line| line.path == "/api/v1/clients/{id}")
            .unwrap();
        assert_eq!(
            world
                .tried(card, true, Proof::Page(&world.elsewhere))
                .await
                .status,
            200
        );
    });
}
