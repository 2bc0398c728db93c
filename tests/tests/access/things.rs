//! One of every kind of thing that a path or a request can name.

use std::collections::HashMap;

use anyhow::{Context as _, ensure};
use e2e::{
    api::{Api, text},
    console::Console,
    eventually,
    peers::pbx::Story,
    people,
};
use serde_json::{Value, json};

use crate::{table::Of, world::World};

impl World {
    /// Makes one of everything in our group.
    pub(crate) async fn fill(&mut self) -> anyhow::Result<()> {
        let api = self.system.api();
        let ours = self.system.group().clone();
        let person = people::Person::man();
        self.secret_name.clone_from(&person.last_name);
        let record = json!({
            "kind": "contact", "external_id": "access-1", "full_name": person.full_name(), "phones": [person.e164()],
            "branch": ours.branch.branch_id,
        });
        let client = text(&api.record(&record).await?, "client_id").to_owned();
        self.system
            .pbx()
            .call(Story::Abandoned, &person.trunk(), ["305", "306"])
            .await?;
        let (call, task) = eventually("the missed call and its task", async || {
            let (calls, tasks) = (
                api.rows("calls", &client).await?,
                api.rows("tasks", &client).await?,
            );
            let call = calls
                .iter()
                .find(|call| text(call, "state") == "ended")
                .context("no call")?;
            let task = tasks.first().context("no task")?;
            anyhow::Ok((text(call, "call_id").to_owned(), text(task, "task_id").to_owned()))
        })
        .await;
        let (lead, message) = eventually("the lead and the message", async || {
            let (leads, messages) = (
                api.rows("leads", &client).await?,
                api.rows("messages", &client).await?,
            );
            let (lead, message) = (
                leads.first().context("no lead")?,
                messages.first().context("no message")?,
            );
            anyhow::Ok((
                text(lead, "lead_id").to_owned(),
                text(message, "message_id").to_owned(),
            ))
        })
        .await;
        let merge = self.merge(&api).await?;
        let review = self.review(&api).await?;
        let (record, moved) = self.moved(&api).await?;
        let input = self.rejected(&api).await?;
        let (correction, relation) = self.corrected(&api).await?;
        let consent = self.consented(&api).await?;
        let (file, import) = self.imported().await?;
        self.ids = HashMap::from([
            (Of::Client, client),
            (Of::Lead, lead),
            (Of::Call, call),
            (Of::Task, task),
            (Of::Message, message),
            (Of::Merge, merge),
            (Of::Review, review),
            (Of::Record, record),
            (Of::Move, moved),
            (Of::Consent, consent),
            (Of::Correction, correction),
            (Of::Relation, relation),
            (Of::Input, input),
            (Of::Employee, ours.seller.employee_id),
            (Of::File, file),
            (Of::Import, import),
        ]);
        Ok(())
    }

    async fn merge(&self, api: &Api) -> anyhow::Result<String> {
        let mut ids = Vec::new();
        for number in 1..=2 {
            let person = people::Person::woman();
            let record = json!({ "kind": "contact", "external_id": format!("access-merge-{number}"),
                "full_name": person.full_name(), "phones": [person.e164()] });
            ids.push(text(&api.record(&record).await?, "client_id").to_owned());
        }
        let body = json!({ "other_client_id": ids[1], "reason": "x" });
        let merged = api
            .post(&format!("/api/v1/clients/{}/merge", ids[0]), &body)
            .await?;
        Ok(text(&merged, "merge_id").to_owned())
    }

    /// Two people of one name and birth date with a phone in common, but other patronymics: somebody has to look.
    async fn review(&self, api: &Api) -> anyhow::Result<String> {
        let person = people::Person::woman();
        for (number, middle) in [(1, "Сергеевна"), (2, "Андреевна")] {
            let record = json!({ "kind": "contact", "external_id": format!("access-review-{number}"),
                "last_name": person.last_name, "first_name": person.first_name, "middle_name": middle,
                "phones": [person.e164()] });
            api.record(&record).await?;
        }
        let reviews = api.get("/api/v1/reviews").await?;
        let review = reviews
            .pointer("/reviews/0")
            .with_context(|| format!("no review in {reviews}"))?;
        Ok(text(review, "review_id").to_owned())
    }

