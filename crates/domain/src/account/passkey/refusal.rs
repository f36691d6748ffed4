/// Why a browser's answer does not count. The sentences are for the person at the browser; none
/// repeats what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyRefusal {
    /// The answer is longer than any authenticator's.
    #[error("The passkey's answer is too long. Reload the page and try again.")]
    TooLong,
    /// A part of the answer does not have its form.
    #[error("The passkey's answer cannot be read ({0}). Reload the page and try again.")]
    Malformed(&'static str),
    /// An answer to registering where signing in was asked for, or the other way round.
    #[error("The passkey answered another question than this page asked. Reload the page.")]
    OtherCeremony,
    /// The challenge is not the one that was given out, was for something else, or is over.
    #[error("This took too long, or was done already. Reload the page and try again.")]
    Challenge,
    /// The page that asked is not ours: phishing, or the server is reached by a second name.
    #[error(
        "The passkey was used at another address than the one this server is set up with. \
         Open the server's own address."
    )]
    Origin,
    /// The page that asked was inside a frame of another site.
    #[error("The page is shown inside another site. Open it in a window of its own.")]
    CrossOrigin,
    /// The passkey is of another site.
    #[error("The passkey belongs to another address. Choose one that was set up here.")]
    RelyingParty,
    /// Nobody touched the authenticator.
    #[error("The passkey was used without your consent. Try again, and touch it when it asks.")]
    NotPresent,
    /// The authenticator did not check who holds it, so it is one factor only.
    #[error(
        "The passkey did not ask for a PIN, fingerprint or face. Set one up on the device, then \
         try again."
    )]
    NotVerified,
    /// The flags about copies contradict each other, or what was known.
    #[error("The passkey contradicts itself about its copies. Register another one.")]
    BackupState,
    /// The credential id is missing, too long, or not the same everywhere.
    #[error("The passkey's id is not valid. Try again with another passkey or device.")]
    CredentialId,
    /// The key is of another kind, too weak, or no key.
    #[error("The passkey's key cannot be used ({0}). Try again with another device.")]
    Key(&'static str),
    /// An attestation came, and none was asked for.
    #[error(
        "The passkey came with an attestation, which this server does not take. Try again with \
         another browser or device."
    )]
    Attestation,
    /// The signature does not hold.
    #[error("The passkey's signature does not hold. Try again.")]
    Signature,
    /// The passkey is another one than it was compared with, or of another user.
    #[error("This passkey is not set up for this account. Choose another one.")]
    OtherUser,
    /// The counter did not grow: the key may exist twice.
    #[error(
        "This passkey may have been copied: its counter went back. Sign in another way, remove \
         it, and register a new one."
    )]
    Cloned,
}
