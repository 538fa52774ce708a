//! Golden files of answers, under `tests/golden`. Run the tests with `UPDATE_GOLDEN=1` to write them anew, then read
//! what changed.

use serde::Serialize;
use std::path::Path;

/// `answer` must be what the golden file `name` says.
pub(crate) fn check_golden(name: &str, answer: &impl Serialize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let found = serde_json::to_string_pretty(answer).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "{name}");
}
