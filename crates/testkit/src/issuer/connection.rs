//! One connection to an issuer: HTTP/1.1 by hand, since a server that keeps to the rules cannot
//! drip, stall or go on for ever.

use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::{Answer, Shared, lock};

const CHUNK: [u8; 16 * 1024] = [b' '; 16 * 1024];

pub(super) async fn serve(
    tcp: TcpStream,
    acceptor: TlsAcceptor,
    shared: &Shared,
) -> io::Result<()> {
    let mut stream = BufReader::new(acceptor.accept(tcp).await?);
    while let Some(path) = read_path(&mut stream).await? {
        lock(&shared.requests).push(path.clone());
        let answer = lock(&shared.answers).get(&path).cloned();
        let answer = answer.unwrap_or(Answer::Status(404));
        send(&mut stream, answer, shared).await?;
        stream.flush().await?;
    }
    Ok(())
}

/// The path of a request without a body; `None` at the end of the connection.
async fn read_path(stream: &mut (impl AsyncBufReadExt + Unpin)) -> io::Result<Option<String>> {
    let mut request_line = String::new();
    if stream.read_line(&mut request_line).await? == 0 {
        return Ok(None);
    }
    let mut header = String::new();
    while stream.read_line(&mut header).await? > 2 {
        header.clear();
    }
    let path = request_line.split(' ').nth(1).unwrap_or_default();
    Ok(Some(path.to_owned()))
}

async fn send(
    stream: &mut (impl AsyncWrite + Unpin),
    answer: Answer,
    shared: &Shared,
) -> io::Result<()> {
    match answer {
        Answer::Late(pause, answer) => {
            tokio::time::sleep(pause).await;
            Box::pin(send(stream, *answer, shared)).await
        }
        Answer::Json(document) => {
            let body = document.to_string();
            send_body(stream, body.as_bytes(), None, shared).await
        }
        Answer::Bytes(body) => send_body(stream, &body, None, shared).await,
        Answer::Drip(pause, body) => send_body(stream, &body, Some(pause), shared).await,
        Answer::Status(status) => {
            let head = format!("HTTP/1.1 {status} Said\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).await
        }
        Answer::Redirect(status, to) => {
            let head =
                format!("HTTP/1.1 {status} Moved\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).await
        }
        Answer::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            loop {
                stream.write_all(&CHUNK).await?;
                shared.sent_bytes.fetch_add(CHUNK.len(), Ordering::SeqCst);
            }
        }
        Answer::Silence => std::future::pending().await,
    }
}

async fn send_body(
    stream: &mut (impl AsyncWrite + Unpin),
    body: &[u8],
    pause: Option<Duration>,
    shared: &Shared,
) -> io::Result<()> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await?;
    let piece = if pause.is_some() { 1 } else { CHUNK.len() };
    for piece in body.chunks(piece) {
        stream.write_all(piece).await?;
        shared.sent_bytes.fetch_add(piece.len(), Ordering::SeqCst);
        if let Some(pause) = pause {
            stream.flush().await?;
            tokio::time::sleep(pause).await;
        }
    }
    Ok(())
}
