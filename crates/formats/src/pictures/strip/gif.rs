//! GIF (89a). Keeps color tables, frames, their delays and the loop count. Removes comments, texts, other extensions,
//! and bytes after the trailer.
//!
//! A file that was cut short keeps its complete frames, or as much of its first one as there is, and gets a trailer.
//! Browsers show such files too.

use image::metadata::Orientation;

use super::{
    super::{cost::Cost, pieces::Pieces, reader::ByteReader},
    Refusal, Stripped,
};

/// Introduces an extension.
const EXTENSION: u8 = 0x21;
/// Introduces a frame.
const FRAME: u8 = 0x2C;
/// Marks the end of the file.
const TRAILER: u8 = 0x3B;
/// Label of the graphic control extension: delay and transparent color of the next frame.
const CONTROL: u8 = 0xF9;
/// Label of the plain text extension. A preceding graphic control extension belongs to it.
const TEXT: u8 = 0x01;
/// Label of the application extension, which has an 11-byte name.
const APPLICATION: u8 = 0xFF;
/// Names of the application extension that contains the loop count.
const LOOPS: [&[u8]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];

/// State while copying blocks.
struct Gif<'a> {
    out: Pieces<'a>,
    /// Number of pixels of the largest frame.
    largest: u64,
    /// Data of the graphic control extension for the next frame.
    control: Option<&'a [u8]>,
    has_loops: bool,
    frames: u64,
    /// Longest side of the canvas or a frame.
    longest_side: u16,
}

/// Strips the metadata of a GIF file.
pub(super) fn strip(bytes: &[u8]) -> Result<Stripped<'_>, Refusal> {
    let mut input = ByteReader::new(bytes);
    let version = input.take(6)?;
    if !matches!(version, b"GIF87a" | b"GIF89a") {
        return Err(Refusal::Broken);
    }
    let (width, height) = (input.u16_le()?, input.u16_le()?);
    let [flags, _, _] = input.array()?;
    input.take(color_table(flags))?;

    let mut gif = Gif {
        out: Pieces::default(),
        largest: u64::from(width) * u64::from(height),
        control: None,
        has_loops: false,
        frames: 0,
        longest_side: width.max(height),
    };
    gif.out.push(&bytes[..bytes.len() - input.rest.len()]);
    // Any other byte ends the file, as in browsers.
    while let Some(block @ (EXTENSION | FRAME)) = input.byte() {
        let added = match block {
            EXTENSION => gif.add_extension(&mut input),
            _ => gif.add_frame(&mut input),
        };
        if added.is_err() {
            break;
        }
    }
    gif.out.copy(&[TRAILER]);
    Ok(Stripped {
        cost: Cost::of_gif(gif.largest),
        pieces: gif.out,
        width: width.into(),
        height: height.into(),
        longest_side: gif.longest_side.into(),
        orientation: Orientation::NoTransforms,
        is_animated: gif.frames > 1,
        has_pixels: gif.frames > 0,
        may_lack_pixels: true,
    })
}

/// Returns the size in bytes of the color table declared by the flags of a screen or frame.
fn color_table(flags: u8) -> usize {
    match flags & 0x80 {
        0 => 0,
        _ => 3 << ((flags & 7) + 1),
    }
}

/// Skips data blocks up to and including the empty terminator. Returns the first one, which is empty if there are none.
fn skip_blocks<'a>(input: &mut ByteReader<'a>) -> Result<&'a [u8], Refusal> {
    let mut first = None;
    loop {
        let [length] = input.array()?;
        let block = input.take(length.into())?;
        let first = *first.get_or_insert(block);
        if length == 0 {
            return Ok(first);
        }
    }
}

/// Returns the length of the complete data blocks at the start.
fn length_of_blocks(data: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&length) = data.get(at)
        && at + usize::from(length) < data.len()
        && length > 0
    {
        at += 1 + usize::from(length);
    }
    at
}

impl<'a> Gif<'a> {
    fn add_extension(&mut self, input: &mut ByteReader<'a>) -> Result<(), Refusal> {
        let [label] = input.array()?;
        match label {
            CONTROL => self.control = Some(skip_blocks(input)?).filter(|data| data.len() == 4),
            TEXT => {
                self.control = None;
                skip_blocks(input)?;
            }
            APPLICATION => self.add_application(input)?,
            _ => {
                skip_blocks(input)?;
            }
        }
        Ok(())
    }

    /// Copies the loop count: a block with the byte 1 and a 16-bit number.
    fn add_application(&mut self, input: &mut ByteReader<'a>) -> Result<(), Refusal> {
        let [length] = input.array()?;
        let name = input.take(length.into())?;
        if length == 0 {
            return Ok(());
        }
        if let [1, low, high] = *skip_blocks(input)?
            && LOOPS.contains(&name)
            && !self.has_loops
        {
            self.has_loops = true;
            self.out.copy(&[EXTENSION, APPLICATION, 11]);
            self.out.copy(LOOPS[0]);
            self.out.copy(&[3, 1, low, high, 0]);
        }
        Ok(())
    }

    /// Copies a frame with its graphic control extension: position, size, flags, color table, code size and pixel
    /// blocks. If the end of the file cuts it, copies the complete blocks of a first frame, and nothing of a later one.
    ///
    /// # Errors
    /// `Broken` if the frame is cut.
    fn add_frame(&mut self, input: &mut ByteReader<'a>) -> Result<(), Refusal> {
        let start = input.rest;
        input.take(4)?;
        let (width, height) = (input.u16_le()?, input.u16_le()?);
        self.largest = self.largest.max(u64::from(width) * u64::from(height));
        self.longest_side = self.longest_side.max(width).max(height);
        let [flags] = input.array()?;
        input.take(color_table(flags))?;
        input.take(1)?;
        let pixels = input.rest;
        let is_cut = skip_blocks(input).is_err();
        if is_cut && self.frames > 0 {
            return Err(Refusal::Broken);
        }
        if is_cut {
            input.rest = &pixels[length_of_blocks(pixels)..];
        }
        if let Some(control) = self.control.take() {
            self.out.copy(&[EXTENSION, CONTROL, 4]);
            self.out.copy(control);
            self.out.copy(&[0]);
        }
        self.out.copy(&[FRAME]);
        self.out.push(&start[..start.len() - input.rest.len()]);
        self.frames += 1;
        if is_cut {
            self.out.copy(&[0]);
            return Err(Refusal::Broken);
        }
        Ok(())
    }
}
