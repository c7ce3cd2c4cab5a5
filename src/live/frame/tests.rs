//! RFC 6455 by example, whole and in pieces of single bytes.

use super::*;
use bytes::BytesMut;

const MAX: usize = 1 << 20;

/// Encodes a frame as a client does: masked, with the shortest length field.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let key = [0x37, 0xFA, 0x21, 0x3D];
    let mut out = Vec::new();
    header::write(&mut out, first, payload.len());
    out[1] |= 0x80;
    out.extend(key);
    let pairs = payload.iter().zip(key.iter().cycle());
    out.extend(pairs.map(|(byte, key)| byte ^ key));
    out
}

/// Decodes `bytes` that arrive in pieces of `step`.
fn decode(bytes: &[u8], step: usize, max: usize) -> (Vec<FrameEvent>, Option<u16>) {
    let (mut decoder, mut buf, mut events) = (Decoder::new(max), BytesMut::new(), Vec::new());
    for piece in bytes.chunks(step) {
        buf.extend_from_slice(piece);
        loop {
            match decoder.next(&mut buf) {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(violation) => return (events, Some(violation.code)),
            }
        }
    }
    (events, None)
}

/// Decodes `frames`. The events must not depend on the pieces in which the bytes arrive.
fn read(frames: &[Vec<u8>]) -> (Vec<FrameEvent>, Option<u16>) {
    let bytes = frames.concat();
    let whole = decode(&bytes, bytes.len(), MAX);
    for step in [1, 2, 3, 7, 1000] {
        assert_eq!(decode(&bytes, step, MAX), whole, "in pieces of {step}");
    }
    whole
}

fn refused(code: u16, frames: &[Vec<u8>]) {
    assert_eq!(read(frames), (Vec::new(), Some(code)), "{frames:02x?}");
}

