//! The client as the Azure SDK sees it.

use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_core::error::ErrorKind;

use crate::authority::{Answer, Authority, SCOPE};

#[tokio::test]
async fn the_client_is_a_credential_of_the_azure_sdk() {
    let authority = Authority::start().await;
    let client = authority.client();
    let credential: Arc<dyn TokenCredential> = Arc::new(client.clone());
    let token = credential.get_token(&[SCOPE], None).await.expect("a token");
    let own = client.token(SCOPE).await.expect("the same");
    assert_eq!(token.token.secret(), own.secret());
    let expires_on = std::time::SystemTime::from(token.expires_on);
    let apart = own
        .expires_at()
        .duration_since(expires_on)
        .expect("cut to seconds");
    assert!(apart.as_secs() < 1);
    assert_eq!(authority.count(), 1);
}

#[tokio::test]
async fn its_errors_say_what_this_crates_say() {
    let authority = Authority::start().await;
    authority.always(Answer::wrong_secret());
    let client = authority.client();
    let refused = client.get_token(&[SCOPE], None).await.expect_err("refused");
    assert!(matches!(refused.kind(), ErrorKind::Credential));
    assert!(refused.to_string().contains("AADSTS7000215"), "{refused}");
    for scopes in [&[][..], &[SCOPE, SCOPE]] {
        let error = client
            .get_token(scopes, None)
            .await
            .expect_err("not one scope");
        assert!(error.to_string().contains("one scope"), "{error}");
    }
    assert_eq!(authority.count(), 1);
}
