"""Every format of manifests over files that are made up anew, by a seed: other orders of keys, quotes, comments, line ends, a byte order mark, and decoys that
say the same version. A generator writes OWN where the project's version stands; after the edit the file must be the same byte by byte with the new version
there. Where Python has a parser of its own for a format, that must see as many changed values, and nothing else changed."""

import ast
import configparser
import json
import os
import pathlib
import random
import subprocess
import tomllib
import xml.etree.ElementTree as ElementTree

import pytest
import yaml

DRIVER = pathlib.Path(os.environ["SLIPWAY_BUILD"]) / "tests" / "contract-format-set"
FILES = 200  # of each row
OWN = "@@OWN@@"
NEW = "98.76.543"
SEMVER = ["1.0.0", "0.9.12", "10.20.30", "1.0.0-rc.1", "2.0.0-alpha.1+build.5"]
PEP440 = ["1.0.0", "0.9", "2024.1.5", "1.0.0rc1", "3.1.dev4", "1!2.0.post1"]
NUMBERS = ["1.0.0", "0.9", "1.2.3.4"]


class Made:
    """One file. text: with OWN in it; old: what stands there and at the decoys."""

    def __init__(self, path, text, old, names=(), pattern="", count=1, bom=True, encoding="utf-8"):
        self.path, self.text, self.old, self.names = path, text, old, names
        self.pattern, self.count, self.bom, self.encoding = pattern, count, bom, encoding

    def laid_out(self, dice):
        """Line ends, the last one, a byte order mark."""
        ends = dice.choice([["\n"], ["\n"], ["\r\n"], ["\n", "\r\n"]])
        lines = self.text.rstrip("\n").split("\n")
        text = "".join(line + dice.choice(ends) for line in lines[:-1]) + lines[-1] + dice.choice(["", *ends])
        self.text = ("\ufeff" if self.bom and self.encoding == "utf-8" and dice.random() < 0.15 else "") + text
        return self

    def with_version(self, version):
        return self.text.replace(OWN, version).encode(self.encoding)


def shuffled(dice, parts):
    parts = list(parts)
    dice.shuffle(parts)
    return parts


def some(dice, parts):
    return [part for part in shuffled(dice, parts) if dice.random() < 0.7]


# ---- TOML ----


def toml_pair(dice, key, value):
    quote = dice.choice("\"'")
    key = dice.choice([key, key, f'"{key}"'])
    return f"{key}{dice.choice(['=', ' = ', '  =  '])}{quote}{value}{quote}{dice.choice(['', '', '  # ' + key + ' = here'])}"


def pyproject(dice):
    old = dice.choice(PEP440)
    other = [
        f'description = """\nversion = "{old}"\n[project]\n"""', "keywords = [\n  'a', # ]\n  \"b\",\n]", f"dependencies = [\"x=={old}\"]",
        f"urls.version = '{old}'", "requires-python = '>=3.9'",
    ]
    own = shuffled(dice, [toml_pair(dice, "version", OWN), "name = 'tool'", *some(dice, other)])
    decoys = [
        f"[tool.black]\ntarget-version = ['py311']\nversion = '{old}'", f"[tool.poetry.group.dependencies]\nversion = \"{old}\"\nx = {{ version = '{old}' }}",
        f"[[tool.x.rows]]\nversion = '{old}'\n[[tool.x.rows]]\nversion = '{old}'", f"# [project]\n# version = \"{old}\"", f"[project.scripts]\nversion = '{old}'",
        f"[tool]\ntext = '''\n[project]\nversion = \"{old}\"'''",
    ]
    form = dice.randrange(4)
    if form == 0:
        text = f"project.name = 't'\nproject . {toml_pair(dice, 'version', OWN)}\n" + "\n".join(some(dice, [decoys[0], decoys[2], decoys[3]]))
    elif form == 1:
        text = f"project = {{ name = 't', version = \"{OWN}\", dynamic = [] }}\n" + "\n".join(some(dice, [decoys[0], decoys[3]]))
    else:
        table = dice.choice(["[project]", "[ project ]  # version", "[tool.poetry]"])
        text = "\n".join(shuffled(dice, ["\n".join([table, *own]), *some(dice, decoys)]))
    return Made("pyproject.toml", text, old)


