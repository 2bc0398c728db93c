//! A part of the archive whose bytes are counted while they are inflated.

use std::{
    cell::Cell,
    io::{self, BufRead, Read},
    rc::Rc,
};

/// Begins the message of the error a bound ends in.
pub(super) const TOO_LARGE: &str = "too large";

const CHUNK: usize = 32 * 1024;

/// How many bytes were read since the XML reader last got a whole piece.
#[derive(Debug, Clone, Default)]
pub(super) struct Pending(Rc<Cell<u64>>);

impl Pending {
    /// A whole piece was read.
    pub(super) fn reset(&self) {
        self.0.set(0);
    }

    /// Whether the piece being read has no more bytes than that.
    pub(super) fn within(&self, most: u64) -> bool {
        self.0.get() <= most
    }
}

/// Reads no more than its bound, and no more between two pieces than theirs.
pub(super) struct Counted<R> {
    inner: R,
    name: String,
    left: u64,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    pending: Pending,
}

impl<R: Read> Counted<R> {
    pub(super) fn new(inner: R, name: &str, most: u64) -> Self {
        Self {
            inner,
            name: name.to_owned(),
            left: most,
            buffer: vec![0; CHUNK],
            at: 0,
            filled: 0,
            pending: Pending::default(),
        }
    }

    pub(super) fn pending(&self) -> Pending {
        self.pending.clone()
    }

    fn too_large(&self) -> io::Error {
        io::Error::other(format!("{TOO_LARGE}: {}", self.name))
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(into.len());
        into[..count].copy_from_slice(&ready[..count]);
        self.consume(count);
        // Read as bytes there are no pieces.
        self.pending.reset();
        Ok(count)
    }
}

impl<R: Read> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.filled {
            self.filled = self.inner.read(&mut self.buffer)?;
            self.at = 0;
            let count = self.filled as u64;
            self.left = self.left.checked_sub(count).ok_or_else(|| self.too_large())?;
        }
        Ok(&self.buffer[self.at..self.filled])
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
        self.pending.0.set(self.pending.0.get() + count as u64);
    }
}
