//! Taking connections: limits against slow and greedy peers, and an end that drops nothing.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use super::stack;
use crate::state::AppState;

/// Connections at once; further ones wait in the operating system's queue.
const CONNECTIONS_MAX: usize = 8_192;

/// For a TLS handshake, and for the head of a request (also the wait for the next one).
const HEAD_TIMEOUT: Duration = Duration::from_secs(12);

/// Line and headers of a request, in bytes.
const HEAD_BYTES_MAX: usize = 32 * 1024;

/// Header lines of a request.
const HEADERS_MAX: usize = 100;

/// HTTP/2 requests at once on one connection.
const STREAMS_MAX: u32 = 100;

/// How long to wait before accepting again when the system has no more descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `stopped`, then finishes what is in flight, for `drain_max` at the most.
pub(crate) async fn accept(
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    state: Arc<AppState>,
    router: Router,
    mut stopped: watch::Receiver<bool>,
    drain_max: Duration,
) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    loop {
        let slot = slots
            .clone()
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        let (stream, peer) = tokio::select! {
            accepted = socket.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
            _ = stopped.changed() => break,
        };
        let (tls, state, router) = (tls.clone(), state.clone(), router.clone());
        let watcher = graceful.watcher();
        tokio::spawn(async move {
            connection(stream, peer, tls, state, router, watcher).await;
            drop(slot);
        });
    }
    drop(socket);
    if tokio::time::timeout(drain_max, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests were still in flight when the time to finish them was over");
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    state: Arc<AppState>,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    // Answers are small and whole; waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else {
        return http1(stream, peer, state, router, watcher).await;
    };
    // A failed or stalled handshake is the peer's affair, and too easy to cause to be worth a line.
    let Ok(Ok(stream)) = tokio::time::timeout(HEAD_TIMEOUT, tls.accept(stream)).await else {
        return;
    };
    match stream.get_ref().1.alpn_protocol() {
        Some(b"h2") => http2(stream, peer, state, router, watcher).await,
        _ => http1(stream, peer, state, router, watcher).await,
    }
}

async fn http1<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: SocketAddr,
    state: Arc<AppState>,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), service(state, router, peer));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, %peer, "connection ended early");
    }
}

async fn http2<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: SocketAddr,
    state: Arc<AppState>,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(HEAD_TIMEOUT)
        .keep_alive_timeout(HEAD_TIMEOUT)
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX))
        .serve_connection(TokioIo::new(stream), service(state, router, peer));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, %peer, "connection ended early");
    }
}

/// Answers the requests of one connection.
fn service(
    state: Arc<AppState>,
    router: Router,
    peer: SocketAddr,
) -> impl Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send> {
    service_fn(move |request| {
        let (state, router) = (state.clone(), router.clone());
        async move { Ok(stack::serve(state, router, peer, request).await) }
    })
}
