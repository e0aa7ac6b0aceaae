//! HTTP/2 frames that ask for nothing: counted as they come, so that nobody lives on them.
//!
//! The protocol layer bounds the memory such frames cost (one answer waits at a time), not their number: PING,
//! SETTINGS, PRIORITY, WINDOW_UPDATE, CONTINUATION, unknown and empty frames may come as fast as the network brings
//! them (CVE-2019-9512, -9513, -9515, -9518). What a client needs of them grows with what it asks for and is sent.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pingora::protocols::Stream;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::Notify;

use super::around::Reader;

/// For a connection that has asked for nothing yet; pings of an idle connection live on it for days.
const ALLOWANCE: u64 = 10_000;
/// What each request adds to it.
const PER_REQUEST: u64 = 20;
/// What is sent adds as well: some clients update two windows for each small DATA frame.
const BYTES_SENT_PER_UPDATE: u64 = 8;
const BYTES_SENT_PER_FRAME: u64 = 512;

/// RFC 9113 §3.4; no frame.
const PREFACE_BYTES: usize = 24;
const FRAME_HEADER_BYTES: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const WINDOW_UPDATE: u8 = 8;
const END_STREAM: u8 = 1;

/// Walks through what a client sends, frame by frame.
#[derive(Debug)]
pub struct Frames {
    /// Bytes until the next frame's header.
    skip: usize,
    header: [u8; FRAME_HEADER_BYTES],
    /// Of the header.
    known: usize,
    requests: u64,
    updates: u64,
    others: u64,
    sent: u64,
    excess: Arc<Notify>,
}

impl Frames {
    /// `excess` is told once, when there were too many. From then on nothing is read.
    pub fn new(excess: Arc<Notify>) -> Frames {
        Frames {
            skip: PREFACE_BYTES,
            header: [0; FRAME_HEADER_BYTES],
            known: 0,
            requests: 0,
            updates: 0,
            others: 0,
            sent: 0,
            excess,
        }
    }

    fn walk(&mut self, mut bytes: &[u8]) {
        loop {
            let skipped = self.skip.min(bytes.len());
            (self.skip, bytes) = (self.skip - skipped, &bytes[skipped..]);
            let more = (FRAME_HEADER_BYTES - self.known).min(bytes.len());
            if more == 0 {
                return;
            }
            self.header[self.known..self.known + more].copy_from_slice(&bytes[..more]);
            (self.known, bytes) = (self.known + more, &bytes[more..]);
            if self.known == FRAME_HEADER_BYTES {
                self.known = 0;
                self.count();
            }
        }
    }

    fn count(&mut self) {
        let [high, middle, low, kind, flags, ..] = self.header;
        self.skip = u32::from_be_bytes([0, high, middle, low]) as usize;
        match kind {
            HEADERS => self.requests += 1,
            DATA if self.skip > 0 || flags & END_STREAM != 0 => {}
            WINDOW_UPDATE => self.updates += 1,
            _ => self.others += 1,
        }
    }

    fn are_too_many(&self) -> bool {
        let allowed = ALLOWANCE + PER_REQUEST * self.requests;
        self.updates > allowed + self.sent / BYTES_SENT_PER_UPDATE
            || self.others > allowed + self.sent / BYTES_SENT_PER_FRAME
    }
}

impl Reader for Frames {
    fn poll_read(
        &mut self,
        stream: &mut Stream,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Who was told ends the connection; until it did, the client waits.
        if self.are_too_many() {
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        ready!(Pin::new(stream).poll_read(cx, buffer))?;
        self.walk(&buffer.filled()[before..]);
        if self.are_too_many() {
            self.excess.notify_one();
        }
        Poll::Ready(Ok(()))
    }

    fn wrote(&mut self, bytes: usize) {
        self.sent += bytes as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, length: usize) -> Vec<u8> {
        let length_bytes = u32::try_from(length).unwrap().to_be_bytes();
        let header = [&length_bytes[1..], &[kind, flags, 0, 0, 0, 1]].concat();
        [header, vec![0; length]].concat()
    }

    fn walked(pieces: impl IntoIterator<Item = Vec<u8>>) -> Frames {
        let mut frames = Frames::new(Arc::default());
        frames.walk(&[0; PREFACE_BYTES]);
        for piece in pieces {
            frames.walk(&piece);
        }
        frames
    }

    #[test]
    fn frames_are_found_however_they_are_cut() {
        let bytes = [
            frame(HEADERS, 4, 300),
            frame(DATA, 0, 0),
            frame(DATA, 0, 20_000),
            frame(DATA, END_STREAM, 0),
            frame(WINDOW_UPDATE, 0, 4),
            frame(6, 0, 8),
        ]
        .concat();
        for size in [1, 2, 7, 9, 10, 100, 30_000] {
            let frames = walked(bytes.chunks(size).map(<[u8]>::to_vec));
            assert_eq!(
                (frames.requests, frames.updates, frames.others),
                (1, 1, 2),
                "in pieces of {size}"
            );
        }
    }

    #[test]
    fn what_is_asked_for_and_sent_allows_more_of_them() {
        let pings = vec![frame(6, 0, 8); 10_010];
        assert!(walked(pings.clone()).are_too_many());
        let asking = [vec![frame(HEADERS, 5, 10)], pings].concat();
        assert!(!walked(asking).are_too_many());
        let mut updating = walked(vec![frame(WINDOW_UPDATE, 0, 4); 10_010]);
        assert!(updating.are_too_many());
        updating.wrote(80);
        assert!(!updating.are_too_many());
    }
}
