//! Who gets in, who may do what, and what the refused are told.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use chrono::Duration;
use gateway::{
    http::{Access, ROUTES},
    session::rights::Role,
};

use crate::door::{Door, PASSWORD};

#[tokio::test]
async fn a_person_signs_in_sees_pages_and_signs_out() {
    let door = Door::open().await;
    let away = door.get("/people", "").await;
    assert_eq!(away.status, StatusCode::SEE_OTHER);
    assert!(
        away.headers[header::LOCATION]
            .to_str()
            .unwrap()
            .starts_with("/sign-in?next=")
    );

    let answer = door.try_sign_in("admin", PASSWORD).await;
    assert_eq!(answer.headers[header::LOCATION], "/people");
    let whole = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(
        whole.contains("HttpOnly") && whole.contains("SameSite=Lax"),
        "{whole}"
    );
    let cookie = answer.cookie();
    let page = door.get("/people", &cookie).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );

    // Other services are away: the first page still comes, and says so.
    let home = door.get("/", &cookie).await;
    assert_eq!(home.status, StatusCode::OK, "{}", home.body);
    let csrf = door.csrf(&cookie).await;
    let gone = door.post("/sign-out", &cookie, &format!("csrf={csrf}")).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    assert_eq!(door.get("/people", &cookie).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn failures_lock_the_account_for_a_while_even_for_the_right_password() {
    let door = Door::open().await;
    for _ in 0..gateway::session::throttle::ACCOUNT_LIMIT {
        assert_eq!(
            door.try_sign_in("admin", "wrong").await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    let locked = door.try_sign_in("admin", PASSWORD).await;
    assert_eq!(locked.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(locked.body.contains("role=\"alert\""));
    // Another account is not punished, and the lock ends.
    door.sign_in("seller").await;
    door.clock.advance(Duration::seconds(31));
    door.sign_in("admin").await;
    // A name that does not exist is refused the same way.
    assert_eq!(
        door.try_sign_in("nobody", PASSWORD).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn a_session_ends_by_disuse() {
    let door = Door::open().await;
    let cookie = door.sign_in("admin").await;
    door.clock.advance(Duration::hours(11));
    assert_eq!(door.get("/people", &cookie).await.status, StatusCode::OK);
    door.clock.advance(Duration::hours(11));
    assert_eq!(
        door.get("/people", &cookie).await.status,
        StatusCode::OK,
        "use keeps it alive"
    );
    door.clock.advance(Duration::hours(13));
    assert_eq!(door.get("/people", &cookie).await.status, StatusCode::SEE_OTHER);
    for forged in [
        "edina_session=meridian.x",
        "edina_session=..",
        "edina_session=other.AAAA",
    ] {
        assert_eq!(
            door.get("/people", forged).await.status,
            StatusCode::SEE_OTHER,
            "{forged}"
        );
    }
}

fn concrete(path: &str) -> String {
    path.replace("{id}", "01900000-0000-7000-8000-000000000001")
        .replace("{name}", "site")
        .replace("{hash}", "0")
}

#[tokio::test]
async fn every_changing_route_of_a_person_wants_the_csrf_token() {
    let door = Door::open().await;
    let cookie = door.sign_in("admin").await;
    let mut seen = 0;
    for route in ROUTES
        .iter()
        .filter(|route| route.method == "POST" && route.access != Access::Open)
    {
        for form in ["", "csrf=wrong"] {
            let answer = door.post(&concrete(route.path), &cookie, form).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{route:?}");
        }
        seen += 1;
    }
    assert!(seen > 30, "{seen}");
}

#[tokio::test]
async fn routes_follow_the_matrix_of_roles() {
    let door = Door::open().await;
    for role in Role::ALL {
        let token = gateway::provision::create_token(&door.database, &door.group, role.name(), "t")
            .await
            .unwrap();
        for route in ROUTES
            .iter()
            .filter(|route| route.path.starts_with("/api/v1/") && route.method == "POST")
        {
            let Access::Needs(right) = route.access else {
                panic!("{route:?} is open")
            };
            let request = Request::post(concrete(route.path))
                .header(header::AUTHORIZATION, format!("Bearer {token}"))
                .body(Body::empty())
                .unwrap();
            let status = door.send(request).await.status;
            assert_eq!(
                status == StatusCode::FORBIDDEN,
                !role.may(right),
                "{role} {route:?}: {status}"
            );
        }
    }
    assert_eq!(
        gateway::provision::revoke_tokens(&door.database, &door.group, "t")
            .await
            .unwrap(),
        7
    );
}

#[tokio::test]
async fn the_api_answers_every_refusal_with_a_problem_document() {
    let door = Door::open().await;
    let token = gateway::provision::create_token(&door.database, &door.group, "administrator", "t")
        .await
        .unwrap();
    let send = async |method: &str, path: &str, kind: &str, body: &str, bearer: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {bearer}"))
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body.to_owned()))
            .unwrap();
        door.send(request).await
    };
    let json = "application/json";
    let long = format!("\"{}\"", "x".repeat(5 * 1024 * 1024));
    for (method, path, kind, body, bearer, status) in [
        ("GET", "/api/v1/clients?q=1", json, "", "edina_wrong", 401),
        ("GET", "/api/v1/nothing", json, "", token.as_str(), 404),
        ("GET", "/api/v1/clients/no-uuid", json, "", &token, 404),
        ("DELETE", "/api/v1/clients", json, "", &token, 405),
        ("GET", "/api/v1/clients", json, "", &token, 400),
        ("GET", "/api/v1/leads?limit=9999", json, "", &token, 400),
        ("GET", "/api/v1/leads?limit=many", json, "", &token, 400),
        ("POST", "/api/v1/source-records", "text/plain", "{}", &token, 415),
        ("POST", "/api/v1/source-records", json, "{", &token, 400),
        (
            "POST",
            "/api/v1/source-records",
            json,
            "{\"kind\":\"sale\"}",
            &token,
            400,
        ),
        ("POST", "/api/v1/source-records", json, "[]", &token, 400),
        ("POST", "/api/v1/source-records", json, long.as_str(), &token, 413),
        ("GET", "/api/v1/clients?q=79161234567", json, "", &token, 503),
        ("GET", "/intake/v1/adf", json, "", &token, 404),
    ] {
        let answer = send(method, path, kind, body, bearer).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {}", answer.body);
        assert_eq!(
            answer.headers[header::CONTENT_TYPE],
            "application/problem+json",
            "{method} {path}"
        );
        let problem = answer.json();
        assert_eq!(problem["status"], status);
        assert!(problem["title"].is_string() && problem["detail"].is_string() && problem["type"].is_string());
    }
    let wrong = send(
        "POST",
        "/api/v1/source-records",
        json,
        "{\"kind\":\"gift\",\"phones\":[\"1\"]}",
        &token,
    )
    .await
    .json();
    assert_eq!(wrong["errors"][0]["field"], "kind");
    assert!(wrong["errors"][0]["expected"].as_str().unwrap().contains("sale"));
    // In a batch each refused record has its own reason beside it.
    let batch = send(
        "POST",
        "/api/v1/source-records",
        json,
        "[{\"kind\":\"gift\"}, 5]",
        &token,
    )
    .await;
    assert_eq!(batch.status, StatusCode::MULTI_STATUS);
    assert_eq!(batch.json()["refused"], 2);
    assert_eq!(batch.json()["records"][1]["index"], 1);
}

#[tokio::test]
async fn an_employees_new_role_is_the_accounts_new_role() {
    let door = Door::open().await;
    let admin = door.sign_in("admin").await;
    let csrf = door.csrf(&admin).await;
    let put = async |role: &str, rest: &str| {
        let form = format!("csrf={csrf}&display_name=Anna&role={role}{rest}");
        let answer = door.post("/people", &admin, &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    };
    let password = PASSWORD.replace(' ', "+");
    put("seller", &format!("&login=anna&password={password}")).await;
    let mut tx = door.database.begin(&door.group).await.unwrap();
    let employee: String = sqlx::query_scalar("select employee_id from accounts where login = 'anna'")
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    drop(tx);
    let anna = door.sign_in("anna").await;
    assert_eq!(door.get("/inputs", &anna).await.status, StatusCode::FORBIDDEN);
    // The session that is open already has the new rights, and loses them as soon.
    put("head_of_sales", &format!("&employee_id={employee}")).await;
    assert_ne!(door.get("/inputs", &anna).await.status, StatusCode::FORBIDDEN);
    put("marketer", &format!("&employee_id={employee}")).await;
    assert_eq!(door.get("/inputs", &anna).await.status, StatusCode::FORBIDDEN);
    assert_eq!(door.get("/calls", &anna).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn by_https_the_session_is_kept_to_https_and_to_this_host() {
    let door = Door::at("https://crm.example").await;
    let answer = door.try_sign_in("admin", PASSWORD).await;
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-edina_session="), "{cookie}");
    assert!(
        cookie.contains("; Secure") && cookie.contains("; Path=/;"),
        "{cookie}"
    );
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert!(answer.headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    assert_eq!(door.get("/people", &answer.cookie()).await.status, StatusCode::OK);
    // The name that another host could have set is not read.
    let other = answer.cookie().replace("__Host-", "");
    assert_eq!(door.get("/people", &other).await.status, StatusCode::SEE_OTHER);
}