def cargo(dice):
    old = dice.choice(SEMVER[:4])
    package = ["[package]", *shuffled(dice, ["name = 'tool'", toml_pair(dice, "version", OWN), "edition = '2021'", f"rust-version = '{old}'"])]
    shared = ["[workspace.package]", *shuffled(dice, [toml_pair(dice, "version", OWN), f"rust-version = '{old}'"])]
    inherits = ["[package]", *shuffled(dice, ["name = 'tool'", dice.choice(["version.workspace = true", "version = { workspace = true }"])])]
    own = dice.choice([["\n".join(package)], ["\n".join(shared), "\n".join(inherits)], ["\n".join(shared)]])
    path = dice.choice([OWN, "=" + OWN]) if old.count(".") > 1 else OWN
    decoys = [
        f"[dependencies]\nserde = \"{old}\"\nrand = {{ version = '{old}', features = ['std'] }}\ntool-core = {{ path = 'core', version = \"{path}\" }}",
        f"[dev-dependencies.toml]\nversion = \"{old}\"", f"[package.metadata.docs]\nversion = '{old}'", f"[workspace.metadata]\nversion = '{old}'",
        f"[target.'cfg(unix)'.dependencies.nix]\nversion = '{old}'", f"[target.\"cfg(windows)\".dependencies.tool-core]\nversion = '{OWN}'\npath = 'core'",
        f"[patch.crates-io]\ntext = {{ version = \"{old}\" }}",
    ]
    return Made("Cargo.toml", "\n".join(shuffled(dice, [*own, *some(dice, decoys)])), old, ["tool", "tool-core"])


def cargo_lock(dice):
    old = dice.choice(SEMVER)
    registry = 'source = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "00"'
    entries = [
        f'[[package]]\nname = "tool"\nversion = "{OWN}"\ndependencies = [\n "serde {old}",\n "version",\n]\n', f'[[package]]\nname = "tool-core"\nversion = "{OWN}"\n',
        f'[[package]]\nname = "serde"\nversion = "{old}"\n{registry}\n', f'[[package]]\nname = "tool"\nversion = "{old}"\n{registry}\n',
        f'[[package]]\nname = "version"\nversion = "{old}"\n',
    ]
    end = dice.choice(["", f'[metadata]\nversion = "{old}"\n', f'[[patch.unused]]\nname = "tool"\nversion = "{old}"\n'])
    return Made("Cargo.lock", "# made by cargo\nversion = 3\n\n" + "\n".join([entries[0], *some(dice, entries[1:])]) + end, old, ["tool", "tool-core"], bom=False)


# ---- JSON ----


def ordered(dice, value):
    if isinstance(value, dict):
        return {key: ordered(dice, value[key]) for key in shuffled(dice, value)}
    return [ordered(dice, item) for item in value] if isinstance(value, list) else value


def json_text(dice, value):
    layout = dice.choice([{"indent": 2}, {"indent": 4}, {"indent": "\t"}, {"indent": None}, {"indent": None, "separators": (",", ":")}, {"indent": 0}])
    return json.dumps(ordered(dice, value), ensure_ascii=dice.random() < 0.5, **layout)


def json_decoys(dice, old):
    return dict(some(dice, {
        "description": f'"version": "{old}" — in ü text, \\ and "quotes"', "engines": {"node": f">={old}", "version": old}, "versions": [old, {"version": old}],
        "dependencies": {"version": old, "left-pad": old}, "config": {"a": {"b": [[{"version": old}]]}}, "": {"version": old}, "private": True, "n": -1.5e3,
        "lockfileVersion": 3, "nothing": None, "version ": old, "Version": old,
    }.items()))


def package_json(dice):
    old = dice.choice(SEMVER)
    return Made("package.json", json_text(dice, {"name": "tool", "version": OWN, **json_decoys(dice, old)}), old)


def composer(dice):
    old = dice.choice(SEMVER)
    rest = {"require": {"php": f">={old}", "a/version": old}, **json_decoys(dice, old)}
    return Made("composer.json", json_text(dice, {"name": "maker/tool", "version": OWN, **rest}), old)


