//! The manager interface's stream: the same frames however it is split.
#![no_main]

use bytes::BytesMut;
use call_tracking::ami::codec::{AmiCodec, Frame, Limits};
use call_tracking::ami::event::Event;
use libfuzzer_sys::fuzz_target;
use tokio_util::codec::Decoder as _;

/// Small enough for the fuzzer to go beyond them.
const LIMITS: Limits = Limits {
    line_bytes: 200,
    fields: 20,
    message_bytes: 1000,
};

fn frames<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Vec<Frame> {
    let mut codec = AmiCodec::with_limits(LIMITS);
    let mut buffer = BytesMut::new();
    let mut frames = Vec::new();
    for chunk in chunks {
        buffer.extend_from_slice(chunk);
        while let Some(frame) = codec.decode(&mut buffer).expect("decoding does no I/O") {
            frames.push(frame);
        }
        assert!(buffer.len() <= LIMITS.line_bytes + chunk.len(), "kept too much");
    }
    frames
}

fuzz_target!(|bytes: &[u8]| {
    let Some((size, stream)) = bytes.split_first() else {
        return;
    };
    let whole = frames(std::iter::once(stream));
    assert_eq!(whole, frames(stream.chunks(usize::from(*size).max(1))));
    for frame in &whole {
        if let Frame::Message(message) = frame {
            let _ = Event::read(message);
        }
    }
});
