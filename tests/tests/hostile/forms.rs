//! Forms that no site ever made.

use e2e::{System, api::text, eventually, people::Person};
use serde_json::json;

use crate::asking::{all_ready, client, form, form_url, said};

const URLENCODED: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

#[tokio::test]
async fn nul_is_dropped_wherever_it_stands() {
    let system = System::shared().await;
    let api = system.api();
    let person = Person::woman();
    let fields = json!({
        "name": format!("{}\u{0} Ан\u{0}на", person.last_name), "phone": person.e164(), "comment": "\u{0}\u{0}",
        "some\u{0}field": "a\u{0}b", "\u{0}": "\u{0}", "utm_source": "x\u{0}y", "consent": "да\u{0}",
    });
    let taken = form(&system, fields.to_string(), JSON).await;
    assert!(taken.lead().is_some(), "{taken:?}");
    let found = eventually("she is a client", async || api.only(&person.e164()).await).await;
    assert!(
        text(&found, "display_name").contains(&person.last_name),
        "{found}"
    );

    let person = Person::woman();
    let body = format!("name=A%00nna&phone=%2B7{}%00&x%00y=%00&tranid=%00", person.digits);
    let taken = form(&system, body, URLENCODED).await;
    assert!(taken.lead().is_some(), "{taken:?}");
    form(&system, vec![0_u8; 4096], URLENCODED)
        .await
        .is_taken_or_kept();
    form(&system, vec![0_u8; 4096], JSON).await.is_taken_or_kept();
    all_ready(&system).await;
}

#[tokio::test]
async fn what_is_no_form_is_kept_with_its_reason() {
    let system = System::shared().await;
    let many: String = (0..10_000).map(|n| format!("f{n}=1&")).collect();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_fields = format!("{}1{}", "{\"a\":".repeat(20_000), "}".repeat(20_000));
    for (body, kind, status) in [
        (many.into_bytes(), URLENCODED, 400),
        (deep.into_bytes(), JSON, 400),
        (deep_fields.into_bytes(), JSON, 400),
        (br#"{"phone": "\ud800"}"#.to_vec(), JSON, 400),
        (br#"{"phone": 1e999}"#.to_vec(), JSON, 400),
        (b"{\"phone\": \"+7".to_vec(), JSON, 400),
        (b"\xff\xfe\xfd\xfc".to_vec(), JSON, 400),
        (b"null".to_vec(), JSON, 400),
        (b"phone=%zz%&&&===%".to_vec(), URLENCODED, 400),
        (Vec::new(), URLENCODED, 400),
        (b"x".repeat(300_000), URLENCODED, 413),
        (b"GIF89a".to_vec(), "image/gif", 415),
        (b"--x".to_vec(), "multipart/form-data", 400),
        (b"--x\r\n\r\n".repeat(500), "multipart/form-data; boundary=x", 400),
        (
            b"--x\r\nContent-Disposition: form-data; name=\"phone\"\r\n\r\n".to_vec(),
            "multipart/form-data; boundary=x",
            400,
        ),
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(30)]).into_owned();
        let said = form(&system, body, kind).await;
        assert_eq!(said.status.as_u16(), status, "{kind} {shown}: {said:?}");
        said.is_taken_or_kept();
    }
    all_ready(&system).await;
}

#[tokio::test]
async fn an_odd_form_is_taken_and_what_is_odd_stays_where_it_is() {
    let system = System::shared().await;
    let long = "д".repeat(9_000);
    for odd in [
        json!({ "year": 1e300, "mileage": -1e300, "date": "99999-01-01", "inn": -0.0 }),
        json!({ "year": "-99999999999999999999", "mileage_km": u64::MAX, "birth_date": "31.02.0001" }),
        json!({ "name": "\u{202e}\u{200b}\u{200d}\u{feff}\u{2066}", "comment": "\u{1f4a9}".repeat(2000) }),
        json!({ "name": long, "vin": long, "plate": long, "model": long, "utm_source": long, "lang": long, long.clone(): long }),
        json!({ "fields": [{"name": "name", "value": {"name": "name", "value": ["a", {"b": ["c"]}]}}] }),
        json!({ "tranid": ["1", "2", {"x": [[[[[["deep"]]]]]]}], "consent": [true, false, null, 1] }),
        json!({ "email": "a@b.ru\r\nBcc: everybody@example.test", "name": "Анна\r\nX: y" }),
    ] {
        let person = Person::man();
        let mut fields = odd.clone();
        fields["phone"] = json!(person.e164());
        let taken = form(&system, fields.to_string(), JSON).await;
        assert!(taken.lead().is_some(), "{odd}: {taken:?}");
        eventually("a client all the same", async || {
            system.api().only(&person.e164()).await
        })
        .await;
    }
    all_ready(&system).await;
}

#[tokio::test]
async fn heads_that_are_wrong_are_told_so() {
    let system = System::shared().await;
    let url = form_url(&system, system.group().key("site"));
    let body = format!("phone=%2B7{}", Person::man().digits);
    let post = || {
        client()
            .post(&url)
            .header("content-type", URLENCODED)
            .body(body.clone())
    };
    said(post().header("idempotency-key", "k".repeat(300)))
        .await
        .is_problem(400);
    for source in [
        "%00",
        "%ff%fe",
        "..%2f..%2fetc",
        "no'such",
        &"x".repeat(5000),
        "%F0%9F%92%A9",
    ] {
        let request = client().post(form_url(&system, source)).body(body.clone());
        said(request).await.is_problem(401);
    }
    let intake = system.reached(e2e::Service::Intake).http;
    for query in [
        "source=%00",
        "source=%ff",
        "source=a&source=b",
        "source",
        "%%%",
        "source=%zz",
    ] {
        let request = client()
            .post(format!("http://{intake}/intake/v1/adf?{query}"))
            .body("<adf/>");
        let answer = said(request).await;
        answer.is_problem(answer.status.as_u16());
        assert!(answer.status.is_client_error(), "{query}: {answer:?}");
    }
    said(client().get(&url)).await.is_problem(405);
    said(client().post(format!("http://{intake}/intake/v9/nothing")))
        .await
        .is_problem(404);
    let odd_kind = client()
        .post(&url)
        .header("content-type", &b"te\xffxt"[..])
        .body(body.clone());
    said(odd_kind).await;
    all_ready(&system).await;
}