def npm_lock(dice):
    old = dice.choice(SEMVER)
    tree = {"name": "tool", "version": OWN, "lockfileVersion": dice.choice([1, 2, 3])}
    if tree["lockfileVersion"] < 3:
        tree["dependencies"] = {"a": {"version": old, "requires": {"version": old}}, "version": {"version": old}}
    if tree["lockfileVersion"] > 1:
        members = {
            "packages/b": {"version": OWN, "dependencies": {"a": old}}, "packages/x": {"name": "renamed", "version": OWN}, "packages/@scope/c": {"version": OWN},
            "packages/other": {"version": old}, "packages/b2": {"name": "stranger", "version": old}, "packages/b/node_modules/b": {"version": old},
            "node_modules/b": {"resolved": "packages/b", "link": True}, "node_modules/a": {"version": old, "engines": {"version": old}},
        }
        tree["packages"] = {"": {"name": "tool", "version": OWN, "dependencies": {"version": old}}, **dict(some(dice, members.items()))}
    return Made(dice.choice(["package-lock.json", "npm-shrinkwrap.json"]), json_text(dice, tree), old, ["tool", "b", "renamed", "@scope/c"])


# ---- XML ----


def element(dice, name, value):
    space = dice.choice(["", "", "", " ", "\n    "])
    return f"<{name}{dice.choice(['', '', ' '])}>{space}{value}{space}</{name}{dice.choice(['', '', ' '])}>"


def pom(dice):
    old = dice.choice(SEMVER)
    own = element(dice, "version", OWN)
    properties = [element(dice, "other.version", old), element(dice, "version", old)]
    if dice.random() < 0.3:
        own = element(dice, "version", "${revision}" + dice.choice(["", "${changelist}"]))
        properties.append(element(dice, "revision", OWN))
    ours = dice.random() < 0.4
    parent = f"<parent><groupId>g</groupId><artifactId>{'tool-parent' if ours else 'boot'}</artifactId>{element(dice, 'version', OWN if ours else old)}</parent>"
    dependency = f"<dependency><artifactId>tool</artifactId>{element(dice, 'version', old)}</dependency>"
    plugin = f"<plugin><artifactId>p</artifactId>{element(dice, 'version', old)}<configuration><version>{old}</version></configuration></plugin>"
    rest = [
        parent, f"<dependencies>{dependency}</dependencies>", f"<dependencyManagement><dependencies>{dependency}</dependencies></dependencyManagement>",
        f"<build><plugins>{plugin}</plugins></build>", f"<!-- <version>{old}</version> -->", f"<description><![CDATA[<version>{old}</version> & more]]></description>",
        f"<?keep <version>{old}</version>?>", f"<profiles><profile><properties><revision>{old}</revision></properties></profile></profiles>",
        f"<name a='>' b=\"<version>{old}\">é</name>".replace("<version>", "&lt;version>"), f"<x:version xmlns:x='u'>{old}</x:version>", "<empty/>",
    ]
    body = shuffled(dice, ["<artifactId>tool</artifactId>", own, f"<properties>{''.join(shuffled(dice, properties))}</properties>", *some(dice, rest)])
    encoding = dice.choice(["utf-8", "utf-8", "iso-8859-1"])
    head = dice.choice(["", "<!DOCTYPE project>\n", f"<!-- {old} -->\n"])
    start = f'<?xml version="1.0" encoding="{encoding}"?>\n' if encoding != "utf-8" or dice.random() < 0.7 else ""
    prefix = dice.choice(["", "", "m:"])
    text = f'{start}{head}<project xmlns{":m" if prefix else ""}="http://maven.apache.org/POM/4.0.0">\n' + "\n  ".join(body) + "\n</project>\n"
    return Made("pom.xml", prefixed(text) if prefix else text, old, ["tool", "tool-parent"], encoding=encoding)


def prefixed(text):
    """The same with its elements in the namespace by a prefix."""
    for name in ["project", "parent", "artifactId", "version", "properties", "revision", "dependencies", "dependency", "build", "plugins", "plugin"]:
        for before in ("<", "</"):
            for after in (">", " "):
                text = text.replace(f"{before}{name}{after}", f"{before}m:{name}{after}")
    return text


