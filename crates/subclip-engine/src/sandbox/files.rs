//! Which files the program may see: Landlock rules.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, Scope,
};

use super::{Error, Order};

const WHAT: &str = "file access rules (Landlock)";

/// The oldest rules that keep a program inside its folders. What newer kernels add (truncation, device
/// calls, TCP, signals) is also shut by the call filter, so it is taken where it is there.
const REQUIRED: ABI = ABI::V1;
const WANTED: ABI = ABI::V6;

/// Where a dynamically linked program finds its loader and libraries.
const LIBRARY_FOLDERS: [&str; 8] =
    ["/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/gnu/store"];

/// Single files that libraries read when they start.
const LIBRARY_FILES: [&str; 4] = ["/etc/ld.so.cache", "/etc/ld.so.preload", "/dev/urandom", "/dev/zero"];

/// Restricts this thread, and what it becomes, to the order's files.
pub(super) fn restrict(order: &Order) -> Result<(), Error> {
    let mut rules = rule_set(order.best_effort).map_err(|error| Error::unenforceable(WHAT, error))?;

    for folder in LIBRARY_FOLDERS {
        rules = allow_if_there(rules, folder.as_ref(), reading() | AccessFs::Execute)?;
    }
    for file in LIBRARY_FILES {
        rules = allow_if_there(rules, file.as_ref(), AccessFs::ReadFile.into())?;
    }
    rules = allow_if_there(rules, "/dev/null".as_ref(), AccessFs::ReadFile | AccessFs::WriteFile)?;

    rules = allow(rules, &order.program, AccessFs::ReadFile | AccessFs::Execute)?;
    for path in &order.read {
        rules = allow(rules, path, reading())?;
    }
    for file in &order.write {
        rules = allow(rules, file, reading() | writing())?;
    }
    rules.restrict_self().map_err(|error| Error::unenforceable(WHAT, error))?;
    Ok(())
}

fn rule_set(best_effort: bool) -> Result<RulesetCreated, landlock::RulesetError> {
    let level = if best_effort { CompatLevel::BestEffort } else { CompatLevel::HardRequirement };
    Ruleset::default()
        .set_compatibility(level)
        .handle_access(AccessFs::from_all(REQUIRED))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(WANTED))?
        .handle_access(AccessNet::from_all(WANTED))?
        .scope(Scope::from_all(WANTED))?
        .create()
}

fn reading() -> BitFlags<AccessFs> {
    AccessFs::ReadFile | AccessFs::ReadDir
}

/// Nothing can be made: the limit on the size of a file bounds no folder in which there can be any number of them.
fn writing() -> BitFlags<AccessFs> {
    AccessFs::WriteFile | AccessFs::Truncate
}

fn allow_if_there(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, Error> {
    if path.exists() { allow(rules, path, access) } else { Ok(rules) }
}

fn allow(rules: RulesetCreated, path: &Path, access: BitFlags<AccessFs>) -> Result<RulesetCreated, Error> {
    let fail = |reason: String| Error::Path { path: path.to_owned(), reason };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(WANTED) };
    let opened = PathFd::new(path).map_err(|error| fail(error.to_string()))?;
    rules.add_rule(PathBeneath::new(opened, access)).map_err(|error| fail(error.to_string()))
}
