#!/bin/sh
# Make sure that the libraries which Qt and Python take from the system are there (Linux only).
# Installs them when it may (root, with apt); otherwise prints the one line that does.
set -eu

[ "$(uname -s)" = Linux ] || exit 0

python=${PYTHON:-python3}
missing=""

need() { # need LIBRARY PACKAGE
    PATH=$PATH:/sbin:/usr/sbin
    ldconfig -p 2>/dev/null | grep -q "$1" || missing="$missing $2"
}

need libEGL.so.1 libegl1
need libGL.so.1 libgl1
need libxkbcommon.so.0 libxkbcommon0
need libxkbcommon-x11.so.0 libxkbcommon-x11-0
need libdbus-1.so.3 libdbus-1-3
need libfontconfig.so.1 libfontconfig1
need libglib-2.0.so.0 libglib2.0-0
need libxcb-cursor.so.0 libxcb-cursor0
need libxcb-icccm.so.4 libxcb-icccm4
need libxcb-image.so.0 libxcb-image0
need libxcb-keysyms.so.1 libxcb-keysyms1
need libxcb-render-util.so.0 libxcb-render-util0
need libxcb-shape.so.0 libxcb-shape0
need libxcb-xinerama.so.0 libxcb-xinerama0
ls /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf >/dev/null 2>&1 || fc-list 2>/dev/null | grep -q . ||
    missing="$missing fonts-dejavu-core"
command -v c++ >/dev/null 2>&1 || missing="$missing g++" # llama.cpp is compiled here
"$python" -c "import ensurepip, venv" >/dev/null 2>&1 || missing="$missing python3-venv"

[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq
    # shellcheck disable=SC2086 # the package names are separate words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    exit 0
fi
echo "Some system packages are missing. Install them with this line, then try again:" >&2
echo "  sudo apt-get install$missing" >&2
exit 1
