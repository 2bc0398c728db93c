//! SMPP: frames and messages as they come from a message centre.
#![no_main]

use bytes::{Bytes, BytesMut};
use libfuzzer_sys::fuzz_target;
use notification::channel::smpp::encoding;
use notification::channel::smpp::pdu::{self, Bind, Framing, ShortMessage};
use notification::channel::smpp::receipt;
use tokio_util::codec::{Decoder as _, Encoder as _};

fuzz_target!(|bytes: &[u8]| {
    let mut stream = BytesMut::from(bytes);
    while let Ok(Some(frame)) = Framing.decode(&mut stream) {
        let mut again = BytesMut::new();
        Framing.encode(frame.clone(), &mut again).expect("what was read can be written");
        assert_eq!(Framing.decode(&mut again).expect("and read again"), Some(frame.clone()));
        read(frame.body);
    }
    read(Bytes::copy_from_slice(bytes));
    for coding in [0, 1, 3, 8, 245] {
        let _ = encoding::decode(bytes, coding);
    }
    let _ = encoding::strip_header(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let parts = encoding::split(text, 7, 255).map_or(0, |(_, parts)| parts.len());
        assert!(parts == 0 || parts == encoding::measure(text).parts);
    }
});

fn read(body: Bytes) {
    let _ = Bind::decode(body.clone());
    let _ = pdu::decode_id(&body);
    if let Ok(message) = ShortMessage::decode(body) {
        let _ = receipt::read(&message);
        let written = message.encode().expect("what was read can be written");
        assert_eq!(ShortMessage::decode(written).expect("and read again"), message);
    }
}
