//! Where records are typed: which city code is put before a short city number. Said by the branch, else by its group in the
//! directory, else by the service's settings. A record keeps what was used, so that it is read the same again.

use std::sync::Arc;

use edina_identity::Home;
use edina_messaging::directory::branch;
use edina_proto::directory::v1::Group;
use edina_runtime::{caller::Caller, group::GroupId};

use super::Registry;

/// The homes of one group's branches.
pub(crate) struct Homes {
    otherwise: Home,
    group: Option<Arc<Group>>,
}

impl Registry {
    /// The homes of a group, as they are set now.
    pub(super) fn homes(&self, group: &GroupId) -> Homes {
        Homes {
            otherwise: self.home.clone(),
            group: self.directory.group(group),
        }
    }

    /// The home of who asks: of the branch that is all he sees.
    pub(super) fn home_of(&self, caller: &Caller) -> Home {
        let branches = caller.actor.iter().flat_map(|actor| &actor.branches);
        let mut branches = branches.map(String::as_str);
        let only = branches.next().filter(|_| branches.next().is_none());
        self.homes(&caller.group).at(only.unwrap_or_default())
    }
}

impl Homes {
    /// Where a record of this branch is typed; of none when it is empty.
    pub(crate) fn at(&self, branch_id: &str) -> Home {
        let said = self.group.as_deref().and_then(|group| {
            let own = branch(group, branch_id).map(|branch| branch.area_code.as_str());
            [own.unwrap_or_default(), &group.area_code]
                .into_iter()
                .find(|code| !code.is_empty())
                .map(str::to_owned)
        });
        let mut home = self.otherwise.clone();
        home.area_code = said.or(home.area_code);
        home
    }
}

#[cfg(test)]
mod tests {
    use edina_proto::directory::v1::Branch;

    use super::*;

    #[test]
    fn the_branch_then_the_group_then_the_settings() {
        let branch = |id: &str, code: &str| Branch {
            branch_id: id.to_owned(),
            area_code: code.to_owned(),
            ..Branch::default()
        };
        let homes = |group_code: &str, set: Option<&str>| Homes {
            otherwise: Home {
                area_code: set.map(str::to_owned),
                ..Home::default()
            },
            group: Some(Arc::new(Group {
                area_code: group_code.to_owned(),
                branches: vec![branch("tver", "4822"), branch("moscow", "")],
                ..Group::default()
            })),
        };
        let code = |homes: &Homes, id: &str| homes.at(id).area_code.unwrap_or_default();
        let of_group = homes("495", Some("812"));
        assert_eq!(code(&of_group, "tver"), "4822");
        assert_eq!(code(&of_group, "moscow"), "495");
        assert_eq!(code(&of_group, ""), "495");
        let settings = homes("", Some("812"));
        assert_eq!(code(&settings, "moscow"), "812");
        assert_eq!(code(&homes("", None), "moscow"), "");
    }
}
