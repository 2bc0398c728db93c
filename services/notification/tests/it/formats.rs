//! Texts, receipts and PDUs: round trips, the dialects of real centres, and arbitrary bytes.

use bytes::{Bytes, BytesMut};
use notification::channel::smpp::encoding::{self, Coding};
use notification::channel::smpp::pdu::{self, Address, Bind, Frame, Framing, ShortMessage, Tlv};
use notification::channel::smpp::{gsm7, receipt};
use notification::channel::{Receipt, ReceiptState};
use proptest::prelude::*;
use tokio_util::codec::{Decoder, Encoder};

fn join(coding: Coding, parts: &[encoding::Part]) -> String {
    parts
        .iter()
        .map(|part| {
            let text = if part.has_header {
                encoding::strip_header(&part.octets).1
            } else {
                &part.octets
            };
            encoding::decode(text, coding.data_coding()).unwrap()
        })
        .collect()
}

fn fits(coding: Coding, part: &encoding::Part) -> bool {
    let (alone, each) = coding.capacity();
    let octets = if coding == Coding::Ucs2 { 2 } else { 1 };
    part.octets.len()
        <= if part.has_header {
            6 + each * octets
        } else {
            alone * octets
        }
}

proptest! {
    #[test]
    fn any_text_survives_cutting_and_joining(text in "(\\PC|[€\\[\\]😀яЖ]){0,400}", reference: u8) {
        let (coding, parts) = encoding::split(&text, reference, 255).unwrap();
        prop_assert_eq!(join(coding, &parts), text.clone());
        prop_assert!(parts.iter().all(|part| fits(coding, part)));
        prop_assert_eq!(encoding::measure(&text).parts, parts.len());
        for (number, part) in (1_u8..).zip(&parts).filter(|(_, part)| part.has_header) {
            let (place, text) = encoding::strip_header(&part.octets);
            let place = place.unwrap();
            prop_assert_eq!((place.reference, usize::from(place.count), place.number), (u16::from(reference), parts.len(), number));
            prop_assert!(coding != Coding::Gsm7 || text.last() != Some(&gsm7::ESCAPE), "an escape pair was cut");
            prop_assert!(coding != Coding::Ucs2 || char::decode_utf16(text.chunks(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]]))).all(|unit| unit.is_ok()), "a surrogate pair was cut");
        }
    }

    #[test]
    fn latin_text_goes_as_septets(text in "[A-Za-z0-9@£$ÄÖÑÜäöñüàè€^{}\\[~\\]| ]{0,500}") {
        let (coding, parts) = encoding::split(&text, 1, 255).unwrap();
        prop_assert_eq!(coding, Coding::Gsm7);
        prop_assert_eq!(join(coding, &parts), text);
    }

    #[test]
    fn arbitrary_bytes_never_panic(octets in proptest::collection::vec(any::<u8>(), 0..300), coding: u8) {
        let body = Bytes::from(octets.clone());
        let _ = encoding::strip_header(&octets);
        let _ = encoding::decode(&octets, coding);
        let _ = Bind::decode(body.clone());
        let _ = pdu::decode_id(&body);
        if let Ok(message) = ShortMessage::decode(body.clone()) {
            let _ = receipt::read(&message);
        }
        let short_message = body.slice(..octets.len().min(254));
        let _ = receipt::read(&ShortMessage { esm_class: 4, data_coding: coding, short_message, ..ShortMessage::default() });
        let mut stream = BytesMut::from(&octets[..]);
        while let Ok(Some(_)) = Framing.decode(&mut stream) {}
    }

    #[test]
    fn arbitrary_receipt_texts_never_panic(text in "(id:|stat:|err:|done date:| |\\PC|[0-9A-F]){0,60}") {
        let short_message = Bytes::from(text.into_bytes());
        let short_message = short_message.slice(..short_message.len().min(254));
        let read = receipt::read(&ShortMessage { esm_class: 4, short_message, ..ShortMessage::default() });
        prop_assert!(read.is_some());
    }

    #[test]
    fn a_message_survives_the_wire_split_at_every_byte(
        digits in "[0-9]{1,20}", sender in "[A-Za-z \u{a1}-\u{ff}]{1,11}", text in proptest::collection::vec(any::<u8>(), 0..254),
        esm_class: u8, data_coding: u8, tag in 0x1400_u16.., value in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let message = ShortMessage {
            source: Address { ton: 5, npi: 0, digits: sender },
            destination: Address { ton: 1, npi: 1, digits },
            esm_class, data_coding, registered_delivery: 1,
            validity_period: String::new(),
            short_message: text.into(),
            tlvs: vec![Tlv { tag, value: value.into() }],
        };
        let frame = Frame::request(pdu::SUBMIT_SM, 7, message.encode().unwrap());
        let mut wire = BytesMut::new();
        Framing.encode(frame.clone(), &mut wire).unwrap();
        let mut stream = BytesMut::new();
        let mut got = None;
        for octet in wire {
            prop_assert!(got.is_none(), "a frame came out before its last byte");
            stream.extend_from_slice(&[octet]);
            got = Framing.decode(&mut stream).unwrap();
        }
        let got = got.unwrap();
        prop_assert_eq!(&got, &frame);
        prop_assert_eq!(ShortMessage::decode(got.body).unwrap(), message);
    }

    #[test]
    fn every_form_of_an_id_leads_back(number in 1_u64..) {
        let forms = [number.to_string(), format!("{number:x}"), format!("{number:X}")];
        for answered in &forms[1..] {
            prop_assert!(receipt::id_forms(&forms[0]).contains(answered));
            prop_assert!(receipt::id_forms(answered).contains(&forms[0]));
        }
    }
}

