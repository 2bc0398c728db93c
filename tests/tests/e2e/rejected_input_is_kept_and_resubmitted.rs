//! What cannot be read is kept with its reason; corrected, it becomes a lead.

use e2e::{System, api::text, eventually, people::Person};
use edina_proto::intake::v1::{Input, ListInputsRequest, ResubmitInputRequest};

async fn rejected(system: &System, part: &str) -> anyhow::Result<Input> {
    let administrator = System::administrator(&system.group().id.parse()?);
    let request = ListInputsRequest {
        state: "rejected".to_owned(),
        page: None,
    };
    let reply = system
        .intake()?
        .list_inputs(system.caller_key().request(&administrator, request))
        .await?;
    let found = reply
        .into_inner()
        .inputs
        .into_iter()
        .find(|input| input.body_text.contains(part));
    found.ok_or_else(|| anyhow::anyhow!("not among the rejected"))
}

#[tokio::test]
async fn an_unreadable_document_is_kept_with_its_reason_and_becomes_a_lead_when_corrected() {
    let system = System::shared().await;
    let (api, key) = (system.api(), system.group().key("adf").to_owned());
    let person = Person::woman();
    // Nobody can be reached by this.
    let broken = format!(
        "<?adf version=\"1.0\"?><adf><prospect><customer><contact><name part=\"full\">{}</name></contact>\
         </customer></prospect></adf>",
        person.last_name
    );
    let answer = api.adf(&key, broken.clone()).await.unwrap();
    let said = answer.body.to_string();
    assert!(
        answer.status.is_client_error() || said.contains("rejected"),
        "{answer:?}"
    );
    assert!(
        said.contains("phone") || said.contains("contact"),
        "the answer names what is missing: {said}"
    );

    let input = eventually("it is kept", async || rejected(&system, &person.last_name).await).await;
    assert!(
        !input.reason.is_empty() && !input.reason_ru.is_empty(),
        "{input:?}"
    );
    assert_eq!(input.body_text.trim(), broken.trim(), "kept as received");

    let administrator = System::administrator(&system.group().id.parse().unwrap());
    let corrected = broken.replace(
        "</contact>",
        &format!("<phone>{}</phone></contact>", person.local()),
    );
    let request = ResubmitInputRequest {
        input_id: input.input_id,
        body_text: corrected,
    };
    let request = system.caller_key().request(&administrator, request);
    let reply = system
        .intake()
        .unwrap()
        .resubmit_input(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(reply.lead_ids.len(), 1, "{reply:?}");
    let client = eventually("she is a client", async || api.only(&person.e164()).await).await;
    let lead = eventually("her lead is resolved", async || {
        let leads = api.rows("leads", text(&client, "client_id")).await?;
        leads.first().cloned().ok_or_else(|| anyhow::anyhow!("no lead"))
    })
    .await;
    assert_eq!(text(&lead, "lead_id"), reply.lead_ids[0]);
    assert!(
        rejected(&system, &person.last_name).await.is_err(),
        "it is no longer among the rejected"
    );
}

#[tokio::test]
async fn a_wrong_key_and_a_foreign_body_get_a_problem_document() {
    let system = System::shared().await;
    let api = system.api();
    for (key, body) in [
        ("no-such-key", "<adf/>".to_owned()),
        (system.group().key("adf"), "\u{0}\u{1}".to_owned()),
    ] {
        let answer = api.adf(key, body).await.unwrap();
        let kept = answer.body.get("rejected").is_some();
        assert!(answer.status.is_client_error() || kept, "{answer:?}");
        assert!(answer.body.is_object(), "a problem document, not {answer:?}");
    }
    let record = serde_json::json!({ "kind": "gift" });
    let answer = api
        .send(reqwest::Method::POST, "/api/v1/source-records", Some(&record))
        .await
        .unwrap();
    assert!(
        answer.status.is_client_error() && answer.body.to_string().contains("kind"),
        "{answer:?}"
    );
}
