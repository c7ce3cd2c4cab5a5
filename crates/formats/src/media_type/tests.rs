//! Tests of media type detection.

use super::*;

fn box_of(brands: &str) -> Vec<u8> {
    let mut bytes = vec![0, 0, 0, 8 + brands.len() as u8];
    bytes.extend(b"ftyp");
    bytes.extend(brands.as_bytes());
    bytes.extend([0, 0, 0, 9]);
    bytes
}

#[test]
fn a_type_is_detected_by_its_content() {
    let riff = |name: &[u8]| [b"RIFF\x10\0\0\0", name, b"VP8 \0\0\0\0"].concat();
    let ebml = |kind: &[u8]| [EBML, b"\x9F\x42\x86\x81\x01\x42\x82", kind, b"\0\0"].concat();
    let ogg = |codec: &[u8]| [b"OggS\0\x02", [0; 22].as_slice(), codec].concat();
    for (bytes, expected) in [
        (&b"\xFF\xD8\xFF\xE0\0\x10JFIF\0"[..], MediaType::Jpeg),
        (b"\xFF\xD8\xFE", MediaType::Binary),
        (b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR", MediaType::Png),
        (b"\x89PNG\n\x1A\n\0\0\0\x0DIHDR", MediaType::Binary),
        (b"GIF89a\x01\0\x01\0", MediaType::Gif),
        (b"GIF87a\x01\0\x01\0", MediaType::Gif),
        (&riff(b"WEBP"), MediaType::Webp),
        (&riff(b"WAVE"), MediaType::Wav),
        (&riff(b"AVI "), MediaType::Binary),
        (&box_of("avif\0\0\0\0mif1miaf"), MediaType::Avif),
        (&box_of("mif1\0\0\0\0miafavif"), MediaType::Avif),
        (&box_of("mif1\0\0\0\0heic"), MediaType::Binary),
        (&box_of("heic\0\0\0\0mif1avif"), MediaType::Binary),
        (&box_of("M4A \0\0\0\0mp42"), MediaType::M4a),
        (&box_of("isom\0\0\x02\0isomiso2avc1mp41"), MediaType::Mp4),
        (&box_of("qt  \0\0\0\0"), MediaType::QuickTime),
        (b"\0\0\0\x18ftypis", MediaType::Binary),
        (b"\0\0\0\x01ftypisom", MediaType::Mp4),
        (&ebml(b"\x84webm"), MediaType::Webm),
        (&ebml(b"\x88matroska"), MediaType::Binary),
        (b"ID3\x03\0\0\0\0\0\0", MediaType::Mp3),
        (b"\xFF\xFB\x90\x64\0\0", MediaType::Mp3),
        (b"\xFF\xFB\xF0\x64\0\0", MediaType::Binary),
        (&ogg(b"\x01vorbis"), MediaType::Ogg),
        (&ogg(b"\x80theora"), MediaType::Binary),
        (b"fLaC\0\0\0\x22", MediaType::Flac),
        (b"%PDF-1.7\n%\xE2\xE3", MediaType::Pdf),
        (b"PK\x03\x04\x14\0", MediaType::Zip),
        (b"\x7FELF\x02\x01\x01\0", MediaType::Binary),
        (b"\x1F\x8B\x08\0", MediaType::Binary),
        (b"", MediaType::Binary),
    ] {
        assert_eq!(
            MediaType::detect(bytes),
            expected,
            "{:?}",
            bytes.escape_ascii().to_string()
        );
    }
}

#[test]
fn markup_and_scripts_are_text_and_never_inline() {
    for text in [
        "<!DOCTYPE html><script>alert(1)</script>",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
        "<?xml version=\"1.0\"?><x/>",
        "#!/bin/sh\nrm -r /",
        "alert(1) // GIF89a",
        "\u{FEFF}Grüße\taus\r\n\x0CKöln ☔",
    ] {
        let found = MediaType::detect(text.as_bytes());
        assert_eq!(found, MediaType::Text, "{text}");
        assert_eq!(found.name(), "text/plain; charset=utf-8");
        assert!(!found.is_inline());
    }
}

#[test]
fn utf_16_and_control_characters_are_not_text() {
    let utf_16 = |text: &str, first: u8, second: u8| {
        let mut bytes = vec![first, second];
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        bytes
    };
    for bytes in [
        &utf_16("hello", 0xFF, 0xFE)[..],
        &utf_16("hello", 0xFE, 0xFF),
        b"hello\0",
        b"\x1B[31mred",
        b"a\x7F",
        b"caf\xE9 in latin-1",
    ] {
        assert_eq!(MediaType::detect(bytes), MediaType::Binary, "{bytes:?}");
    }
}

#[test]
fn a_character_may_be_cut_at_the_end_of_a_full_sample_only() {
    for shift in 0..4 {
        let text = "x".repeat(shift) + &"🦀".repeat(SNIFFED);
        assert_eq!(MediaType::detect(text.as_bytes()), MediaType::Text);
        let sample = &text.as_bytes()[..SNIFFED];
        assert_eq!(MediaType::detect(sample), MediaType::Text, "{shift}");
    }
    let cut = &"hello 🦀".as_bytes()[..8];
    assert_eq!(MediaType::detect(cut), MediaType::Binary);
    let invalid = [&b"x".repeat(SNIFFED - 1)[..], b"\xFF"].concat();
    assert_eq!(MediaType::detect(&invalid), MediaType::Binary);
}

#[test]
fn every_type_is_found_again_by_its_name() {
    for known in ALL {
        assert_eq!(MediaType::from_name(known.name()), Some(known));
    }
    for unknown in ["", "text/html", "image/svg+xml", "IMAGE/PNG"] {
        assert_eq!(MediaType::from_name(unknown), None);
    }
}

#[test]
fn only_known_kinds_are_shown_inline() {
    let inline = ALL.into_iter().filter(|known| known.is_inline());
    let names: Vec<&str> = inline.map(MediaType::name).collect();
    for name in &names {
        let starts = ["image/", "video/", "audio/", "application/pdf"];
        assert!(starts.iter().any(|start| name.starts_with(start)), "{name}");
    }
    assert_eq!(names.len(), 14);
    assert!(!names.contains(&"image/avif"));
}

#[test]
fn any_bytes_have_a_type() {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    for length in 0..200 {
        for start in [&b""[..], EBML, b"\0\0\0\xFFftyp", b"OggS\0", b"RIFF"] {
            let random: Vec<u8> = (0..length).map(|_| next()).collect();
            let found = MediaType::detect(&[start, &random].concat());
            assert!(ALL.contains(&found));
        }
    }
}
