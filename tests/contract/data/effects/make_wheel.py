#!/usr/bin/python3
"""Makes a small right wheel: the test data of install-test and upgrade-test. Arguments: path, version (1.1.0)."""
import base64
import hashlib
import sys
import zipfile

VERSION = sys.argv[2] if len(sys.argv) > 2 else "1.1.0"
FILES = {
    "tool/__init__.py": f'__version__ = "{VERSION}"\n',
    f"tool-{VERSION}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: tool\nVersion: {VERSION}\n",
    f"tool-{VERSION}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}


def line(name, text):
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(text.encode())}\n"


with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    for name, text in FILES.items():
        wheel.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 4)), text)
    record = f"tool-{VERSION}.dist-info/RECORD"
    wheel.writestr(zipfile.ZipInfo(record, (2026, 1, 2, 3, 4, 4)), "".join(line(*row) for row in FILES.items()) + f"{record},,\n")
