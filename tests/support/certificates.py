"""Certificates for tests, by openssl: an authority of its own, and servers that it signed."""

import ssl
import subprocess

CONFIG = """\
[ca]
default_ca = own
[own]
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
policy = any
email_in_dn = no
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = DNS:forge.example,IP:127.0.0.1
"""


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


class Authority:
    """ca.pem, and a key and a certificate for each name that is asked for."""

    def __init__(self, folder):
        self.folder, self.ca = folder, folder / "ca.pem"
        (folder / "index").write_text("")
        (folder / "serial").write_text("01\n")
        (folder / "ca.conf").write_text(CONFIG.format(folder=folder))
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "ca.key", "-out", self.ca, "-days", "30", "-subj", "/CN=Tests")

    def sign(self, name, begin=None, end="20991231235959Z"):
        """begin, end: YYYYMMDDHHMMSSZ. The paths of the key and the certificate."""
        key, request, cert = (self.folder / f"{name}.{kind}" for kind in ("key", "csr", "pem"))
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        begin = ["-startdate", begin] if begin else []
        openssl("ca", "-batch", "-config", self.folder / "ca.conf", *begin, "-enddate", end, "-in", request, "-out", cert)
        return key, cert

    def context(self, name, **dates):
        key, cert = self.sign(name, **dates)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        return context
