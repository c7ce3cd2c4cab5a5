//! Track detection for WebM and MPEG-4: whether the first bytes of a file declare a video track.

/// Identifiers of WebM elements (Matroska, RFC 9559), including their length markers.
const SEGMENT: u32 = 0x1853_8067;
const TRACKS: u32 = 0x1654_AE6B;
const CLUSTER: u32 = 0x1F43_B675;
const TRACK_ENTRY: u32 = 0xAE;
const TRACK_TYPE: u32 = 0x83;
/// Values of the `TrackType` element.
const WEBM_VIDEO: u8 = 1;
const WEBM_SOUND: u8 = 2;

/// WebM element or MPEG-4 box.
struct ContainerPart<'a, Name> {
    name: Name,
    /// The content, as far as it is in the sample.
    content: &'a [u8],
    /// Whether the sample includes the whole content.
    is_whole: bool,
    /// Bytes of the sample after this part.
    rest: &'a [u8],
}

impl<'a, Name> ContainerPart<'a, Name> {
    /// Creates a part with `size` bytes of content. Without a size, it extends to the end of the sample.
    fn new(name: Name, size: Option<u64>, after: &'a [u8]) -> ContainerPart<'a, Name> {
        let size = size.and_then(|size| usize::try_from(size).ok());
        let (content, rest) = after
            .split_at_checked(size.unwrap_or(usize::MAX))
            .unwrap_or((after, &[]));
        ContainerPart {
            name,
            content,
            is_whole: size.is_some_and(|size| size == content.len()),
            rest,
        }
    }
}

/// Returns whether a WebM file declares audio and no video. Returns `false` if the sample doesn't include all tracks.
pub(super) fn webm_is_sound(start: &[u8]) -> bool {
    let segment = elements(start).find(|part| part.name == SEGMENT);
    let before_media = segment
        .into_iter()
        .flat_map(|segment| elements(segment.content).take_while(|part| part.name != CLUSTER));
    let tracks = before_media
        .filter(|part| part.is_whole)
        .find(|part| part.name == TRACKS);
    let Some(tracks) = tracks else {
        return false;
    };
    let entries = elements(tracks.content).filter(|part| part.name == TRACK_ENTRY);
    let types = entries.flat_map(|entry| {
        let mut parts = elements(entry.content);
        parts.find(|part| part.name == TRACK_TYPE)
    });
    let types: Vec<u8> = types
        .filter_map(|part| part.content.last().copied())
        .collect();
    types.contains(&WEBM_SOUND) && !types.contains(&WEBM_VIDEO)
}

/// Returns whether an MPEG-4 file (ISO/IEC 14496-12) declares audio and no video. Returns `false` if the sample doesn't
/// include all tracks.
pub(super) fn mp4_is_sound(start: &[u8]) -> bool {
    let movie = boxes(start).find(|part| part.name == b"moov");
    let Some(movie) = movie.filter(|movie| movie.is_whole) else {
        return false;
    };
    let handlers = boxes(movie.content)
        .filter(|part| part.name == b"trak")
        .flat_map(|track| boxes(track.content).find(|part| part.name == b"mdia"))
        .flat_map(|media| boxes(media.content).find(|part| part.name == b"hdlr"));
    // The type follows the version, flags and four reserved bytes.
    let types: Vec<&[u8]> = handlers
        .filter_map(|part| part.content.get(8..12))
        .collect();
    types.contains(&&b"soun"[..]) && !types.contains(&&b"vide"[..])
}

/// Iterates over consecutive elements until one is truncated or invalid.
fn elements(bytes: &[u8]) -> impl Iterator<Item = ContainerPart<'_, u32>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let part = element(rest)?;
        rest = part.rest;
        Some(part)
    })
}

fn element(bytes: &[u8]) -> Option<ContainerPart<'_, u32>> {
    let length = bytes.first()?.leading_zeros() as usize + 1;
    let (name, after) = bytes.split_at_checked(length).filter(|_| length <= 4)?;
    let name = number(name) as u32;
    let length = after.first()?.leading_zeros() as usize + 1;
    let (size, after) = after.split_at_checked(length).filter(|_| length <= 8)?;
    // The highest set bit marks the length. All other bits set means that the size is unknown.
    let all = (1 << (7 * length)) - 1;
    let size = number(size) & all;
    Some(ContainerPart::new(
        name,
        (size != all).then_some(size),
        after,
    ))
}

/// Iterates over consecutive boxes until one is truncated or invalid.
fn boxes(bytes: &[u8]) -> impl Iterator<Item = ContainerPart<'_, &[u8; 4]>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let part = mp4_box(rest)?;
        rest = part.rest;
        Some(part)
    })
}