    /// A record given to a client of its own, and the move.
    async fn moved(&self, api: &Api) -> anyhow::Result<(String, String)> {
        let person = people::Person::man();
        let record = json!({ "kind": "contact", "external_id": "access-moved", "full_name": person.full_name(),
            "phones": [person.e164()] });
        let record = text(&api.record(&record).await?, "source_record_id").to_owned();
        let moved = api
            .post(&format!("/api/v1/records/{record}/move"), &json!({}))
            .await?;
        Ok((record, text(&moved, "move_id").to_owned()))
    }

    /// A correction and a relation, of people of their own.
    async fn corrected(&self, api: &Api) -> anyhow::Result<(String, String)> {
        let mut ids = Vec::new();
        for number in 1..=2 {
            let person = people::Person::man();
            let record = json!({ "kind": "contact", "external_id": format!("access-corrected-{number}"),
                "full_name": person.full_name(), "phones": [person.e164()] });
            ids.push(text(&api.record(&record).await?, "client_id").to_owned());
        }
        let body = json!({ "field": "birth_date", "value": "1980-02-03" });
        let corrected = api
            .post(&format!("/api/v1/clients/{}/corrections", ids[0]), &body)
            .await?;
        let body = json!({ "other_client_id": ids[1], "kind": "household" });
        let related = api
            .post(&format!("/api/v1/clients/{}/relations", ids[0]), &body)
            .await?;
        Ok((
            text(&corrected, "correction_id").to_owned(),
            text(&related, "relation_id").to_owned(),
        ))
    }

    /// A consent of a person of its own.
    async fn consented(&self, api: &Api) -> anyhow::Result<String> {
        let person = people::Person::man();
        let record = json!({ "kind": "contact", "external_id": "access-consented", "full_name": person.full_name(),
            "phones": [person.e164()] });
        let client = text(&api.record(&record).await?, "client_id").to_owned();
        let body = json!({ "purpose": "advertising", "channel": "sms", "granted": true, "source": "click", "proof": "message 1" });
        let said = api
            .post(&format!("/api/v1/clients/{client}/consents"), &body)
            .await?;
        Ok(text(&said, "consent_id").to_owned())
    }

    /// A file given in the console and imported, and what it became in the registry.
    async fn imported(&self) -> anyhow::Result<(String, String)> {
        let console = Console::sign_in(&self.system).await?;
        let branch = self.system.group().branch.branch_id.clone();
        let text = format!(
            "ФИО;Телефон\n{};{}\n",
            people::Person::man().full_name(),
            people::Person::man().e164()
        );
        let page = console
            .upload("access.csv", "contacts", &branch, text.as_bytes())
            .await?;
        console.post(&format!("{page}/start"), &[]).await?.ok()?;
        let undo = eventually("the file is imported", async || {
            let shown = console.get(&page).await?.ok()?;
            let mut links = shown.between("action=\"/imports/", "/undo\"");
            links.next().map(str::to_owned).context("not imported yet")
        })
        .await;
        let file = page.rsplit('/').next().unwrap_or_default();
        Ok((file.to_owned(), undo))
    }

    async fn rejected(&self, api: &Api) -> anyhow::Result<String> {
        let broken = "<?adf version=\"1.0\"?><adf><prospect><customer><contact><name part=\"full\">Никто</name>\
                      </contact></customer></prospect></adf>";
        let answer: Value = api.adf(self.system.group().key("adf"), broken).await?.body;
        let id = text(&answer, "input_id").to_owned();
        ensure!(!id.is_empty(), "no input in {answer}");
        Ok(id)
    }
}
