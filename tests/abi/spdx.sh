#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every file says its licence: an SPDX line in its first five, and the one
# that its folder has.  Documents in Markdown, JSON and licence texts are
# covered by the README.
set -eu
cd "${POLYPOD_SOURCE:-$(dirname "$0")/../..}"
bad=0
list() {
    if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files
    else
        find . -type f -not -path './build/*' -not -path './.git/*' | sed 's|^\./||'
    fi
}
for file in $(list); do
    case $file in
    *.md | *.json | LICENSES/* | .gitignore | .clang-format | tests/data/* | \
        fuzz/corpus/*) continue ;;
    esac
    line=$(head -n 5 "$file" | grep -o 'SPDX-License-Identifier: [A-Za-z0-9.-]*' || true)
    case $file in
    sdk/* | tests/abi/include-* | cmake/PolypodPlugin*) want="MIT LGPL-2.1-or-later" ;;
    plugins/fw-*) want=GPL-2.0-or-later ;;
    *) want="LGPL-2.1-or-later MIT GPL-2.0-or-later" ;;
    esac
    case " $want " in
    *" ${line#SPDX-License-Identifier: } "*) ;;
    *)
        echo "$file: ${line:-no SPDX line}; wanted one of: $want"
        bad=1
        ;;
    esac
done
exit $bad
