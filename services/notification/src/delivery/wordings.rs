//! Wordings: the built-in ones, those people changed, and a look at a change before it is saved.

use edina_runtime::group::GroupId;

use super::{DeliveryError, Dispatcher};
use crate::{
    channel::smpp::encoding::Size,
    message::{Channel, reason::Language},
    store::wordings::{self, WordingRow},
    template::{Rendered, TemplateName, Wording, builtin_wording, check},
};

/// A wording as it is in force.
pub struct Edited {
    pub name: TemplateName,
    pub language: Language,
    pub subject: Option<String>,
    pub body: String,
    pub built_in: bool,
    pub version: u64,
}

/// A wording filled in with made-up fields.
pub struct Previewed {
    pub text: Rendered,
    /// For text messages.
    pub sms: Option<Size>,
}

impl Edited {
    /// What somebody wrote, read as a wording.
    ///
    /// # Errors
    /// A template or language that we do not have.
    pub fn read(name: &str, locale: &str, subject: String, body: String) -> Result<Self, DeliveryError> {
        let name = TemplateName::from_code(name).ok_or_else(|| {
            let known: Vec<&str> = TemplateName::ALL.iter().map(|name| name.code()).collect();
            DeliveryError::invalid(
                "template.name",
                format!("one of {} is expected", known.join(", ")),
            )
        })?;
        let language = Language::from_code(locale)
            .ok_or_else(|| DeliveryError::invalid("template.locale", "ru or en is expected"))?;
        let is_mail = name.channel() == Channel::Email;
        let subject = (is_mail || !subject.is_empty()).then_some(subject);
        Ok(Self {
            name,
            language,
            subject,
            body,
            built_in: false,
            version: 0,
        })
    }

    fn check(&self) -> Result<Previewed, DeliveryError> {
        let wording = Wording {
            subject: self.subject.clone(),
            text: self.body.clone(),
            html: None,
        };
        let found = check(self.name, &wording, self.language);
        match found.preview {
            Some(text) if found.problems.is_empty() => Ok(Previewed { text, sms: found.sms }),
            _ => Err(DeliveryError::Wording(found.problems)),
        }
    }
}

impl Dispatcher {
    /// Every template in both languages as it is in force.
    ///
    /// # Errors
    /// The database.
    pub async fn wordings(&self, group: &GroupId) -> Result<Vec<Edited>, DeliveryError> {
        let mut tx = self.database.begin(group).await?;
        let own = wordings::list(&mut tx, group).await?;
        let all = TemplateName::ALL
            .into_iter()
            .flat_map(|name| [(name, Language::Ru), (name, Language::En)]);
        Ok(all
            .map(|(name, language)| {
                let changed = own
                    .iter()
                    .find(|row| row.template == name.code() && row.locale == language.code());
                match changed {
                    Some(row) => Edited {
                        name,
                        language,
                        subject: row.subject.clone(),
                        body: row.body.clone(),
                        built_in: false,
                        version: u64::try_from(row.version).unwrap_or(0),
                    },
                    None => builtin(name, language),
                }
            })
            .collect())
    }

    /// Saves a wording that was looked over; `built_in` goes back to the built-in one.
    ///
    /// # Errors
    /// Everything wrong with the wording, or the database.
    pub async fn put_wording(
        &self,
        group: &GroupId,
        mut edited: Edited,
        built_in: bool,
    ) -> Result<Edited, DeliveryError> {
        let mut tx = self.database.begin(group).await?;
        if built_in {
            wordings::remove(&mut tx, group, edited.name.code(), edited.language.code()).await?;
            tx.commit().await?;
            return Ok(builtin(edited.name, edited.language));
        }
        edited.check()?;
        let row = WordingRow {
            template: edited.name.code().to_owned(),
            locale: edited.language.code().to_owned(),
            subject: edited.subject.clone(),
            body: edited.body.clone(),
            version: 0,
        };
        let version = wordings::put(&mut tx, group, &row, self.clock.now()).await?;
        tx.commit().await?;
        edited.version = u64::try_from(version).unwrap_or(0);
        Ok(edited)
    }

    /// What a wording would look like, and what an SMS of it costs.
    ///
    /// # Errors
    /// Everything wrong with the wording.
    pub fn preview(edited: &Edited) -> Result<Previewed, DeliveryError> {
        edited.check()
    }
}

fn builtin(name: TemplateName, language: Language) -> Edited {
    let wording = builtin_wording(name, language);
    Edited {
        name,
        language,
        subject: wording.subject,
        body: wording.text,
        built_in: true,
        version: 0,
    }
}
