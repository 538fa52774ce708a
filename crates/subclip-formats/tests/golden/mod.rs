//! Golden files of text, under `tests/data`. Run the tests with `UPDATE_GOLDEN=1` to write them anew, then read what changed.

use std::path::Path;

/// `text` must be what the golden file `name` says.
pub(crate) fn check_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&path).unwrap(), "{name}");
}
