"""Makes wheels and source archives, right ones and broken ones, for holding slipway against twine and for benches."""

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile

STEM = "demo_pkg-1.2.0"
WHEEL = STEM + "-py3-none-any.whl"
SDIST = STEM + ".tar.gz"
INFO = STEM + ".dist-info/"
TOP = STEM + "/"

FIELDS = (
    ("Metadata-Version", "2.1"),
    ("Name", "demo-pkg"),
    ("Version", "1.2.0"),
    ("Summary", "A demonstration"),
    ("Home-page", "https://demo.example.org/"),
    ("Author", "Ada Example"),
    ("Author-email", "Ada Example <ada@example.org>"),
    ("License", "MIT"),
    ("Keywords", "demo,example"),
    ("Project-URL", "Documentation, https://demo.example.org/docs"),
    ("Classifier", "Development Status :: 4 - Beta"),
    ("Classifier", "Programming Language :: Python :: 3"),
    ("Requires-Python", ">=3.9"),
    ("Requires-Dist", "click (>=8)"),
    ("Requires-Dist", "tomli >=1.1 ; python_version < '3.11'"),
    ("Requires-Dist", "pytest ; extra == 'test'"),
    ("Provides-Extra", "test"),
    ("Description-Content-Type", "text/markdown"),
)
BODY = "# demo\n\nCounts *things*.\n"


def metadata(drop=(), change=(), add=(), body=BODY):
    """The text of METADATA: fields named in `drop` left out, those in `change` replaced, `add` put behind."""
    changed = dict(change)
    rows = [(name, changed.get(name, value)) for name, value in FIELDS if name not in drop]
    rows += list(add)
    return "".join(f"{name}: {value}\n" for name, value in rows) + ("\n" + body if body is not None else "")


def record(files, own):
    """The text of RECORD for these files: name → bytes."""
    out = io.StringIO()
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        quoted = f'"{name}"' if "," in name else name
        out.write(f"{quoted},sha256={digest},{len(data)}\n")
    out.write(f"{own},,\n")
    return out.getvalue()


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def wheel(path, text, files=None, info=INFO, tags=("py3-none-any",), about=None, listed=None):
    """files: further members (None: left out though it is usual); about: the text of WHEEL; listed: the text of RECORD."""
    members = {"demo/__init__.py": '__version__ = "1.2.0"\n'}
    about = about or "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n" + "".join(f"Tag: {tag}\n" for tag in tags)
    members.update({info + "METADATA": text, info + "WHEEL": about})
    members.update(files or {})
    data = {name: as_bytes(content) for name, content in members.items() if content is not None}
    own = info + "RECORD"
    if listed != "":
        data[own] = as_bytes(listed) if listed is not None else record(data, own).encode()
    ordered = sorted(data, key=lambda name: (".dist-info/" in name, name))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ordered:
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), data[name])
    return path


def sdist(path, text, files=None, top=TOP):
    members = {
        top + "PKG-INFO": text,
        top + "LICENSE": "MIT\n",
        top + "pyproject.toml": "[project]\nname = 'demo-pkg'\n",
        top + "demo/__init__.py": '__version__ = "1.2.0"\n',
    }
    members.update(files or {})
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in members.items():
            if content is None:
                continue
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(as_bytes(content)), 1790000000, 0o644
            archive.addfile(entry, io.BytesIO(as_bytes(content)))
    with open(path, "wb") as out, gzip.GzipFile(fileobj=out, mode="wb", mtime=0, filename="") as packed:
        packed.write(buffer.getvalue())
    return path
