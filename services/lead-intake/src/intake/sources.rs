//! Intake sources and their keys. A key is answered once and stored as a hash.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use edina_runtime::group::GroupId;
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};

use super::{Intake, IntakeError};
use crate::{lead::Topic, store::sources};

pub use crate::store::sources::SourceRow as Source;

const LONGEST_NAME: usize = 40;
const CHANNELS: [&str; 4] = ["adf", "form", "journal", "call"];

/// How long another copy of the service may go by a source as it was: an old key ends there, and settings change, this
/// much later. Here they do at once.
const KNOWN_FOR: Duration = Duration::from_secs(2);
/// Sources remembered; beyond that all are forgotten.
const MOST_KNOWN: usize = 1000;

/// A source that a request has shown the key of.
#[derive(Debug)]
pub struct OpenedSource {
    /// Its group.
    pub group: GroupId,
    /// The source.
    pub source: Source,
}

/// Sources that were opened a moment ago, by the hash of their key. A key nobody has is never remembered: there may be
/// any number of those, and a new one counts at once.
#[derive(Debug, Clone, Default)]
pub struct KnownSources(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// Goes up when everything is forgotten: what was read before that is not remembered after it.
    version: u64,
    by_key: HashMap<[u8; 32], (Instant, Arc<OpenedSource>)>,
}

impl KnownSources {
    fn get(&self, key: &[u8; 32]) -> (u64, Option<Arc<OpenedSource>>) {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.by_key.get(key);
        let fresh = found.filter(|(since, _)| since.elapsed() < KNOWN_FOR);
        (known.version, fresh.map(|(_, opened)| Arc::clone(opened)))
    }

    fn put(&self, version: u64, key: [u8; 32], since: Instant, opened: &Arc<OpenedSource>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.version != version {
            return;
        }
        if known.by_key.len() >= MOST_KNOWN {
            known.by_key.clear();
        }
        known.by_key.insert(key, (since, Arc::clone(opened)));
    }

    fn forget(&self) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.version += 1;
        known.by_key.clear();
    }
}

impl Intake {
    /// The source of a key; none if nobody has it. Its counts may be a moment old.
    pub async fn source_by_key(&self, key: &str) -> Result<Option<Arc<OpenedSource>>, IntakeError> {
        let key = hash(key);
        let (version, known) = self.known_sources.get(&key);
        if known.is_some() {
            return Ok(known);
        }
        let since = Instant::now();
        let mut tx = self.database.begin_system().await?;
        let found = sources::group_of_key(&mut tx, &key).await?;
        tx.rollback().await?;
        let opened = self.open(found).await?.map(Arc::new);
        if let Some(opened) = &opened {
            self.known_sources.put(version, key, since, opened);
        }
        Ok(opened)
    }

    /// The form source of a public name. Only when the name is unambiguous over all groups.
    pub async fn form_by_name(&self, name: &str) -> Result<Option<Arc<OpenedSource>>, IntakeError> {
        if !is_name(name) {
            return Ok(None);
        }
        let mut tx = self.database.begin_system().await?;
        let mut found = sources::groups_of_public_name(&mut tx, name).await?;
        tx.rollback().await?;
        let only = if found.len() == 1 { found.pop() } else { None };
        Ok(self.open(only).await?.map(Arc::new))
    }

    async fn open(&self, found: Option<(String, String)>) -> Result<Option<OpenedSource>, IntakeError> {
        let Some((group, name)) = found else {
            return Ok(None);
        };
        let group: GroupId = group
            .parse()
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        let mut tx = self.database.begin(&group).await?;
        let source = sources::get(&mut tx, &group, &name).await?;
        tx.rollback().await?;
        Ok(source.map(|source| OpenedSource { group, source }))
    }

    /// Creates or changes a source; answers its key when it is new or a new one was asked for.
    pub async fn put_source(
        &self,
        group: &GroupId,
        mut source: Source,
        new_key: bool,
    ) -> Result<(Source, Option<String>), IntakeError> {
        if !is_name(&source.name) {
            return Err(IntakeError::Invalid {
                field: "name",
                message: format!("1 to {LONGEST_NAME} of a-z, 0-9, - and _"),
            });
        }
        if !CHANNELS.contains(&source.channel.as_str()) {
            return Err(IntakeError::Invalid {
                field: "channel",
                message: format!("one of {}", CHANNELS.join(", ")),
            });
        }
        if !source.default_topic.is_empty() && Topic::from_name(&source.default_topic).is_none() {
            return Err(IntakeError::Invalid {
                field: "default_topic",
                message: "no such topic".to_owned(),
            });
        }
        if source.display_name.trim().is_empty() {
            source.display_name.clone_from(&source.name);
        }
        let mut tx = self.database.begin(group).await?;
        let known = sources::get(&mut tx, group, &source.name).await?.is_some();
        sources::put(&mut tx, group, &source, self.clock.now()).await?;
        let key = if new_key || !known {
            let mut secret = [0_u8; 24];
            rand::rng().fill_bytes(&mut secret);
            let key = URL_SAFE_NO_PAD.encode(secret);
            let public_name = (source.channel == "form").then_some(source.name.as_str());
            sources::put_key(&mut tx, group, &source.name, &hash(&key), public_name).await?;
            Some(key)
        } else {
            let public_name = (source.channel == "form").then_some(source.name.as_str());
            sources::set_public_name(&mut tx, group, &source.name, public_name).await?;
            None
        };
        let source = sources::get(&mut tx, group, &source.name)
            .await?
            .ok_or(IntakeError::NotFound("source"))?;
        tx.commit().await?;
        self.known_sources.forget();
        Ok((source, key))
    }

    /// The source that leads of the console come by; made when first needed.
    pub async fn journal_source(&self, group: &GroupId) -> Result<Source, IntakeError> {
        const NAME: &str = "journal";
        let mut tx = self.database.begin(group).await?;
        if let Some(source) = sources::get(&mut tx, group, NAME).await? {
            return Ok(source);
        }
        let source = Source {
            name: NAME.to_owned(),
            display_name: "Журнал салона".to_owned(),
            channel: NAME.to_owned(),
            answer_minutes: 15,
            ..Source::default()
        };
        sources::put(&mut tx, group, &source, self.clock.now()).await?;
        tx.commit().await?;
        Ok(source)
    }
}

fn is_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}