def csproj(dice):
    old = dice.choice(SEMVER)
    item = f'<ItemGroup><PackageReference Include="Version" Version="{old}" /><PackageReference Include="x"><Version>{old}</Version></PackageReference></ItemGroup>'
    own = element(dice, dice.choice(["Version", "VersionPrefix"]), OWN)
    group = shuffled(dice, [own, f"<LangVersion>{old}</LangVersion>", f"<!-- <Version>{old}</Version> -->", "<Nullable>enable</Nullable>"])
    other = [item, f"<Target Name='v'><Version>{old}</Version></Target>", "<PropertyGroup Condition=\"'$(A)' > '1'\"><Version>$(A)</Version></PropertyGroup>"]
    parts = shuffled(dice, ["<PropertyGroup>\n    " + "\n    ".join(group) + "\n  </PropertyGroup>", *some(dice, other)])
    path = dice.choice(["src/Tool.csproj", "Directory.Build.props", "Tool.fsproj"])
    return Made(path, '<Project Sdk="Microsoft.NET.Sdk">\n  ' + "\n  ".join(parts) + "\n</Project>\n", old)


# ---- YAML ----


def yaml_pair(dice, key, value):
    quote = dice.choice(["", "", '"', "'"])
    return f"{dice.choice([key, key, chr(34) + key + chr(34)])}: {dice.choice(['', '  '])}{quote}{value}{quote}{dice.choice(['', ' # version: here'])}"


def yaml_decoys(dice, old):
    return some(dice, [
        f"# version: {old}", f"description: |\n  version: {old}\n\n  appVersion: {old}", f"dependencies:\n- name: x\n  version: {old}\n- {{version: {old}}}",
        f"annotations:\n  version: \"{old}\"", f"keywords: [version, {{version: '{old}'}},\n  a]", f"home: \"a\n  version: {old}\n  b\"", f"kubeVersion: '{old}'",
        f"folded: >-\n   version: {old}", f"? [version, x]\n: version: {old}", f"type: &anchor\n  version: {old}",
    ])


def chart(dice):
    old = dice.choice(SEMVER)
    application = yaml_pair(dice, "appVersion", OWN if dice.random() < 0.5 else "other-7")
    lines = shuffled(dice, ["apiVersion: v2", "name: tool", yaml_pair(dice, "version", OWN), application, *yaml_decoys(dice, old)])
    return Made("charts/tool/Chart.yaml", "\n".join([*dice.choice([[], ["---"], ["# é", "%YAML 1.2", "---"]]), *lines]) + "\n", old)


def pubspec(dice):
    old = dice.choice([*SEMVER, "1.0.0+12"])
    return Made("pubspec.yaml", "\n".join(shuffled(dice, ["name: tool", yaml_pair(dice, "version", OWN), *yaml_decoys(dice, old)])) + "\n", old)


# ---- Python ----


def python_decoys(dice, old):
    return some(dice, [
        f'"""Text.\n__version__ = "{old}"\nVERSION = \'{old}\'\n"""', f"# __version__ = '{old}'", f"__version_info__ = tuple('{old}'.split('.'))", f"x = dict(\n__version__='{old}'\n)",
        f"if True:\n    __version__x = '{old}'\n    if not x:\n        __version__ = '{old}'", "__all__ = ['__version__']", f"y = '__version__ = \"{old}\"'", f"class A:\n    version = '{old}'",
        f"print(f'{{y}} {old}', r'\\\\', b'{old}')", f"z = [\n'''\n__version__ = \"{old}\"\n''']", "__version__ == 1", "__author__ = 'é'", f"z = \\\n'{old}'",
    ])


def python_module(dice):
    old, quote = dice.choice(PEP440), dice.choice("\"'")
    value = quote + OWN + quote
    by_name = dice.random() < 0.2
    name, path = ("VERSION", "tool/version.py") if by_name else ("__version__", dice.choice(["tool/__init__.py", "src/tool/__about__.py"]))
    forms = [f"{name} = {value}", f"{name}={value}  # type: str", f"{name}: str = {value}", f"{name}: Final[str] = {value};", f"{name} = u{value}", f"{name} = {name}_ = {value}"]
    coding = dice.choice(["utf-8", "utf-8", "latin-1"])
    head = [f"# -*- coding: {coding} -*-"] if coding != "utf-8" else some(dice, ["#!/usr/bin/python3"])
    head += ["from __future__ import annotations", "x = y = True", "__version__ = VERSION" if by_name else "import os"]
    decoys = [line for line in python_decoys(dice, old) if not (by_name and line == "__version__ == 1")]
    return Made(path, "\n".join([*head, *shuffled(dice, [dice.choice(forms), *decoys])]) + "\n", old, encoding=coding)


