#!/bin/sh
# Installs the pinned packages of a requirements file into a virtual environment, made when missing.
# Usage: venv.sh FOLDER REQUIREMENTS
set -eu
folder=$1 requirements=$2

find_python() {
    for name in python3.11 python3.12 python3.13 python3.14 python3 python; do
        if command -v "$name" >/dev/null 2>&1 \
            && "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$name"
            return
        fi
    done
}

if [ ! -x "$folder/bin/python" ]; then
    python=$(find_python)
    if [ -z "$python" ]; then
        echo "Python 3.11 or newer with its venv module was not found; found: $(python3 --version 2>&1 || echo none)." >&2
        echo "Install it (Debian: apt-get install python3 python3-venv)." >&2
        echo "没有找到带 venv 模块的 Python 3.11 或更新版本；请先安装（Debian：apt-get install python3 python3-venv）。" >&2
        exit 1
    fi
    "$python" -m venv "$folder"
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "installing the packages of $requirements"
if ! "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
    --requirement "$requirements" >"$log" 2>&1; then
    grep -i -E 'error|no space|hash' "$log" | head -5 >&2 || true
    echo "The packages of $requirements could not be installed: see the lines above. Check network, proxy and disk." >&2
    echo "无法安装 $requirements 中的软件包，原因见上；请检查网络、代理和磁盘空间。" >&2
    exit 1
fi
