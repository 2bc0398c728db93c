//! Bad input: a problem document that says what was wrong, the input kept, and never a 500.

use edina_proto::intake::v1::{Input, ListInputsRequest, ResubmitInputReply, ResubmitInputRequest};
use reqwest::Method;

use crate::support::{self, Answer, Group, one};

pub async fn rejected(group: &Group) -> Vec<Input> {
    let asked = ListInputsRequest {
        state: "rejected".into(),
        page: None,
    };
    let reply = group
        .client()
        .list_inputs(group.ask(asked))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(reply.rejected_count as usize, reply.inputs.len());
    reply.inputs
}

pub async fn resubmit(group: &Group, input_id: &str, text: &str) -> ResubmitInputReply {
    let asked = ResubmitInputRequest {
        input_id: input_id.into(),
        body_text: text.into(),
    };
    group
        .client()
        .resubmit_input(group.ask(asked))
        .await
        .unwrap()
        .into_inner()
}

#[test]
fn a_document_without_a_lead_is_refused_with_its_reason_and_kept() {
    support::run(async |group| {
        let key = group.source("portal", "adf").await;
        let answer = group.adf(&key, "<html><body>Добрый день</body></html>").await;
        answer.is_problem(400);
        assert!(!answer.body["detail"].as_str().unwrap().is_empty());
        assert!(!answer.body["detail_ru"].as_str().unwrap().is_empty());
        assert!(!answer.body["errors"].as_array().unwrap().is_empty());
        let kept = rejected(&group).await;
        assert_eq!(answer.body["input_id"], kept[0].input_id.as_str());
        assert!(kept[0].body_text.contains("Добрый день"));
        assert!(group.adf(&key, "").await.is_problem(400).body["input_id"].is_string());
    });
}

#[test]
fn a_body_over_the_limit_is_a_problem_document_of_413() {
    support::run(async |group| {
        let key = group.source("portal", "adf").await;
        // Larger than a document may be, small enough to be read: kept whole.
        let large = format!("<adf>{}</adf>", " ".repeat(2 * 1024 * 1024));
        assert!(group.adf(&key, large).await.is_problem(413).body["input_id"].is_string());
        // Larger than the door lets in: nothing is kept, and it says so.
        let huge = format!("<adf>{}</adf>", " ".repeat(3 * 1024 * 1024));
        let answer = group.adf(&key, huge).await;
        answer.is_problem(413);
        assert!(answer.body["detail"].as_str().unwrap().contains("not kept"));
        assert!(answer.body["input_id"].is_null());
        assert_eq!(rejected(&group).await.len(), 1);
    });
}

#[test]
fn a_form_of_another_media_type_is_refused_and_kept() {
    support::run(async |group| {
        let key = group.source("site", "form").await;
        let path = format!("/intake/v1/forms/{key}");
        Answer::of(group.post(&path, "image/png", "\u{1}\u{2}"))
            .await
            .is_problem(415);
        assert_eq!(rejected(&group).await.len(), 1);
    });
}

#[test]
fn nul_characters_and_broken_bytes_never_break_the_door() {
    support::run(async |group| {
        let form = group.source("site", "form").await;
        let adf = group.source("portal", "adf").await;
        let path = format!("/intake/v1/forms/{form}");
        let json = r#"{"name":"Анна\u0000","phone":"8916\u00001234567","comm\u0000ent":"да\u0000нет","utm_source":"\u0000"}"#;
        let answer = Answer::of(group.post(&path, "application/json", json)).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        let answer = Answer::of(group.post(
            &path,
            "application/x-www-form-urlencoded",
            "name=%00&phone=%00&%00=%00",
        ))
        .await;
        answer.is_problem(400);
        let answer = Answer::of(group.post(&path, "application/json", vec![0xff, 0xfe, 0x00])).await;
        assert!((400..500).contains(&answer.status), "{answer:?}");

        let answer = group
            .adf(
                &adf,
                one("A\0-1", "Анна\0 Серова", "89161\x00234567").replace("Lada", "La&#0;da\0"),
            )
            .await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        let mut bytes = one("B-1", "NAME", "89030003344").into_bytes();
        let at = bytes.windows(4).position(|part| part == b"NAME").unwrap();
        bytes[at..at + 4].copy_from_slice(&[0xff, 0xc0, 0x80, 0xfe]);
        assert_eq!(group.adf(&adf, bytes).await.status, 202);
        assert!((400..500).contains(&group.adf(&adf, vec![0_u8; 100]).await.status));

        for path in [
            "/intake/v1/forms/%00",
            "/intake/v1/forms/%ff",
            "/intake/v1/adf?source=%00",
            "/intake/v1/adf?source=%ff",
        ] {
            let answer = Answer::of(group.post(path, "application/json", "{}")).await;
            assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
            assert_eq!(answer.content_type, "application/problem+json", "{path}");
        }
        let asked = ListInputsRequest {
            state: "\0".into(),
            page: None,
        };
        let refused = group.client().list_inputs(group.ask(asked)).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
        rejected(&group).await;
        assert_eq!(group.leads().await.len(), 3);
    });
}

#[test]
fn a_page_may_post_under_the_public_name_of_a_form() {
    support::run(async |group| {
        let name = format!("site-{}", group.caller.group);
        let key = group.source(&name, "form").await;
        let path = format!("/intake/v1/forms/{name}");
        let preflight = Answer::of(
            group
                .request(Method::OPTIONS, &path)
                .header("origin", "https://dealer.example"),
        )
        .await;
        assert_eq!(preflight.status, 204);
        assert_eq!(preflight.headers["access-control-allow-origin"], "*");
        assert!(
            preflight.headers["access-control-allow-headers"]
                .to_str()
                .unwrap()
                .contains("idempotency-key")
        );
        let sent = group.post(
            &path,
            "application/x-www-form-urlencoded",
            "name=Anna&phone=89161234567",
        );
        let answer = Answer::of(sent).await;
        assert_eq!(answer.status, 202);
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        let refused = Answer::of(group.post(&path, "application/json", "{")).await;
        refused.is_problem(400);
        assert_eq!(
            refused.headers["access-control-allow-origin"], "*",
            "a page must be able to read the reason"
        );
        // The name opens the form only, not the door of documents.
        group
            .adf(&name, one("", "Анна", "89161234567"))
            .await
            .is_problem(401);
        assert_ne!(key, name);
        Answer::of(group.request(Method::GET, "/intake/v1/adf"))
            .await
            .is_problem(405);
        Answer::of(group.request(Method::GET, "/intake/nothing"))
            .await
            .is_problem(404);
    });
}