fn mp4_box(bytes: &[u8]) -> Option<ContainerPart<'_, &[u8; 4]>> {
    let (size, after) = bytes.split_first_chunk::<4>()?;
    let (name, after) = after.split_first_chunk::<4>()?;
    let (size, after) = match u32::from_be_bytes(*size) {
        0 => (None, after),
        1 => {
            let (size, after) = after.split_first_chunk::<8>()?;
            (Some(u64::from_be_bytes(*size).checked_sub(16)?), after)
        }
        size => (Some(u64::from(size).checked_sub(8)?), after),
    };
    Some(ContainerPart::new(name, size, after))
}

/// Reads a big-endian integer of up to 8 bytes.
fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |number, &byte| number << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::super::MediaType;

    /// Returns an element with a one-byte size.
    fn element_of(name: &[u8], content: &[u8]) -> Vec<u8> {
        let size = 0x80 | content.len() as u8;
        [name, &[size], content].concat()
    }

    /// Returns a file as recorded by browsers, with a segment of unknown size.
    fn webm(track_types: &[u8]) -> Vec<u8> {
        let header = element_of(b"\x1A\x45\xDF\xA3", b"\x42\x82\x84webm");
        let entry = |&kind: &u8| {
            let number = element_of(b"\xD7", &[1]);
            element_of(b"\xAE", &[number, element_of(b"\x83", &[kind])].concat())
        };
        let tracks: Vec<u8> = track_types.iter().flat_map(entry).collect();
        let info = element_of(b"\x15\x49\xA9\x66", &element_of(b"\x4D\x80", b"Chrome"));
        let segment = [info, element_of(b"\x16\x54\xAE\x6B", &tracks)].concat();
        let unknown = b"\x18\x53\x80\x67\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
        [
            header,
            unknown.to_vec(),
            segment,
            b"\x1F\x43\xB6\x75\xFF".to_vec(),
        ]
        .concat()
    }

    fn mp4(handlers: &[&[u8; 4]]) -> Vec<u8> {
        let of = |name: &[u8], content: &[u8]| {
            [&(content.len() as u32 + 8).to_be_bytes(), name, content].concat()
        };
        let track = |handler: &&[u8; 4]| {
            let handler = of(b"hdlr", &[&[0; 8], &handler[..], &[0; 13]].concat());
            of(
                b"trak",
                &[of(b"tkhd", &[0; 84]), of(b"mdia", &handler)].concat(),
            )
        };
        let tracks: Vec<u8> = handlers.iter().flat_map(track).collect();
        let movie = of(b"moov", &[of(b"mvhd", &[0; 100]), tracks].concat());
        [
            of(b"ftyp", b"isom\0\0\x02\0isomiso5"),
            movie,
            of(b"moof", &[0; 8]),
        ]
        .concat()
    }

    #[test]
    fn webm_is_a_sound_if_it_declares_no_video() {
        for (types, expected) in [
            (&[2][..], MediaType::WebmSound),
            (&[2, 2], MediaType::WebmSound),
            (&[2, 17], MediaType::WebmSound),
            (&[1], MediaType::Webm),
            (&[2, 1], MediaType::Webm),
            (&[], MediaType::Webm),
        ] {
            assert_eq!(MediaType::detect(&webm(types)), expected, "{types:?}");
        }
    }

    #[test]
    fn mpeg_4_is_a_sound_if_it_declares_no_video() {
        for (handlers, expected) in [
            (&[b"soun"][..], MediaType::M4a),
            (&[b"soun", b"text"], MediaType::M4a),
            (&[b"vide"], MediaType::Mp4),
            (&[b"soun", b"vide"], MediaType::Mp4),
            (&[], MediaType::Mp4),
        ] {
            assert_eq!(MediaType::detect(&mp4(handlers)), expected, "{handlers:?}");
        }
    }

    #[test]
    fn a_file_whose_tracks_are_cut_may_have_a_video() {
        let (sound, both) = (webm(&[2]), webm(&[2, 1]));
        let ends = sound.len() - 5; // end of the tracks
        for cut in 0..ends {
            let detected = MediaType::detect(&sound[..cut]);
            assert_ne!(detected, MediaType::WebmSound, "{cut}");
        }
        assert_eq!(MediaType::detect(&sound[..ends]), MediaType::WebmSound);
        for bytes in [both, mp4(&[b"soun", b"vide"])] {
            for cut in 0..bytes.len() {
                let detected = MediaType::detect(&bytes[..cut]);
                let is_sound = matches!(detected, MediaType::WebmSound | MediaType::M4a);
                assert!(!is_sound, "{cut}");
            }
        }
    }
}
