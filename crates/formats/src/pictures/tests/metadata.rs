//! Tests that no metadata or foreign content is stored.

use super::{
    super::super::MediaType,
    samples::{
        FORMATS, MARKER, analyse, animated_gif, busy, contains, encode, exif, extended_webp,
        insert, png_chunk, quarters, riff_chunk, segment,
    },
};

/// Analyzes a picture that contains the marker, and checks that no stored bytes do. Returns the original.
fn assert_clean(file: &[u8], media_type: MediaType, what: &str) -> Vec<u8> {
    assert!(contains(file, MARKER), "{what}");
    let picture = analyse(file, media_type).expect(what);
    assert_eq!(picture.small.is_some(), picture.width > 720, "{what}");
    assert!(!contains(&picture.original, MARKER), "{what}");
    for copy in [&picture.small, &picture.large].into_iter().flatten() {
        assert!(!contains(copy, MARKER), "{what}");
    }
    picture.original
}

#[test]
fn a_jpeg_loses_its_metadata() {
    let jpeg = encode(&busy(760, 40), MediaType::Jpeg);
    let clean = analyse(&jpeg, MediaType::Jpeg).unwrap().original;
    let data = |prefix: &[u8]| [prefix, MARKER].concat();
    for (marker, data) in [
        (0xE1, [b"Exif\0\0", &exif(1)[..]].concat()),
        (0xE1, data(b"http://ns.adobe.com/xap/1.0/\0")),
        (0xE2, data(b"MPF\0")),
        (0xE2, data(b"FPXR\0")),
        (0xE0, data(b"JFXX\0")),
        (0xED, data(b"Photoshop 3.0\08BIM")),
        (0xEE, data(b"Foo\0")),
        (0xEF, data(b"")),
        (0xFE, data(b"")),
        (0xF0, data(b"")),
    ] {
        let file = insert(&jpeg, 2, &segment(marker, &data));
        let original = assert_clean(&file, MediaType::Jpeg, &format!("{marker:x}"));
        assert_eq!(original, clean);
    }
    let adobe = [b"Adobe\0\x64\0\0\0\0\x01", MARKER].concat();
    let original = assert_clean(
        &insert(&jpeg, 2, &segment(0xEE, &adobe)),
        MediaType::Jpeg,
        "Adobe",
    );
    assert!(contains(
        &original,
        b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0\x01\xFF"
    ));
    assert_clean(
        &insert(&jpeg, 2, MARKER),
        MediaType::Jpeg,
        "between segments",
    );
}

#[test]
fn a_png_loses_its_metadata() {
    let png = encode(&busy(760, 40), MediaType::Png);
    let data = |prefix: &[u8]| [prefix, MARKER].concat();
    for (name, data) in [
        (b"tEXt", data(b"Comment\0")),
        (b"zTXt", data(b"Comment\0\0")),
        (b"iTXt", data(b"XML:com.adobe.xmp\0\0\0\0\0")),
        (b"eXIf", exif(1)),
        (b"tIME", data(b"")),
        (b"dSIG", data(b"")),
        (b"caBX", data(b"")),
        (b"gAMA", data(b"")),
        (b"fdAT", data(b"")),
    ] {
        for at in [33, png.len() - 12] {
            let file = insert(&png, at, &png_chunk(name, &data));
            let what = String::from_utf8_lossy(name);
            assert_eq!(assert_clean(&file, MediaType::Png, &what), png);
        }
    }
}

#[test]
fn a_gif_loses_its_metadata() {
    let frame = busy(760, 40).to_rgba8();
    let gif = animated_gif(&[frame.clone(), frame]);
    let table = 3 << ((gif[10] & 7) + 1);
    let at = if gif[10] & 0x80 == 0 { 13 } else { 13 + table };
    let block = |data: &[u8]| [&[data.len() as u8], data].concat();
    for extension in [
        [b"\x21\xFE", &block(MARKER)[..], b"\0"].concat(),
        [b"\x21\xFF\x0BXMP DataXMP", &block(MARKER)[..], b"\0"].concat(),
        [
            b"\x21\xFF\x0BNETSCAPE2.0\x03\x01\0\0",
            &block(MARKER)[..],
            b"\0",
        ]
        .concat(),
        [b"\x21\xF9\x04\0\0\0\0", &block(MARKER)[..], b"\0"].concat(),
        [b"\x21\x01\x0C", &[0; 12][..], &block(MARKER), b"\0"].concat(),
        [b"\x21\x99", &block(MARKER)[..], b"\0"].concat(),
    ] {
        for at in [at, gif.len() - 1] {
            let what = extension.escape_ascii().to_string();
            let original = assert_clean(&insert(&gif, at, &extension), MediaType::Gif, &what);
            assert_eq!(original.len(), gif.len(), "{what}");
        }
    }
}

#[test]
fn a_webp_loses_its_metadata() {
    let simple = encode(&busy(760, 40), MediaType::Webp);
    for (flags, name, data) in [
        (0x08, b"EXIF", exif(1)),
        (0x04, b"XMP ", MARKER.to_vec()),
        (0x00, b"junk", MARKER.to_vec()),
    ] {
        let extra = [Vec::new(), riff_chunk(name, &data)];
        let file = extended_webp(&simple, (760, 40), flags, extra);
        let original = assert_clean(&file, MediaType::Webp, "extended");
        assert_eq!(original[20], 0, "no flags of removed chunks");
    }
    let mut file = [&simple[..], &riff_chunk(b"EXIF", &exif(6))].concat();
    let length = (file.len() as u32 - 8).to_le_bytes();
    file[4..8].copy_from_slice(&length);
    assert_eq!(assert_clean(&file, MediaType::Webp, "simple"), simple);
}

#[test]
fn bytes_after_the_end_are_cut() {
    for media_type in FORMATS {
        let clean = encode(&quarters(40, 30), media_type);
        let clean = analyse(&clean, media_type).unwrap().original;
        for trailer in [
            [b"PK\x03\x04", MARKER].concat(),
            [b"<script>alert(1)</script>", MARKER].concat(),
            [&clean[..], MARKER].concat(),
        ] {
            let file = [&clean[..], &trailer].concat();
            let original = assert_clean(&file, media_type, "trailer");
            assert_eq!(original, clean, "{media_type:?}");
        }
    }
}

#[test]
fn a_file_that_is_also_a_script_or_a_page_loses_that_part() {
    let gif = encode(&quarters(40, 30), MediaType::Gif);
    let script = [b"*/=1;alert(1)//", MARKER].concat();
    let comment = [b"\x21\xFE", &[script.len() as u8][..], &script, b"\0"].concat();
    let file = insert(&gif, gif.len() - 1, &comment);
    assert!(!contains(
        &assert_clean(&file, MediaType::Gif, "script"),
        b"alert"
    ));

    let jpeg = encode(&quarters(40, 30), MediaType::Jpeg);
    let page = [b"<!--", MARKER, b"--><html><script>alert(1)</script>"].concat();
    let file = insert(&jpeg, 2, &segment(0xFE, &page));
    assert!(!contains(
        &assert_clean(&file, MediaType::Jpeg, "page"),
        b"alert"
    ));

    let png = encode(&quarters(40, 30), MediaType::Png);
    let file = [&png[..], b"PK\x03\x04evil.exe", MARKER, b"PK\x05\x06"].concat();
    assert!(!contains(
        &assert_clean(&file, MediaType::Png, "archive"),
        b"PK"
    ));
}
