//! What can be wrong with a stored index.

/// Why a stored index can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoredError {
    /// The bytes begin like something else.
    #[error("this is not a stored index")]
    NotAnIndex,
    /// A version that this reader does not know.
    #[error("the stored index has version {0}, which is not known here")]
    Version(u16),
    /// Fewer bytes than the head has.
    #[error("the stored index is cut short: {needed} bytes of it are needed")]
    Truncated {
        /// How many bytes are needed, from the first on.
        needed: usize,
    },
    /// The head is damaged.
    #[error("the head of the stored index is damaged: {0}")]
    Head(&'static str),
    /// A page is damaged.
    #[error("page {page} of the stored index is damaged: {what}")]
    Page {
        /// The page's number.
        page: usize,
        /// What is wrong with it.
        what: &'static str,
    },
}
