//! Accounts in messengers and social networks: a handle, a number or a link, whichever was typed.

use super::{Home, phone};
use crate::normalise::phone::PhoneKind;
use crate::text;

/// An account in one network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    /// One of [`NETWORKS`], or the word that was said, lower case.
    pub network: String,
    /// Without `@` and the network's address; a number in E.164.
    pub handle: String,
}

/// Networks that are known by all the words people have for them.
pub const NETWORKS: [&str; 10] = [
    "telegram",
    "whatsapp",
    "viber",
    "vk",
    "max",
    "ok",
    "skype",
    "icq",
    "instagram",
    "facebook",
];

/// Beginnings of words for a network.
const WORDS: [(&str, &str); 32] = [
    ("telegram", "telegram"),
    ("телеграм", "telegram"),
    ("телега", "telegram"),
    ("tg", "telegram"),
    ("тг", "telegram"),
    ("whatsapp", "whatsapp"),
    ("whats", "whatsapp"),
    ("ватсап", "whatsapp"),
    ("вотсап", "whatsapp"),
    ("вацап", "whatsapp"),
    ("уотсап", "whatsapp"),
    ("wa", "whatsapp"),
    ("viber", "viber"),
    ("вайбер", "viber"),
    ("вибер", "viber"),
    ("vk", "vk"),
    ("вк", "vk"),
    ("вконтакте", "vk"),
    ("max", "max"),
    ("макс", "max"),
    ("ok", "ok"),
    ("ок", "ok"),
    ("odnoklassniki", "ok"),
    ("одноклассники", "ok"),
    ("skype", "skype"),
    ("скайп", "skype"),
    ("icq", "icq"),
    ("аська", "icq"),
    ("instagram", "instagram"),
    ("инстаграм", "instagram"),
    ("facebook", "facebook"),
    ("фейсбук", "facebook"),
];

/// Hosts of links, and schemes of addresses, by network.
const PLACES: [(&str, &str); 24] = [
    ("t.me", "telegram"),
    ("telegram.me", "telegram"),
    ("telegram.org", "telegram"),
    ("tg", "telegram"),
    ("telegram", "telegram"),
    ("wa.me", "whatsapp"),
    ("api.whatsapp.com", "whatsapp"),
    ("whatsapp.com", "whatsapp"),
    ("whatsapp", "whatsapp"),
    ("viber.click", "viber"),
    ("viber.com", "viber"),
    ("viber", "viber"),
    ("vk.com", "vk"),
    ("vk.ru", "vk"),
    ("m.vk.com", "vk"),
    ("vkontakte.ru", "vk"),
    ("max.ru", "max"),
    ("ok.ru", "ok"),
    ("odnoklassniki.ru", "ok"),
    ("skype", "skype"),
    ("icq", "icq"),
    ("instagram.com", "instagram"),
    ("facebook.com", "facebook"),
    ("fb.com", "facebook"),
];

/// Longest handle, characters.
const LONGEST: usize = 100;

/// What is ticked rather than typed.
const ANSWERS: [&str; 8] = ["yes", "no", "true", "false", "on", "off", "1", "0"];

/// The network a word means: `Телеграм`, `X-TELEGRAM`, `wa`.
pub fn network(word: &str) -> Option<&'static str> {
    let lower = text::clean(word).to_lowercase();
    let word = lower.strip_prefix("x-").unwrap_or(&lower);
    WORDS
        .iter()
        .find(|(known, _)| *known == word || known.chars().count() > 3 && word.starts_with(known))
        .map(|(_, network)| *network)
}

/// Reads an account of the network that is named; of the one its link leads to when none is, or when both are at odds.
pub fn read(named: &str, typed: &str) -> Option<Account> {
    let named = text::clean(named).to_lowercase();
    let said = network(&named).unwrap_or(&named);
    let typed = text::clean(typed);
    let (place, rest) = taken_apart(&typed);
    let network = place.map_or_else(|| said.to_owned(), str::to_owned);
    let fits = !network.is_empty()
        && network.chars().count() <= 32
        && network.chars().all(|c| c.is_alphanumeric() || c == '_');
    let handle = rest.trim_matches(['@', '/', ' ']);
    // `есть`, `да`, `+`: an answer, no account.
    let named =
        handle.bytes().any(|b| b.is_ascii_alphanumeric()) && !ANSWERS.contains(&&*handle.to_lowercase());
    if !fits || !named || handle.chars().count() > LONGEST {
        return None;
    }
    let number = as_number(&network, handle);
    Some(Account {
        handle: number.unwrap_or_else(|| handle.to_owned()),
        network,
    })
}

/// The account of a link alone; none when it leads to no network that is known.
pub fn of_link(typed: &str) -> Option<Account> {
    let typed = text::clean(typed);
    let (place, _) = taken_apart(&typed);
    read(place?, &typed)
}

impl Account {
    /// The telephone number by which the account is held. As strong as one that was typed as a phone: messengers give an
    /// account to whoever reads a code sent to the number, so that it is the person's own, and a mobile.
    pub fn phone(&self) -> Option<String> {
        as_number(&self.network, &self.handle)
    }
}

