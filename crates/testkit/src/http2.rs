//! HTTP/2 frames by hand (RFC 9113), for requests that no library would send.

use std::io::{self, Read, Write};

use crate::endpoint::{Endpoint, Stream};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Types of frames.
pub mod kind {
    pub const DATA: u8 = 0;
    pub const HEADERS: u8 = 1;
    pub const RST_STREAM: u8 = 3;
    pub const SETTINGS: u8 = 4;
    pub const PING: u8 = 6;
    pub const GOAWAY: u8 = 7;
    pub const WINDOW_UPDATE: u8 = 8;
    pub const CONTINUATION: u8 = 9;
}

/// Flags of frames.
pub mod flag {
    pub const NONE: u8 = 0;
    pub const ACK: u8 = 1;
    pub const END_STREAM: u8 = 1;
    pub const END_HEADERS: u8 = 4;
}

/// A frame that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// One of [`kind`].
    pub kind: u8,
    /// [`flag`]s.
    pub flags: u8,
    /// The stream, 0 for the connection.
    pub stream: u32,
    /// What it carries.
    pub payload: Vec<u8>,
}

/// A connection after its preface.
#[derive(Debug)]
pub struct Http2 {
    stream: Stream,
}

impl Http2 {
    /// Connects and sends the preface with empty settings.
    pub fn open(endpoint: &Endpoint) -> io::Result<Self> {
        let mut connection = Self {
            stream: endpoint.connect(b"h2")?,
        };
        connection.send(&[PREFACE, &frame(kind::SETTINGS, flag::NONE, 0, &[])].concat())?;
        Ok(connection)
    }

    /// The stream below.
    pub fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }

    /// Sends exactly these bytes.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// Reads the next frame.
    pub fn read(&mut self) -> io::Result<Frame> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head)?;
        let [a, b, c, kind, flags, stream @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        self.stream.read_exact(&mut payload)?;
        Ok(Frame {
            kind,
            flags,
            stream: u32::from_be_bytes(stream),
            payload,
        })
    }

    /// Sends a request and reads its answer: the first byte of the header block, which is the
    /// whole status where RFC 7541 appendix A has it (0x88 is 200), and the body.
    pub fn exchange(
        &mut self,
        stream: u32,
        head: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<(u8, Vec<u8>)> {
        let head = frame(kind::HEADERS, flag::END_HEADERS, stream, &literals(head));
        let body = frame(kind::DATA, flag::END_STREAM, stream, body);
        self.send(&[head, body].concat())?;
        let (mut status, mut received) = (0, Vec::new());
        loop {
            let frame = self.read()?;
            match frame.kind {
                kind::SETTINGS if frame.flags & flag::ACK == 0 => {
                    self.send(&self::frame(kind::SETTINGS, flag::ACK, 0, &[]))?;
                }
                kind::PING if frame.flags & flag::ACK == 0 => {
                    self.send(&self::frame(kind::PING, flag::ACK, 0, &frame.payload))?;
                }
                kind::GOAWAY => return Err(io::Error::other("GOAWAY")),
                kind::RST_STREAM if frame.stream == stream => {
                    return Err(io::Error::other("RST_STREAM"));
                }
                kind::HEADERS if frame.stream == stream => {
                    status = frame.payload.first().copied().unwrap_or_default();
                }
                kind::DATA if frame.stream == stream => received.extend(frame.payload),
                _ => {}
            }
            let is_body = [kind::DATA, kind::HEADERS].contains(&frame.kind);
            if is_body && frame.stream == stream && frame.flags & flag::END_STREAM != 0 {
                return Ok((status, received));
            }
        }
    }
}

/// The bytes of a frame.
///
/// # Panics
/// Where the payload is longer than any frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short payload");
    let [zero, a, b, c] = length.to_be_bytes();
    assert_eq!(zero, 0, "a frame has a length of three bytes");
    let mut bytes = vec![a, b, c, kind, flags];
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A header block of literals without indexing and without Huffman codes (RFC 7541 section 6.2.2).
pub fn literals(headers: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in headers {
        block.push(0);
        for text in [name, value] {
            push_length(&mut block, text.len());
            block.extend(text.as_bytes());
        }
    }
    block
}

/// An integer with a prefix of seven bits (RFC 7541 section 5.1).
fn push_length(block: &mut Vec<u8>, length: usize) {
    let Some(mut rest) = length.checked_sub(0x7f) else {
        block.push(u8::try_from(length).expect("below 127"));
        return;
    };
    block.push(0x7f);
    while rest >= 0x80 {
        block.push(u8::try_from(rest & 0x7f).expect("seven bits") | 0x80);
        rest >>= 7;
    }
    block.push(u8::try_from(rest).expect("below 128"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_literals_are_as_the_standards_print_them() {
        assert_eq!(
            frame(kind::RST_STREAM, 0, 3, &[0, 0, 0, 8]),
            [0, 0, 4, 3, 0, 0, 0, 0, 3, 0, 0, 0, 8]
        );
        // RFC 7541 C.2.2 has the indexed form of this; the literal is its name and value.
        assert_eq!(literals(&[("a", "bc")]), b"\0\x01a\x02bc");
        let mut block = Vec::new();
        // RFC 7541 C.1.2, with seven bits instead of five: 1337 - 127 = 1210 = 9 * 128 + 58.
        push_length(&mut block, 1_337);
        assert_eq!(block, [0x7f, 58 | 0x80, 9]);
    }
}
