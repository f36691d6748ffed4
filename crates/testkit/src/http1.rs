//! HTTP/1.1 by hand: requests are bytes, answers are read without mercy.

use std::fmt;
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::endpoint::{Endpoint, Stream};

/// A head larger than this is a runaway answer.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// A connection that carries one answer after another.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    /// Received, and not yet part of an answer.
    buffer: Vec<u8>,
}

/// An answer.
#[derive(Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names in lower case, in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there was no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// The server closed or reset the connection.
    Closed,
    /// Nothing came for as long as a read may wait.
    Silence,
    /// What came is not an answer.
    Malformed(String),
}

impl Connection {
    /// Opens a connection.
    ///
    /// # Panics
    /// Where the server does not take it.
    pub fn open(endpoint: &Endpoint) -> Self {
        Self::over(endpoint.connect(b"http/1.1").expect("the server answers"))
    }

    /// Speaks over a stream that is open already.
    pub fn over(stream: Stream) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
        }
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

    /// Sends a request and reads its answer. What could not be sent any more may have been
    /// answered all the same.
    pub fn exchange(&mut self, request: &[u8]) -> Result<Response, Unanswered> {
        let sent = self.send(request);
        let is_head = request.starts_with(b"HEAD ");
        match (self.read_response(is_head), sent) {
            (Err(Unanswered::Silence), Err(_)) => Err(Unanswered::Closed),
            (answer, _) => answer,
        }
    }

    /// Reads the next answer.
    pub fn response(&mut self) -> Result<Response, Unanswered> {
        self.read_response(false)
    }

    /// Whether the server closes the connection within this time, sending nothing more.
    pub fn is_closed_within(&mut self, patience: Duration) -> bool {
        let start = Instant::now();
        while let Some(left) = patience.checked_sub(start.elapsed()) {
            let wait = left.max(Duration::from_millis(1));
            if self.stream.set_patience(wait).is_err() || self.fill().is_err_and(|e| e.is_closed())
            {
                return true;
            }
        }
        false
    }

    fn read_response(&mut self, is_head: bool) -> Result<Response, Unanswered> {
        let head_end = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end;
            }
            if self.buffer.len() > HEAD_BYTES_MAX {
                return Err(malformed("a head without an end"));
            }
            self.fill()?;
        };
        let head: Vec<u8> = self.buffer.drain(..head_end + 4).collect();
        let head = std::str::from_utf8(&head[..head_end]).map_err(|_| malformed("not ASCII"))?;
        let mut lines = head.split("\r\n");
        let status = status(lines.next().unwrap_or_default())?;
        let headers = lines.map(header).collect::<Result<Vec<_>, _>>()?;
        let mut response = Response {
            status,
            headers,
            body: Vec::new(),
        };
        let has_body = !is_head && status != 204 && status != 304;
        if has_body {
            let length = response.header("content-length").unwrap_or_default();
            let length: usize = length
                .parse()
                .map_err(|_| malformed(&format!("Content-Length {length:?}: {head}")))?;
            while self.buffer.len() < length {
                self.fill()?;
            }
            response.body = self.buffer.drain(..length).collect();
        }
        Ok(response)
    }

    fn fill(&mut self) -> Result<(), Unanswered> {
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk) {
            Ok(0) => Err(Unanswered::Closed),
            Ok(length) => {
                self.buffer.extend_from_slice(&chunk[..length]);
                Ok(())
            }
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Err(Unanswered::Silence),
                io::ErrorKind::Interrupted => Ok(()),
                _ => Err(Unanswered::Closed),
            },
        }
    }
}

impl Unanswered {
    fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }
}

impl Response {
    /// The value of a header that is there at most once.
    ///
    /// # Panics
    /// Where it is repeated.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(found, _)| found == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} is repeated: {self:?}");
        value
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// Where it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether the server says that it will close the connection.
    pub fn closes(&self) -> bool {
        self.header("connection") == Some("close")
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {value}")?;
        }
        write!(f, "\n{}", self.text())
    }
}

fn status(line: &str) -> Result<u16, Unanswered> {
    line.strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3)?.parse().ok())
        .ok_or_else(|| malformed(line))
}

fn header(line: &str) -> Result<(String, String), Unanswered> {
    let (name, value) = line.split_once(':').ok_or_else(|| malformed(line))?;
    Ok((name.to_ascii_lowercase(), value.trim().to_owned()))
}

fn malformed(what: &str) -> Unanswered {
    Unanswered::Malformed(what.to_owned())
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window == word)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn answers_are_told_apart_and_hangs_are_noticed() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let endpoint = Endpoint::plain(listener.local_addr().expect("bound"));
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let answers = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}\
                           HTTP/1.1 204 No Content\r\nA: b\r\n\r\nHTTP/1.0 200 OK\r\n\r\n";
            stream
                .write_all(answers.as_bytes())
                .expect("the test reads");
            std::thread::sleep(Duration::from_millis(200));
        });
        let mut connection = Connection::open(&endpoint);
        let first = connection.response().expect("an answer");
        assert_eq!((first.status, first.json()), (200, serde_json::json!({})));
        let second = connection.response().expect("an answer");
        assert_eq!((second.status, second.header("a")), (204, Some("b")));
        assert!(matches!(
            connection.response(),
            Err(Unanswered::Malformed(_))
        ));
        let short = Duration::from_millis(20);
        connection.stream().set_patience(short).expect("open");
        assert!(matches!(connection.response(), Err(Unanswered::Silence)));
        assert!(!connection.is_closed_within(short));
        server.join().expect("no panic");
        assert!(connection.is_closed_within(Duration::from_secs(5)));
        assert!(matches!(connection.response(), Err(Unanswered::Closed)));
    }
}
