# What ./run and ./test share: installing what is missing, and where builds go. Sourced, not run.

packages=()

# want COMMAND PACKAGE…: remembers the packages when the command is missing.
want() {
  command -v "$1" >/dev/null 2>&1 || packages+=("${@:2}")
}

# Installs the remembered packages with apt, as root or through sudo; does nothing when there are none.
install_wanted() {
  [ ${#packages[@]} -eq 0 ] && return
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
  if ! command -v apt-get >/dev/null 2>&1 || { [ ${#as_root[@]} -gt 0 ] && ! command -v sudo >/dev/null 2>&1; }; then
    echo "Missing here: ${packages[*]} (Debian's package names). Please install them and start again." >&2
    exit 1
  fi
  echo "Installing ${packages[*]}" >&2
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >&2
  packages=()
}

# Cargo may be installed and not on the PATH of this shell.
need_cargo() {
  if ! command -v cargo >/dev/null 2>&1 && [ -x "${HOME:-}/.cargo/bin/cargo" ]; then PATH="$HOME/.cargo/bin:$PATH"; fi
  if ! command -v cargo >/dev/null 2>&1; then
    echo "Cargo is missing: please install a Rust toolchain (1.95 or newer) and start again." >&2
    exit 1
  fi
}

# A folder outside the clone for what is built and fetched; the clone's own target/ where that can't be.
cache_folder() {
  local folder=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/subclip
  if mkdir -p "$folder" 2>/dev/null && [ -w "$folder" ]; then echo "$folder"; else echo "$root/target"; fi
}

# Sets and exports CARGO_TARGET_DIR unless it is set already.
use_target() {
  local cache
  cache=$(cache_folder)
  if [ "$cache" = "$root/target" ]; then cache=$root; fi
  export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
}
