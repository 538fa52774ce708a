//! The habits of this repository that a compiler does not enforce: layers, file headers, length, words that must not
//! stay.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every crate and its layer; a crate imports only from layers below its own.
const LAYERS: [(&str, u8); 9] = [
    ("subclip-core", 1),
    ("subclip-formats", 2),
    ("subclip-db", 3),
    ("subclip-storage", 3),
    ("subclip-engine", 3),
    ("subclip-app", 4),
    ("subclip-dialects", 5),
    ("subclip-playback", 5),
    ("subclip", 6),
];

/// What only one crate may depend on: SQL, processes, the places bytes are kept in, randomness.
const GUARDED: [(&str, &str); 8] = [
    ("sea-orm", "subclip-db"),
    ("sqlx", "subclip-db"),
    ("rusqlite", "subclip-db"),
    ("object_store", "subclip-storage"),
    ("landlock", "subclip-engine"),
    ("seccompiler", "subclip-engine"),
    ("mp4-atom", "subclip-formats"),
    ("getrandom", "subclip-app"),
];

/// Crates without async and without I/O.
const PURE: [&str; 2] = ["subclip-core", "subclip-formats"];

/// A file past this length holds two ideas.
const LONGEST_FILE_LINES: usize = 450;

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// The names under `[dependencies]` of each crate.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(crates()).unwrap() {
        let folder = entry.unwrap().path();
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let section = manifest.split("[dependencies]").nth(1).unwrap_or("").split("\n[").next().unwrap_or("");
        let names =
            section.lines().filter_map(|line| line.split(['.', ' ', '=']).next()).filter(|n| !n.is_empty());
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        all.insert(name, names.map(str::to_owned).collect());
    }
    all
}

fn rust_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![crates()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

#[test]
fn crates_import_only_from_layers_below() {
    let layer = |name: &str| LAYERS.iter().find(|(known, _)| *known == name).map(|(_, layer)| *layer);
    for (name, dependencies) in dependencies() {
        let own = layer(&name).unwrap_or_else(|| panic!("{name} has no layer yet: give it one in this test"));
        for dependency in dependencies.iter().filter(|d| d.starts_with("subclip")) {
            let theirs = layer(dependency).unwrap_or_else(|| panic!("{dependency} has no layer yet"));
            assert!(theirs < own, "{name} (layer {own}) must not import {dependency} (layer {theirs})");
        }
    }
}

#[test]
fn what_one_crate_knows_no_other_imports() {
    for (name, dependencies) in dependencies() {
        for (guarded, keeper) in GUARDED {
            let imports = dependencies.iter().any(|d| d == guarded);
            assert!(!imports || name == keeper, "{name} imports {guarded}, which only {keeper} may");
        }
        if PURE.contains(&name.as_str()) {
            let impure =
                dependencies.iter().find(|d| ["tokio", "futures", "axum", "reqwest"].contains(&d.as_str()));
            assert_eq!(impure, None, "{name} is pure");
        }
    }
}

#[test]
fn pure_crates_ask_nothing_of_the_machine() {
    for path in rust_files() {
        let shown = path.display().to_string();
        if !PURE.iter().any(|name| shown.contains(&format!("/{name}/src/"))) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for impure in ["std::fs", "std::net", "std::env", "std::process", "Instant::now", "SystemTime::now"] {
            assert!(!text.contains(impure), "{shown} uses {impure}, but its crate is pure");
        }
    }
}

#[test]
fn processes_are_started_in_one_place() {
    for path in rust_files() {
        let text = fs::read_to_string(&path).unwrap();
        let shown = path.display().to_string();
        let starts = text.contains("process::Command") || text.contains("Command::new(");
        let allowed = shown.contains("subclip-engine/") || shown.contains("/tests/");
        assert!(!starts || allowed, "{shown} starts a process; only the engine may");
    }
}

/// Functions of the database that change what owners are told of, and the one file of the application that calls them.
const TOLD_OF: [&str; 28] = [
    "asset::insert(",
    "asset::set_settings(",
    "asset::set_ready(",
    "asset::set_errored(",
    "asset::delete(",
    "asset_end::insert(",
    "playback_id::insert(",
    "playback_id::delete(",
    "upload::insert(",
    "upload::set_asset(",
    "upload::cancel(",
    "upload::expire(",
    "event::insert(",
    "master::insert(",
    "master::set_ready(",
    "master::set_errored(",
    "master::delete(",
    "master::expire(",
    "text_track::insert(",
    "text_track::set_ready(",
    "text_track::set_errored(",
    "text_track::update(",
    "text_track::delete(",
    "sound_track::insert(",
    "sound_track::set_ready(",
    "sound_track::set_errored(",
    "sound_track::update(",
    "sound_track::delete(",
];

#[test]
fn what_is_told_of_is_changed_in_one_place() {
    let mut found = 0;
    for path in rust_files() {
        let shown = path.display().to_string();
        if !shown.contains("/src/") || shown.contains("subclip-db/") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for change in TOLD_OF.iter().filter(|change| text.contains(**change)) {
            found += 1;
            let told = shown.contains("subclip-app/src/events/");
            assert!(told, "{shown} calls {change}…), which tells nobody; do it through `events::Changes`");
        }
    }
    assert_eq!(found, TOLD_OF.len(), "each is called once");
}

#[test]
fn vendors_words_stop_in_the_dialects() {
    for path in rust_files() {
        let shown = path.display().to_string();
        if shown.contains("subclip-dialects/") || shown.ends_with("tests/tidy.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap().to_lowercase();
        for vendor in ["fastpix", "livepeer", "gcore", "cloudflare"] {
            assert!(!text.contains(vendor), "{shown} speaks of {vendor}");
        }
        // The binary mounts the dialects by name.
        let mux = text.split(|c: char| !c.is_alphanumeric()).any(|word| word == "mux");
        assert!(!mux || shown.contains("crates/subclip/"), "{shown} speaks of Mux");
    }
}

#[test]
fn files_open_with_what_they_are_for_and_stay_short() {
    for path in rust_files() {
        let text = fs::read_to_string(&path).unwrap();
        let shown = path.display();
        assert!(
            text.starts_with("//! "),
            "{shown} does not open with a `//!` sentence saying what it is for"
        );
        let lines = text.lines().count();
        assert!(lines <= LONGEST_FILE_LINES, "{shown} has {lines} lines: is it one idea?");
    }
}

#[test]
fn nothing_is_left_open() {
    let words = [
        "TO".to_owned() + "DO",
        "FIX".to_owned() + "ME",
        "#[ign".to_owned() + "ore",
        "thread::sl".to_owned() + "eep",
    ];
    for path in rust_files() {
        let text = fs::read_to_string(&path).unwrap();
        for word in &words {
            assert!(!text.contains(word.as_str()), "{} still has {word}", path.display());
        }
    }
}
