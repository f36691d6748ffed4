//! The source of random bytes, passed in so that tests can replay it.

/// A source of random bytes. The server's is the operating system's generator.
pub trait Random: Send + Sync {
    /// Fills `bytes` with unpredictable bytes. A source that cannot must abort: a guessable secret
    /// is worse than no answer.
    fn fill(&self, bytes: &mut [u8]);
}
