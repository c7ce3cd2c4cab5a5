//! JPEG (ITU-T T.81, annex B): keeps the tables, the frame, the scans, and of the application segments only JFIF, the
//! color profile, the color transform of Adobe, and the orientation.
//!
//! Bytes after the end marker are cut. A file that ends inside a scan is accepted, and gets an end marker: browsers
//! show such a picture as far as it was received.

use image::metadata::Orientation;

use super::{
    super::{
        exif,
        limits::{MAX_BUFFERED_PIXELS, MAX_PIXELS, MAX_PROFILE, check_size},
        reader::ByteReader,
    },
    Refusal, Stripped,
};

/// Start of image.
const START: [u8; 2] = [0xFF, 0xD8];
/// End of image.
const END: [u8; 2] = [0xFF, 0xD9];
/// Start of scan.
const SCAN: u8 = 0xDA;
/// Prefix of a JFIF segment.
const JFIF: &[u8] = b"JFIF\0";
/// Prefix of an EXIF segment.
const EXIF: &[u8] = b"Exif\0\0";
/// Prefix of a segment with a part of an ICC profile.
const PROFILE: &[u8] = b"ICC_PROFILE\0";
/// Prefix of a segment that declares the color transform, and the length of that segment.
const ADOBE: (&[u8], usize) = (b"Adobe", 12);
/// Maximum number of scans. Usual progressive pictures have about ten.
const MAX_SCANS: u64 = 100;
/// Maximum number of pixels times scans: a decoder visits all pixels in each scan.
const MAX_VISITS: u64 = 1_000_000_000;

/// State between the segments of one file.
struct Jpeg<'a> {
    out: Vec<u8>,
    /// Parts of the color profile, which are written before the frame header, or at the latest before the first scan.
    profile: Vec<&'a [u8]>,
    orientation: Option<Orientation>,
    frame: Option<JpegFrame>,
    scans: u64,
}

/// JpegFrame header.
#[derive(Clone, Copy)]
struct JpegFrame {
    width: u32,
    height: u32,
    components: u8,
    is_progressive: bool,
}

impl JpegFrame {
    fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// Removes the metadata of a JPEG file.
pub(super) fn strip(bytes: &[u8]) -> Result<Stripped, Refusal> {
    let mut input = ByteReader::new(bytes);
    input.expect(&START)?;
    let mut jpeg = Jpeg {
        out: Vec::with_capacity(bytes.len()),
        profile: Vec::new(),
        orientation: None,
        frame: None,
        scans: 0,
    };
    jpeg.out.extend(START);
    while let Some(marker) = next_marker(&mut input) {
        match marker {
            0xD9 => break,
            // Markers without a segment have no meaning outside a scan.
            0x01 | 0xD0..=0xD8 => {}
            _ => {
                let length = input.u16_be()?.checked_sub(2).ok_or(Refusal::Broken)?;
                let data = input.take(length.into())?;
                jpeg.add(marker, data)?;
            }
        }
        if marker == SCAN {
            let length = scan_length(input.rest);
            jpeg.out.extend(input.take(length)?);
        }
    }
    jpeg.finish()
}

/// Skips to the next marker. `None` at the end of the file.
fn next_marker(input: &mut ByteReader) -> Option<u8> {
    loop {
        while input.byte()? != 0xFF {}
        let mut code = input.byte()?;
        while code == 0xFF {
            code = input.byte()?;
        }
        if code != 0 {
            return Some(code);
        }
    }
}

/// Length of the compressed data of a scan, which ends before a marker other than a restart marker.
fn scan_length(data: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = data[at..].iter().position(|&byte| byte == 0xFF) {
        at += found;
        match data.get(at + 1) {
            Some(0x00 | 0xD0..=0xD7) => at += 2,
            Some(0xFF) => at += 1,
            _ => return at,
        }
    }
    data.len()
}

impl<'a> Jpeg<'a> {
    /// Copies a segment, unless it is metadata.
    fn add(&mut self, marker: u8, data: &'a [u8]) -> Result<(), Refusal> {
        match marker {
            // Application segments and comments.
            0xE0..=0xEF | 0xFE => self.add_application(marker, data),
            // Huffman tables, arithmetic coding conditions, quantization tables, restart interval.
            0xC4 | 0xCC | 0xDB | 0xDD => self.write(marker, &[data]),
            0xC0..=0xCF => {
                self.read_frame(marker, data)?;
                self.write_profile();
                self.write(marker, &[data]);
            }
            SCAN => {
                self.count_scan(data)?;
                self.write_profile();
                self.write(marker, &[data]);
            }
            _ => {}
        }
        Ok(())
    }

