//! The machine that the program runs on.

/// Its name, as it calls itself: in a container that of the container.
pub(crate) fn name() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}
