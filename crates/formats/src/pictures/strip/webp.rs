//! WebP (RFC 9649). Keeps pixels, animation, color profile and orientation. Removes other chunks, including those
//! inside frames, and bytes after the RIFF container.
//!
//! A file that was cut short keeps its complete frames, or as much of its only picture as there is.

use image::metadata::Orientation;

use super::{
    super::{cost::Cost, exif, limits::MAX_PROFILE, pieces::Pieces, reader::ByteReader},
    Refusal, Stripped,
};

/// Flag of the extended header: the file has a color profile.
const HAS_PROFILE: u8 = 0x20;
/// Flag of the extended header: the file has transparency.
const HAS_ALPHA: u8 = 0x10;
/// Flag of the extended header: the file has EXIF data.
const HAS_EXIF: u8 = 0x08;
/// Flag of the extended header: the file has more than one frame.
const HAS_FRAMES: u8 = 0x02;
/// Size of the extended header in bytes: flags, three reserved bytes, width and height.
const HEADER: usize = 10;
/// Size of a frame header in bytes: position, size, duration and flags.
const FRAME_HEADER: usize = 16;
/// Chunk whose length is within the file.
struct WebpChunk<'a> {
    name: [u8; 4],
    data: &'a [u8],
}

/// State while copying chunks.
#[derive(Default)]
struct Webp<'a> {
    out: Pieces<'a>,
    /// Number of pixels of the largest frame.
    largest: u64,
    /// Size in bytes of the largest lossless chunk.
    lossless: u64,
    has_alpha: bool,
    has_pixels: bool,
    has_profile: bool,
    orientation: Option<Orientation>,
    frames: u64,
    is_cut: bool,
}

/// Strips the metadata of a WebP file.
pub(super) fn strip(bytes: &[u8]) -> Result<Stripped<'_>, Refusal> {
    let mut input = ByteReader::new(bytes);
    input.expect(b"RIFF")?;
    let length = input.u32_le()? as usize;
    let is_short = length > input.rest.len();
    let length = length.min(input.rest.len());
    let mut input = ByteReader::new(input.take(length)?);
    input.expect(b"WEBP")?;
    let mut webp = Webp::default();
    webp.out.copy(b"RIFF\0\0\0\0WEBP");
    let (first, is_cut) = next_chunk_or_start(&mut input)?;
    webp.is_cut = is_cut;
    let (width, height) = match &first.name {
        b"VP8X" => webp.add_extended(first.data, &mut input)?,
        b"VP8 " | b"VP8L" => {
            webp.add_pixels(&first)?;
            size_of_pixels(&first)?
        }
        _ => return Err(Refusal::Broken),
    };
    webp.is_cut |= is_short;
    let length = u32::try_from(webp.out.len() - 8).map_err(|_| Refusal::Broken)?;
    webp.out.patch(4, &length.to_le_bytes());
    let pixels = webp.largest.max(u64::from(width) * u64::from(height));
    let cost = Cost::of_webp(pixels, webp.lossless, webp.has_alpha || webp.frames > 0);
    Ok(Stripped {
        cost,
        pieces: webp.out,
        width,
        height,
        longest_side: width.max(height),
        orientation: webp.orientation.unwrap_or(Orientation::NoTransforms),
        is_animated: webp.frames > 1,
        has_pixels: webp.has_pixels || webp.frames > 0,
        may_lack_pixels: webp.is_cut,
    })
}

/// Reads a chunk: name, length, data, and a padding byte if the length is odd.
fn next_chunk<'a>(input: &mut ByteReader<'a>) -> Result<WebpChunk<'a>, Refusal> {
    let name = input.array()?;
    let length = input.u32_le()? as usize;
    let data = input.take(length)?;
    if length % 2 == 1 {
        // A missing padding byte at the end is accepted.
        input.byte();
    }
    Ok(WebpChunk { name, data })
}

/// Reads a chunk, or the start of one that the end of the file cuts. Returns whether it is cut.
fn next_chunk_or_start<'a>(input: &mut ByteReader<'a>) -> Result<(WebpChunk<'a>, bool), Refusal> {
    let start = *input;
    if let Ok(chunk) = next_chunk(input) {
        return Ok((chunk, false));
    }
    *input = start;
    let name = input.array()?;
    input.take(4)?;
    let data = input.take(input.rest.len())?;
    Ok((WebpChunk { name, data }, true))
}

/// Reads width and height from the header of lossy (section 2.5) or lossless (section 2.6) data.
fn size_of_pixels(chunk: &WebpChunk) -> Result<(u32, u32), Refusal> {
    let mut data = ByteReader::new(chunk.data);
    if &chunk.name == b"VP8L" {
        data.expect(&[0x2F])?;
        let bits = data.u32_le()?;
        return Ok(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1));
    }
    data.take(3)?;
    data.expect(&[0x9D, 0x01, 0x2A])?;
    let (width, height) = (data.u16_le()?, data.u16_le()?);
    Ok((u32::from(width & 0x3FFF), u32::from(height & 0x3FFF)))
}

