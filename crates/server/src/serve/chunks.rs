//! Is this a chunked body, to every reader alike (RFC 9112 §7.1)?
//!
//! Pingora reads on where the grammar has ended: a chunk without a size is the last one to it, extensions may hold
//! line feeds, trailers anything. Whoever stands before us may read these otherwise, and see another request behind
//! them. What is doubtful is refused; extensions and trailers go no further than this.

use super::framing::{is_token_byte, is_value_byte};

/// Extensions of all chunks of one body together.
pub const MAX_EXTENSION_BYTES: usize = 16 * 1024;
/// Trailer fields together.
pub const MAX_TRAILER_BYTES: usize = 8 * 1024;

/// Follows a chunked body through its pieces.
#[derive(Debug)]
pub struct Chunks {
    at: At,
    /// Of the chunk that is read.
    size: u64,
    digits: u8,
    extension_bytes: usize,
    trailer_bytes: usize,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Size,
    /// Blanks between a size and its extension (RFC 9110 §5.6.3).
    Blank,
    /// Behind a semicolon: an extension has a name.
    Named,
    Extension,
    /// A string within an extension, which a line cannot end in.
    Quoted,
    /// The byte behind a backslash.
    Escaped,
    SizeEnd,
    Data,
    DataReturn,
    DataEnd,
    /// A trailer field, or the end of all.
    Line,
    Name,
    Value,
    LineEnd,
    BodyEnd,
    Behind,
}

impl Chunks {
    pub fn new() -> Chunks {
        Chunks {
            at: At::Size,
            size: 0,
            digits: 0,
            extension_bytes: 0,
            trailer_bytes: 0,
        }
    }

    /// Looks at the next piece. `Some`: the body ended behind so many bytes of it.
    pub fn follow(&mut self, piece: &[u8]) -> Result<Option<usize>, &'static str> {
        let mut index = 0;
        while let Some(&byte) = piece.get(index) {
            if self.at == At::Data {
                index += self.skip_data(piece.len() - index);
                continue;
            }
            self.at = self.step(byte)?;
            index += 1;
            if self.at == At::Behind {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// How many of the bytes at hand are the chunk's.
    fn skip_data(&mut self, at_hand: usize) -> usize {
        let taken = usize::try_from(self.size).map_or(at_hand, |size| size.min(at_hand));
        self.size -= taken as u64;
        if self.size == 0 {
            self.at = At::DataReturn;
        }
        taken
    }

    fn step(&mut self, byte: u8) -> Result<At, &'static str> {
        match self.at {
            At::Size | At::Blank => self.size(byte),
            At::Named | At::Extension | At::Quoted | At::Escaped => self.extension(byte),
            At::Line | At::Name | At::Value => self.trailer(byte),
            At::DataReturn if byte == b'\r' => Ok(At::DataEnd),
            At::SizeEnd if byte == b'\n' => Ok(self.sized()),
            At::DataEnd if byte == b'\n' => Ok(self.next_chunk()),
            At::LineEnd if byte == b'\n' => Ok(At::Line),
            At::BodyEnd if byte == b'\n' => Ok(At::Behind),
            _ => Err("a line of a chunked body ends without CRLF"),
        }
    }

    fn size(&mut self, byte: u8) -> Result<At, &'static str> {
        match (char::from(byte).to_digit(16), byte) {
            (Some(digit), _) if self.at == At::Size && self.digits < 16 => {
                self.digits += 1;
                self.size = self.size << 4 | u64::from(digit);
                Ok(At::Size)
            }
            _ if self.digits == 0 => Err("a chunk without a size"),
            (_, b'\r') if self.at == At::Size => Ok(At::SizeEnd),
            (_, b';') => Ok(At::Named),
            (_, b' ' | b'\t') => self.extended(At::Blank),
            _ => Err("a chunk's size is not hexadecimal"),
        }
    }

    /// What a size means, once its line ended.
    fn sized(&mut self) -> At {
        match self.size {
            0 => At::Line,
            _ => At::Data,
        }
    }

    fn next_chunk(&mut self) -> At {
        self.digits = 0;
        At::Size
    }

