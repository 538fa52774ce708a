//! Files that commands are given to work on.

use std::fs::File;
use std::path::Path;

use anyhow::{Context as _, bail};

/// Opens a file that holds something and can be read back and forth.
pub(super) fn open(path: &Path) -> anyhow::Result<File> {
    let (shown, failed) = (path.display(), || format!("{} can't be read", path.display()));
    if path.as_os_str() == "-" {
        bail!("standard input can't be read back and forth; save it to a file first");
    }
    // Asked before it is opened: that of a pipe would wait for somebody who writes to it.
    let about = std::fs::metadata(path).with_context(failed)?;
    if about.is_dir() {
        bail!("{shown} is a folder, not a file");
    }
    if !about.is_file() {
        bail!("{shown} is a pipe or a device, which can't be read back and forth; save it to a file first");
    }
    if about.len() == 0 {
        bail!("{shown} is empty");
    }
    File::open(path).with_context(failed)
}

/// Makes a file appear where a command works on it, without a copy where that can be.
pub(super) async fn link_or_copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    // The file itself: a link to a symbolic link would be another symbolic link.
    let file = std::fs::canonicalize(from).with_context(|| format!("{} can't be read", from.display()))?;
    if std::fs::hard_link(file, to).is_err() {
        let folder = to.parent().unwrap_or(to).display();
        tokio::fs::copy(from, to)
            .await
            .with_context(|| format!("{} can't be copied to {folder}", from.display()))?;
    }
    Ok(())
}
