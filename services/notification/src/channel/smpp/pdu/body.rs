//! Bodies: binds, messages, ids, TLVs.

use super::{PduError, TAG_MESSAGE_PAYLOAD};
use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Most TLVs read from one PDU; the rest is ignored.
const MAX_TLVS: usize = 64;
/// Octets of a number or name in an address.
const ADDRESS: usize = 20;
/// Octets of a point or span of time.
const TIME: usize = 16;
/// Octets of a text beside its length in one octet: 3.4 says 254, 5.0 says 255.
const TEXT: usize = 255;

/// A number with its type (TON) and plan (NPI).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    pub ton: u8,
    pub npi: u8,
    /// Up to 20 octets.
    pub digits: String,
}

/// Tag, length, value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tlv {
    pub tag: u16,
    pub value: Bytes,
}

/// Body of the three bind requests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bind {
    pub system_id: String,
    pub password: String,
    pub system_type: String,
    pub interface_version: u8,
}

impl Bind {
    /// # Errors
    /// A field does not fit.
    pub fn encode(&self) -> Result<Bytes, PduError> {
        let mut out = BytesMut::new();
        put_cstring(&mut out, "system_id", &self.system_id, 15)?;
        put_cstring(&mut out, "password", &self.password, 8)?;
        put_cstring(&mut out, "system_type", &self.system_type, 12)?;
        out.put_slice(&[self.interface_version, 0, 0, 0]);
        Ok(out.freeze())
    }

    /// # Errors
    /// A field is missing.
    pub fn decode(mut body: Bytes) -> Result<Self, PduError> {
        Ok(Self {
            system_id: cstring(&mut body, "system_id")?,
            password: cstring(&mut body, "password")?,
            system_type: cstring(&mut body, "system_type")?,
            interface_version: octet(&mut body, "interface_version")?,
        })
    }
}

/// Body of `submit_sm` and `deliver_sm`, which share one layout.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShortMessage {
    pub source: Address,
    pub destination: Address,
    pub esm_class: u8,
    pub registered_delivery: u8,
    pub data_coding: u8,
    /// Relative or absolute validity in SMPP's 16 characters; empty for the centre's default.
    pub validity_period: String,
    /// At most 255 octets; longer text goes into a TLV.
    pub short_message: Bytes,
    pub tlvs: Vec<Tlv>,
}

impl ShortMessage {
    /// # Errors
    /// A field does not fit; nothing is cut to make it fit.
    pub fn encode(&self) -> Result<Bytes, PduError> {
        let mut out = BytesMut::with_capacity(64 + self.short_message.len());
        out.put_u8(0); // service_type: the centre's default
        for (field, address) in [
            ("source_addr", &self.source),
            ("destination_addr", &self.destination),
        ] {
            out.put_slice(&[address.ton, address.npi]);
            put_cstring(&mut out, field, &address.digits, ADDRESS)?;
        }
        out.put_slice(&[self.esm_class, 0, 0, 0]); // protocol_id, priority_flag, empty schedule_delivery_time
        put_cstring(&mut out, "validity_period", &self.validity_period, TIME)?;
        out.put_slice(&[self.registered_delivery, 0, self.data_coding, 0]);
        let octets = self.short_message.len();
        out.put_u8(u8::try_from(octets).map_err(|_| too_long("short_message", octets, TEXT))?);
        out.put_slice(&self.short_message);
        for tlv in &self.tlvs {
            let octets = tlv.value.len();
            let length =
                u16::try_from(octets).map_err(|_| too_long("a TLV", octets, usize::from(u16::MAX)))?;
            out.put_u16(tlv.tag);
            out.put_u16(length);
            out.put_slice(&tlv.value);
        }
        Ok(out.freeze())
    }