#[test]
fn limits_are_those_of_the_network() {
    for (text, coding, parts) in [
        ("a".repeat(160), Coding::Gsm7, 1),
        ("a".repeat(161), Coding::Gsm7, 2),
        ("€".repeat(80), Coding::Gsm7, 1),
        ("€".repeat(81), Coding::Gsm7, 2),
        ("a".repeat(306), Coding::Gsm7, 2),
        ("a".repeat(307), Coding::Gsm7, 3),
        ("я".repeat(70), Coding::Ucs2, 1),
        ("я".repeat(71), Coding::Ucs2, 2),
        ("я".repeat(134), Coding::Ucs2, 2),
        ("я".repeat(135), Coding::Ucs2, 3),
        (String::new(), Coding::Gsm7, 1),
    ] {
        let size = encoding::measure(&text);
        assert_eq!((size.coding, size.parts), (coding, parts), "{} units", size.units);
    }
    assert!(encoding::split(&"я".repeat(671), 0, 10).is_err());
    assert_eq!(
        encoding::split(&"я".repeat(130), 0xAB, 10).unwrap().1[1].octets[..6],
        [5, 0, 3, 0xAB, 2, 2]
    );
}

#[test]
fn a_mad_length_is_refused_at_once() {
    for length in [0_u32, 15, 70_001, u32::MAX] {
        assert!(
            Framing
                .decode(&mut BytesMut::from(&length.to_be_bytes()[..]))
                .is_err()
        );
    }
    assert!(
        Framing
            .decode(&mut BytesMut::from(&[0, 0, 0, 16, 0, 0][..]))
            .unwrap()
            .is_none()
    );
}

fn read(esm_class: u8, text: &str, tlvs: Vec<Tlv>) -> Option<Receipt> {
    let short_message = Bytes::copy_from_slice(text.as_bytes());
    receipt::read(&ShortMessage {
        esm_class,
        short_message,
        tlvs,
        ..ShortMessage::default()
    })
}

