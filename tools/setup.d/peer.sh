# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Step peer: ONNX Runtime, which `s4-bench model --peer` measures beside the card. Only that needs
# it, so it is no step of a plain run. It comes as a package for node, since that is where its
# library is to be had built for this machine; npm's own configuration knows from where. Scripts of
# the package stay off: they would fetch libraries for other processors.

peer_version=1.30.0

peer_dir() { printf '%s/peer/onnxruntime-%s\n' "$S4_CACHE" "$peer_version"; }

peer_has_node() { command -v node >/dev/null; }
peer_check() { peer_has_node && [[ -e $(peer_dir)/node_modules/onnxruntime-node/package.json ]]; }

peer_run() {
  peer_check && return 0
  if ! peer_has_node || ! command -v npm >/dev/null; then
    ((EUID == 0)) || die peer "node and npm are missing" \
      "sudo apt-get install --no-install-recommends -y nodejs npm, then run tools/setup again"
    logged peer "installing packages: nodejs npm" \
      "check the network and the machine's package sources, then run tools/setup again" \
      packages_install nodejs npm
  fi
  logged peer "fetching ONNX Runtime $peer_version" \
    "check the network and npm's configuration, then run tools/setup again" peer_fetch
}

peer_fetch() {
  local dir
  dir=$(peer_dir)
  rm -rf "$dir" "$dir.new"
  mkdir -p "$dir.new"
  retry npm install --ignore-scripts --no-audit --no-fund --prefix "$dir.new" \
    "onnxruntime-node@$peer_version"
  # The libraries of other systems, several times the size of ours.
  find "$dir.new"/node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d \
    ! -path '*/linux/x64' -exec rm -rf {} +
  # Asked here, so that a library that does not load is this step's error.
  node -e 'require(process.argv[1])' "$dir.new/node_modules/onnxruntime-node"
  mv "$dir.new" "$dir"
}

peer_facts() { note_fact peer "$(peer_dir)"; }