    /// # Errors
    /// A mandatory field is missing or longer than the protocol lets it be. Broken TLVs at the end are dropped.
    pub fn decode(mut body: Bytes) -> Result<Self, PduError> {
        let body = &mut body;
        cstring(body, "service_type")?;
        let source = address(body, "source_addr")?;
        let destination = address(body, "destination_addr")?;
        let esm_class = octet(body, "esm_class")?;
        octet(body, "protocol_id")?;
        octet(body, "priority_flag")?;
        cstring(body, "schedule_delivery_time")?;
        let validity_period = bounded(body, "validity_period", TIME)?;
        let registered_delivery = octet(body, "registered_delivery")?;
        octet(body, "replace_if_present_flag")?;
        let data_coding = octet(body, "data_coding")?;
        octet(body, "sm_default_msg_id")?;
        let length = usize::from(octet(body, "sm_length")?);
        if body.len() < length {
            return Err(PduError::Truncated("short_message"));
        }
        let short_message = body.split_to(length);
        let tlvs = tlvs(body);
        Ok(Self {
            source,
            destination,
            esm_class,
            registered_delivery,
            data_coding,
            validity_period,
            short_message,
            tlvs,
        })
    }

    /// The value of the first TLV with this tag.
    #[must_use]
    pub fn tlv(&self, tag: u16) -> Option<&Bytes> {
        self.tlvs.iter().find(|tlv| tlv.tag == tag).map(|tlv| &tlv.value)
    }

    /// The text octets: `short_message`, or `message_payload` when that is empty.
    #[must_use]
    pub fn payload(&self) -> &Bytes {
        if self.short_message.is_empty() {
            self.tlv(TAG_MESSAGE_PAYLOAD).unwrap_or(&self.short_message)
        } else {
            &self.short_message
        }
    }
}

/// Body of a response that is one string, `message_id` or `system_id`: its first 64 octets.
#[must_use]
pub fn encode_id(id: &str) -> Bytes {
    let octets = id
        .chars()
        .map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?'));
    octets
        .take(64)
        .take_while(|octet| *octet != 0)
        .chain([0])
        .collect()
}

/// The string at the start of a response; empty when the body is missing, as error answers often are.
#[must_use]
pub fn decode_id(body: &Bytes) -> String {
    let end = body
        .iter()
        .position(|octet| *octet == 0)
        .unwrap_or(body.len())
        .min(64);
    latin(body.get(..end).unwrap_or_default())
}

/// Octets as text, each octet one character: nothing is refused, nothing collides.
#[must_use]
pub fn latin(octets: &[u8]) -> String {
    octets.iter().map(|octet| char::from(*octet)).collect()
}

const fn too_long(field: &'static str, octets: usize, most: usize) -> PduError {
    PduError::TooLong { field, octets, most }
}

fn put_cstring(out: &mut BytesMut, field: &'static str, text: &str, most: usize) -> Result<(), PduError> {
    let octets = text.chars().count();
    if octets > most {
        return Err(too_long(field, octets, most));
    }
    for character in text.chars() {
        // The reverse of `latin`, so that what a centre said is said back to it unchanged.
        match u8::try_from(u32::from(character)) {
            Ok(0) | Err(_) => return Err(PduError::Unwritable(field)),
            Ok(octet) => out.put_u8(octet),
        }
    }
    out.put_u8(0);
    Ok(())
}

fn cstring(body: &mut Bytes, field: &'static str) -> Result<String, PduError> {
    let end = body
        .iter()
        .position(|octet| *octet == 0)
        .ok_or(PduError::Truncated(field))?;
    let octets = body.split_to(end);
    body.advance(1);
    Ok(latin(&octets))
}

fn bounded(body: &mut Bytes, field: &'static str, most: usize) -> Result<String, PduError> {
    let text = cstring(body, field)?;
    let octets = text.chars().count();
    if octets > most {
        return Err(too_long(field, octets, most));
    }
    Ok(text)
}

fn octet(body: &mut Bytes, field: &'static str) -> Result<u8, PduError> {
    if body.is_empty() {
        Err(PduError::Truncated(field))
    } else {
        Ok(body.get_u8())
    }
}

fn address(body: &mut Bytes, field: &'static str) -> Result<Address, PduError> {
    Ok(Address {
        ton: octet(body, field)?,
        npi: octet(body, field)?,
        digits: bounded(body, field, ADDRESS)?,
    })
}

fn tlvs(body: &mut Bytes) -> Vec<Tlv> {
    let mut found = Vec::new();
    while body.len() >= 4 && found.len() < MAX_TLVS {
        let (tag, length) = (body.get_u16(), usize::from(body.get_u16()));
        if body.len() < length {
            break;
        }
        found.push(Tlv {
            tag,
            value: body.split_to(length),
        });
    }
    found
}
