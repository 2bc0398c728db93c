//! People are managed in the console, and every change goes out.

use axum::http::StatusCode;
use edina_proto::directory::v1::Branch;

use crate::door::Door;

#[tokio::test]
async fn an_employee_is_added_absent_and_leaves() {
    let door = Door::open().await;
    // Written by another process: a page that was open before shows it a second later.
    let branch = Branch {
        branch_id: "kazan".into(),
        display_name: "Казань".into(),
        time_zone: "Europe/Moscow".into(),
        ..Branch::default()
    };
    gateway::provision::put_branch(&door.database, &door.group, &branch)
        .await
        .unwrap();
    let cookie = door.sign_in("admin").await;
    let csrf = door.csrf(&cookie).await;
    let form = format!(
        "csrf={csrf}&display_name=Anna&role=seller&branch_id=kazan&extension=301&login=anna&password=long+enough+word"
    );
    assert_eq!(
        door.post("/people", &cookie, &form).await.status,
        StatusCode::SEE_OTHER
    );
    // The same extension cannot ring at two desks; the reason names the field.
    let twice = door
        .post("/people", &cookie, &form.replace("login=anna", "login="))
        .await;
    assert_eq!(twice.status, StatusCode::BAD_REQUEST);
    assert!(twice.body.contains("extension"), "{}", twice.body);

    let now = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let read = async || {
        gateway::directory::read(&door.database, &door.group, now)
            .await
            .unwrap()
            .unwrap()
    };
    let group = read().await;
    let anna = group
        .employees
        .iter()
        .find(|employee| employee.display_name == "Anna")
        .unwrap()
        .clone();
    let path = format!("/people/{}", anna.employee_id);
    let day = now.date_naive();
    let absent = format!("csrf={csrf}&from={day}&to={day}&cover_employee_id=");
    assert_eq!(
        door.post(&format!("{path}/absence"), &cookie, &absent)
            .await
            .status,
        StatusCode::SEE_OTHER
    );
    let after = read().await;
    assert!(after.version > group.version);
    let absences = &after
        .employees
        .iter()
        .find(|one| one.employee_id == anna.employee_id)
        .unwrap()
        .absences;
    assert_eq!(absences.len(), 1);

    let session = door.try_sign_in("anna", "long enough word").await;
    assert_eq!(session.status, StatusCode::SEE_OTHER);
    let left = door
        .post(&format!("{path}/left"), &cookie, &format!("csrf={csrf}"))
        .await;
    assert_eq!(left.status, StatusCode::SEE_OTHER);
    assert_eq!(
        door.get("/people", &session.cookie()).await.status,
        StatusCode::SEE_OTHER,
        "the session ended"
    );
    assert_eq!(
        door.try_sign_in("anna", "long enough word").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );

    let mut tx = door.database.begin_system().await.unwrap();
    let types: Vec<String> = sqlx::query_scalar("select event_type from outbox order by seq")
        .fetch_all(&mut *tx)
        .await
        .unwrap();
    for fact in [
        "branch.changed",
        "employee.joined",
        "employee.absent",
        "employee.left",
    ] {
        assert!(
            types.iter().any(|name| name.contains(fact)),
            "{fact} is not among {types:?}"
        );
    }
    let jobs: i64 = sqlx::query_scalar("select count(*) from jobs where kind = 'publish_directory'")
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    assert_eq!(jobs, 1, "changes that wait are published together");
}

#[tokio::test]
async fn the_demo_is_switched_off_and_on() {
    let door = Door::open().await;
    assert_eq!(
        gateway::demo::known(&door.database, &door.group).await.unwrap(),
        None
    );
    assert!(gateway::demo::is_on(&door.database, &door.group).await.unwrap());
    let cookie = door.sign_in("admin").await;
    let csrf = door.csrf(&cookie).await;
    door.post("/demo", &cookie, &format!("csrf={csrf}&on=false"))
        .await;
    assert!(!gateway::demo::is_on(&door.database, &door.group).await.unwrap());
}
