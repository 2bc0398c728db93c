//! What people, and programs that saw it, say of a contact: it holds, or it does not (R123).

use edina_runtime::caller::Caller;
use uuid::Uuid;

use super::{Registry, RegistryError, correct, facts, id, root_of};
use crate::{client::contacts, store};

/// What a person, or a program that saw it, says of a contact.
#[derive(Debug)]
pub struct Answer {
    pub client_id: String,
    /// phone, email, address, messenger
    pub kind: String,
    pub value: String,
    /// Of a messenger; may be empty where the client has the handle in one network only.
    pub network: String,
    /// confirmed, wrong
    pub answer: String,
    /// person, click, visit, document; empty: person
    pub by: String,
    pub ref_id: String,
}

impl Registry {
    /// Stores what somebody says of a contact; answers the correction when it is wrong.
    pub async fn answer_contact(
        &self,
        caller: &Caller,
        answer: &Answer,
    ) -> Result<Option<Uuid>, RegistryError> {
        let by = if answer.by.is_empty() {
            "person"
        } else {
            &answer.by
        };
        if !["person", "click", "visit", "document"].contains(&by) {
            return Err(RegistryError::invalid(
                "by",
                "must be person, click, visit or document",
            ));
        }
        if by != "person" && answer.ref_id.is_empty() {
            return Err(RegistryError::invalid(
                "ref_id",
                "must name the click, visit or document",
            ));
        }
        let (group, now) = (caller.group.as_str(), self.clock.now());
        let asked = id("client_id", &answer.client_id)?;
        let mut tx = self.begin(caller).await?;
        let root = root_of(&mut tx, group, asked).await?;
        let history = store::history::load(&mut tx, group, &[root])
            .await?
            .remove(&root)
            .ok_or(RegistryError::NotFound("client"))?;
        let mut network = answer.network.as_str();
        if answer.kind == "messenger" && network.is_empty() {
            let known = contacts::networks(&history, &answer.value);
            if known.len() > 1 {
                return Err(RegistryError::invalid(
                    "network",
                    "must be named: several have this handle",
                ));
            }
            network = known.into_iter().next().unwrap_or_default();
        }
        let value = contacts::answered(&answer.kind, network, &answer.value);
        // Beside the record that says it, so that it goes where that goes.
        let client_id = contacts::sayer(&history, &answer.kind, network, &answer.value)
            .map(|record| record.client_id)
            .ok_or(RegistryError::NotFound("contact"))?;
        let correction = match answer.answer.as_str() {
            "confirmed" => {
                let own = Uuid::now_v7().to_string();
                let proof = store::confirmations::Proof {
                    kind: &answer.kind,
                    value: &value,
                    by_what: by,
                    ref_id: if answer.ref_id.is_empty() {
                        &own
                    } else {
                        &answer.ref_id
                    },
                    by_employee_id: caller.employee_id(),
                };
                store::confirmations::insert(&mut tx, group, client_id, &proof, now).await?;
                None
            }
            "wrong" => {
                let field = contacts::wrong_field(&answer.kind);
                Some(correct::note(&mut tx, caller, client_id, (&field, &value), now).await?)
            }
            _ => return Err(RegistryError::invalid("answer", "must be confirmed or wrong")),
        };
        let told = [
            ("kind", answer.kind.clone()),
            ("answer", answer.answer.clone()),
            ("by", by.to_owned()),
        ];
        let entry = facts::own_entry(
            caller,
            client_id,
            "contact_answered",
            root.to_string(),
            now,
            &told,
        );
        store::timeline::put(&mut tx, group, &entry).await?;
        facts::changed(&mut tx, caller, root, "contact_answered", now).await?;
        self.enter(&mut tx, caller, &[root]).await?;
        self.commit(tx).await?;
        Ok(correction)
    }
}