def setup_py(dice):
    old, quote = dice.choice(PEP440), dice.choice("\"'")
    value = quote + OWN + quote
    before, given = dice.choice([("", value), ("", value), (f"HERE = {value}\n", "HERE")])
    arguments = [
        "name='tool'", f"version{dice.choice(['=', ' = '])}{given}", f"# version='{old}'\n    python_requires='>=3.9'", f"install_requires=['x=={old}', dict(version='{old}')]",
        f"options={{'version': '{old}'}}", f"long_description='''\nsetup(version='{old}')\n'''", "extra=f(1, (2, 3))", f"versions='{old}'",
    ]
    call = dice.choice(["setup", "setuptools.setup"])
    text = f"import setuptools\nfrom setuptools import setup\nversion = '{old}'\ndef setup_(version='{old}'):\n    pass\n# setup(version='{old}')\n{before}"
    return Made("setup.py", f"{text}{call}(\n    " + ",\n    ".join(shuffled(dice, arguments)) + dice.choice([",\n)\n", ")\n"]), old)


def setup_cfg(dice):
    old = dice.choice(PEP440)
    metadata = ["[metadata]", *shuffled(dice, [
        f"{dice.choice(['version', 'Version'])}{dice.choice(['=', ' = ', ': '])}{OWN}", "name = tool", f"long_description = a\n  version = {old}\n  b", f"# version = {old}",
        f"; version = {old}", f"minimum_version = {old}"])]
    other = [f"[options]\nversion = {old}\ninstall_requires =\n  x=={old}", f"[bumpversion]\ncurrent_version = {old}\nversion = {old}", f"[metadata.x]\nversion = {old}"]
    return Made("setup.cfg", "\n".join(shuffled(dice, ["\n".join(metadata), *some(dice, other)])) + "\n", old, bom=False)


# ---- no parser of Python's ----


def cmake(dice):
    old = dice.choice(NUMBERS)
    noise = [
        f"# project(x VERSION {old})", f"#[[ project(x VERSION {old}) ]]", f"#[==[\nproject(x VERSION {old})\n]] ]==]", f"cmake_minimum_required(VERSION {old})",
        f"find_package(Y {old} REQUIRED VERSION {old})", f'set(TEXT "project(x VERSION {old}) \\" (")', f"message([=[\nproject(x VERSION {old}) ]] (\n]=])", f"set(project VERSION {old})",
        f"set(P \"(\" [[(]])", f"if(project VERSION_LESS {old})\nendif()",
    ]
    quote = dice.choice(["", "", '"'])
    words = ["tool", *shuffled(dice, [f"VERSION {dice.choice(['', chr(10) + '  '])}{quote}{OWN}{quote}", f'DESCRIPTION "VERSION {old}"', "LANGUAGES C CXX", f"# VERSION {old}\n"])]
    if words[-1].startswith("LANGUAGES"):
        words.append('HOMEPAGE_URL "u"')
    call = f"{dice.choice(['project', 'PROJECT', 'Project'])}{dice.choice(['', ' '])}({dice.choice(['', ' ', chr(10)])}{dice.choice([' ', chr(10) + '    ']).join(words)})"
    return Made("CMakeLists.txt", "\n".join([*some(dice, noise), call, *some(dice, noise), f"project(second VERSION {old})"]) + "\n", old)


def meson(dice):
    old = dice.choice(SEMVER)
    quotes = dice.choice(["'", "'", "'''"])
    arguments = ["'tool'", "'c'", *shuffled(dice, [
        f"version{dice.choice([':', ' : '])}{quotes}{OWN}{quotes}", f"default_options: ['version={old}', 'x=version: (']", f"meson_version: '>={old}'", f"license: ['version', '{old}']",
        f"# version: '{old}'\n  license_files: 'it\\'s'"])]
    rest = [f"dependency('x', version: '{old}')", f"t = '''\nproject('x', version: '{old}')\n'''", f"# project('x', version: '{old}')", f"v = {{'version': '{old}'}}"]
    head = some(dice, ["# SPDX", f"# project('x', version: '{old}')"])
    return Made("meson.build", "\n".join([*head, "project(" + ",\n  ".join(arguments) + dice.choice([")", ",\n)"]), *some(dice, rest)]) + "\n", old, bom=False)