    fn add_application(&mut self, marker: u8, data: &'a [u8]) {
        let (adobe, adobe_length) = ADOBE;
        match marker {
            0xE0 if data.starts_with(JFIF) && data.len() >= 14 => {
                // The last two bytes are the size of a thumbnail, which is removed.
                self.write(marker, &[&data[..12], &[0, 0]]);
            }
            0xE1 if self.orientation.is_none() => {
                let Some(tiff) = data.strip_prefix(EXIF) else {
                    return;
                };
                let orientation = exif::orientation(tiff);
                self.orientation = Some(orientation);
                if orientation != Orientation::NoTransforms {
                    self.write(marker, &[EXIF, &exif::with_only(orientation)]);
                }
            }
            0xE2 if data.starts_with(PROFILE) && self.scans == 0 => self.profile.push(data),
            0xEE if data.starts_with(adobe) && data.len() >= adobe_length => {
                self.write(marker, &[&data[..adobe_length]]);
            }
            _ => {}
        }
    }

    /// Reads a frame header: precision, height, width, number of components. Several frames are not supported.
    fn read_frame(&mut self, marker: u8, data: &[u8]) -> Result<(), Refusal> {
        let mut header = ByteReader::new(data);
        header.take(1)?;
        let (height, width) = (header.u16_be()?.into(), header.u16_be()?.into());
        let [components] = header.array()?;
        check_size(width, height, MAX_PIXELS)?;
        let frame = JpegFrame {
            width,
            height,
            components,
            is_progressive: marker != 0xC0 && marker != 0xC1,
        };
        match self.frame.replace(frame) {
            None => Ok(()),
            Some(_) => Err(Refusal::Broken),
        }
    }

    /// Counts a scan, and checks what it takes to decode it. Its header begins with the number of components: if these
    /// are not all, or if the picture is progressive, a decoder keeps the coefficients of all pixels.
    fn count_scan(&mut self, header: &[u8]) -> Result<(), Refusal> {
        let frame = self.frame.ok_or(Refusal::Broken)?;
        self.scans += 1;
        if self.scans > MAX_SCANS {
            return Err(Refusal::Broken);
        }
        if self.scans * frame.pixels() > MAX_VISITS {
            return Err(Refusal::TooManyPixels);
        }
        let is_buffered = frame.is_progressive || header.first() != Some(&frame.components);
        if is_buffered && frame.pixels() > MAX_BUFFERED_PIXELS {
            return Err(Refusal::TooMuchMemory);
        }
        Ok(())
    }

    fn write_profile(&mut self) {
        let parts = std::mem::take(&mut self.profile);
        if parts.iter().map(|part| part.len()).sum::<usize>() <= MAX_PROFILE {
            for part in parts {
                self.write(0xE2, &[part]);
            }
        }
    }

    /// Writes a segment whose data has several parts, not longer together than the data of a segment that was read.
    fn write(&mut self, marker: u8, parts: &[&[u8]]) {
        let length: usize = 2 + parts.iter().map(|part| part.len()).sum::<usize>();
        let length = u16::try_from(length).expect("a segment is not longer than one that was read");
        self.out.extend([0xFF, marker]);
        self.out.extend(length.to_be_bytes());
        parts.iter().for_each(|part| self.out.extend(*part));
    }

    fn finish(mut self) -> Result<Stripped, Refusal> {
        let frame = self.frame.ok_or(Refusal::Broken)?;
        if self.scans == 0 {
            return Err(Refusal::Broken);
        }
        self.out.extend(END);
        Ok(Stripped {
            bytes: self.out,
            width: frame.width,
            height: frame.height,
            orientation: self.orientation.unwrap_or(Orientation::NoTransforms),
            is_animated: false,
        })
    }
}
