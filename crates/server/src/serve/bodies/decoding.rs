//! Content codings (RFC 9110 §8.4.1) of services, taken off so that a body can be read. What comes out is bounded by
//! what goes in: a few bytes can stand for gigabytes.

use std::io::{self, Write};
use std::mem;

use flate2::write::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use http::{HeaderMap, header};
use zstd::stream::raw::{self, DParameter, InBuffer, Operation, OutBuffer};

/// Bytes that may come out of one that went in, beyond the first `ALLOWANCE_BYTES`.
const MAX_RATIO: u64 = 200;
const ALLOWANCE_BYTES: u64 = 1 << 20;
/// Looked at together, so that what comes out at once is bounded too.
const SLICE_BYTES: usize = 4096;
const BUFFER_BYTES: usize = 16 * 1024;
/// 8 MiB, what RFC 8878 §3.1.1.1.2 wants a decoder to take.
const ZSTD_WINDOW_LOG: u32 = 23;
/// What is asked of services; the names of all that is understood.
pub const UNDERSTOOD: [&str; 5] = ["gzip", "br", "zstd", "deflate", "identity"];

/// A body that is being decoded.
pub struct Decoder {
    coding: Coding,
    read: u64,
    written: u64,
}

enum Coding {
    Gzip(Box<MultiGzDecoder<Room>>),
    Deflate(Box<Deflate>),
    Brotli(Box<brotli::DecompressorWriter<Room>>),
    Zstd(Box<Zstd>),
}

/// The zlib format (RFC 1950), as RFC 9110 §8.4.1.2 has it. `flate2`'s own writer does not say whether it has ended.
struct Deflate {
    decoder: Decompress,
    room: Room,
    has_ended: bool,
}

/// Where bytes come out, and how many more there may be.
#[derive(Default)]
struct Room {
    out: Vec<u8>,
    left: u64,
}

struct Zstd {
    decoder: raw::Decoder<'static>,
    room: Room,
    /// Bytes the frame under way still wants; 0: it has ended.
    wanted: usize,
}

impl Decoder {
    /// For what the header says of the body; `None`: it is not coded. An error: nobody here can read it.
    pub fn of(fields: &HeaderMap) -> Result<Option<Decoder>, &'static str> {
        const UNKNOWN: &str = "a content coding that is not understood";
        let mut codings = fields.get_all(header::CONTENT_ENCODING).iter();
        let coding = match (codings.next(), codings.next()) {
            (None, _) => return Ok(None),
            (Some(coding), None) => coding.to_str().map_err(|_| UNKNOWN)?,
            _ => return Err("more than one content coding"),
        };
        let coding = match &*coding.trim().to_ascii_lowercase() {
            "identity" | "" => return Ok(None),
            "gzip" | "x-gzip" => Coding::Gzip(Box::new(MultiGzDecoder::new(Room::default()))),
            "deflate" => Coding::Deflate(Box::new(Deflate::new())),
            "br" => {
                let decoder = brotli::DecompressorWriter::new(Room::default(), BUFFER_BYTES);
                Coding::Brotli(Box::new(decoder))
            }
            "zstd" => Coding::Zstd(Box::new(Zstd::new().map_err(|_| "no zstd decoder")?)),
            _ => return Err(UNKNOWN),
        };
        Ok(Some(Decoder {
            coding,
            read: 0,
            written: 0,
        }))
    }

    /// Gives `take` what comes out of these bytes, piece by piece. An error of the kind `InvalidData` if they are not
    /// what they are said to be, or too much comes out of them.
    pub fn decode<E: From<io::Error>>(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        for slice in bytes.chunks(SLICE_BYTES) {
            self.read += slice.len() as u64;
            let left = self.left();
            self.coding.room().left = left;
            self.coding.write(slice)?;
            take(&self.taken())?;
        }
        Ok(())
    }

    pub fn has_begun(&self) -> bool {
        self.read > 0
    }

    /// The body has ended: the rest of what comes out. An error if something is missing of it.
    pub fn finish(mut self) -> io::Result<Vec<u8>> {
        self.coding.room().left = self.left();
        self.coding.finish()?;
        Ok(self.taken())
    }

    fn left(&self) -> u64 {
        (ALLOWANCE_BYTES + MAX_RATIO * self.read).saturating_sub(self.written)
    }

    fn taken(&mut self) -> Vec<u8> {
        let out = mem::take(&mut self.coding.room().out);
        self.written += out.len() as u64;
        out
    }
}

