//! JPEG (ITU-T T.81, annex B). Keeps tables, the frame and the scans. Of the application segments, keeps only JFIF, the
//! color profile, Adobe's color transform and the orientation.
//!
//! Bytes after the end marker are removed. A file that ends before it is accepted and gets an end marker, because
//! browsers show the part that they have.

use image::metadata::Orientation;

use super::{
    super::{
        cost::{Cost, JpegCost},
        exif,
        limits::MAX_PROFILE,
        pieces::Pieces,
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
/// Prefix of a segment with a chunk of an ICC profile.
const PROFILE: &[u8] = b"ICC_PROFILE\0";
/// Prefix of the segment with Adobe's color transform, and the length of that segment.
const ADOBE: (&[u8], usize) = (b"Adobe", 12);
/// State while copying segments.
struct Jpeg<'a> {
    out: Pieces<'a>,
    /// Chunks of the color profile, which is written before the frame header or, at the latest, before the first scan.
    profile: Vec<&'a [u8]>,
    orientation: Option<Orientation>,
    frame: Option<JpegFrame>,
    scans: u64,
}

/// Frame header.
#[derive(Clone, Copy, Default)]
struct JpegFrame {
    width: u32,
    height: u32,
    cost: JpegCost,
}

/// Strips the metadata of a JPEG file.
pub(super) fn strip(bytes: &[u8]) -> Result<Stripped<'_>, Refusal> {
    let mut input = ByteReader::new(bytes);
    input.expect(&START)?;
    let mut jpeg = Jpeg {
        out: Pieces::default(),
        profile: Vec::new(),
        orientation: None,
        frame: None,
        scans: 0,
    };
    jpeg.out.copy(&START);
    let mut is_cut = true;
    while let Some(marker) = next_marker(&mut input) {
        match marker {
            0xD9 => {
                is_cut = false;
                break;
            }
            // Markers without a segment have no meaning outside a scan.
            0x01 | 0xD0..=0xD8 => {}
            _ => {
                let added = segment(&mut input).and_then(|data| jpeg.add(marker, data));
                if added.is_err() {
                    break;
                }
            }
        }
        if marker == SCAN {
            let length = scan_length(input.rest);
            jpeg.out.push(input.take(length)?);
        }
    }
    Ok(jpeg.finish(is_cut))
}

/// Reads the data of a segment, which follow their length.
fn segment<'a>(input: &mut ByteReader<'a>) -> Result<&'a [u8], Refusal> {
    let length = input.u16_be()?.checked_sub(2).ok_or(Refusal::Broken)?;
    input.take(length.into())
}

/// Skips to the next marker. Returns `None` at the end of the file.
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

/// Returns the length of a scan's compressed data, which ends before any marker other than a restart marker.
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
    /// Copies a segment unless it is metadata.
    fn add(&mut self, marker: u8, data: &'a [u8]) -> Result<(), Refusal> {
        match marker {
            // Application segments and comments.
            0xE0..=0xEF | 0xFE => self.add_application(marker, data),
            // Huffman tables, arithmetic coding conditions, quantization tables, restart interval.
            0xC4 | 0xCC | 0xDB | 0xDD => self.write(marker, data),
            0xC0..=0xCF => {
                self.read_frame(marker, data)?;
                self.write_profile();
                self.write(marker, data);
            }
            SCAN => {
                self.frame.ok_or(Refusal::Broken)?;
                self.scans += 1;
                self.write_profile();
                self.write(marker, data);
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
                self.write_header(marker, 14);
                self.out.copy(&data[..12]);
                self.out.copy(&[0, 0]);
            }
            0xE1 if self.orientation.is_none() => {
                let Some(tiff) = data.strip_prefix(EXIF) else {
                    return;
                };
                let orientation = exif::orientation(tiff);
                self.orientation = Some(orientation);
                if orientation != Orientation::NoTransforms {
                    let tiff = exif::orientation_only(orientation);
                    self.write_header(marker, EXIF.len() + tiff.len());
                    self.out.copy(EXIF);
                    self.out.copy(&tiff);
                }
            }
            0xE2 if data.starts_with(PROFILE) && self.scans == 0 => self.profile.push(data),
            0xEE if data.starts_with(adobe) && data.len() >= adobe_length => {
                self.write(marker, &data[..adobe_length]);
            }
            _ => {}
        }
    }

    /// Reads a frame header: precision, height, width and number of components. More than one frame isn't supported.
    fn read_frame(&mut self, marker: u8, data: &[u8]) -> Result<(), Refusal> {
        let mut header = ByteReader::new(data);
        header.take(1)?;
        let (height, width) = (header.u16_be()?.into(), header.u16_be()?.into());
        let [components] = header.array()?;
        // Each component has an id, sampling factors and a quantization table.
        let factors = header.rest.as_chunks::<3>().0.iter();
        let samples = |[_, factors, _]: &[u8; 3]| u64::from(factors >> 4) * u64::from(factors & 15);
        let factors: Vec<u64> = factors.take(components.into()).map(samples).collect();
        let frame = JpegFrame {
            width,
            height,
            cost: JpegCost {
                pixels: u64::from(width) * u64::from(height),
                components: components.into(),
                samples: factors.iter().sum(),
                largest_samples: factors.iter().copied().max().unwrap_or_default().max(1),
                is_progressive: marker == 0xC2,
                is_supported: matches!(marker, 0xC0..=0xC2),
            },
        };
        if self.frame.is_some() {
            return Err(Refusal::Broken);
        }
        self.frame = Some(frame);
        Ok(())
    }

    fn write_profile(&mut self) {
        let parts = std::mem::take(&mut self.profile);
        if parts.iter().map(|part| part.len()).sum::<usize>() <= MAX_PROFILE {
            for part in parts {
                self.write(0xE2, part);
            }
        }
    }

    fn write(&mut self, marker: u8, data: &'a [u8]) {
        self.write_header(marker, data.len());
        self.out.push(data);
    }

    /// Writes the marker and length of a segment. It is never longer than the one that was read, so the length fits.
    fn write_header(&mut self, marker: u8, length: usize) {
        let length = u16::try_from(2 + length).expect("a segment that was read has this length");
        self.out.copy(&[0xFF, marker]);
        self.out.copy(&length.to_be_bytes());
    }

    fn finish(mut self, is_cut: bool) -> Stripped<'a> {
        let frame = self.frame.unwrap_or_default();
        self.out.copy(&END);
        Stripped {
            cost: Cost::of_jpeg(&frame.cost, self.scans),
            pieces: self.out,
            width: frame.width,
            height: frame.height,
            longest_side: frame.width.max(frame.height),
            orientation: self.orientation.unwrap_or(Orientation::NoTransforms),
            is_animated: false,
            has_pixels: self.scans > 0,
            may_lack_pixels: is_cut,
        }
    }
}
