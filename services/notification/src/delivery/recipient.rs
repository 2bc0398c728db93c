//! Who a message goes to, by what is known at the moment of sending: today's number, name, language and consent.

use std::sync::Arc;

use anyhow::Context as _;
use chrono_tz::Tz;
use edina_identity::normalise::{Home, phone};
use edina_messaging::directory;
use edina_postgres::jobs::Job;
use edina_proto::{
    calls::v1::GetCallRequest,
    directory::v1::Group,
    intake::v1::{GetLeadRequest, Lead},
    registry::v1::{GetContactabilityReply, GetContactabilityRequest},
};
use tonic::{Code, Status};

use super::{Dispatcher, queue_message::occasion};
use crate::{
    message::{Channel, gate::Consent, reason::Language},
    store::messages::MessageRow,
    template::TemplateName,
};

/// Looks without a directory before a message to a client goes out without the branch's name.
const PATIENCE_FOR_DIRECTORY: i32 = 4;

/// What is known about the recipient now.
pub(super) struct Known {
    pub template: TemplateName,
    /// `None`: there is nowhere to write to.
    pub address: Option<String>,
    /// Which contact of the client the address is, in the registry's word; empty when it is none of his.
    pub contact_ref: String,
    /// The client's data is gone.
    pub erased: bool,
    pub language: Language,
    pub zone: Tz,
    pub consents: Vec<Consent>,
    pub about: About,
}

/// What a wording may speak of.
#[derive(Default)]
pub(super) struct About {
    pub salutation: String,
    pub display_name: String,
    pub caller: String,
    pub branch_id: String,
    pub lead: Option<Lead>,
    pub group: Option<Arc<Group>>,
}

impl Dispatcher {
    /// Asks everybody who knows something. An error means: later.
    pub(super) async fn look_up(&self, job: &Job, row: &MessageRow) -> anyhow::Result<Known> {
        let group = self.directory.group(&job.group);
        let to_employee = row.client_id.is_empty();
        if group.is_none() && (to_employee || job.attempts < PATIENCE_FOR_DIRECTORY) {
            anyhow::bail!("the directory has not been seen yet");
        }
        let client_id = if to_employee {
            &row.about_client_id
        } else {
            &row.client_id
        };
        let contact = self.contact(job, client_id).await?;
        let lead = self.lead(job, &row.lead_id).await?;
        let caller = if to_employee {
            String::new()
        } else {
            self.calling_number(job, &row.call_id).await?
        };
        let erased = !to_employee && contact.is_none();
        let contact = contact.unwrap_or_default();
        let branch_id = [
            row.branch_id.as_str(),
            lead.as_ref().map_or("", |lead| &lead.branch_id),
            &contact.branch_id,
        ]
        .into_iter()
        .find(|id| !id.is_empty())
        .unwrap_or_default()
        .to_owned();
        let branch = group
            .as_ref()
            .and_then(|group| directory::branch(group, &branch_id));
        let zone = branch
            .and_then(|branch| branch.time_zone.parse().ok())
            .unwrap_or(self.default_zone);
        let employee = group
            .as_ref()
            .and_then(|group| directory::employee(group, &row.employee_id))
            .filter(|employee| employee.active);
        let own_locale = if to_employee {
            employee.map_or("", |employee| &employee.locale)
        } else {
            &contact.locale
        };
        let language = Language::from_code(own_locale)
            .or_else(|| Language::from_code(&group.as_ref()?.locale))
            .unwrap_or(Language::Ru);
        let planned =
            TemplateName::from_code(&row.template).context("a template this program does not know")?;
        let (template, address) = if to_employee {
            let address = employee.map(|employee| employee.email.clone());
            (planned, address.filter(|address| !address.is_empty()))
        } else {
            self.way_to_client(planned, &row.occasion, &contact, &caller)
        };
        let contact_ref = contact_ref(&contact, address.as_deref());
        let about = About {
            salutation: contact.salutation,
            display_name: contact.display_name,
            caller,
            branch_id,
            lead,
            group,
        };
        let consents = contact.consents.iter().filter_map(Consent::in_force).collect();
        Ok(Known {
            template,
            contact_ref,
            address,
            erased,
            language,
            zone,
            consents,
            about,
        })
    }