#[test]
fn frames_are_encoded_with_the_shortest_length() {
    assert_eq!(&text_message("Hello")[..], b"\x81\x05Hello");
    for (len, header) in [
        (125, &[0x81, 125][..]),
        (126, &[0x81, 126, 0, 126]),
        (0xFFFF, &[0x81, 126, 0xFF, 0xFF]),
        (0x10000, &[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
    ] {
        let message = text_message(&"x".repeat(len));
        assert_eq!(message.split_at(header.len()).0, header);
    }
    let mut out = b"before".to_vec();
    encode(&mut out, Opcode::Pong, b"hi");
    assert_eq!(out, b"before\x8A\x02hi");
}

#[test]
fn a_close_frame_fits_a_control_frame() {
    assert_eq!(&close(1000, "")[..], b"\x88\x02\x03\xE8");
    assert_eq!(&close(1001, "bye")[..], b"\x88\x05\x03\xE9bye");
    let long = close(1000, &"é".repeat(100));
    assert_eq!(long.len(), 2 + 2 + 122, "61 whole characters of two bytes");
    assert!(std::str::from_utf8(&long[4..]).is_ok());
}

#[test]
fn messages_arrive_whole() {
    for len in [0, 1, 7, 8, 9, 125, 126, 127, 4096, 0xFFFF, 0x10000] {
        let words = "é€😀x".chars().cycle().take(len).collect::<String>();
        let (events, refused) = read(&[frame(0x81, words.as_bytes())]);
        assert_eq!((events, refused), (vec![FrameEvent::Text(words)], None));
        let bytes: Vec<u8> = (0..=255).cycle().take(len).collect();
        let binary = read(&[frame(0x82, &bytes)]);
        assert_eq!(binary, (vec![FrameEvent::Binary(bytes)], None));
    }
}

#[test]
fn lengths_need_not_be_the_shortest() {
    let long = b"\x81\xFE\x00\x02\0\0\0\0ok".to_vec();
    let longest = b"\x81\xFF\0\0\0\0\0\0\x00\x02\0\0\0\0ok".to_vec();
    let ok = || FrameEvent::Text("ok".into());
    assert_eq!(read(&[long, longest]), (vec![ok(), ok()], None));
}

#[test]
fn fragments_are_joined_with_control_frames_between_them() {
    let euro = "€".as_bytes();
    let frames = [
        frame(0x01, &euro[..1]),
        frame(0x89, b"still there?"),
        frame(0x00, b""),
        frame(0x00, &euro[1..2]),
        frame(0x8A, b""),
        frame(0x80, &euro[2..]),
        frame(0x82, b"next"),
    ];
    let expected = vec![
        FrameEvent::Ping(b"still there?".to_vec()),
        FrameEvent::Pong(Vec::new()),
        FrameEvent::Text("€".into()),
        FrameEvent::Binary(b"next".to_vec()),
    ];
    assert_eq!(read(&frames), (expected, None));
}

#[test]
fn invalid_frames_are_refused() {
    for reserved in [0xC1, 0xA1, 0x91] {
        refused(1002, &[frame(reserved, b"")]);
    }
    for unknown in [0x83, 0x84, 0x85, 0x86, 0x87, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F] {
        refused(1002, &[frame(unknown, b"")]);
    }
    refused(1002, &[b"\x81\x02hi".to_vec()]); // not masked
    refused(1002, &[frame(0x09, b"")]); // a fragmented ping
    refused(1002, &[frame(0x89, &[0; 126])]);
    refused(1002, &[frame(0x88, &[0; 126])]);
    refused(1002, &[frame(0x80, b"")]); // continues nothing
    refused(1002, &[frame(0x00, b"")]);
    refused(1002, &[frame(0x01, b"a"), frame(0x81, b"b")]);
    refused(1002, &[frame(0x01, b"a"), frame(0x02, b"b")]);
    refused(1002, &[b"\x82\xFF\x80\0\0\0\0\0\0\0\0\0\0\0".to_vec()]);
    let continued = read(&[frame(0x81, b"a"), frame(0x80, b"b")]);
    let text = FrameEvent::Text("a".into());
    assert_eq!(continued, (vec![text], Some(1002)));
}

#[test]
fn a_text_that_is_not_utf8_is_refused() {
    let cut = "κόσμε\u{10FFFF}".as_bytes();
    let bad: [&[u8]; 9] = [
        b"\x80",
        b"\xC0\xAF",
        b"\xED\xA0\x80",
        b"\xF4\x90\x80\x80",
        b"\xF8",
        b"\xFF",
        b"a\xE2\x82",
        b"\xE2\x28\xA1",
        &cut[..cut.len() - 1],
    ];
    for bytes in bad {
        refused(1007, &[frame(0x81, bytes)]);
        let (head, tail) = bytes.split_at(bytes.len() / 2);
        refused(1007, &[frame(0x01, head), frame(0x80, tail)]);
        assert_eq!(read(&[frame(0x82, bytes)]).1, None, "binary");
    }
}

#[test]
fn bad_utf8_is_refused_before_its_frame_or_message_is_complete() {
    let mut whole = frame(0x81, &[b"valid \xF4\x90".as_slice(), &[b'x'; 100]].concat());
    whole.truncate(6 + 8);
    let unfinished = decode(&whole[..13], 99, MAX).1;
    assert_eq!(unfinished, None, "F4 may begin a character");
    assert_eq!(decode(&whole, 99, MAX).1, Some(1007));
    assert_eq!(decode(&frame(0x01, b"\xED\xA0"), 99, MAX).1, Some(1007));
    let split = [frame(0x01, b"\xF4"), frame(0x00, b"\x90")].concat();
    assert_eq!(decode(&split, 99, MAX).1, Some(1007));
}

#[test]
fn a_message_can_have_the_maximum_length_and_no_more() {
    for (frames, refused) in [
        (&[(0x82, 10)][..], None),
        (&[(0x82, 11)], Some(1009)),
        (&[(0x02, 6), (0x80, 4)], None),
        (&[(0x02, 6), (0x80, 5)], Some(1009)),
        (&[(0x02, 10), (0x89, 20), (0x80, 0)], None),
    ] {
        let bytes = frames
            .iter()
            .map(|&(first, len)| frame(first, &vec![0; len]));
        let bytes: Vec<u8> = bytes.flatten().collect();
        assert_eq!(decode(&bytes, 5, 10).1, refused, "{frames:?}");
    }
    let announced = b"\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0\0\0";
    assert_eq!(decode(announced, 99, 10).1, Some(1009), "announced only");
}

#[test]
fn a_close_frame_needs_a_valid_code() {
    let closes = |payload: &[u8]| read(&[frame(0x88, payload)]);
    assert_eq!(closes(b""), (vec![FrameEvent::Close(None)], None));
    let with = |code: u16, reason: &str| [&code.to_be_bytes(), reason.as_bytes()].concat();
    for code in [
        1000, 1001, 1002, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
    ] {
        let event = FrameEvent::Close(Some((code, "adiós".into())));
        assert_eq!(closes(&with(code, "adiós")), (vec![event], None));
    }
    for code in [
        0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535,
    ] {
        refused(1002, &[frame(0x88, &with(code, ""))]);
    }
    refused(1002, &[frame(0x88, b"\x03")]);
    refused(1007, &[frame(0x88, b"\x03\xE8\xCE\xBA\xE1")]);
    assert_eq!(closes(&with(1000, &"x".repeat(123))).1, None);
}

#[test]
fn nothing_is_decoded_after_the_end() {
    let after = [frame(0x88, b""), frame(0x81, b"too late"), frame(0x80, b"")];
    assert_eq!(read(&after), (vec![FrameEvent::Close(None)], None));
    let (mut decoder, mut buf) = (Decoder::new(MAX), BytesMut::from(&frame(0x80, b"")[..]));
    assert!(decoder.next(&mut buf).is_err());
    buf.extend_from_slice(&frame(0x81, b"too late"));
    assert_eq!(decoder.next(&mut buf), Ok(None));
    assert!(buf.is_empty());
}

#[test]
fn frames_of_every_kind_count_against_the_rate() {
    for (kind, one) in [
        ("a text", frame(0x81, b"{}")),
        ("a ping", frame(0x89, b"")),
        ("an empty fragment", frame(0x00, b"")),
    ] {
        let mut decoder = Decoder::new(MAX).limited_to(FrameRate::limited());
        let mut buf = BytesMut::new();
        if kind == "an empty fragment" {
            buf.extend_from_slice(&frame(0x01, b""));
        }
        // More than two bursts, since a slow machine refills the bucket meanwhile.
        buf.extend_from_slice(&one.repeat(2100));
        let refused = loop {
            match decoder.next(&mut buf) {
                Ok(Some(_)) => {}
                Ok(None) => panic!("{kind}: all frames are accepted"),
                Err(violation) => break violation,
            }
        };
        assert_eq!(refused.code, 1013, "{kind}");
    }
}

#[test]
fn memory_grows_with_received_bytes_only() {
    let (mut decoder, mut buf) = (Decoder::new(MAX), BytesMut::new());
    buf.extend_from_slice(&frame(0x82, &[7; 60_000])[..1000]);
    assert_eq!(decoder.next(&mut buf), Ok(None));
    assert!(buf.is_empty(), "the payload moved into the message");
    let allocated = decoder.allocated();
    assert!(allocated < 2000, "{allocated} bytes for less than 1000");
    buf.extend_from_slice(&frame(0x82, &[7; 60_000])[1000..]);
    let whole = decoder.next(&mut buf);
    assert!(matches!(whole, Ok(Some(FrameEvent::Binary(_)))));
    assert_eq!(decoder.allocated(), 0, "an idle decoder holds nothing");
}

#[test]
fn random_bytes_never_panic_and_decode_the_same_in_any_pieces() {
    let mut seed = 1_u64;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % below
    };
    for _ in 0..2000 {
        let mut frames = Vec::new();
        for _ in 0..6 {
            let known = *b"\x01\x02\x00\x80\x81\x82\x88\x89\x8A";
            let any = random(256) as u8;
            let first = known.get(random(10)).copied().unwrap_or(any);
            let payload: Vec<u8> = (0..random(9)).map(|_| random(300).min(127) as u8).collect();
            let mut frame = frame(first, &payload);
            if random(8) == 0 {
                let at = random(frame.len());
                frame[at] = random(256) as u8;
            }
            frames.push(frame);
        }
        read(&frames);
    }
}

#[test]
fn compressed_messages_are_accepted_only_if_agreed() {
    let hello = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];
    let read = |decoder: Decoder, frames: &[Vec<u8>]| {
        let (mut decoder, mut buf) = (decoder, BytesMut::from(&frames.concat()[..]));
        decoder.next(&mut buf).map_err(|violation| violation.code)
    };
    let (first, last) = (frame(0x41, &hello[..3]), frame(0x80, &hello[3..]));
    let text = Ok(Some(FrameEvent::Text("Hello".into())));
    let byte_ff = [0xFA, 0x0F, 0x00];
    for (what, frames, expected) in [
        ("whole", &[frame(0xC1, &hello)][..], &text),
        ("in fragments", &[first.clone(), last], &text),
        ("not compressed", &[frame(0x81, b"Hello")], &text),
        ("a continuation", &[first, frame(0xC0, &hello)], &Err(1002)),
        ("a ping", &[frame(0xC9, b"")], &Err(1002)),
        ("another reserved bit", &[frame(0xA1, b"")], &Err(1002)),
        ("not UTF-8", &[frame(0xC1, &byte_ff)], &Err(1007)),
        ("not deflate", &[frame(0xC1, &[0xFF; 4])], &Err(1007)),
    ] {
        let agreed = Decoder::new(64).accepting_compressed();
        assert_eq!(&read(agreed, frames), expected, "{what}");
    }
    let not_agreed = read(Decoder::new(64), &[frame(0xC1, &hello)]);
    assert_eq!(not_agreed, Err(1002));
}