def gradle_properties(dice):
    old = dice.choice(SEMVER)
    lines = [
        f"{dice.choice(['', '  '])}version{dice.choice(['=', ' = ', ':', ' '])}{OWN}", f"# version={old}", f"  ! version={old}", f"kotlin.version={old}", f"versionName={old}",
        f"text=a \\\n  version={old}", f"other=\\\nversion={old}", f"a\\\nversion={old}", "group=é", "",
    ]
    return Made("gradle.properties", "\n".join(shuffled(dice, lines)) + "\n", old, bom=False, encoding="latin-1")


def dockerfile(dice):
    old, quote = dice.choice(SEMVER), dice.choice(["", '"', "'"])
    value = f"{quote}{OWN}{quote}"
    own = dice.choice([f"LABEL version={value}", f"label a=b \\\n  # c\n\n  org.opencontainers.image.version={value} \\\n  version.x={old}", f"ARG VERSION={value}", f"ENV A=1 APP_VERSION={value}",
                       f"LABEL \"version\"={value}", f"ENV VERSION {OWN}"])
    noise = [
        f"# LABEL version={old}", f"ARG NODE_VERSION={old}", f"RUN echo LABEL version={old} \\\n  && echo \\\nLABEL version={old}", f"RUN <<EOF\nLABEL version={old}\nEOF",
        f"COPY <<-\"A\" <<B /x/\nLABEL version={old}\n\tA\nARG VERSION={old}\nB", f"LABEL description=\"version={old}\" title='VERSION={old}'", f"FROM x:{old}", f"CMD [\"VERSION={old}\"]",
        "ARG VERSION", "ENV VERSION=${VERSION}",
    ]
    return Made(dice.choice(["Dockerfile", "app.Dockerfile", "Dockerfile.alpine"]), "\n".join(["FROM scratch", *shuffled(dice, [own, *some(dice, noise)])]) + "\n", old, bom=False)


def ruby(dice):
    old, quote = dice.choice(SEMVER), dice.choice("\"'")
    noise = [f"  # VERSION = '{old}'", f"=begin\nVERSION = '{old}'\n=end", f"  API_VERSION = '{old}'", f"  VERSIONS = ['{old}']", f"  puts VERSION == '{old}'"]
    own = f"  VERSION{dice.choice([' = ', '='])}{quote}{OWN}{quote}{dice.choice(['', '.freeze', ' # here'])}"
    return Made("lib/tool/version.rb", "\n".join([*some(dice, noise), "module Tool", *shuffled(dice, [own, *some(dice, noise)]), "end", "__END__", f"VERSION = '{old}'"]) + "\n", old)


def elixir(dice):
    old = dice.choice(SEMVER)
    attribute = dice.random() < 0.5
    own = [f"  @version \"{OWN}\""] if attribute else []
    keys = shuffled(dice, ["app: :tool", "version: @version" if attribute else f'version: "{OWN}"', f'elixir: "{old}"', f'# version: "{old}"\n      deps: deps()'])
    noise = [f'  @moduledoc """\n  version: "{old}"\n  @version "{old}"\n  """', f'  @text "version: \\"{old}\\" #{{x("a")}}"', f"  @re ~r/\"(version)/", f'  # @version "{old}"', f"  @q ?\"",
             f'  defp deps do\n    [{{:version, "{old}"}}, {{:x, [version: "{old}"]}}]\n  end']
    project = "  def project do\n    [\n      " + ",\n      ".join(keys) + "\n    ]\n  end"
    return Made("mix.exs", "\n".join(["defmodule Tool.MixProject do", "  use Mix.Project", *own, *shuffled(dice, [project, *some(dice, noise)]), "end"]) + "\n", old)


def version_file(dice):
    return Made(dice.choice(["VERSION", "VERSION.txt", "version.txt"]), dice.choice(["", "v"]) + OWN + dice.choice(["", "\n", "\n\n"]), dice.choice(SEMVER))


def rule(dice):
    old, count = dice.choice(SEMVER), dice.randrange(1, 4)
    lines = [f"see v{old}, tool {old};", f"tool-{old}", "tool-x.tar.gz", "é"] + [f"get tool-{OWN}.tar.gz now"] * count
    return Made("README.md", "\n".join(shuffled(dice, lines)) + "\n", old, pattern="tool-{version}.tar.gz", count=count)


