//! Our PDUs against an independent codec (rusmpp) and against a session captured between other implementations.

use bytes::{Bytes, BytesMut};
use notification::channel::ReceiptState;
use notification::channel::smpp::pdu::{self, Address, Bind, Frame, Framing, ShortMessage};
use notification::channel::smpp::receipt;
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::{Command, CommandStatus, Pdu};
use tokio_util::codec::{Decoder, Encoder};

fn theirs(frame: Frame) -> Command {
    let mut wire = BytesMut::new();
    Framing.encode(frame, &mut wire).unwrap();
    CommandCodec::new().decode(&mut wire).unwrap().unwrap()
}

#[test]
fn another_codec_reads_what_we_write() {
    let bind = Bind {
        system_id: "edina".into(),
        password: "secret".into(),
        system_type: String::new(),
        interface_version: pdu::VERSION_3_4,
    };
    let command = theirs(Frame::request(pdu::BIND_TRANSCEIVER, 1, bind.encode().unwrap()));
    let Some(Pdu::BindTransceiver(bind)) = command.pdu() else {
        panic!("{command:?}")
    };
    assert_eq!(
        (bind.system_id.as_str(), u8::from(bind.interface_version)),
        ("edina", 0x34)
    );

    let message = ShortMessage {
        source: Address {
            ton: 5,
            npi: 0,
            digits: "DEALER".into(),
        },
        destination: Address {
            ton: 1,
            npi: 1,
            digits: "79165550101".into(),
        },
        esm_class: pdu::ESM_UDHI,
        registered_delivery: 1,
        data_coding: 8,
        short_message: Bytes::from_static(&[5, 0, 3, 1, 2, 1, 4, 0x16]),
        ..ShortMessage::default()
    };
    let command = theirs(Frame::request(pdu::SUBMIT_SM, 2, message.encode().unwrap()));
    let Some(Pdu::SubmitSm(submit)) = command.pdu() else {
        panic!("{command:?}")
    };
    assert_eq!(submit.destination_addr.as_str(), "79165550101");
    assert_eq!(
        (u8::from(submit.esm_class), u8::from(submit.registered_delivery)),
        (0x40, 1)
    );
    assert_eq!(submit.short_message().as_ref(), &message.short_message[..]);
    assert_eq!(command.status(), CommandStatus::EsmeRok);
}

/// TCP payloads by sender's port, from a pcapng with IPv4 over Ethernet or loopback.
fn payloads(capture: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let mut found = Vec::new();
    let mut at = 0;
    let word = |at: usize| {
        capture
            .get(at..at + 4)
            .map(|word| u32::from_le_bytes(word.try_into().unwrap()) as usize)
    };
    while let (Some(kind), Some(length)) = (word(at), word(at + 4)) {
        if kind == 6 {
            let captured = word(at + 20).unwrap();
            let packet = &capture[at + 28..at + 28 + captured];
            if let Some(ip) = packet
                .windows(2)
                .take(18)
                .position(|pair| pair == [0x08, 0x00])
                .map(|at| &packet[at + 2..])
            {
                let header = usize::from(ip[0] & 0x0F) * 4;
                let total = usize::from(u16::from_be_bytes([ip[2], ip[3]]));
                let tcp = &ip[header..total];
                let offset = usize::from(tcp[12] >> 4) * 4;
                if tcp.len() > offset {
                    found.push((u16::from_be_bytes([tcp[0], tcp[1]]), tcp[offset..].to_vec()));
                }
            }
        }
        at += length.max(12);
    }
    found
}

/// Runs on the captured session when EDINA_SAMPLES names the folder of samples; the capture is not ours to commit.
#[test]
fn a_captured_session_is_read_to_the_end() {
    let Some(samples) = std::env::var_os("EDINA_SAMPLES") else {
        println!("EDINA_SAMPLES is not set: the captured SMPP session was not read");
        return;
    };
    let path = std::path::Path::new(&samples).join("smpp/node_smsc_session.pcapng");
    let capture = std::fs::read(path).unwrap();
    let mut streams: std::collections::BTreeMap<u16, BytesMut> = std::collections::BTreeMap::new();
    for (port, payload) in payloads(&capture) {
        streams.entry(port).or_default().extend_from_slice(&payload);
    }
    let (mut submits, mut receipts) = (Vec::new(), Vec::new());
    for (_, mut stream) in streams {
        while let Some(frame) = Framing.decode(&mut stream).unwrap() {
            match frame.command {
                pdu::SUBMIT_SM => submits.push(ShortMessage::decode(frame.body).unwrap()),
                pdu::DELIVER_SM => receipts.push(receipt::read(&ShortMessage::decode(frame.body).unwrap())),
                _ => {}
            }
        }
        assert!(stream.is_empty(), "bytes left over");
    }
    assert!(!submits.is_empty() && !receipts.is_empty());
    assert!(
        submits
            .iter()
            .any(|part| part.data_coding == 8 && part.short_message.starts_with(&[5, 0, 3]))
    );
    assert!(
        receipts
            .iter()
            .flatten()
            .any(|receipt| receipt.state == ReceiptState::Delivered && !receipt.ids.is_empty())
    );
}
