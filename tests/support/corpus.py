"""The corpus that slipway is held against twine with: good and broken distributions, what slipway must say of each, and why where it says more than twine.

codes: the codes of all problems and warnings that `slipway verify` must report, no more and no less. stricter: twine passes it, slipway does not, because …"""

from dataclasses import dataclass, field

from support import distributions as made


@dataclass
class Case:
    name: str
    codes: tuple = ()
    stricter: str = ""
    kind: str = "wheel"
    file: str = ""  # the file name, if another than the right one
    text: object = None  # the text of METADATA or PKG-INFO as it is
    meta: dict = field(default_factory=dict)  # for distributions.metadata
    more: dict = field(default_factory=dict)  # for distributions.wheel or sdist
    raw: bytes = b""  # the whole file as it is

    def make(self, folder):
        folder.mkdir(parents=True)
        usual = made.WHEEL if self.kind == "wheel" else made.SDIST
        path = folder / (self.file or usual)
        if self.raw:
            path.write_bytes(self.raw)
            return path
        text = self.text if self.text is not None else made.metadata(**self.meta)
        return (made.wheel if self.kind == "wheel" else made.sdist)(path, text, **self.more)


def change(**fields):
    """change(Home_page="x"): the field Home-page."""
    return {"change": [(name.replace("_", "-"), value) for name, value in fields.items()]}


def add(*rows, **more):
    return {"add": rows, **more}


def rst(body, **more):
    return {"change": [("Description-Content-Type", "text/x-rst")], "body": body, **more}


def untyped(body=made.BODY):
    return {"drop": ["Description-Content-Type"], "body": body}


INDEX = "indexes refuse it at upload; twine 4 does not look at it"
SPEC = "the specification forbids it; twine looks only at the description"
POLICY = "public indexes refuse it; without --strict it is a warning"
USE = "installers take it, but it is seldom meant; without --strict it is a warning"