/// Returns whether the data uses lossless compression, for all channels or only for alpha.
fn is_lossless(chunk: &WebpChunk) -> bool {
    match &chunk.name {
        b"VP8L" => true,
        b"ALPH" => chunk.data.first().is_some_and(|flags| flags & 3 == 1),
        _ => false,
    }
}

impl<'a> Webp<'a> {
    /// Copies the chunks of an extended file. Returns the size of the canvas.
    fn add_extended(
        &mut self,
        header: &'a [u8],
        input: &mut ByteReader<'a>,
    ) -> Result<(u32, u32), Refusal> {
        let mut fields = ByteReader::new(header);
        let [flags, ..] = fields.array::<4>()?;
        let size = (fields.u24_le()? + 1, fields.u24_le()? + 1);
        let at = self.out.len() + 8;
        self.write(b"VP8X", &header[..HEADER]);
        while !input.rest.is_empty() && !self.is_cut {
            let next = next_chunk_or_start(input);
            self.is_cut = match next {
                Ok((chunk, false)) => self.add(&chunk).is_err(),
                // Of a chunk that is cut, only the pixels of a still picture are of use.
                Ok((chunk, true)) if matches!(&chunk.name, b"VP8 " | b"VP8L") => {
                    let _ = self.add(&chunk);
                    true
                }
                _ => true,
            };
        }
        let mut flags = flags & (HAS_ALPHA | HAS_FRAMES);
        if self.has_profile {
            flags |= HAS_PROFILE;
        }
        let orientation = self.orientation.unwrap_or(Orientation::NoTransforms);
        if orientation != Orientation::NoTransforms {
            flags |= HAS_EXIF;
            let tiff = exif::orientation_only(orientation);
            self.write_header(b"EXIF", tiff.len());
            self.out.copy(&tiff);
        }
        self.out.patch(at, &[flags, 0, 0, 0]);
        Ok(size)
    }

    /// Copies a chunk unless it is metadata.
    fn add(&mut self, chunk: &WebpChunk<'a>) -> Result<(), Refusal> {
        match &chunk.name {
            b"VP8 " | b"VP8L" | b"ALPH" => self.add_pixels(chunk)?,
            b"ANIM" => self.write(&chunk.name, chunk.data.get(..6).ok_or(Refusal::Broken)?),
            b"ANMF" => self.add_frame(chunk.data)?,
            b"ICCP" if !self.has_profile && chunk.data.len() <= MAX_PROFILE => {
                self.has_profile = true;
                self.write(&chunk.name, chunk.data);
            }
            b"EXIF" if self.orientation.is_none() => {
                let tiff = chunk.data.strip_prefix(b"Exif\0\0").unwrap_or(chunk.data);
                self.orientation = Some(exif::orientation(tiff));
            }
            _ => {}
        }
        Ok(())
    }

    fn add_pixels(&mut self, chunk: &WebpChunk<'a>) -> Result<(), Refusal> {
        if is_lossless(chunk) {
            self.lossless = self.lossless.max(chunk.data.len() as u64);
        }
        match &chunk.name {
            b"ALPH" => self.has_alpha = true,
            _ => {
                let (width, height) = size_of_pixels(chunk)?;
                let pixels = u64::from(width) * u64::from(height);
                self.largest = self.largest.max(pixels);
            }
        }
        if self.has_pixels {
            // Decoders read only the first pixels.
            return Ok(());
        }
        self.has_pixels = &chunk.name != b"ALPH";
        self.write(&chunk.name, chunk.data);
        Ok(())
    }

    /// Copies a frame: its header, then its pixel chunks.
    fn add_frame(&mut self, data: &'a [u8]) -> Result<(), Refusal> {
        let mut input = ByteReader::new(data);
        let header = input.take(FRAME_HEADER)?;
        let mut frame = Webp::default();
        while !input.rest.is_empty() {
            let chunk = next_chunk(&mut input)?;
            if matches!(&chunk.name, b"VP8 " | b"VP8L" | b"ALPH") {
                frame.add_pixels(&chunk)?;
            }
        }
        let length = header.len() + frame.out.len();
        self.write_header(b"ANMF", length);
        self.out.push(header);
        self.out.append(frame.out);
        self.pad(length);
        self.largest = self.largest.max(frame.largest);
        self.lossless = self.lossless.max(frame.lossless);
        self.frames += 1;
        Ok(())
    }

    fn write(&mut self, name: &[u8; 4], data: &'a [u8]) {
        self.write_header(name, data.len());
        self.out.push(data);
        self.pad(data.len());
    }

    fn write_header(&mut self, name: &[u8; 4], length: usize) {
        let length = u32::try_from(length).expect("a chunk is not longer than one that was read");
        self.out.copy(name);
        self.out.copy(&length.to_le_bytes());
    }

    fn pad(&mut self, length: usize) {
        if length % 2 == 1 {
            self.out.copy(&[0]);
        }
    }
}
