#!/usr/bin/env bash
# Puts CIFAR-10's binary files into DIR/cifar-10-batches-bin: downloads the official archive, or
# takes a copy of it from LOCAL_ARCHIVE, checks it and unpacks it, with the files' SHA-256 beside
# them. Where the files are there already, it checks them by those or, without, by the archive.
set -euo pipefail

readonly url=https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz
readonly archive_md5=c32a1d4ab5d03f1284b67883e8d87530
readonly folder=cifar-10-batches-bin
readonly manifest=SHA256SUMS
readonly file_bytes=30730000
readonly files=(data_batch_{1..5}.bin test_batch.bin)

fail() {
  echo "get_cifar10.sh: $1" >&2
  exit 1
}

is_complete() {
  local name
  for name in "${files[@]}"; do
    [[ -f "$1/$name" && $(stat -c %s "$1/$name") == "$file_bytes" ]] || return 1
  done
}

# Prints the names of the files in folder $1 that differ from what the manifest $2 says of them.
differing() {
  local name sum
  for name in "${files[@]}"; do
    sum=$(sha256sum <"$1/$name") || sum=unreadable
    grep -qxF "${sum%% *}  $name" "$2" || echo "$name"
  done
}

check_against() {
  local different
  different=$(differing "$target" "$1")
  [[ -z $different ]] || fail "$target: ${different//$'\n'/, } damaged: move the folder away, then run this again"
}

download() {
  if command -v curl >/dev/null; then
    curl --fail --location --silent --show-error --connect-timeout 20 --output "$1" "$url"
  elif command -v wget >/dev/null; then
    wget --quiet --timeout=20 --tries=2 --output-document="$1" "$url"
  else
    fail "neither curl nor wget is installed: apt install curl"
  fi
}

if [[ $# -lt 1 || $# -gt 2 || $1 == -* ]]; then
  echo "usage: tools/get_cifar10.sh DIR [LOCAL_ARCHIVE]" >&2
  exit 2
fi
readonly target=$1/$folder
archive=${2:-}

if [[ -e $target ]]; then
  is_complete "$target" ||
    fail "$target is incomplete or something else: move it away, then run this again"
  if [[ -e $target/$manifest ]]; then
    check_against "$target/$manifest"
    echo "CIFAR-10 is in $target already"
    exit 0
  fi
  echo "$target has no $manifest: checking it against the archive"
fi
[[ -z $archive || -f $archive ]] || fail "$archive: no such file"
mkdir -p "$1" || fail "cannot make the folder $1"

aside=$(mktemp -d "$1/.get_cifar10.XXXXXX") || fail "cannot write to $1"
trap 'rm -rf "$aside"' EXIT
if [[ -z $archive ]]; then
  archive=$aside/cifar-10-binary.tar.gz
  echo "downloading $url (170 MB)"
  download "$archive" ||
    fail "cannot download: on a machine with a network get $url, copy it here, then run tools/get_cifar10.sh $1 cifar-10-binary.tar.gz"
fi

md5=$(md5sum <"$archive")
md5=${md5%% *}
[[ $md5 == "$archive_md5" ]] ||
  fail "$archive: damaged or another file (md5 $md5, not $archive_md5): download $url again"
tar -xzf "$archive" -C "$aside" || fail "$archive: cannot unpack; is the disk full?"
is_complete "$aside/$folder" || fail "$archive: lacks files of CIFAR-10: download $url again"
(cd "$aside/$folder" && sha256sum "${files[@]}" >$manifest) || fail "cannot write to $1"
if [[ -e $target ]]; then
  check_against "$aside/$folder/$manifest"
  mv -T "$aside/$folder/$manifest" "$target/$manifest" || fail "cannot write to $target"
else
  mv -T "$aside/$folder" "$target" || fail "cannot write $target"
fi
echo "CIFAR-10 is in $target"