    /// SMS if there is a mobile number, else mail; of several numbers the one that called.
    fn way_to_client(
        &self,
        planned: TemplateName,
        occasion: &str,
        contact: &GetContactabilityReply,
        caller: &str,
    ) -> (TemplateName, Option<String>) {
        let mobiles: Vec<&String> = contact.phones.iter().filter(|phone| takes_sms(phone)).collect();
        let number = mobiles
            .iter()
            .find(|phone| phone.as_str() == caller)
            .or(mobiles.first())
            .map(|phone| (*phone).clone());
        if occasion != occasion::LEAD_RECEIVED {
            return match planned.channel() {
                Channel::Sms => (planned, number),
                Channel::Email => (planned, contact.emails.first().cloned()),
            };
        }
        let mail = contact.emails.first().cloned();
        let by_sms =
            number.is_some() && (self.links.sms.is_some() || mail.is_none() || self.links.mail.is_none());
        if by_sms || mail.is_none() {
            (TemplateName::LeadReceivedSms, number)
        } else {
            (TemplateName::LeadReceivedEmail, mail)
        }
    }

    /// `None`: the registry knows no such client any more.
    async fn contact(&self, job: &Job, client_id: &str) -> anyhow::Result<Option<GetContactabilityReply>> {
        if client_id.is_empty() {
            return Ok(None);
        }
        let request = GetContactabilityRequest {
            client_id: client_id.to_owned(),
        };
        let request = self.callers.request(&self.caller(&job.group), request);
        known(self.registry.clone().get_contactability(request).await).context("client-registry")
    }

    async fn lead(&self, job: &Job, lead_id: &str) -> anyhow::Result<Option<Lead>> {
        if lead_id.is_empty() {
            return Ok(None);
        }
        let request = GetLeadRequest {
            lead_id: lead_id.to_owned(),
        };
        let request = self.callers.request(&self.caller(&job.group), request);
        known(self.intake.clone().get_lead(request).await).context("lead-intake")
    }

    async fn calling_number(&self, job: &Job, call_id: &str) -> anyhow::Result<String> {
        if call_id.is_empty() {
            return Ok(String::new());
        }
        let request = GetCallRequest {
            call_id: call_id.to_owned(),
        };
        let request = self.callers.request(&self.caller(&job.group), request);
        let call = known(self.calls.clone().get_call(request).await).context("call-tracking")?;
        Ok(call.map(|call| call.number).unwrap_or_default())
    }
}

fn known<T>(answer: Result<tonic::Response<T>, Status>) -> Result<Option<T>, Status> {
    match answer {
        Ok(answer) => Ok(Some(answer.into_inner())),
        Err(status) if status.code() == Code::NotFound => Ok(None),
        Err(status) => Err(status),
    }
}

/// Whether a text message can arrive there, as far as the number tells.
fn takes_sms(e164: &str) -> bool {
    phone::parse(e164, Home::default()).is_ok_and(|phone| {
        !matches!(
            phone.kind_hint,
            phone::PhoneKind::Landline | phone::PhoneKind::TollFree
        )
    })
}

/// The registry's word for the contact that was chosen.
fn contact_ref(contact: &GetContactabilityReply, address: Option<&str>) -> String {
    let phones = contact.phones.iter().zip(&contact.phone_refs);
    let emails = contact.emails.iter().zip(&contact.email_refs);
    phones
        .chain(emails)
        .find(|(value, _)| Some(value.as_str()) == address)
        .map(|(_, reference)| reference.clone())
        .unwrap_or_default()
}
