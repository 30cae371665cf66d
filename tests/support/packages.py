"""Projects that build small packages without anything that must be fetched."""

# Packs the folder tool/ and the distribution's metadata into a wheel and a source archive: argument is the folder for them. requires.txt has its dependencies.
MAKE = '''\
import base64, hashlib, io, pathlib, re, sys, tarfile, zipfile
version = re.search(r'^version = "(.*?)"', pathlib.Path("pyproject.toml").read_text(), re.MULTILINE)[1]
requires = pathlib.Path("requires.txt").read_text().split("\\n") if pathlib.Path("requires.txt").exists() else []
info = f"tool-{version}.dist-info"
files = {str(path): path.read_bytes() for path in sorted(pathlib.Path("tool").rglob("*.py"))}
files[f"{info}/METADATA"] = "".join(["Metadata-Version: 2.1\\nName: tool\\n", f"Version: {version}\\n", *(f"Requires-Dist: {one}\\n" for one in requires if one)]).encode()
files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
files[f"{info}/entry_points.txt"] = b"[console_scripts]\\ntool = tool:main\\n"
rows = [f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}\\n" for name, data in files.items()]
with zipfile.ZipFile(f"{sys.argv[1]}/tool-{version}-py3-none-any.whl", "w") as wheel:
    for name, data in files.items():
        wheel.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 4)), data)
    wheel.writestr(zipfile.ZipInfo(f"{info}/RECORD", (2026, 1, 2, 3, 4, 4)), "".join(rows) + f"{info}/RECORD,,\\n")
with tarfile.open(f"{sys.argv[1]}/tool-{version}.tar.gz", "w:gz") as sdist:
    sources = {name: data for name, data in files.items() if name.startswith("tool/")}
    for name, data in {**sources, "pyproject.toml": pathlib.Path("pyproject.toml").read_bytes(), "PKG-INFO": files[f"{info}/METADATA"]}.items():
        member = tarfile.TarInfo(f"tool-{version}/{name}")
        member.size = len(data)
        sdist.addfile(member, io.BytesIO(data))
'''

MODULE = '"""A tool."""\n\n__version__ = "1.0.0"\n\n\ndef main():\n    print("tool", __version__)\n'

PYTHON = """\
packages:
  tool:
    kind: python
    run: [/usr/bin/python3, make.py, "{{out}}"]
    expect: ["tool-{{version}}-py3-none-any.whl", "tool-{{version}}.tar.gz"]
{more}
"""


def python(more="", **files):
    """Files of a Python project and its slipway.yaml, with more lines for its package."""
    lines = "".join(f"    {line}\n" for line in more.splitlines())
    return {"slipway.yaml": PYTHON.format(more=lines), "make.py": MAKE, "tool/__init__.py": MODULE, "build.sh": None, **files}


def wheel(path, name, version, module=""):
    """A wheel with one module, for what others depend on."""
    import base64
    import hashlib
    import zipfile

    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": module,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        rows = ""
        for member, text in files.items():
            archive.writestr(member, text)
            rows += f"{member},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},{len(text)}\n"
        archive.writestr(f"{info}/RECORD", rows + f"{info}/RECORD,,\n")
