//! A client's own words in a letter and an SMS: never a header, never a template.

use e2e::{Options, System, api::text, eventually, people::Person};
use serde_json::json;

use crate::asking::{all_ready, form};

/// A line break of every kind, then a header; a template; a great deal of it.
fn name(person: &Person) -> String {
    format!(
        "{}\r\nBcc: victim@example.test\r\n\r\nX\u{85}Y\u{2028}Z{{{{ 1234567*8 }}}}{{% for a in range(999999) %}}x{{% endfor %}}{{# #}}",
        person.last_name
    )
}

#[tokio::test]
async fn a_name_is_neither_header_nor_template() {
    // Its own: in the shared one other journeys hire sellers, and the lead may be given to any of them.
    let system = System::start(Options::default()).await;
    let api = system.api();
    let person = Person::woman();
    let fields = json!({
        "name": name(&person), "phone": person.e164(), "make": name(&person), "model": "{{ lead_id }}\r\nTo: victim@example.test",
        "email": person.email, "comment": name(&person),
    });
    let taken = form(&system, fields.to_string(), "application/json").await;
    let lead = taken.lead().unwrap_or_else(|| panic!("{taken:?}")).to_owned();
    let client = eventually("a client", async || api.only(&person.e164()).await).await;
    let messages = eventually("her answer is written", async || {
        let messages = api.rows("messages", text(&client, "client_id")).await?;
        let written = messages
            .iter()
            .filter(|message| !text(message, "text").is_empty());
        let written: Vec<_> = written.cloned().collect();
        anyhow::ensure!(!written.is_empty(), "{messages:?}");
        Ok(written)
    })
    .await;
    for message in &messages {
        assert!(!text(message, "text").contains("9876536"), "{message}");
        assert!(!text(message, "subject").contains(['\r', '\n']), "{message}");
    }
    let Some(mailbox) = system.mailbox() else { return };
    let seller = &system.group().seller.email;
    let mail = eventually("the seller's mail", async || {
        mailbox
            .to(seller)
            .into_iter()
            .find(|mail| mail.text.contains(&lead))
    })
    .await;
    assert_eq!(
        mail.recipients,
        std::slice::from_ref(seller),
        "nobody else gets it"
    );
    assert!(
        !mail.subject.contains(['\r', '\n']) && mail.text.contains(&person.last_name),
        "{mail:?}"
    );
    assert!(
        mail.text.contains("{{") && !mail.text.contains("9876536"),
        "shown as written: {mail:?}"
    );
    assert!(!mail.html.contains("9876536"), "{mail:?}");
    assert!(mailbox.to("victim@example.test").is_empty());
    all_ready(&system).await;
}