#[test]
fn receipts_are_read_in_every_dialect() {
    let full = "id:1A2B sub:001 dlvrd:001 submit date:2611210900 done date:2611210901 stat:DELIVRD err:000 text:id:999 stat:UNDELIV";
    let receipt = read(4, full, vec![]).unwrap();
    assert_eq!(
        (&receipt.ids[0][..], receipt.state, receipt.error),
        ("1A2B", ReceiptState::Delivered, None)
    );
    assert_eq!(receipt.done.unwrap().to_string(), "2026-11-21 09:01:00");
    assert!(receipt.ids.contains(&"6699".to_owned()));

    let seconds = read(4, "id:7 done date:261121090105 stat:UNDELIV err:045", vec![]).unwrap();
    assert_eq!(seconds.done.unwrap().to_string(), "2026-11-21 09:01:05");
    assert_eq!(
        (seconds.state, seconds.error.as_deref()),
        (ReceiptState::Undeliverable, Some("045"))
    );

    for (word, state) in [
        ("EXPIRED", ReceiptState::Expired),
        ("REJECTD", ReceiptState::Rejected),
        ("DELETED", ReceiptState::Deleted),
        ("ACCEPTD", ReceiptState::Accepted),
        ("UNKNOWN", ReceiptState::Unknown),
        ("ENROUTE", ReceiptState::Enroute),
        ("DELIVERED", ReceiptState::Delivered),
        ("delivrd", ReceiptState::Delivered),
        ("", ReceiptState::Unknown),
    ] {
        assert_eq!(
            read(4, &format!("id:1 stat:{word} err:000"), vec![])
                .unwrap()
                .state,
            state,
            "{word}"
        );
    }
    // TLVs win; an id without its closing NUL is an id.
    let tlvs = vec![
        Tlv {
            tag: pdu::TAG_RECEIPTED_MESSAGE_ID,
            value: Bytes::from_static(b"ABC"),
        },
        Tlv {
            tag: pdu::TAG_MESSAGE_STATE,
            value: Bytes::from_static(&[5]),
        },
    ];
    let receipt = read(0, "id:123 stat:DELIVRD", tlvs).unwrap();
    assert_eq!(
        (&receipt.ids[0][..], receipt.state),
        ("ABC", ReceiptState::Undeliverable)
    );
    assert!(receipt.ids.contains(&"123".to_owned()));
    // Unmarked but plainly a receipt; a person's text is none.
    assert!(read(0, "id:5 sub:001 stat:DELIVRD", vec![]).is_some());
    assert!(read(0, "Добрый день, id: забыла", vec![]).is_none());
}

fn addressed(source: &str, destination: &str) -> ShortMessage {
    let address = |digits: &str| Address {
        ton: 1,
        npi: 1,
        digits: digits.into(),
    };
    ShortMessage {
        source: address(source),
        destination: address(destination),
        ..ShortMessage::default()
    }
}

#[test]
fn what_does_not_fit_is_refused_by_name_and_not_cut() {
    let (fits, long) = ("1".repeat(20), "1".repeat(21));
    let refused = |message: ShortMessage| message.encode().unwrap_err().to_string();
    assert!(addressed(&fits, &fits).encode().is_ok());
    assert_eq!(
        refused(addressed(&long, "1")),
        "source_addr has 21 octets; SMPP takes 20"
    );
    assert_eq!(
        refused(addressed("1", &long)),
        "destination_addr has 21 octets; SMPP takes 20"
    );
    assert_eq!(
        refused(addressed("ДИЛЕР", "1")),
        "source_addr has a character that SMPP cannot carry there"
    );
    let text = ShortMessage {
        short_message: Bytes::from(vec![b'x'; 256]),
        ..addressed("1", "1")
    };
    assert_eq!(refused(text), "short_message has 256 octets; SMPP takes 255");
    let bind = Bind {
        password: "nine char".into(),
        ..Bind::default()
    };
    assert_eq!(
        bind.encode().unwrap_err().to_string(),
        "password has 9 octets; SMPP takes 8"
    );
}

#[test]
fn an_address_longer_than_the_protocol_allows_is_not_read() {
    let mut body = vec![0, 1, 1];
    body.extend_from_slice("7".repeat(21).as_bytes());
    body.extend_from_slice(&[0, 1, 1, b'7', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let error = ShortMessage::decode(Bytes::from(body.clone())).unwrap_err();
    assert_eq!(error.to_string(), "source_addr has 21 octets; SMPP takes 20");
    body.remove(3);
    assert_eq!(
        ShortMessage::decode(Bytes::from(body))
            .unwrap()
            .source
            .digits
            .len(),
        20
    );
}