/// The network of a link or address, and what stands behind it.
fn taken_apart(typed: &str) -> (Option<&'static str>, &str) {
    let place = |word: &str| {
        let lower = word.to_lowercase();
        let bare = lower.strip_prefix("www.").unwrap_or(&lower);
        PLACES
            .iter()
            .find(|(known, _)| *known == bare)
            .map(|(_, network)| *network)
    };
    let (scheme, rest) = match typed.split_once(':') {
        Some((scheme, rest)) if !scheme.is_empty() && scheme.chars().all(char::is_alphabetic) => (
            place(scheme).or_else(|| network(scheme)),
            rest.trim_start_matches('/').trim_start(),
        ),
        _ => (None, typed),
    };
    let (host, path) = match rest.split_once('/') {
        Some((host, path)) if host.contains('.') => (place(host), path),
        _ => (None, rest),
    };
    // `send?phone=7916…`, `resolve?domain=anna`, `chat?number=%2B7916…`: who is meant is asked for by name.
    let (path, asked) = path.split_once(['?', '#']).unwrap_or((path, ""));
    let named = asked.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        matches!(name, "phone" | "number" | "domain" | "id").then_some(value)
    });
    let network = host.or(scheme);
    let handle = match named {
        Some(value) if network.is_some() => value.strip_prefix("%2B").unwrap_or(value),
        _ => path,
    };
    (network, handle)
}

/// The number a handle is, where accounts are held by numbers. One of Telegram or MAX may be a bare id of ten digits, so that
/// only what is written as a number is taken for one there.
fn as_number(network: &str, handle: &str) -> Option<String> {
    if !matches!(network, "whatsapp" | "viber" | "telegram" | "max") || !phone::looks_like_phone(handle) {
        return None;
    }
    let digits = text::digits(handle);
    let written = handle.starts_with('+') || digits.len() == 11 && digits.starts_with(['7', '8']);
    if !written && matches!(network, "telegram" | "max") || digits.len() < 10 {
        return None;
    }
    let read = phone::parse(handle, Home::default()).ok()?;
    let fits = read.plausible && matches!(read.kind_hint, PhoneKind::Mobile | PhoneKind::Unknown);
    (fits && !phone::is_junk(&read.e164)).then_some(read.e164)
}

#[cfg(test)]
mod tests {
    use super::{network, of_link, read};

    #[test]
    fn one_account_in_any_writing() {
        for (named, typed) in [
            ("telegram", "@anna"),
            ("Телеграм", "anna"),
            ("X-TELEGRAM", "https://t.me/anna"),
            ("tg", "t.me/anna?start=1"),
            ("", "tg://resolve?domain=anna"),
            ("", "Телеграм: @anna"),
            ("", "telegram:anna"),
            ("url", "https://www.t.me/anna/"),
        ] {
            let account = read(named, typed).unwrap();
            assert_eq!(
                (&*account.network, &*account.handle),
                ("telegram", "anna"),
                "{typed}"
            );
            assert_eq!(account.phone(), None);
        }
        for (named, typed) in [
            ("whatsapp", "8 (916) 123-45-67"),
            ("WhatsApp", "+7 916 123-45-67"),
            ("ватсап", "9161234567"),
            ("", "https://wa.me/79161234567"),
            ("", "whatsapp://send?phone=79161234567"),
            ("", "https://api.whatsapp.com/send?phone=79161234567&text=hi"),
        ] {
            let account = read(named, typed).unwrap();
            assert_eq!(account.network, "whatsapp", "{typed}");
            assert_eq!(account.phone().as_deref(), Some("+79161234567"), "{typed}");
        }
        assert_eq!(
            read("viber", "viber://chat?number=%2B79161234567")
                .unwrap()
                .phone()
                .as_deref(),
            Some("+79161234567")
        );
        assert_eq!(read("vk", "https://vk.com/id1").unwrap().handle, "id1");
        assert_eq!(read("ICQ", "123456789").unwrap().handle, "123456789");
        assert_eq!(read("", "skype:anna.k?chat").unwrap().handle, "anna.k");
    }

    #[test]
    fn what_is_no_number_is_no_phone() {
        assert_eq!(read("telegram", "9161234567").unwrap().phone(), None, "an id");
        assert_eq!(
            read("telegram", "+7 916 123-45-67").unwrap().phone().as_deref(),
            Some("+79161234567")
        );
        assert_eq!(
            read("whatsapp", "+7 999 999-99-99").unwrap().phone(),
            None,
            "invented"
        );
        assert_eq!(read("vk", "89161234567").unwrap().phone(), None);
        assert_eq!(
            read("whatsapp", "+7 495 123-45-67").unwrap().phone(),
            None,
            "no mobile"
        );
    }

    #[test]
    fn what_is_no_account_is_none() {
        assert_eq!(read("telegram", " @ "), None);
        assert_eq!(read("", "anna"), None);
        for answer in ["да", "есть", "yes", "+", "-", "0"] {
            assert_eq!(read("whatsapp", answer), None, "{answer}");
        }
        assert_eq!(of_link("https://example.com/anna"), None);
        assert_eq!(of_link("anna"), None);
        assert_eq!(network("почта"), None);
        assert_eq!(network("okна"), None);
    }
}
