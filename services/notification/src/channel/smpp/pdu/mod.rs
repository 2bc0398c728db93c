//! SMPP 3.4 protocol data units: framing and the few bodies both ends of a text message need.
//!
//! Written here, rather than taken from a codec crate, because real message centres bend the standard in the
//! very PDUs that must not be lost: a `receipted_message_id` without its closing NUL, a `submit_sm_resp` without a
//! body, bytes above ASCII in an id. Decoding is tolerant and bounded; encoding is strict, refuses what does
//! not fit instead of cutting it, and is held against an independent codec in `tests/it`. Neighbours: [`super::session`] speaks these, `crate::sandbox::smsc` answers them.

mod body;

pub use body::{Address, Bind, ShortMessage, Tlv, decode_id, encode_id, latin};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

/// Octets of every header.
pub const HEADER_LEN: usize = 16;
/// Longest PDU taken: a 64 KiB `message_payload` and its envelope. A longer claim ends the session.
pub const MAX_PDU_LEN: usize = 70_000;

/// Set in the id of every response.
pub const RESPONSE: u32 = 0x8000_0000;
pub const GENERIC_NACK: u32 = 0x8000_0000;
pub const BIND_RECEIVER: u32 = 0x0000_0001;
pub const BIND_TRANSMITTER: u32 = 0x0000_0002;
pub const SUBMIT_SM: u32 = 0x0000_0004;
pub const DELIVER_SM: u32 = 0x0000_0005;
pub const UNBIND: u32 = 0x0000_0006;
pub const BIND_TRANSCEIVER: u32 = 0x0000_0009;
pub const ENQUIRE_LINK: u32 = 0x0000_0015;
pub const DATA_SM: u32 = 0x0000_0103;

/// Value of `interface_version` for SMPP 3.4.
pub const VERSION_3_4: u8 = 0x34;
pub const TAG_RECEIPTED_MESSAGE_ID: u16 = 0x001E;
pub const TAG_NETWORK_ERROR_CODE: u16 = 0x0423;
pub const TAG_MESSAGE_PAYLOAD: u16 = 0x0424;
pub const TAG_MESSAGE_STATE: u16 = 0x0427;
/// `esm_class` bit: the text starts with a user data header.
pub const ESM_UDHI: u8 = 0x40;

/// One PDU as it stands on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub command: u32,
    pub status: u32,
    pub sequence: u32,
    pub body: Bytes,
}

impl Frame {
    /// A request with an already encoded body.
    #[must_use]
    pub fn request(command: u32, sequence: u32, body: impl Into<Bytes>) -> Self {
        Self {
            command,
            status: 0,
            sequence,
            body: body.into(),
        }
    }

    /// The response to `self`, same sequence number.
    #[must_use]
    pub fn answer(&self, status: u32, body: impl Into<Bytes>) -> Self {
        Self {
            command: self.command | RESPONSE,
            status,
            sequence: self.sequence,
            body: body.into(),
        }
    }
}

/// Why bytes are no PDU. After a framing error the stream cannot be trusted any more.
#[derive(Debug, thiserror::Error)]
pub enum PduError {
    #[error("command_length {0} is outside 16..={MAX_PDU_LEN}")]
    Length(u32),
    #[error("field {0} is cut short")]
    Truncated(&'static str),
    #[error("{field} has {octets} octets; SMPP takes {most}")]
    TooLong {
        field: &'static str,
        octets: usize,
        most: usize,
    },
    #[error("{0} has a character that SMPP cannot carry there")]
    Unwritable(&'static str),
    #[error("connection: {0}")]
    Io(#[from] std::io::Error),
}

/// Cuts a byte stream into [`Frame`]s.
#[derive(Debug, Default)]
pub struct Framing;

impl Decoder for Framing {
    type Item = Frame;
    type Error = PduError;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<Frame>, PduError> {
        let Some(prefix) = source.first_chunk::<4>() else {
            return Ok(None);
        };
        let claimed = u32::from_be_bytes(*prefix);
        let length = usize::try_from(claimed).map_err(|_| PduError::Length(claimed))?;
        if !(HEADER_LEN..=MAX_PDU_LEN).contains(&length) {
            return Err(PduError::Length(claimed));
        }
        if source.len() < length {
            // Grow as bytes arrive, not by what the peer claims.
            return Ok(None);
        }
        let mut pdu = source.split_to(length).freeze();
        pdu.advance(4);
        let (command, status, sequence) = (pdu.get_u32(), pdu.get_u32(), pdu.get_u32());
        Ok(Some(Frame {
            command,
            status,
            sequence,
            body: pdu,
        }))
    }
}

impl Encoder<Frame> for Framing {
    type Error = PduError;

    fn encode(&mut self, frame: Frame, out: &mut BytesMut) -> Result<(), PduError> {
        let length = HEADER_LEN + frame.body.len();
        let claimed = u32::try_from(length).unwrap_or(u32::MAX);
        if length > MAX_PDU_LEN {
            return Err(PduError::Length(claimed));
        }
        out.reserve(length);
        out.put_u32(claimed);
        out.put_u32(frame.command);
        out.put_u32(frame.status);
        out.put_u32(frame.sequence);
        out.put_slice(&frame.body);
        Ok(())
    }
}
