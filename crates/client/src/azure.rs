//! The client as a credential of the Azure SDK for Rust.

use std::time::UNIX_EPOCH;

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::{Error, ErrorKind};
use azure_core::time::OffsetDateTime;

use crate::Client;

#[async_trait::async_trait]
impl TokenCredential for Client {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let [scope] = scopes else {
            let message = "one scope is needed: the resource followed by `/.default`";
            return Err(Error::with_message(ErrorKind::Credential, message));
        };
        let token = self.token(scope).await.map_err(|error| {
            let message = error.to_string();
            Error::with_error(ErrorKind::Credential, error, message)
        })?;
        let seconds = token
            .expires_at()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let expires_on = i64::try_from(seconds.as_secs())
            .ok()
            .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
            .unwrap_or(OffsetDateTime::UNIX_EPOCH);
        Ok(AccessToken::new(token.secret().to_owned(), expires_on))
    }
}
