#!/usr/bin/env python3
"""Turns a JSON file of catalog/ into a C++ header that holds it in canonical form."""
import json
import pathlib
import sys

source, target, namespace, constant = sys.argv[1:5]
text = json.dumps(json.loads(pathlib.Path(source).read_text()), sort_keys=True,
                  separators=(",", ":"), ensure_ascii=False)
header = pathlib.Path(target)
header.parent.mkdir(parents=True, exist_ok=True)
header.write_text(f"""#pragma once
#include <string_view>
namespace {namespace} {{
inline constexpr std::string_view {constant} = R"catalog({text})catalog";
}}
""")
