//! The authority over TLS: whom the client believes to be it.

use std::sync::Arc;

use countersign_client::{Client, Credential, ErrorKind};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::authority::{SCOPE, TENANT, prepare, serve};

/// A certificate for `localhost` with its CA.
fn tls() -> (TlsAcceptor, String) {
    let ca_key = KeyPair::generate().expect("generates");
    let mut ca = CertificateParams::new(Vec::new()).expect("no names");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_certificate = ca.self_signed(&ca_key).expect("signs");
    let key = KeyPair::generate().expect("generates");
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let certificate = params
        .signed_by(&key, &Issuer::new(ca, ca_key))
        .expect("signs");
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .expect("a certificate and its key");
    (TlsAcceptor::from(Arc::new(config)), ca_certificate.pem())
}

#[tokio::test]
async fn cli_08_the_authority_must_show_a_certificate_of_the_roots_given() {
    let (acceptor, ca_pem) = tls();
    let (listener, served) = prepare().await;
    let base = format!(
        "https://localhost:{}",
        listener.local_addr().expect("bound").port()
    );
    let accepting = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, served) = (acceptor.clone(), Arc::clone(&served));
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve(stream, served).await;
                }
            });
        }
    });
    let builder = || {
        Client::builder(&base, TENANT, "client")
            .credential(Credential::secret("s"))
            .total_timeout(std::time::Duration::from_millis(400))
    };
    let trusting = builder()
        .root_certificates_pem(ca_pem.as_str())
        .build()
        .expect("complete");
    trusting.token(SCOPE).await.expect("a token");

    let (_, other_ca_pem) = tls();
    for builder in [
        builder(),
        builder().root_certificates_pem(other_ca_pem.as_str()),
    ] {
        let client = builder.build().expect("complete");
        let error = client
            .token(SCOPE)
            .await
            .expect_err("an unknown certificate");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().contains("certificates"), "{error}");
    }
    accepting.abort();
}