    fn extension(&mut self, byte: u8) -> Result<At, &'static str> {
        let blank = matches!(byte, b' ' | b'\t');
        let next = match (self.at, byte) {
            (At::Extension, b'\r') => return Ok(At::SizeEnd),
            (At::Quoted, b'\\') => At::Escaped,
            (At::Quoted, b'"') => At::Extension,
            (At::Extension, b'"') => At::Quoted,
            (At::Quoted | At::Escaped, _) if is_value_byte(byte) => At::Quoted,
            (At::Named, _) if blank => At::Named,
            (At::Extension, b';') => At::Named,
            (At::Extension, b'=') => At::Extension,
            (At::Named | At::Extension, _) if blank || is_token_byte(byte) => At::Extension,
            _ => return Err("a chunk extension is not a name and a value"),
        };
        self.extended(next)
    }

    fn extended(&mut self, next: At) -> Result<At, &'static str> {
        self.extension_bytes += 1;
        match self.extension_bytes > MAX_EXTENSION_BYTES {
            true => Err("chunk extensions longer than 16 KiB"),
            false => Ok(next),
        }
    }

    fn trailer(&mut self, byte: u8) -> Result<At, &'static str> {
        self.trailer_bytes += 1;
        if self.trailer_bytes > MAX_TRAILER_BYTES {
            return Err("trailers longer than 8 KiB");
        }
        match (self.at, byte) {
            (At::Line, b'\r') => Ok(At::BodyEnd),
            (At::Line | At::Name, _) if is_token_byte(byte) => Ok(At::Name),
            (At::Name, b':') => Ok(At::Value),
            (At::Value, b'\r') => Ok(At::LineEnd),
            (At::Value, _) if is_value_byte(byte) => Ok(At::Value),
            _ => Err("a trailer is not a header field"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn followed(body: &[u8]) -> Result<Option<usize>, &'static str> {
        Chunks::new().follow(body)
    }

    #[test]
    fn a_body_ends_behind_its_last_chunk_and_trailers() {
        for body in [
            &b"0\r\n\r\n"[..],
            b"5\r\nhello\r\n0\r\n\r\n",
            b"00000005\r\nhello\r\n000\r\n\r\n",
            b"5;a=b;c=\"d;\\\"\" ;e\r\nhello\r\n0;x\r\n\r\n",
            b"5 ;a\r\n\r\n\r\nX\r\n0\r\n\r\n",
            b"a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n",
        ] {
            let rest = [body, b"GET /next"].concat();
            assert_eq!(
                followed(&rest),
                Ok(Some(body.len())),
                "{}",
                body.escape_ascii()
            );
            for cut in 0..body.len() {
                assert_eq!(followed(&body[..cut]), Ok(None));
            }
        }
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        let long = [b"1;", &[b'x'; MAX_EXTENSION_BYTES + 1][..], b"\r\na"].concat();
        let many = b"1;12345678\r\na\r\n".repeat(MAX_EXTENSION_BYTES / 8 + 1);
        let trailers = [b"0\r\nX:", &[b'x'; MAX_TRAILER_BYTES][..]].concat();
        for body in [
            &b"\r\n\r\n"[..],
            b";a\r\n\r\n",
            b" 5\r\nhello\r\n",
            b"5 \r\nhello\r\n",
            b"5\nhello\r\n",
            b"5\rhello\r\n",
            b"+5\r\nhello\r\n",
            b"-5\r\nhello\r\n",
            b"0x5\r\nhello\r\n",
            b"1_0\r\nhello\r\n",
            b"5h\r\nhello\r\n",
            b"\x005\r\nhello\r\n",
            b"00000000000000005\r\nhello\r\n",
            b"5;a\nb\r\nhello\r\n",
            b"5;a\rb\r\nhello\r\n",
            b"5;a=\"b\r\nhello\r\n",
            b"5;\r\nhello\r\n",
            b"5;;a\r\nhello\r\n",
            b"5;a=<b>\r\nhello\r\n",
            b"5;a\x00\r\nhello\r\n",
            b"5\r\nhello\n0\r\n\r\n",
            b"5\r\nhello0\r\n\r\n",
            b"5\r\nhelloXX0\r\n\r\n",
            b"0\r\nX\r\n\r\n",
            b"0\r\n X: a\r\n\r\n",
            b"0\r\nX : a\r\n\r\n",
            b"0\r\nX: a\n\r\n",
            b"0\r\nX: a\r\n folded\r\n\r\n",
            b"0\r\nX: a\0\r\n\r\n",
            b"0\r\n\n",
            b"0\r\n\r\r",
            &long,
            &many,
            &trailers,
        ] {
            assert!(
                followed(body).is_err(),
                "{}",
                body[..body.len().min(40)].escape_ascii()
            );
        }
    }

    #[test]
    fn no_size_overflows() {
        assert_eq!(followed(b"ffffffffffffffff\r\nabc"), Ok(None));
        assert!(followed(b"fffffffffffffffff\r\nabc").is_err());
    }

    fn nearly_a_body() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            Just(b"5\r\nhello\r\n".to_vec()),
            Just(b"1;a=\"b\"\r\nx\r\n".to_vec()),
            Just(b"0\r\n\r\n".to_vec()),
            Just(b"0\r\nX: y\r\n\r\n".to_vec()),
            "[0-9a-f]{0,3}\r\n".prop_map(String::into_bytes),
            "[ -~\r\n\t]{0,6}".prop_map(String::into_bytes),
        ];
        proptest::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
    }

    proptest! {
        /// However the bytes are cut into reads, the body ends where it ends.
        #[test]
        fn fuzz_no_cut_moves_the_end(body in nearly_a_body(), cuts in proptest::collection::vec(0_usize..40, 0..4)) {
            let whole = followed(&body);
            let (mut chunks, mut from, mut pieced) = (Chunks::new(), 0, Ok(None));
            let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (body.len() + 1)).collect();
            ends.sort_unstable();
            for to in ends.into_iter().chain([body.len()]) {
                pieced = chunks.follow(&body[from..to]).map(|end| end.map(|end| from + end));
                from = to;
                if pieced != Ok(None) {
                    break;
                }
            }
            prop_assert_eq!(pieced, whole);
        }
    }
}
