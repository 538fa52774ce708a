//! A box in memory that knows its path and place in the file, so that whatever is wrong inside it can be named.

use std::fmt;

use super::error::ReadError;

/// A four-character code, as it names boxes, handlers and codecs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FourCc(pub [u8; 4]);

impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FourCc({self})")
    }
}

/// The first bytes of a box (ISO/IEC 14496-12, 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: FourCc,
    /// Bytes of the header itself.
    pub(super) length: u64,
    /// Bytes of the whole box; `None` when it reaches to the end of what holds it.
    pub(super) size: Option<u64>,
}

impl Header {
    /// The header at the start of `bytes`, or how many bytes it takes to tell.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, u64> {
        let Some((&[a, b, c, d, kind @ ..], rest)) = bytes.split_first_chunk::<8>() else {
            return Err(8);
        };
        let kind = FourCc(kind);
        match u32::from_be_bytes([a, b, c, d]) {
            0 => Ok(Self { kind, length: 8, size: None }),
            1 => {
                let &large = rest.first_chunk::<8>().ok_or(16u64)?;
                Ok(Self { kind, length: 16, size: Some(u64::from_be_bytes(large)) })
            }
            size => Ok(Self { kind, length: 8, size: Some(u64::from(size)) }),
        }
    }
}

/// A box whose bytes are all in memory.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    parent: Option<&'a Node<'a>>,
    kind: FourCc,
    /// Counted from one, where several of a kind may follow each other.
    number: Option<u32>,
    offset: u64,
    body_offset: u64,
    body: &'a [u8],
}

/// The kinds that repeat under one parent and are numbered in paths.
const REPEATED: [[u8; 4]; 4] = [*b"trak", *b"traf", *b"trun", *b"trex"];

impl<'a> Node<'a> {
    /// A top-level box at `offset` of the file.
    pub(super) fn root(header: Header, number: Option<u32>, offset: u64, body: &'a [u8]) -> Self {
        let body_offset = offset + header.length;
        Self { parent: None, kind: header.kind, number, offset, body_offset, body }
    }

    pub(super) fn kind(&self) -> FourCc {
        self.kind
    }

    pub(super) fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Reads the body's fields in turn.
    pub(super) fn fields(&self) -> Fields<'_> {
        Fields { node: self, rest: self.body }
    }

    /// The boxes inside, from byte `skip` of the body on.
    pub(super) fn children(&self, skip: usize) -> Children<'_> {
        let skip = skip.min(self.body.len());
        Children { parent: self, at: skip, counts: [0; REPEATED.len()] }
    }

    /// The first box of `kind` inside.
    pub(super) fn find(&self, kind: &[u8; 4]) -> Result<Option<Node<'_>>, ReadError> {
        for child in self.children(0) {
            let child = child?;
            if child.kind.0 == *kind {
                return Ok(Some(child));
            }
        }
        Ok(None)
    }

    /// The first box of `kind` inside, which must be there.
    pub(super) fn need(&self, kind: &[u8; 4]) -> Result<Node<'_>, ReadError> {
        self.find(kind)?.ok_or_else(|| self.malformed(format!("has no {}", FourCc(*kind))))
    }

    pub(super) fn malformed(&self, what: impl Into<String>) -> ReadError {
        ReadError::Malformed { path: self.to_string(), offset: self.offset, what: what.into() }
    }

    pub(super) fn truncated(&self, what: impl Into<String>) -> ReadError {
        ReadError::Truncated { path: self.to_string(), offset: self.offset, what: what.into() }
    }

    pub(super) fn too_large(&self, what: impl Into<String>) -> ReadError {
        ReadError::TooLarge { path: self.to_string(), offset: self.offset, what: what.into() }
    }

    pub(super) fn too_many_samples(&self, what: impl Into<String>) -> ReadError {
        ReadError::TooManySamples { path: self.to_string(), offset: self.offset, what: what.into() }
    }

    pub(super) fn unsupported(&self, what: impl Into<String>) -> ReadError {
        ReadError::Unsupported { path: self.to_string(), offset: self.offset, what: what.into() }
    }
}