# ---- what other parsers see ----


def flat(value, path=()):
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in flat(item, (*path, str(key)))]
    if isinstance(value, list):
        return [pair for number, item in enumerate(value) for pair in flat(item, (*path, number))]
    return [(path, value)]


def seen_in_toml(data):
    return flat(tomllib.loads(data.decode("utf-8-sig")))


def seen_in_json(data):
    return flat(json.loads(data.decode("utf-8-sig")))


def seen_in_yaml(data):
    class Pairs(yaml.BaseLoader):
        """Keys may be lists."""

        def construct_mapping(self, node, deep=True):
            return {str(self.construct_object(key, True)): self.construct_object(value, True) for key, value in node.value}

    Pairs.add_constructor("tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node))
    return flat(yaml.load(data, Pairs))


def seen_in_xml(data):
    rows = []
    for number, node in enumerate(ElementTree.fromstring(data).iter()):
        rows += [((number, node.tag), (node.text or "").strip()), ((number, "tail"), node.tail), ((number, "attributes"), node.attrib)]
    return rows


def seen_in_python(data):
    return [(number, node.value) for number, node in enumerate(ast.walk(ast.parse(data))) if isinstance(node, ast.Constant)]


def seen_in_cfg(data):
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(data.decode())
    return flat({name: dict(parser[name]) for name in parser.sections()})


ROWS = {
    "cargo": (cargo, seen_in_toml), "cargo_lock": (cargo_lock, seen_in_toml), "chart": (chart, seen_in_yaml), "cmake": (cmake, None), "composer": (composer, seen_in_json),
    "csproj": (csproj, seen_in_xml), "dockerfile": (dockerfile, None), "elixir": (elixir, None), "gradle_properties": (gradle_properties, None), "meson": (meson, None),
    "npm_lock": (npm_lock, seen_in_json), "package_json": (package_json, seen_in_json), "pom": (pom, seen_in_xml), "pubspec": (pubspec, seen_in_yaml), "pyproject": (pyproject, seen_in_toml),
    "python_module": (python_module, seen_in_python), "ruby": (ruby, None), "rule": (rule, None), "setup_cfg": (setup_cfg, seen_in_cfg), "setup_py": (setup_py, seen_in_python),
    "version_file": (version_file, None),
}


def edit_all(folder, row, files):
    """The edited files' bytes, all by one run of the driver."""
    orders = []
    for number, made in enumerate(files):
        (folder / f"{number}.in").write_bytes(made.with_version(made.old))
        words = [row, made.path, made.old, NEW, folder / f"{number}.in", folder / f"{number}.out", made.pattern, made.count, *made.names]
        orders.append("\t".join(map(str, words)))
    answer = subprocess.run([DRIVER], input="\n".join(orders) + "\n", stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    for made, said in zip(files, answer.stdout.splitlines(), strict=True):
        assert said == "ok", f"{said}\n{made.with_version(made.old).decode(made.encoding)}"
    return [(folder / f"{number}.out").read_bytes() for number in range(len(files))]


def check_seen(made, read, edited):
    before, after = read(made.with_version(made.old)), read(edited)
    assert [place for place, _ in before] == [place for place, _ in after]
    changed = [(old, new) for (_, old), (_, new) in zip(before, after, strict=True) if old != new]
    assert len(changed) == made.text.count(OWN)
    assert all(new == old.replace(made.old, NEW) and old.count(made.old) == 1 for old, new in changed)


@pytest.mark.parametrize("row", sorted(ROWS))
def test_only_the_version_changes(row, tmp_path):
    make, read = ROWS[row]
    files = [make(dice).laid_out(dice) for dice in (random.Random(f"{row} {number}") for number in range(FILES))]
    for made, edited in zip(files, edit_all(tmp_path, row, files), strict=True):
        assert edited.decode(made.encoding) == made.with_version(NEW).decode(made.encoding)
        if read is not None:
            check_seen(made, read, edited)


def test_every_row_is_tested():
    table = pathlib.Path(__file__).resolve().parents[2] / "src" / "manifest" / "formats.def"
    rows = [line.split("(")[1].split(")")[0] for line in table.read_text().splitlines() if line.startswith("MANIFEST_FORMAT(")]
    assert sorted(ROWS) == sorted(rows)
