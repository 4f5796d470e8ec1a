#!/bin/sh
# Browser tests need Chromium and a Chinese font: install them where that is permitted, else say how.
set -eu

missing=""
if [ -z "${CHROMIUM:-}" ] && ! command -v chromium >/dev/null 2>&1; then
    missing="chromium"
fi
if ! ls /usr/share/fonts/opentype/noto/NotoSansCJK* >/dev/null 2>&1 \
    && ! { command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh family)" ]; }; then
    missing="$missing fonts-noto-cjk"
fi
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    as_root="no"
fi
if [ "$as_root" = no ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Browser tests need: $missing." >&2
    echo "Install them (Debian: apt-get install chromium fonts-noto-cjk) or set CHROMIUM=/path/to/chromium." >&2
    exit 1
fi
echo "Installing $missing ..."
$as_root apt-get update -qq
# shellcheck disable=SC2086 # several packages in one variable
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
