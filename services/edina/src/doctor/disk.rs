//! Space where a local run keeps its data. Servers of an installation are watched by its monitoring.

use super::{
    finding::{Area, Finding, text},
    system::System,
};

const AREA: Area = Area::Disk;
const MIB: u64 = 1 << 20;
const FAILING: u64 = 200 * MIB;
const LITTLE: u64 = 2048 * MIB;

pub(crate) fn look(system: &System) -> Vec<Finding> {
    let Some(folder) = &system.installation.data_dir else {
        return Vec::new();
    };
    let subject = "data";
    let free = match rustix::fs::statvfs(folder) {
        Ok(space) => space.f_bavail.saturating_mul(space.f_frsize),
        Err(error) => {
            return vec![AREA.failure(
                "space",
                subject,
                text(
                    format!("{}: {error}", folder.display()),
                    format!("{}: {error}", folder.display()),
                ),
                text("проверьте, что диск подключён", "check that the disk is mounted"),
            )];
        }
    };
    vec![judge(subject, &folder.display().to_string(), free)]
}

fn judge(subject: &str, folder: &str, free: u64) -> Finding {
    let what = text(
        format!("свободно {} МиБ в {folder}", free / MIB),
        format!("{} MiB free in {folder}", free / MIB),
    );
    let advice = text(
        "освободите место: без него заявки не принимаются; базы и потоки лежат в этой папке",
        "free some space: without it no lead is accepted; databases and streams lie in this folder",
    );
    match free {
        0..FAILING => AREA.failure("space", subject, what, advice),
        FAILING..LITTLE => AREA.warning("space", subject, what, advice),
        LITTLE.. => AREA.ok("space", subject, what),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::State;

    #[test]
    fn little_space_is_said_before_there_is_none() {
        assert_eq!(judge("data", ".edina", 100 * MIB).state, State::Failure);
        assert_eq!(judge("data", ".edina", 1000 * MIB).state, State::Warning);
        assert_eq!(judge("data", ".edina", 5000 * MIB).state, State::Ok);
    }
}
