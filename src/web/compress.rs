//! Content encodings: negotiation (RFC 9110, section 12.5.3) and compression of assets.

use std::io::Write;

use flate2::write::GzEncoder;

/// Content encoding that the server supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `br`
    Brotli,
    /// `gzip`
    Gzip,
    /// No compression.
    Identity,
}

impl Encoding {
    /// Value of `Content-Encoding`. `None` for identity.
    pub fn header(self) -> Option<&'static str> {
        match self {
            Encoding::Brotli => Some("br"),
            Encoding::Gzip => Some("gzip"),
            Encoding::Identity => None,
        }
    }
}

/// Encoding that `Accept-Encoding` prefers. At equal weight Brotli precedes gzip. Identity if the header is empty or
/// no encoding is acceptable.
pub fn choose(accept_encoding: &str) -> Encoding {
    let (brotli, gzip, identity) = weights(accept_encoding);
    if brotli > 0.0 && brotli >= gzip && brotli >= identity {
        Encoding::Brotli
    } else if gzip > 0.0 && gzip >= identity {
        Encoding::Gzip
    } else {
        Encoding::Identity
    }
}

/// Whether the client accepts gzip, the only encoding of dynamic responses. Brotli takes three times as long and
/// saves little.
pub fn takes_gzip(accept_encoding: &str) -> bool {
    let (_, gzip, identity) = weights(accept_encoding);
    gzip > 0.0 && gzip >= identity
}

/// Weights of Brotli, gzip and identity.
fn weights(accept_encoding: &str) -> (f32, f32, f32) {
    let (mut brotli, mut gzip, mut identity, mut others) = (None, None, None, None);
    for item in accept_encoding.split(',') {
        let mut parts = item.split(';');
        let name = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let target = match name.as_str() {
            "br" => &mut brotli,
            "gzip" | "x-gzip" => &mut gzip,
            "identity" => &mut identity,
            "*" => &mut others,
            _ => continue,
        };
        *target = Some(parts.find_map(weight).unwrap_or(1.0));
    }
    let coded = |weight: Option<f32>| weight.or(others).unwrap_or(0.0);
    (coded(brotli), coded(gzip), identity.unwrap_or(0.0))
}

/// Value of a `q` parameter. An invalid value counts as 0.
fn weight(parameter: &str) -> Option<f32> {
    let (name, value) = parameter.split_once('=')?;
    let value = value.trim();
    let is_digit = |byte: u8| byte.is_ascii_digit() || byte == b'.'; // neither a sign nor "inf"
    let weight = value.parse().ok().filter(|weight| *weight <= 1.0);
    let weight = weight.filter(|_| value.bytes().all(is_digit));
    let is_q = name.trim().eq_ignore_ascii_case("q");
    is_q.then(|| weight.unwrap_or(0.0))
}

/// Compresses an asset as far as possible; it is sent many times.
pub fn asset(bytes: &[u8], encoding: Encoding) -> Vec<u8> {
    let out = Vec::with_capacity(bytes.len() / 3 + 64);
    match encoding {
        Encoding::Identity => bytes.to_vec(),
        Encoding::Gzip => {
            let mut gzip = GzEncoder::new(out, flate2::Compression::best());
            let written = gzip.write_all(bytes).and_then(|()| gzip.finish());
            written.expect("a Vec takes every write")
        }
        Encoding::Brotli => brotli(bytes, out),
    }
}

fn brotli(mut bytes: &[u8], mut out: Vec<u8>) -> Vec<u8> {
    let bits = usize::BITS - bytes.len().leading_zeros();
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        size_hint: bytes.len(),
        // A window larger than the text only costs memory.
        lgwin: bits.clamp(10, 22) as i32,
        // Blocks of 64 KiB. With the default of 256 KiB, glibc keeps 5 MB after the encoder has freed them; the result
        // is as small (0.05 % larger).
        lgblock: 16,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut bytes, &mut out, &params).expect("a Vec takes every write");
    out
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn decode(bytes: &[u8], encoding: Encoding) -> Vec<u8> {
        let mut out = Vec::new();
        match encoding {
            Encoding::Identity => out.extend_from_slice(bytes),
            Encoding::Gzip => {
                let read = flate2::read::GzDecoder::new(bytes).read_to_end(&mut out);
                read.expect("valid gzip");
            }
            Encoding::Brotli => {
                brotli::BrotliDecompress(&mut &bytes[..], &mut out).expect("valid brotli");
            }
        }
        out
    }

    #[test]
    fn brotli_is_chosen_before_gzip_unless_the_client_prefers_and_a_weight_of_zero_refuses() {
        for (header, expected) in [
            ("gzip, deflate, br, zstd", Encoding::Brotli),
            ("gzip, deflate", Encoding::Gzip),
            ("deflate, zstd", Encoding::Identity),
            ("", Encoding::Identity),
            ("GZip;Q=1.0,BR ; q=0.9", Encoding::Gzip),
            ("x-gzip", Encoding::Gzip),
            ("br;q=0.5, gzip;q=0.5", Encoding::Brotli),
            ("gzip;q=0.5, identity;q=0.4", Encoding::Gzip),
            ("gzip;q=0.5, identity", Encoding::Identity),
            ("gzip, identity", Encoding::Gzip),
            ("*", Encoding::Brotli),
            ("*;q=0.5, gzip", Encoding::Gzip),
            ("br;q=0, gzip", Encoding::Gzip),
            ("br;q=0.000", Encoding::Identity),
            ("gzip;q=0, br;q=0, *", Encoding::Identity),
            ("br;q=0, *", Encoding::Gzip),
            ("*;q=0", Encoding::Identity),
            ("identity;q=0, *;q=0", Encoding::Identity),
            ("br;q=", Encoding::Identity),
            ("br;q=high", Encoding::Identity),
            ("br;q=-1", Encoding::Identity),
            ("br;q=2", Encoding::Identity),
            ("br;q=inf, gzip;q=NaN", Encoding::Identity),
            (";;;,,,=;q=1", Encoding::Identity),
            ("br;level=1", Encoding::Brotli),
        ] {
            assert_eq!(choose(header), expected, "{header}");
        }
    }

    #[test]
    fn encoded_bytes_are_decoded_unchanged() {
        let noise = (0..5000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8);
        let noise: Vec<u8> = noise.collect();
        let words = b"<p>again and again</p>".repeat(500);
        for bytes in [&b""[..], b"x", &words, &noise] {
            for encoding in [Encoding::Brotli, Encoding::Gzip, Encoding::Identity] {
                assert_eq!(decode(&asset(bytes, encoding), encoding), bytes);
            }
        }
        for encoding in [Encoding::Brotli, Encoding::Gzip] {
            assert!(asset(&words, encoding).len() < words.len() / 20);
        }
    }
}