impl Coding {
    fn room(&mut self) -> &mut Room {
        match self {
            Coding::Gzip(decoder) => decoder.get_mut(),
            Coding::Deflate(deflate) => &mut deflate.room,
            Coding::Brotli(decoder) => decoder.get_mut(),
            Coding::Zstd(zstd) => &mut zstd.room,
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Coding::Gzip(decoder) => decoder.write_all(bytes).and_then(|()| decoder.flush()),
            Coding::Deflate(deflate) => deflate.write(bytes),
            Coding::Brotli(decoder) => decoder.write_all(bytes).and_then(|()| decoder.flush()),
            Coding::Zstd(zstd) => zstd.write(bytes),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        match self {
            Coding::Gzip(decoder) => decoder.try_finish(),
            Coding::Deflate(deflate) if deflate.has_ended => Ok(()),
            Coding::Deflate(_) => Err(io::ErrorKind::UnexpectedEof.into()),
            Coding::Brotli(decoder) => decoder.close(),
            Coding::Zstd(zstd) if zstd.wanted == 0 => Ok(()),
            Coding::Zstd(_) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

impl Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.left.checked_sub(bytes.len() as u64) {
            None => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "more comes out than is allowed",
            )),
            Some(left) => {
                self.left = left;
                self.out.extend_from_slice(bytes);
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Deflate {
    fn new() -> Deflate {
        Deflate {
            decoder: Decompress::new(true),
            room: Room::default(),
            has_ended: false,
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut space = [0; BUFFER_BYTES];
        let mut rest = bytes;
        while !self.has_ended {
            let (read, came) = (self.decoder.total_in(), self.decoder.total_out());
            let none = FlushDecompress::None;
            self.has_ended = self.decoder.decompress(rest, &mut space, none)? == Status::StreamEnd;
            let read = (self.decoder.total_in() - read) as usize;
            let came = (self.decoder.total_out() - came) as usize;
            rest = &rest[read..];
            self.room.write_all(&space[..came])?;
            let is_through = rest.is_empty() && came < BUFFER_BYTES;
            if is_through || (read, came) == (0, 0) {
                break;
            }
        }
        match rest {
            [] => Ok(()),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

impl Zstd {
    fn new() -> io::Result<Zstd> {
        let mut decoder = raw::Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG))?;
        Ok(Zstd {
            decoder,
            room: Room::default(),
            wanted: 1,
        })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut input = InBuffer::around(bytes);
        let mut space = [0; BUFFER_BYTES];
        loop {
            let mut output = OutBuffer::around(&mut space[..]);
            if self.wanted == 0 && input.pos < bytes.len() {
                self.decoder.reinit()?;
            }
            self.wanted = self.decoder.run(&mut input, &mut output)?;
            let came = output.pos();
            self.room.write_all(&space[..came])?;
            if input.pos == bytes.len() && came < BUFFER_BYTES {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::*;

    const CODINGS: [&str; 4] = ["gzip", "deflate", "br", "zstd"];

    fn encoded(coding: &str, body: &[u8]) -> Vec<u8> {
        match coding {
            "gzip" => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
                encoder.write_all(body).unwrap();
                encoder.finish().unwrap()
            }
            "deflate" => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
                encoder.write_all(body).unwrap();
                encoder.finish().unwrap()
            }
            "br" => {
                let mut out = Vec::new();
                let mut encoder = brotli::CompressorWriter::new(&mut out, 4096, 5, 20);
                encoder.write_all(body).unwrap();
                drop(encoder);
                out
            }
            _ => zstd::encode_all(body, 3).unwrap(),
        }
    }

    fn decoder(coding: &str) -> Result<Option<Decoder>, &'static str> {
        let mut fields = HeaderMap::new();
        fields.insert(header::CONTENT_ENCODING, coding.parse().unwrap());
        Decoder::of(&fields)
    }

    fn decoded(coding: &str, bytes: &[u8], piece: usize) -> io::Result<Vec<u8>> {
        let mut decoder = decoder(coding).unwrap().unwrap();
        let mut out = Vec::new();
        for piece in bytes.chunks(piece) {
            decoder.decode::<io::Error>(piece, |came| {
                out.extend_from_slice(came);
                Ok(())
            })?;
        }
        out.extend(decoder.finish()?);
        Ok(out)
    }

    #[test]
    fn a_body_comes_out_as_it_went_in_however_it_is_cut() {
        let body: Vec<u8> = (0..40_000_u32)
            .flat_map(|n| (n * n).to_string().into_bytes())
            .collect();
        for coding in CODINGS {
            let bytes = encoded(coding, &body);
            for piece in [1, 7, 5000, usize::MAX] {
                assert!(
                    decoded(coding, &bytes, piece).unwrap() == body,
                    "{coding}, {piece}"
                );
            }
        }
        let twice = [encoded("gzip", b"[1,"), encoded("gzip", b"2]")].concat();
        assert_eq!(decoded("x-gzip", &twice, 9).unwrap(), b"[1,2]");
        let twice = [encoded("zstd", b"[1,"), encoded("zstd", b"2]")].concat();
        assert_eq!(decoded("zstd", &twice, 5).unwrap(), b"[1,2]");
    }

    #[test]
    fn what_is_cut_short_or_broken_is_an_error() {
        for coding in CODINGS {
            let bytes = encoded(coding, br#"{"id": "1", "of": [1, 2, 3, 4, 5]}"#);
            for end in 0..bytes.len() {
                assert!(
                    decoded(coding, &bytes[..end], 3).is_err(),
                    "{coding}, {end}"
                );
            }
            assert!(decoded(coding, b"{\"id\": 1}", 100).is_err(), "{coding}");
        }
    }

    #[test]
    fn a_few_bytes_do_not_become_gigabytes() {
        let zeros = vec![b' '; 64 << 20];
        for coding in CODINGS {
            let error = decoded(coding, &encoded(coding, &zeros), 1000).unwrap_err();
            assert_ne!(error.kind(), io::ErrorKind::UnexpectedEof, "{coding}");
        }
    }

    #[test]
    fn other_codings_are_nobodys_to_read() {
        for coding in ["compress", "gzip, br", "aws-chunked", "x"] {
            assert!(decoder(coding).is_err(), "{coding}");
        }
        assert!(matches!(decoder("identity"), Ok(None)));
    }
}
