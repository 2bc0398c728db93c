//! Who is at the other end of a channel: an employee's phone, the outside world, or only a piece of dialplan.

use regex::Regex;

/// A channel name taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelName<'a> {
    /// `PJSIP`, `SIP`, `Local`, `DAHDI`, …
    pub technology: &'a str,
    /// Endpoint or trunk; for a Local channel the extension before `@`.
    pub peer: &'a str,
    /// For a Local channel, 1 or 2.
    pub half: Option<u8>,
}

impl<'a> ChannelName<'a> {
    /// Reads `PJSIP/201-0000000a`, `Local/201@queue-00000001;2`, `DAHDI/i1/79161234567-1`.
    pub fn read(name: &'a str) -> Self {
        let (technology, rest) = name.split_once('/').unwrap_or(("", name));
        let (rest, half) = match rest.rsplit_once(';') {
            Some((rest, "1")) => (rest, Some(1)),
            Some((rest, "2")) => (rest, Some(2)),
            _ => (rest, None),
        };
        let rest = match rest.rsplit_once('-') {
            Some((head, tail)) if !tail.is_empty() && tail.bytes().all(|b| b.is_ascii_hexdigit()) => head,
            _ => rest,
        };
        let peer = if technology.eq_ignore_ascii_case("Local") {
            rest.split_once('@').map_or(rest, |(p, _)| p)
        } else {
            rest
        };
        Self {
            technology,
            peer,
            half,
        }
    }

    /// Whether it is one half of a Local channel, which is dialplan and not a party.
    pub fn is_local(&self) -> bool {
        self.technology.eq_ignore_ascii_case("Local")
    }
}

/// Who a channel stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// An employee's phone.
    Extension(String),
    /// The outside world, through the named trunk.
    Outside(String),
    /// A half of a Local channel.
    Dialplan(String),
}

/// The extension pattern cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the extension pattern is not a regular expression: {0}")]
pub struct InvalidPattern(#[from] regex::Error);

/// Which numbers are ours.
#[derive(Debug, Clone)]
pub struct NumberingPlan {
    extension: Regex,
    trunks: Vec<String>,
}

impl Default for NumberingPlan {
    fn default() -> Self {
        Self {
            extension: Regex::new(r"^\d{2,5}$").expect("a constant pattern that a test compiles"),
            trunks: Vec::new(),
        }
    }
}

impl NumberingPlan {
    /// A plan with another pattern and the names of the trunks. With trunks named, every other channel is a phone
    /// of ours, whatever it is called.
    ///
    /// # Errors
    /// [`InvalidPattern`] if `extension` is not a regular expression of bounded size.
    pub fn new(extension: &str, trunks: Vec<String>) -> Result<Self, InvalidPattern> {
        let extension = regex::RegexBuilder::new(extension)
            .size_limit(64 * 1024)
            .build()?;
        Ok(Self { extension, trunks })
    }

    /// Whether a dialled number is one of our extensions.
    pub fn is_extension(&self, number: &str) -> bool {
        self.extension.is_match(number)
    }

    /// Who a channel stands for. `number` is the caller number it shows: a phone named by something else than its
    /// extension is known by it.
    pub fn party(&self, channel: &str, number: Option<&str>) -> Party {
        let name = ChannelName::read(channel);
        if name.is_local() {
            return Party::Dialplan(name.peer.to_owned());
        }
        if self.trunks.iter().any(|t| t == name.peer) {
            return Party::Outside(name.peer.to_owned());
        }
        if self.is_extension(name.peer) {
            return Party::Extension(name.peer.to_owned());
        }
        if self.trunks.is_empty() {
            return Party::Outside(name.peer.to_owned());
        }
        let shown = number.filter(|n| self.is_extension(n));
        Party::Extension(shown.unwrap_or(name.peer).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let read = |n| {
            let name = ChannelName::read(n);
            (name.technology, name.peer, name.half)
        };
        assert_eq!(read("PJSIP/201-0000000a"), ("PJSIP", "201", None));
        assert_eq!(read("SIP/trunk-a-0000000a"), ("SIP", "trunk-a", None));
        assert_eq!(read("Local/201@from-queue-00000001;2"), ("Local", "201", Some(2)));
        assert_eq!(read("DAHDI/i1/79161234567-1"), ("DAHDI", "i1/79161234567", None));
        assert_eq!(read(""), ("", "", None));
    }

    #[test]
    fn a_phone_is_told_from_a_trunk() {
        let plain = NumberingPlan::default();
        assert_eq!(plain.party("PJSIP/201-1", None), Party::Extension("201".into()));
        assert_eq!(
            plain.party("PJSIP/mts-1", Some("112")),
            Party::Outside("mts".into())
        );
        let named = NumberingPlan::new(r"^\d{3}$", vec!["mts".into()]).unwrap();
        assert_eq!(named.party("PJSIP/mts-1", None), Party::Outside("mts".into()));
        assert_eq!(
            named.party("SIP/150010002-0000002d", Some("202")),
            Party::Extension("202".into())
        );
        assert_eq!(
            named.party("SIP/150010002-0000002d", None),
            Party::Extension("150010002".into())
        );
        assert!(NumberingPlan::new("(", vec![]).is_err());
    }
}
