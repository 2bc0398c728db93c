//! What each role may do: the one place where it is decided.

use std::fmt;

/// Something a request may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Right {
    /// Find clients and read their cards and timelines (R57).
    ReadClients,
    /// Write notes and promises, record consents.
    WriteClients,
    /// Merge cards, undo merges, decide reviews.
    MergeClients,
    /// Choose, learn and take back what decides who is who.
    ManageIdentity,
    /// Post source records (DMS).
    SubmitRecords,
    /// See leads.
    ReadLeads,
    /// Move, answer, close, reopen leads.
    WorkLeads,
    /// Give a lead to somebody else.
    AssignLeads,
    /// Write a line of the showroom journal.
    WriteJournal,
    /// See calls and tasks.
    ReadCalls,
    /// Complete tasks, write results, dial.
    WorkCalls,
    /// See messages and why they were sent or blocked.
    ReadMessages,
    /// See rejected inputs, correct and resubmit them.
    CorrectInputs,
    /// See connections, sources, the sandbox, dead letters.
    ReadConnections,
    /// See the directory.
    ReadPeople,
    /// Change branches, employees, absences.
    ManagePeople,
    /// Switch the demo, replay dead letters, give sources new keys.
    Administer,
    /// Follow the live feed.
    Follow,
}

/// A role of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything.
    Administrator,
    /// Sales of a branch or the group.
    HeadOfSales,
    /// Own leads and clients.
    Seller,
    /// Service visits.
    ServiceAdviser,
    /// The showroom door.
    Reception,
    /// The call centre.
    Operator,
    /// Campaigns.
    Marketer,
}

impl Role {
    /// All roles, in the order they are shown.
    pub const ALL: [Self; 7] = [
        Self::Administrator,
        Self::HeadOfSales,
        Self::Seller,
        Self::ServiceAdviser,
        Self::Reception,
        Self::Operator,
        Self::Marketer,
    ];

    /// The name as it is stored and sent.
    pub fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::HeadOfSales => "head_of_sales",
            Self::Seller => "seller",
            Self::ServiceAdviser => "service_adviser",
            Self::Reception => "reception",
            Self::Operator => "operator",
            Self::Marketer => "marketer",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// What the role may do.
    pub fn rights(self) -> &'static [Right] {
        use Right::*;
        match self {
            Self::Administrator => &[
                ReadClients,
                WriteClients,
                MergeClients,
                ManageIdentity,
                SubmitRecords,
                ReadLeads,
                WorkLeads,
                AssignLeads,
                WriteJournal,
                ReadCalls,
                WorkCalls,
                ReadMessages,
                CorrectInputs,
                ReadConnections,
                ReadPeople,
                ManagePeople,
                Administer,
                Follow,
            ],
            Self::HeadOfSales => &[
                ReadClients,
                WriteClients,
                MergeClients,
                ManageIdentity,
                ReadLeads,
                WorkLeads,
                AssignLeads,
                WriteJournal,
                ReadCalls,
                WorkCalls,
                ReadMessages,
                CorrectInputs,
                ReadPeople,
                ManagePeople,
                Follow,
            ],
            Self::Seller => &[
                ReadClients,
                WriteClients,
                ReadLeads,
                WorkLeads,
                WriteJournal,
                ReadCalls,
                WorkCalls,
                ReadMessages,
                ReadPeople,
                Follow,
            ],
            Self::ServiceAdviser => &[
                ReadClients,
                WriteClients,
                ReadLeads,
                ReadCalls,
                WorkCalls,
                ReadMessages,
                ReadPeople,
                Follow,
            ],
            Self::Reception => &[
                ReadClients,
                WriteClients,
                ReadLeads,
                WriteJournal,
                ReadCalls,
                ReadPeople,
                Follow,
            ],
            Self::Operator => &[
                ReadClients,
                WriteClients,
                MergeClients,
                ReadLeads,
                WorkLeads,
                WriteJournal,
                ReadCalls,
                WorkCalls,
                ReadMessages,
                ReadPeople,
                Follow,
            ],
            Self::Marketer => &[ReadClients, ReadLeads, ReadMessages, ReadPeople, Follow],
        }
    }

    /// Whether its holder sees the own branch only; the others see what their account says.
    pub fn sees_one_branch(self) -> bool {
        matches!(self, Self::Seller | Self::ServiceAdviser | Self::Reception)
    }

    /// Whether the role has the right.
    pub fn may(self, right: Right) -> bool {
        self.rights().contains(&right)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_keeps_its_promises() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.name()), Some(role));
            assert!(
                role.may(Right::ReadClients),
                "{role}: any employee who deals with a client may read it"
            );
            assert_eq!(role.may(Right::Administer), role == Role::Administrator, "{role}");
            assert_eq!(
                role.may(Right::MergeClients),
                [Role::Administrator, Role::HeadOfSales, Role::Operator].contains(&role),
                "{role}"
            );
            let mut rights = role.rights().to_vec();
            rights.sort_unstable();
            rights.dedup();
            assert_eq!(rights.len(), role.rights().len(), "{role} names a right twice");
        }
        assert!(!Role::Marketer.may(Right::WorkLeads));
        assert!(!Role::Reception.may(Right::WorkLeads));
        assert!(!Role::Seller.may(Right::ManagePeople));
        assert_eq!(Role::parse("root"), None);
    }
}
