//! PNG (third edition). Keeps the chunks that affect how pixels look, and the orientation. Removes texts, timestamps,
//! unknown chunks, and bytes after the end chunk.
//!
//! A file that was cut short keeps the pixels that it has. It gets no end chunk, because browsers show fewer rows of
//! incomplete pixels that have one.

use image::metadata::Orientation;

use super::{
    super::{cost::Cost, exif, limits::MAX_PROFILE, pieces::Pieces, reader::ByteReader},
    Refusal, Stripped,
};

/// Signature of a PNG file.
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1A\n";
/// Length of the header chunk in bytes.
const HEADER: usize = 13;
/// Chunks to keep, and their maximum length in bytes. Longer ones are removed.
const KEPT: [(&[u8; 4], usize); 15] = [
    (b"PLTE", 768),
    (b"IDAT", usize::MAX),
    (b"tRNS", 256),
    (b"gAMA", 4),
    (b"cHRM", 32),
    (b"sRGB", 1),
    (b"cICP", 4),
    (b"mDCV", 24),
    (b"cLLI", 8),
    (b"iCCP", MAX_PROFILE),
    (b"sBIT", 4),
    (b"bKGD", 6),
    (b"acTL", 8),
    (b"fcTL", 26),
    (b"fdAT", usize::MAX),
];

/// Chunk whose length is within the file.
struct PngChunk<'a> {
    name: [u8; 4],
    data: &'a [u8],
    /// Length, name, data and checksum.
    whole: &'a [u8],
}

/// Strips the metadata of a PNG file. In an animation (APNG), the `acTL` chunk precedes the pixels.
pub(super) fn strip(bytes: &[u8]) -> Result<Stripped<'_>, Refusal> {
    let mut input = ByteReader::new(bytes);
    input.expect(SIGNATURE)?;
    let header = next_chunk(&mut input)?;
    if &header.name != b"IHDR" || header.data.len() != HEADER {
        return Err(Refusal::Broken);
    }
    let mut fields = ByteReader::new(header.data);
    let (width, height) = (fields.u32_be()?, fields.u32_be()?);
    let [depth, _, _, _, interlace] = fields.array()?;

    let mut out = Pieces::default();
    out.copy(SIGNATURE);
    out.push(header.whole);
    let (mut orientation, mut has_pixels, mut is_animated) = (None, false, false);
    let is_cut = loop {
        let start = input.rest;
        let Ok(chunk) = next_chunk(&mut input) else {
            has_pixels |= write_cut_pixels(&mut out, start);
            break true;
        };
        match &chunk.name {
            b"IEND" => break false,
            b"eXIf" if orientation.is_none() => {
                let found = exif::orientation(chunk.data);
                orientation = Some(found);
                if found != Orientation::NoTransforms {
                    write_chunk(&mut out, b"eXIf", &exif::orientation_only(found));
                }
            }
            b"acTL" if has_pixels => {}
            b"fcTL" | b"fdAT" if !is_animated => {}
            name if is_kept(name, chunk.data.len()) => {
                out.push(chunk.whole);
                has_pixels |= name == b"IDAT";
                is_animated |= name == b"acTL";
            }
            _ => {}
        }
    };
    if !is_cut {
        write_chunk(&mut out, b"IEND", &[]);
    }
    Ok(Stripped {
        pieces: out,
        width,
        height,
        longest_side: width.max(height),
        orientation: orientation.unwrap_or(Orientation::NoTransforms),
        is_animated,
        has_pixels,
        may_lack_pixels: is_cut,
        cost: Cost::of_png((width, height), depth, interlace != 0),
    })
}

/// Reads a chunk. The decoder will verify its checksum.
fn next_chunk<'a>(input: &mut ByteReader<'a>) -> Result<PngChunk<'a>, Refusal> {
    let start = input.rest;
    let length = input.u32_be()? as usize;
    let name = input.array()?;
    let data = input.take(length)?;
    input.take(4)?;
    Ok(PngChunk {
        name,
        data,
        whole: &start[..start.len() - input.rest.len()],
    })
}

/// Writes the pixels of a chunk that the end of the file cuts. Returns whether there are any.
fn write_cut_pixels<'a>(out: &mut Pieces<'a>, chunk: &'a [u8]) -> bool {
    let mut input = ByteReader::new(chunk);
    let (Ok(length), Ok(name)) = (input.u32_be(), input.array::<4>()) else {
        return false;
    };
    let data = &input.rest[..input.rest.len().min(length as usize)];
    let Ok(length) = u32::try_from(data.len()) else {
        return false;
    };
    if &name != b"IDAT" || data.is_empty() {
        return false;
    }
    out.copy(&length.to_be_bytes());
    out.copy(&name);
    out.push(data);
    out.copy(&checksum(name.iter().chain(data)).to_be_bytes());
    true
}

fn is_kept(name: &[u8; 4], length: usize) -> bool {
    let mut kept = KEPT.iter();
    kept.any(|&(known, max_length)| known == name && length <= max_length)
}

/// Writes a short chunk.
fn write_chunk(out: &mut Pieces, name: &[u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).expect("a chunk of our own is short");
    out.copy(&length.to_be_bytes());
    out.copy(name);
    out.copy(data);
    out.copy(&checksum(name.iter().chain(data)).to_be_bytes());
}

/// Computes the CRC-32 of a chunk's name and data (PNG, annex D).
fn checksum<'a>(bytes: impl Iterator<Item = &'a u8>) -> u32 {
    let rest = bytes.fold(u32::MAX, |rest, &byte| {
        (0..8).fold(rest ^ u32::from(byte), |rest, _| match rest & 1 {
            0 => rest >> 1,
            _ => rest >> 1 ^ 0xEDB8_8320,
        })
    });
    !rest
}
