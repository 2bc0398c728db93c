//! Delivery receipts: what the message centre says became of a part, in any of the dialects seen on real links.
//!
//! TLVs win over text; a text is read field by field, in any order, with fields missing. Ids are offered in every
//! form the centre may have used when it answered the submit: as is, letter case folded, hexadecimal and decimal.

use super::pdu::{self, ShortMessage};
use crate::channel::{Receipt, ReceiptState};
use chrono::NaiveDateTime;
use edina_runtime::redact::Personal;

const MESSAGE_TYPE: u8 = 0x3C;
const TYPE_RECEIPT: u8 = 0x04;
const TYPE_INTERMEDIATE: u8 = 0x20;
/// Receipt texts are under 200 octets; anything past this is not read.
const MAX_TEXT: usize = 512;

/// Reads a `deliver_sm`. `None` when it is no receipt but a message from a phone.
#[must_use]
pub fn read(message: &ShortMessage) -> Option<Receipt> {
    let marked = matches!(message.esm_class & MESSAGE_TYPE, TYPE_RECEIPT | TYPE_INTERMEDIATE);
    let tlv_id = message
        .tlv(pdu::TAG_RECEIPTED_MESSAGE_ID)
        .map(pdu::decode_id)
        .filter(|id| !id.is_empty());
    let mut octets: &[u8] = message.payload();
    if message.esm_class & pdu::ESM_UDHI != 0 {
        octets = super::encoding::strip_header(octets).1;
    }
    let octets = octets.get(..MAX_TEXT).unwrap_or(octets);
    let text = super::encoding::decode(octets, message.data_coding).unwrap_or_else(|| pdu::latin(octets));
    let text = Fields::read(&text);
    if !(marked || tlv_id.is_some() || (text.id.is_some() && text.state.is_some())) {
        return None;
    }
    let mut ids = Vec::new();
    for id in [tlv_id.as_deref(), text.id.as_deref()].into_iter().flatten() {
        for form in id_forms(id) {
            if !ids.contains(&form) {
                ids.push(form);
            }
        }
    }
    let tlv_state = message
        .tlv(pdu::TAG_MESSAGE_STATE)
        .and_then(|value| value.first())
        .copied()
        .and_then(state_of_code);
    let network_error = message
        .tlv(pdu::TAG_NETWORK_ERROR_CODE)
        .and_then(|value| match value[..] {
            [network, high, low] => Some(format!("{network}:{}", u16::from_be_bytes([high, low]))),
            _ => None,
        });
    Some(Receipt {
        ids,
        state: tlv_state.or(text.state).unwrap_or(ReceiptState::Unknown),
        error: text
            .error
            .filter(|code| !code.trim_matches('0').is_empty())
            .or(network_error),
        done: text.done,
        phone: phone(&message.source.digits),
    })
}

/// A receipt comes "from" the phone that the message went to.
fn phone(source: &str) -> Option<Personal<String>> {
    let digits = source.trim_start_matches(['+', '0']);
    let valid = (7..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    valid.then(|| Personal(format!("+{digits}")))
}

/// Every form of an id the centre may have given in `submit_sm_resp`, likeliest first, without repeats.
///
/// `"1A"` gives `1A`, `1a`, `26`; `"26"` gives `26`, `1a`, `1A` and, read as hexadecimal, `38`.
#[must_use]
pub fn id_forms(id: &str) -> Vec<String> {
    let id = id.trim();
    let bare = id.trim_start_matches('0');
    let mut forms = vec![
        id.to_owned(),
        id.to_ascii_lowercase(),
        id.to_ascii_uppercase(),
        bare.to_owned(),
    ];
    if let Ok(number) = id.parse::<u64>() {
        forms.extend([
            format!("{number:x}"),
            format!("{number:X}"),
            format!("{number:08X}"),
            format!("{number:08x}"),
        ]);
    }
    if let Ok(number) = u64::from_str_radix(id.trim_start_matches("0x"), 16) {
        forms.extend([number.to_string(), format!("{number:010}")]);
    }
    let mut unique: Vec<String> = Vec::with_capacity(forms.len());
    for form in forms {
        if !form.is_empty() && !unique.contains(&form) {
            unique.push(form);
        }
    }
    unique
}

#[derive(Default)]
struct Fields {
    id: Option<String>,
    state: Option<ReceiptState>,
    error: Option<String>,
    done: Option<NaiveDateTime>,
}

impl Fields {
    fn read(text: &str) -> Self {
        // The quoted beginning of the message may itself contain `id:`; nothing after `text:` counts.
        let lower = text.to_ascii_lowercase();
        let head = lower
            .find("text:")
            .map_or(text, |at| text.get(..at).unwrap_or(text));
        let field = |name: &str| value_of(head, name);
        Self {
            id: field("id:").map(str::to_owned),
            state: field("stat:").map(state_of_word),
            error: field("err:").map(str::to_owned),
            done: field("done date:").and_then(date),
        }
    }
}

/// The word after `name`, which must start the text or follow a blank.
fn value_of<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let lower = text.to_ascii_lowercase();
    let mut from = 0;
    while let Some(found) = lower.get(from..)?.find(name) {
        let at = from + found;
        let starts = at == 0 || lower.as_bytes().get(at - 1).is_some_and(u8::is_ascii_whitespace);
        from = at + name.len();
        if starts {
            let rest = text.get(from..)?.trim_start_matches(' ');
            let value = rest
                .split_ascii_whitespace()
                .next()
                .filter(|_| !rest.starts_with(['\r', '\n']))?;
            // `id: sub:001` means an empty id, not the next field.
            return (!value.contains(':')).then_some(value);
        }
    }
    None
}

fn state_of_word(word: &str) -> ReceiptState {
    let word = word.to_ascii_uppercase();
    // Centres cut to seven letters or do not; five tell the states apart.
    match word.get(..5).unwrap_or(&word) {
        "DELIV" => ReceiptState::Delivered,
        "UNDEL" => ReceiptState::Undeliverable,
        "REJEC" | "REJCT" => ReceiptState::Rejected,
        "EXPIR" => ReceiptState::Expired,
        "DELET" => ReceiptState::Deleted,
        "ACCEP" | "ACKED" => ReceiptState::Accepted,
        "ENROU" | "BUFFE" | "BUFFR" | "SCHED" => ReceiptState::Enroute,
        _ => ReceiptState::Unknown,
    }
}

fn state_of_code(code: u8) -> Option<ReceiptState> {
    Some(match code {
        0 | 1 => ReceiptState::Enroute,
        2 => ReceiptState::Delivered,
        3 => ReceiptState::Expired,
        4 => ReceiptState::Deleted,
        5 => ReceiptState::Undeliverable,
        6 => ReceiptState::Accepted,
        7 => ReceiptState::Unknown,
        8 => ReceiptState::Rejected,
        _ => return None,
    })
}

/// `YYMMDDhhmm`, `YYMMDDhhmmss` or the same with four digits of year.
fn date(value: &str) -> Option<NaiveDateTime> {
    let value: String = value.chars().take_while(char::is_ascii_digit).collect();
    let full = match value.len() {
        10 => format!("20{value}00"),
        12 if value.starts_with("20")
            && NaiveDateTime::parse_from_str(&format!("20{value}"), "%Y%m%d%H%M%S").is_err() =>
        {
            format!("{value}00")
        }
        12 => format!("20{value}"),
        14 => value,
        _ => return None,
    };
    NaiveDateTime::parse_from_str(&full, "%Y%m%d%H%M%S").ok()
}