impl fmt::Display for Node<'_> {
    /// The path from the top-level box to here.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}/")?;
        }
        write!(f, "{}", self.kind)?;
        self.number.map_or(Ok(()), |number| write!(f, "[{number}]"))
    }
}

/// The boxes inside a box.
pub(super) struct Children<'a> {
    parent: &'a Node<'a>,
    at: usize,
    counts: [u32; REPEATED.len()],
}

impl<'a> Iterator for Children<'a> {
    type Item = Result<Node<'a>, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let parent = self.parent;
        let rest = &parent.body[self.at..];
        // QuickTime closes some lists with four or eight zero bytes; fewer than a header's bytes are padding.
        if rest.len() < 8 || rest.starts_with(&[0; 8]) {
            return None;
        }
        let offset = parent.body_offset + self.at as u64;
        let header = Header::parse(rest).unwrap_or(Header {
            kind: FourCc([rest[4], rest[5], rest[6], rest[7]]),
            length: 8,
            size: Some(0),
        });
        let number = REPEATED.iter().position(|kind| header.kind.0 == *kind).map(|slot| {
            self.counts[slot] += 1;
            self.counts[slot]
        });
        let mut child = Node::root(header, number, offset, &[]);
        child.parent = Some(parent);
        let size = header.size.unwrap_or(rest.len() as u64);
        if size < header.length || size > rest.len() as u64 {
            self.at = parent.body.len();
            let room = rest.len();
            return Some(Err(
                child.malformed(format!("says it has {size} bytes, its parent has {room} left"))
            ));
        }
        child.body = &rest[header.length as usize..size as usize];
        self.at += size as usize;
        Some(Ok(child))
    }
}

/// The fields of a box, read in turn.
pub(super) struct Fields<'a> {
    node: &'a Node<'a>,
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let (&bytes, rest) = self.rest.split_first_chunk::<N>().ok_or_else(|| self.short(N))?;
        self.rest = rest;
        Ok(bytes)
    }

    fn short(&self, wanted: usize) -> ReadError {
        let length = self.node.body.len();
        let missing = wanted - self.rest.len();
        self.node.malformed(format!("has a body of {length} bytes, {missing} too few for its fields"))
    }

    pub(super) fn skip(&mut self, count: usize) -> Result<(), ReadError> {
        self.rest = self.rest.get(count..).ok_or_else(|| self.short(count))?;
        Ok(())
    }

    pub(super) fn u8(&mut self) -> Result<u8, ReadError> {
        self.take().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, ReadError> {
        self.take().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, ReadError> {
        self.take().map(u32::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, ReadError> {
        self.take().map(i32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, ReadError> {
        self.take().map(u64::from_be_bytes)
    }

    pub(super) fn i64(&mut self) -> Result<i64, ReadError> {
        self.take().map(i64::from_be_bytes)
    }

    /// A number of 64 bits in version 1 boxes, of 32 in version 0.
    pub(super) fn u64_or_u32(&mut self, version: u8) -> Result<u64, ReadError> {
        if version == 1 { self.u64() } else { self.u32().map(u64::from) }
    }

    /// Version and flags of a full box.
    pub(super) fn version_and_flags(&mut self) -> Result<(u8, u32), ReadError> {
        let word = self.u32()?;
        Ok(((word >> 24) as u8, word & 0x00ff_ffff))
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The `count` entries of `width` bytes that follow; refused when the box has no room for them.
    pub(super) fn table(&mut self, count: u32, width: usize) -> Result<&'a [u8], ReadError> {
        let wanted = u64::from(count) * width as u64;
        let room = self.rest.len();
        match usize::try_from(wanted).ok().and_then(|wanted| self.rest.split_at_checked(wanted)) {
            Some((table, rest)) => {
                self.rest = rest;
                Ok(table)
            }
            None => Err(self
                .node
                .malformed(format!("says {count} entries, has room for {}", room / width.max(1)))),
        }
    }

    /// [`Fields::table`] as arrays, its count read before it.
    pub(super) fn counted<const N: usize>(&mut self) -> Result<&'a [[u8; N]], ReadError> {
        let count = self.u32()?;
        Ok(self.table(count, N)?.as_chunks::<N>().0)
    }
}

/// The big-endian number in four bytes at `at`; the caller knows that they are there.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
