//! PostgreSQL refuses to run as root: this gives it another identity when we are root.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::error::{Doing, StackError};
use crate::process;

const PROBE: Duration = Duration::from_secs(10);
const USER_NAMESPACE: [&str; 5] = ["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"];

/// How to start a program that must not be root. Every way replaces itself by the program, so the
/// process id stays that of the spawned child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    /// We are not root: start it directly.
    Own,
    /// A user namespace in which root's files appear as nobody's: nothing to create, nothing to chown.
    UserNamespace,
    /// An existing account; its folders must belong to it.
    Account { uid: u32, gid: u32 },
}

impl Identity {
    /// Finds a way that works here. Data that exists already keeps its owner: the server is run as that
    /// account, so that the owner can go on without us.
    ///
    /// # Errors
    /// [`StackError::Root`] when we are root and neither user namespaces nor an account work.
    pub(crate) async fn choose(data: &Path) -> Result<Self, StackError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Own);
        }
        if let Ok(owner) = fs::metadata(data).map(|data| Self::Account {
            uid: data.uid(),
            gid: data.gid(),
        }) && !matches!(owner, Self::Account { uid: 0, .. })
        {
            return match process::run(owner.command("true"), PROBE).await {
                Ok(_) => Ok(owner),
                Err(error) => Err(StackError::Root(format!(
                    "{} has another owner and {error}",
                    data.display()
                ))),
            };
        }
        let namespace = process::run(Self::UserNamespace.command("true"), PROBE).await;
        let Err(namespace) = namespace else {
            return Ok(Self::UserNamespace);
        };
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let Some((uid, gid)) = account(&accounts, "postgres").or_else(|| account(&accounts, "nobody")) else {
            return Err(StackError::Root(format!(
                "{namespace}; and there is no user `postgres` or `nobody`"
            )));
        };
        let by_account = Self::Account { uid, gid };
        match process::run(by_account.command("true"), PROBE).await {
            Ok(_) => Ok(by_account),
            Err(error) => Err(StackError::Root(format!("{namespace}; {error}"))),
        }
    }

    /// A command that runs `program` under this identity.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        match self {
            Self::Own => Command::new(program),
            Self::UserNamespace => {
                let mut command = Command::new(USER_NAMESPACE[0]);
                command.args(&USER_NAMESPACE[1..]).arg(program);
                command
            }
            Self::Account { uid, gid } => {
                let mut command = Command::new("setpriv");
                command
                    .arg(format!("--reuid={uid}"))
                    .arg(format!("--regid={gid}"));
                command.args(["--clear-groups", "--"]).arg(program);
                command
            }
        }
    }

    /// Gives a folder and all in it to this identity; only needed for [`Identity::Account`].
    pub(crate) fn own(&self, path: &Path) -> Result<(), StackError> {
        let Self::Account { uid, gid } = self else {
            return Ok(());
        };
        chown(path, Some(*uid), Some(*gid)).doing("give away", path)?;
        if path.is_dir() {
            for entry in fs::read_dir(path).doing("list", path)? {
                let entry = entry.doing("list", path)?;
                if !entry.file_type().doing("list", path)?.is_symlink() {
                    self.own(&entry.path())?;
                }
            }
        }
        Ok(())
    }

    /// Lets this identity walk through our own data folder; its parents are not ours to change.
    pub(crate) fn let_through(&self, folder: &Path) -> Result<(), StackError> {
        if matches!(self, Self::Account { .. }) {
            let mode = fs::metadata(folder).doing("read", folder)?.permissions().mode() | 0o011;
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).doing("open up", folder)?;
        }
        Ok(())
    }
}

/// User and group number of an account in the format of `passwd(5)`.
fn account(passwd: &str, name: &str) -> Option<(u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let found = fields.next()? == name;
        let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        (found && uid != 0).then_some((uid, gid))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_from_passwd_lines() {
        let text = "root:x:0:0:root:/root:/bin/sh\nbad line\nnobody:x:65534:65533:n:/:/bin/false\n";
        assert_eq!(account(text, "nobody"), Some((65534, 65533)));
        assert_eq!(account(text, "root"), None);
        assert_eq!(account(text, "postgres"), None);
    }

    #[test]
    fn an_account_command_drops_the_groups() {
        let command = Identity::Account { uid: 5, gid: 6 }.command("initdb");
        let line: Vec<_> = command.get_args().collect();
        assert_eq!(line, ["--reuid=5", "--regid=6", "--clear-groups", "--", "initdb"]);
    }
}