GOOD = [
    Case("wheel"),
    Case("sdist", kind="sdist"),
    Case("wheel-plain", meta={**change(**{"Description-Content-Type": "text/plain"}), "body": "`not rst\n=\n"}),
    Case("wheel-plain-charset", meta=change(**{"Description-Content-Type": "text/plain; charset=UTF-8"})),
    Case("wheel-markdown-gfm", meta=change(**{"Description-Content-Type": "text/markdown; charset=UTF-8; variant=GFM"})),
    Case("wheel-markdown-quoted", meta=change(**{"Description-Content-Type": 'text/markdown; charset="utf-8"; variant="CommonMark"'})),
    Case("wheel-markdown-broken-rst", meta={"body": "Title\n==\n\n`open\n"}),
    Case("wheel-rst", meta=rst("Title\n=====\n\nText with ``code`` and `a link <https://example.org/>`_.\n")),
    Case("sdist-rst", kind="sdist", meta=rst("Title\n=====\n\n* one\n* two\n")),
    Case("wheel-rst-code", meta=rst("Use\n===\n\n.. code-block:: python\n\n    import demo\n")),
    Case("wheel-rst-utf8", meta=rst("Zählen\n======\n\nÄpfel und Birnen — 数える.\n")),
    Case("sdist-description-field", kind="sdist", meta={"add": [("Description", "# demo\n        \n        Counts.")], "body": None}),
    Case("sdist-rst-field", kind="sdist", meta={**rst(None), "add": [("Description", "Title\n        =====\n        \n        Text.")]}),
    Case("wheel-no-optional-fields", text="Metadata-Version: 2.1\nName: demo-pkg\nVersion: 1.2.0\nDescription-Content-Type: text/markdown\n\nText.\n"),
    Case("wheel-metadata-2.2-dynamic", meta={**change(**{"Metadata-Version": "2.2"}), "add": [("Dynamic", "License"), ("Dynamic", "requires-dist")]}),
    Case("sdist-metadata-2.2", kind="sdist", meta=change(**{"Metadata-Version": "2.2"})),
    Case("wheel-license-file-early", meta=add(("License-File", "LICENSE"))),
    Case("wheel-unicode-author", meta=change(Author="Ädä Ëxämple", Summary="Zählt Äpfel")),
    Case("wheel-crlf", text=made.metadata().replace("\n", "\r\n")),
    Case("wheel-lower-case-fields", text=made.metadata().replace("Summary:", "summary:").replace("Home-page", "Home-Page")),
    Case("wheel-two-authors", meta=change(Author_email='"Example, Ada" <ada@example.org>, bob@example.org')),
    Case("wheel-many-requirements", meta=add(*[("Requires-Dist", text) for text in (
        "a", "b.c-d_e", "f[x,y]>=1,<2", "g ~=1.4.2", "h==1.*", "i!=1.5,>1.0a1.dev2", "j (==2.0+local)", "k===whatever", "l>=1,",
        "m; os_name == 'nt' and (python_version >= '3.8' or sys_platform != \"win32\")", "n ; 'linux' in sys_platform", "o; platform_machine not in 'x y'",
        "p [z] ; extra == 'q' and python_full_version < '4'", "r>=1!2.0", "s<v2.0.post1")])),
    Case("wheel-requires-python", meta=change(Requires_Python=">=3.9, !=3.10.*, <4")),
    Case("wheel-compressed-tags", file="demo_pkg-1.2.0-py2.py3-none-any.whl", more={"tags": ("py2-none-any", "py3-none-any")}),
    Case("wheel-build-tag", file="demo_pkg-1.2.0-7x-py3-none-any.whl", more={"about": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nBuild: 7x\nTag: py3-none-any\n"}),
    Case("wheel-manylinux", file="demo_pkg-1.2.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
         more={"about": "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-manylinux_2_17_x86_64\nTag: cp311-cp311-manylinux2014_x86_64\n",
               "files": {"demo/fast.cpython-311-x86_64-linux-gnu.so": b"\x7fELF"}}),
    Case("wheel-entry-points", more={"files": {made.INFO + "entry_points.txt": "[console_scripts]\ndemo = demo:main\nd2 = demo.cli : Main.run [extra]\n\n[demo.plugins]\nx = demo.plugin\n"}}),
    Case("wheel-data-folder", more={"files": {"demo_pkg-1.2.0.data/scripts/demo": "#!python\n", "demo_pkg-1.2.0.data/data/share/x": "x"}}),
    Case("wheel-comma-in-path", more={"files": {"demo/a, b.txt": "x"}}),
    Case("wheel-record-signature", more={"files": {"demo/py.typed": ""}}),
    Case("sdist-setup-py", kind="sdist", more={"files": {made.TOP + "pyproject.toml": None, made.TOP + "setup.py": "from setuptools import setup\n"}}),
    Case("sdist-egg-info", kind="sdist", more={"files": {made.TOP + "demo_pkg.egg-info/PKG-INFO": made.metadata(), made.TOP + "tests/test_demo.py": ""}}),
    Case("wheel-new-classifier", meta=add(("Classifier", "Programming Language :: Python :: 3.99"))),
    Case("wheel-version-post-dev", file="demo_pkg-1.2.0rc1.post2.dev3-py3-none-any.whl", meta=change(Version="1.2.0rc1.post2.dev3"),
         more={"info": "demo_pkg-1.2.0rc1.post2.dev3.dist-info/"}),
    Case("wheel-metadata-1.2", kind="sdist", meta={**change(**{"Metadata-Version": "1.1"}), "drop": ["Description-Content-Type", "Project-URL", "Requires-Dist", "Requires-Python", "Provides-Extra"]},
         codes=("description/type-missing",)),
]

DESCRIPTION = [
    Case("type-missing", meta=untyped(), codes=("description/type-missing",)),
    Case("sdist-type-missing", kind="sdist", meta=untyped(), codes=("description/type-missing",)),
    Case("type-unknown-word", meta=change(**{"Description-Content-Type": "UNKNOWN"}), codes=("description/type-missing",)),
    Case("type-missing-bad-rst", meta=untyped("A long title\n=====\n"), codes=("description/markup", "description/type-missing")),
    Case("description-missing-sdist", kind="sdist", meta={"body": None}, codes=("description/missing",)),
    Case("description-unknown", kind="sdist", meta={"add": [("Description", "UNKNOWN")], "body": None}, codes=("description/missing",)),
    Case("description-unknown-body", meta={"body": "UNKNOWN\n\n"}, codes=("description/missing",)),
    Case("all-missing", kind="sdist", meta={**untyped(None)}, codes=("description/missing", "description/type-missing")),
    Case("wheel-description-missing", meta={"body": ""}, codes=("description/missing",), stricter="twine takes the empty body of a wheel for a description"),
    Case("wheel-rst-empty", meta=rst("\n\n"), codes=("description/missing",)),
    Case("rst-short-underline", meta=rst("A long title\n=====\n\nText.\n"), codes=("description/markup",)),
    Case("sdist-rst-short-underline", kind="sdist", meta=rst("A long title\n=====\n\nText.\n"), codes=("description/markup",)),
    Case("rst-open-literal", meta=rst("Title\n=====\n\n``open\n"), codes=("description/markup",)),
    Case("rst-unknown-role", meta=rst("Title\n=====\n\n:func:`x`\n"), codes=("description/markup",)),
    Case("rst-unknown-directive", meta=rst("Title\n=====\n\n.. nothing::\n\n   x\n"), codes=("description/markup",)),
    Case("rst-include", meta=rst(".. include:: /etc/hostname\n"), codes=("description/markup",)),
    Case("rst-raw-html", meta=rst(".. raw:: html\n\n   <script>alert(1)</script>\n"), codes=("description/markup",)),
    Case("rst-missing-target", meta=rst("See missing_.\n"), codes=("description/markup",)),
    Case("rst-only-comment", meta=rst(".. only a comment\n"), codes=("description/markup",)),
    Case("rst-field-broken", kind="sdist", meta={**rst(None), "add": [("Description", "A long title\n        =====\n        \n        Text.")]}, codes=("description/markup",)),
    Case("type-html", meta={**change(**{"Description-Content-Type": "text/html"}), "body": "<p>Text\n"}, codes=("description/type",), stricter=INDEX),
    Case("type-html-bad-rst", meta={**change(**{"Description-Content-Type": "text/html"}), "body": "A long title\n=====\n"}, codes=("description/markup", "description/type")),
    Case("type-case-bad-rst", meta={**change(**{"Description-Content-Type": "Text/Markdown"}), "body": "A long title\n=====\n"}, codes=("description/type-case",)),
    Case("charset", meta=change(**{"Description-Content-Type": "text/markdown; charset=latin-1"}), codes=("description/type",), stricter=INDEX),
    Case("variant", meta=change(**{"Description-Content-Type": "text/markdown; variant=Original"}), codes=("description/type",), stricter=INDEX),
    Case("description-twice", meta=add(("Description", "One.")), codes=("description/twice",), stricter=INDEX),
    Case("type-before-2.1", kind="sdist", meta={**change(**{"Metadata-Version": "1.2"}), "drop": ["Provides-Extra"]}, codes=("metadata/field-too-new",)),
]

METADATA = [
    Case("no-name", meta={"drop": ["Name"]}, codes=("metadata/missing-field",)),
    Case("no-version", meta={"drop": ["Version"]}, codes=("metadata/missing-field",)),
    Case("sdist-no-version", kind="sdist", meta={"drop": ["Version"]}, codes=("metadata/missing-field",)),
    Case("no-metadata-version", meta={"drop": ["Metadata-Version"]}, codes=("metadata/missing-field",)),
    Case("metadata-version-9", meta=change(**{"Metadata-Version": "9.0"}), codes=("metadata/version",)),
    Case("metadata-version-word", meta=change(**{"Metadata-Version": "new"}), codes=("metadata/version",)),
    Case("metadata-version-2.0", meta={**change(**{"Metadata-Version": "2.0"}), "drop": ["Description-Content-Type", "Provides-Extra"]},
         codes=("description/type-missing", "metadata/version-retired")),
    Case("no-metadata", text="", more={"files": {made.INFO + "METADATA": None}}, codes=("metadata/missing",)),
    Case("no-pkg-info", kind="sdist", text="", more={"files": {made.TOP + "PKG-INFO": None}}, codes=("content/no-pkg-info",)),
    Case("byte-order-mark", text="\ufeff" + made.metadata(), codes=("description/type-missing", "metadata/broken-line", "metadata/missing-field")),
    Case("unknown-field", meta=add(("Colour", "blue")), codes=("metadata/unknown-field",), stricter=INDEX),
    Case("two-names", meta=add(("Name", "other")), codes=("metadata/field-twice",), stricter=INDEX),
    Case("two-summaries", meta=add(("Summary", "again")), codes=("metadata/field-twice",), stricter=INDEX),
    Case("not-utf8", text=made.metadata().encode().replace(b"Ada", b"\xc5d\xff"), codes=("metadata/not-utf8",), stricter=SPEC),
    Case("broken-line", text=made.metadata().replace("Author: ", "The author "), codes=("description/type-missing", "metadata/broken-line")),
    Case("bad-name", meta=change(Name="demo-pkg-"), codes=("file/name-other", "metadata/name"), stricter=INDEX),
    Case("bad-version", meta=change(Version="1.2.0-final"), codes=("file/version", "metadata/version-invalid"), stricter=INDEX),
    Case("odd-version", meta=change(Version="1.2.0.RC1"), file="demo_pkg-1.2.0.RC1-py3-none-any.whl", more={"info": "demo_pkg-1.2.0.RC1.dist-info/"},
         codes=("metadata/version-normalised",), stricter="its canonical form is what indexes and installers show; without --strict it is a warning"),
    Case("local-version", meta=change(Version="1.2.0+deb1"), file="demo_pkg-1.2.0+deb1-py3-none-any.whl", more={"info": "demo_pkg-1.2.0+deb1.dist-info/"},
         codes=("metadata/version-local",), stricter=POLICY),
    Case("summary-long", meta=change(Summary="x" * 513), codes=("metadata/summary-too-long",), stricter=INDEX),
    Case("summary-lines", meta=change(Summary="one\n  two"), codes=("metadata/summary-lines",), stricter=INDEX),
    Case("home-page", meta=change(Home_page="demo.example.org"), codes=("metadata/url",), stricter=INDEX),
    Case("home-page-unknown", meta=change(Home_page="UNKNOWN"), codes=("metadata/url",), stricter=INDEX),
    Case("download-url", meta=add(("Download-URL", "ftp://example.org/x")), codes=("metadata/url",), stricter=INDEX),
    Case("project-url-label", meta=add(("Project-URL", "A label that is longer than is allowed here, https://example.org")), codes=("metadata/project-url",), stricter=INDEX),
    Case("project-url-no-label", meta=add(("Project-URL", "https://example.org")), codes=("metadata/project-url",), stricter=INDEX),
    Case("project-url-twice", meta=add(("Project-URL", "Documentation, https://example.org")), codes=("metadata/project-url",), stricter=INDEX),
    Case("author-email", meta=change(Author_email="Ada Example"), codes=("metadata/email",), stricter=INDEX),
    Case("author-email-several", meta=change(Author_email="ada@example.org, bob"), codes=("metadata/email-several",), stricter=USE),
    Case("maintainer-email-reserved", meta=add(("Maintainer-email", "ada@host.invalid")), codes=("metadata/email-reserved",), stricter=POLICY),
    Case("classifier-form", meta=add(("Classifier", "Framework:: Flask")), codes=("metadata/classifier",), stricter=INDEX),
    Case("classifier-slip", meta=add(("Classifier", "Framework :: Fask")), codes=("metadata/classifier-unknown",), stricter=INDEX),
    Case("classifier-family", meta=add(("Classifier", "Shape :: Round")), codes=("metadata/classifier-unknown",), stricter=INDEX),
    Case("classifier-retired", meta=add(("Classifier", "Natural Language :: Ukranian")), codes=("metadata/classifier-retired",), stricter=INDEX),
    Case("classifier-private", meta=add(("Classifier", "Private :: Do Not Upload")), codes=("metadata/classifier-private",), stricter=POLICY),
    Case("requirement", meta=add(("Requires-Dist", "click >= eight")), codes=("metadata/requirement",), stricter=INDEX),
    Case("requirement-marker", meta=add(("Requires-Dist", "click ; python > '3'")), codes=("metadata/requirement",), stricter=INDEX),
    Case("requirement-wildcard", meta=add(("Requires-Dist", "click >=8.*")), codes=("metadata/requirement",), stricter=INDEX),
    Case("requirement-url", meta=add(("Requires-Dist", "click @ https://example.org/click.zip")), codes=("metadata/requirement-url",), stricter=POLICY),
    Case("requires-python", meta=change(Requires_Python="3.9 or newer"), codes=("metadata/requires-python",), stricter=INDEX),
    Case("extra", meta=add(("Provides-Extra", "with blank")), codes=("metadata/extra",), stricter=INDEX),
    Case("dynamic-name", meta={**change(**{"Metadata-Version": "2.2"}), "add": [("Dynamic", "Name")]}, codes=("metadata/dynamic",), stricter=INDEX),
    Case("dynamic-unknown", meta={**change(**{"Metadata-Version": "2.2"}), "add": [("Dynamic", "Colour")]}, codes=("metadata/dynamic",), stricter=INDEX),
    Case("dynamic-before-2.2", meta=add(("Dynamic", "License")), codes=("metadata/field-too-new",), stricter=INDEX),
]

FILES = [
    Case("no-zip", raw=b"this is no zip archive", codes=("archive/broken",)),
    Case("empty", raw=b"\n", codes=("archive/broken",)),
    Case("no-tar", kind="sdist", raw=b"this is no tar archive", codes=("archive/broken",)),
    Case("name-not-normalised", kind="sdist", file="demo-pkg-1.2.0.tar.gz", more={"top": "demo-pkg-1.2.0/"}, codes=("file/name-normalised",), stricter=POLICY),
    Case("name-other", file="other-1.2.0-py3-none-any.whl", codes=("file/name-other", "wheel/dist-info"), stricter=SPEC),
    Case("version-other", file="demo_pkg-1.2.1-py3-none-any.whl", codes=("file/version", "wheel/dist-info"), stricter=SPEC),
    Case("name-parts", file="demo_pkg-1.2.0.whl", codes=("file/name",), stricter=SPEC),
    Case("tag-other", file="demo_pkg-1.2.0-py2-none-any.whl", codes=("wheel/tags-differ",), stricter=SPEC),
    Case("linux-platform", file="demo_pkg-1.2.0-cp311-cp311-linux_x86_64.whl", more={"tags": ("cp311-cp311-linux_x86_64",)}, codes=("wheel/platform-refused",), stricter=POLICY),
    Case("no-wheel-file", more={"files": {made.INFO + "WHEEL": None}}, codes=("wheel/missing",), stricter=SPEC),
    Case("wheel-version-2", more={"about": "Wheel-Version: 2.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}, codes=("wheel/field",), stricter=SPEC),
    Case("wheel-no-purelib", more={"about": "Wheel-Version: 1.0\nTag: py3-none-any\n"}, codes=("wheel/field",), stricter=SPEC),
    Case("no-record", more={"listed": ""}, codes=("record/missing",), stricter=SPEC),
    Case("record-incomplete", more={"listed": made.INFO + "RECORD,,\n"}, codes=("record/incomplete",), stricter=SPEC),
    Case("record-hash", more={"listed": made.record({"demo/__init__.py": b"other"}, made.INFO + "RECORD")}, codes=("record/hash", "record/incomplete", "record/size"), stricter=SPEC),
    Case("record-line", more={"listed": made.record({}, made.INFO + "RECORD") + "a,b\n"}, codes=("record/incomplete", "record/line"), stricter=SPEC),
    Case("record-gone", more={"listed": "gone.py,sha256=AAAA,1\n"}, codes=("record/gone", "record/incomplete"), stricter=SPEC),
    Case("record-twice", more={"listed": "gone.py,sha256=AAAA,1\n" * 2}, codes=("record/gone", "record/incomplete", "record/twice"), stricter=SPEC),
    Case("record-weak-hash", more={"listed": "demo/__init__.py,md5=AAAA,22\n"}, codes=("record/hash-weak", "record/incomplete"), stricter=SPEC),
    Case("wheel-version-newer", more={"about": "Wheel-Version: 1.9\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}, codes=("wheel/version-newer",), stricter=USE),
    Case("wheel-build-other", file="demo_pkg-1.2.0-7-py3-none-any.whl", more={"about": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nBuild: 8\nTag: py3-none-any\n"}, codes=("wheel/build-tag",), stricter=SPEC),
    Case("version-spelled-otherwise", kind="sdist", file="demo_pkg-1.2.0rc1.tar.gz", meta=change(Version="1.2.0-rc.1"), more={"top": "demo_pkg-1.2.0rc1/"},
         codes=("file/version-normalised", "metadata/version-normalised"), stricter=SPEC),
    Case("too-many-fields", meta=add(*[("Platform", "any")] * 20000), codes=("metadata/too-many-fields",), stricter="nobody means so many"),
    Case("second-dist-info", more={"files": {"other-1.0.dist-info/x": "x"}}, codes=("wheel/dist-info",), stricter=SPEC),
    Case("entry-points-leading-out", more={"files": {made.INFO + "entry_points.txt": "[console_scripts]\n../demo = demo:main\n"}}, codes=("wheel/entry-points",), stricter=INDEX),
    Case("path-file", more={"files": {"demo.pth": "import demo\n"}}, codes=("wheel/stray",), stricter=SPEC),
    Case("entry-points-broken", more={"files": {made.INFO + "entry_points.txt": "[console_scripts]\ndemo = demo\n"}}, codes=("wheel/entry-points",), stricter=INDEX),
    Case("data-folder", more={"files": {"demo_pkg-1.2.0.data/things/x": "x"}}, codes=("wheel/data-folder",), stricter=SPEC),
    Case("tests-at-top", more={"files": {"tests/__init__.py": ""}}, codes=("wheel/stray",), stricter=USE),
    Case("readme-at-top", more={"files": {"README.md": "x"}}, codes=("wheel/stray",), stricter=USE),
    Case("compiled-cache", more={"files": {"demo/__pycache__/a.cpython-311.pyc": "x"}}, codes=("wheel/stray",), stricter=USE),
    Case("two-top-folders", kind="sdist", more={"files": {"other/x": "x"}}, codes=("sdist/top-folder",), stricter=SPEC),
    Case("top-folder-name", kind="sdist", more={"top": "demo-1.2.0/"}, codes=("sdist/top-folder",), stricter=SPEC),
    Case("nothing-to-build", kind="sdist", more={"files": {made.TOP + "pyproject.toml": None}}, codes=("sdist/nothing-to-build",), stricter=SPEC),
    Case("virtual-environment", kind="sdist", more={"files": {made.TOP + "venv/pyvenv.cfg": "x", made.TOP + "venv/lib/python3.11/site-packages/a.py": "x"}}, codes=("sdist/stray",), stricter=USE),
    Case("foreign-egg-info", kind="sdist", more={"files": {made.TOP + "old.egg-info/PKG-INFO": "x"}}, codes=("sdist/stray",), stricter=USE),
]

CASES = [*GOOD, *DESCRIPTION, *METADATA, *FILES]
