//! The same input twice is one lead with two arrivals, however the sender repeats himself.

use e2e::{
    System,
    api::{lead_id, text},
    people::{self, Person},
};
use serde_json::json;

#[tokio::test]
async fn a_repeated_form_is_one_lead_by_its_key() {
    let system = System::shared().await;
    let (api, key) = (system.api(), system.group().key("site").to_owned());
    let person = Person::man();
    let fields = json!({ "name": person.full_name(), "phone": person.local(), "comment": "Тест-драйв" });
    let once = uuid::Uuid::now_v7().to_string();
    let first = api.form(&key, Some(&once), &fields).await.unwrap().ok().unwrap();
    let second = api.form(&key, Some(&once), &fields).await.unwrap().ok().unwrap();
    assert_eq!(lead_id(&first).unwrap(), lead_id(&second).unwrap());
    let lead = api
        .get(&format!("/api/v1/leads/{}", lead_id(&first).unwrap()))
        .await
        .unwrap();
    assert_eq!(
        (&lead["arrivals"], text(&lead, "channel")),
        (&json!(2), "form"),
        "{lead}"
    );

    // The key with another content is a mistake of the sender, and said to be one.
    let other = json!({ "name": "Другой Человек", "phone": "+79160000000" });
    let refused = api.form(&key, Some(&once), &other).await.unwrap();
    assert!(refused.status.is_client_error(), "{refused:?}");
}

#[tokio::test]
async fn a_repeated_document_is_one_lead_by_its_id_and_by_its_content() {
    let system = System::shared().await;
    let (api, key) = (system.api(), system.group().key("adf").to_owned());
    let person = Person::woman();
    let id = format!("dup-{}", person.digits);
    let first = api
        .adf_lead(&key, people::adf(&id, &person, &person.local(), "Жду звонка"))
        .await
        .unwrap();
    let same_id = api
        .adf_lead(&key, people::adf(&id, &person, &person.e164(), "Жду звонка!"))
        .await
        .unwrap();
    assert_eq!(first, same_id);
    let other_id = format!("{id}-again");
    let same_content = api
        .adf_lead(
            &key,
            people::adf(&other_id, &person, &person.e164(), "Жду звонка"),
        )
        .await
        .unwrap();
    assert_eq!(first, same_content);
    let lead = api.get(&format!("/api/v1/leads/{first}")).await.unwrap();
    assert_eq!(lead["arrivals"], 3, "{lead}");
}
