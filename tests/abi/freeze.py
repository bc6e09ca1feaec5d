#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""freeze.py 1.N - freeze today's SDK headers as release 1.N.

Copies sdk/include/polypod to tests/abi/include-1.N and writes
tests/abi/layout-1.N.h: where each member lies on LP64 and ILP32, its type, and
every constant.  Run once, when a minor version is released; a frozen file
is never edited afterwards.  Needs a compiler that knows -m32 (no libc).
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SDK = HERE.parent.parent / "sdk/include/polypod"
HEADERS = ["codes.h", "plugin.h", "state.h", "firewall.h", "network.h"]


def strip(text):
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    return text.replace("\\\n", " ")


def squeeze(text):
    return " ".join(text.split())


def members(body):
    """(name, type) of each member of a struct's body."""
    for decl in filter(None, (squeeze(d) for d in body.split(";"))):
        fn = re.match(r"(.*?)\(\*(\w+)\)\s*\((.*)\)$", decl)
        if fn:
            ret, name, args = fn.groups()
            yield name, f"{squeeze(ret)} (*)({args})"
            continue
        var = re.match(r"(.*?)(\w+)$", decl)
        yield var.group(2), squeeze(var.group(1))


def constants(text):
    for body in re.findall(r"\benum\s*\{(.*?)\}", text, flags=re.S):
        yield from re.findall(r"\b(PP_\w+)\s*=", body)
    yield from re.findall(r"^#define (PP_\w+) (?:0x)?[0-9A-Fa-f]+u?\s*$", text,
                          flags=re.M)


def measure(structs, names):
    """{expression: value} for each data model, read from symbol sizes."""
    exprs = {}
    for s, ms in structs:
        exprs[f"sizeof({s})"] = f"sizeof({s})"
        for m, _ in ms:
            exprs[f"{s}.{m}"] = f"offsetof({s}, {m})"
    for n in names:
        exprs[n] = f"({n})"
    out = {}
    for model in ("-m64", "-m32"):
        with tempfile.TemporaryDirectory() as tmp:
            src = pathlib.Path(tmp, "m.c")
            lines = [f"#include <polypod/{h}>" for h in HEADERS]
            # Split in halves: no object may be 2 GiB large.
            for i, e in enumerate(exprs.values()):
                v = f"(unsigned long long)({e})"
                lines.append(f"char lo{i}[({v} & 0xffff) + 1];")
                lines.append(f"char hi{i}[({v} >> 16 & 0xffff) + 1];")
            src.write_text("\n".join(lines) + "\n")
            obj = pathlib.Path(tmp, "m.o")
            subprocess.run(["cc", model, "-ffreestanding", "-fno-common",
                            "-I", SDK.parent, "-c", src, "-o", obj],
                           check=True)
            nm = subprocess.run(["nm", "-S", obj], check=True, text=True,
                                capture_output=True).stdout
        size = {r.split()[3]: int(r.split()[1], 16) - 1
                for r in nm.splitlines() if len(r.split()) == 4}
        out[model] = {k: size[f"lo{i}"] | size[f"hi{i}"] << 16
                      for i, k in enumerate(exprs)}
    return out


def main():
    if len(sys.argv) != 2 or not re.fullmatch(r"1\.\d+", sys.argv[1]):
        sys.exit(__doc__)
    minor = sys.argv[1]
    text = "\n".join(strip((SDK / h).read_text()) for h in HEADERS)
    structs = [(name, list(members(body))) for body, name in
               re.findall(r"typedef struct \w+ \{(.*?)\}\s*(\w+);", text,
                          flags=re.S)]
    # Versions grow with every release: they are no promise.
    names = [n for n in dict.fromkeys(constants(text))
             if n != "PP_ABI_MINOR"]
    values = measure(structs, names)
    rows = []
    for s, ms in structs:
        lp, ilp = (values[m][f"sizeof({s})"] for m in ("-m64", "-m32"))
        rows.append(f"SIZE({s}, {lp}, {ilp})")
        for m, kind in ms:
            lp, ilp = (values[x][f"{s}.{m}"] for x in ("-m64", "-m32"))
            rows.append(f"AT({s}, {m}, {lp}, {ilp})")
            rows.append(f"IS({s}, {m}, {kind})")
    rows += [f"VALUE({n}, {values['-m64'][n]}u)" for n in names]
    target = HERE / f"include-{minor}" / "polypod"
    target.mkdir(parents=True, exist_ok=True)
    for h in HEADERS:
        shutil.copy(SDK / h, target / h)
    head = ("/* SPDX-License-Identifier: LGPL-2.1-or-later */\n"
            f"/* tests/abi/layout-{minor}.h - made by freeze.py when {minor} "
            "was released; never edited */\n")
    body = " \\\n".join(["#define LAYOUT"] + ["    " + r for r in rows])
    (HERE / f"layout-{minor}.h").write_text(head + body + "\n")


main()
